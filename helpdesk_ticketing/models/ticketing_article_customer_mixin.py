import hashlib

import psycopg2.errors

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.form_values import read_text

COMMENT_LENGTH = 2000
SUBJECT_LENGTH = 200


class TicketingArticleCustomerMixin(models.AbstractModel):
    """What customers say of an article: useful or not, and that it solved their problem."""

    _name = "ticketing.article.customer.mixin"
    _description = "Article: Customers"

    vote_ids = fields.One2many("ticketing.article.vote", "article_id", "Votes", groups="base.group_user")
    deflection_ids = fields.One2many("ticketing.deflection", "article_id", "Solved", groups="base.group_user")
    helpful_count = fields.Integer("Useful", compute="_compute_votes", store=True)
    unhelpful_count = fields.Integer("Not Useful", compute="_compute_votes", store=True)
    solved_count = fields.Integer("Solved by It", compute="_compute_solved_count", store=True)

    @api.depends("vote_ids.useful")
    def _compute_votes(self):
        groups = self.env["ticketing.article.vote"]._read_group(
            [("article_id", "in", self.ids)], ["article_id", "useful"], ["__count"]
        )
        counts = {(article.id, useful): count for article, useful, count in groups}
        for article in self:
            article.helpful_count = counts.get((article.id, True), 0)
            article.unhelpful_count = counts.get((article.id, False), 0)

    @api.depends("deflection_ids")
    def _compute_solved_count(self):
        groups = self.env["ticketing.deflection"]._read_group(
            [("article_id", "in", self.ids)], ["article_id"], ["__count"]
        )
        counts = {article.id: count for article, count in groups}
        for article in self:
            article.solved_count = counts.get(article.id, 0)

    @api.model
    def _get_visitor(self, partner, session_id=""):
        """Return what stands for a visitor: his contact, or a hash of his browser's session, which can't be undone."""
        if partner:
            return f"partner-{partner.id}"
        return hashlib.sha256(f"ticketing-{session_id}".encode()).hexdigest()[:40]

    def _vote(self, useful, visitor, partner=None, comment=""):
        """Write down whether the article was useful. As superuser: the caller has checked that the visitor may read it.

        Who votes again changes his vote.
        """
        self.ensure_one()
        votes = self.env["ticketing.article.vote"]
        values = {"useful": bool(useful), "comment": read_text(comment)[:COMMENT_LENGTH] or False}
        vote = votes.search([("article_id", "=", self.id), ("visitor", "=", visitor)])
        if vote:
            vote.write(values if values["comment"] else {"useful": values["useful"]})
            return vote
        return self._insert_once(
            "ticketing.article.vote",
            {**values, "article_id": self.id, "visitor": visitor, "partner_id": partner.id if partner else False},
        )

    def _count_solved(self, visitor, channel, subject="", partner=None, team=None):
        """Write down that the article made a ticket unnecessary; once a day for each visitor. As ``_vote``."""
        self.ensure_one()
        deflections = self.env["ticketing.deflection"]
        company = self.company_id or self.env.company
        today = company._get_ticketing_today()
        known = deflections.search([("article_id", "=", self.id), ("visitor", "=", visitor), ("date", "=", today)])
        return known or self._insert_once(
            "ticketing.deflection",
            {
                "article_id": self.id,
                "subject": " ".join(read_text(subject).split())[:SUBJECT_LENGTH],
                "visitor": visitor,
                "partner_id": partner.id if partner else False,
                "channel": channel,
                "team_id": (team or self.team_ids[:1]).id,
                "company_id": company.id,
                "date": today,
            },
        )

    def _insert_once(self, model, values):
        """Make a row; none where another worker makes it at the same moment."""
        try:
            with self.env.cr.savepoint():
                row = self.env[model].create(values)
                self.env.flush_all()
        except psycopg2.errors.UniqueViolation:
            return self.env[model]
        return row

    # What the article's page shows beside it

    def _get_customer_attachments(self):
        """Return the article's own files, as superuser: who reads the article reads them, nothing else is among them."""
        self.ensure_one()
        return self.sudo().attachment_ids.filtered(lambda file: file._is_file_of(self))

    def _get_related(self, domain, limit):
        """Return what to read next: what the desk has chosen, then what is most like it."""
        self.ensure_one()
        related = self.related_ids.filtered_domain(domain)[:limit]
        if len(related) < limit:
            domain = domain & Domain("id", "not in", (self | related).ids)
            related |= self._search_ranked(self.name, domain=domain, limit=limit - len(related))
        return related
