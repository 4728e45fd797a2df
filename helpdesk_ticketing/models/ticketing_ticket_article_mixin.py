from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from ..tools.form_values import read_text

SUGGESTED = 5


class TicketingTicketArticleMixin(models.AbstractModel):
    """Articles on the desk: suggested for a ticket, used in its reply, made of its solution."""

    _name = "ticketing.ticket.article.mixin"
    _description = "Ticket: Articles"

    article_ids = fields.Many2many(
        "ticketing.article",
        "ticketing_article_ticket_rel",
        "ticket_id",
        "article_id",
        string="Articles Used",
        copy=False,
        groups="base.group_user",
    )

    def _get_article_text(self):
        """Return what articles are searched by: the subject, and what it is about."""
        self.ensure_one()
        return " ".join(filter(None, (self.name, self.type_id.name, self.product_id.name)))

    @api.readonly
    def get_article_suggestions(self, text=""):
        """Return articles for the ticket's form: [{id, title, excerpt, state, used}].

        :param text: what the agent searches for; else the ticket's subject, type and product
        """
        self.ensure_one()
        self.check_access("read")
        articles = self.env["ticketing.article"]
        rows = articles._suggest(read_text(text) or self._get_article_text(), limit=SUGGESTED)
        found = articles.browse([row["id"] for row in rows])
        return [
            {
                "id": article.id,
                "title": row["title"],
                "excerpt": row["excerpt"],
                "state": article.state,
                "used": article in self.article_ids,
            }
            for article, row in zip(found, rows, strict=True)
        ]

    def reply_with_article(self, article_id, as_text=False):
        """Open the reply with an article: its link, or its text in the customer's language. Sent, it counts as used.

        :raises UserError: a link to what customers can't read
        """
        self.ensure_one()
        self.check_access("write")
        article = self.env["ticketing.article"].browse(article_id)
        article.check_access("read")
        article = article.with_context(lang=self.partner_id.lang or self.env.lang)
        if as_text:
            body = article.body or Markup("")
        elif article.state == "published":
            url = self.get_base_url() + article._get_customer_url()
            body = Markup('<p><a href="%s">%s</a></p>') % (url, article.name)
        else:
            raise UserError(self.env._("Customers can't read %s: publish it first, or insert its text.", article.name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reply"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_composition_mode": "comment",
                "default_partner_ids": self.partner_id.ids,
                "default_body": Markup("<p><br></p>%s") % body,
                "default_ticketing_article_id": article.id,
            },
        }

    # An article of a solution

    def action_make_article(self):
        """Open a draft article made of the ticket."""
        self.ensure_one()
        self.check_access("read")
        article = self.env["ticketing.article"].create(self._prepare_article_values())
        return article._get_form_action()

    def _prepare_article_values(self):
        """Return a draft of what was asked and how it was solved. Nobody's name is in it but in what was written."""
        self.ensure_one()
        return {
            "name": self.name,
            "body": self._get_solution(),
            "ticket_id": self.id,
            "company_id": self.company_id.id,
            "team_ids": self.team_id.ids,
            "type_ids": self.type_id.ids,
            "product_ids": self.product_id.ids,
            "tag_ids": self.tag_ids.ids,
        }

    def _get_solution(self):
        """Return how the ticket was solved: the desk's last answer to the customer, else what was done."""
        answer = (
            self.env["mail.message"]
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("message_type", "in", ("comment", "email_outgoing")),
                    ("subtype_id", "=", self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")),
                    ("author_id.partner_share", "=", False),
                    ("is_internal", "=", False),
                ],
                order="id desc",
                limit=5,
            )
            .filtered(lambda message: len(html2plaintext(message.body or "").strip()) > 10)[:1]
        )
        if answer:
            return answer.body
        done = [line.name for line in self.timesheet_ids if line.name and line.name != "/"]
        rows = Markup("").join(Markup("<li>%s</li>") % name for name in dict.fromkeys(done))
        return Markup("<ul>%s</ul>") % rows if rows else ""
