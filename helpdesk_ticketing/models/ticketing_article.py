from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..tools.whole_html import WholeHtml

SUMMARY_LENGTH = 160
# What a search reads of an article: a change of it is indexed again.
SEARCHED_FIELDS = {"name", "summary", "keywords", "body", "tag_ids", "type_ids", "product_ids"}


class TicketingArticle(models.Model):
    """An answer that is written once: for the desk, and when it is published for customers."""

    _name = "ticketing.article"
    _description = "Article"
    _inherit = [
        "ticketing.article.search.mixin",
        "ticketing.article.version.mixin",
        "ticketing.article.customer.mixin",
        "ticketing.article.related.mixin",
    ]
    _order = "sequence, name, id"

    name = fields.Char("Title", required=True, translate=True)
    summary = fields.Text(
        translate=True, help=f"What is answered, in {SUMMARY_LENGTH} characters: customers see it in lists."
    )
    keywords = fields.Char(
        "Other Words",
        translate=True,
        help="How customers call it, where the text says it otherwise: found by these, too.",
    )
    body = WholeHtml("Answer", translate=True, sanitize_attributes=True)
    state = fields.Selection(
        [("draft", "Draft"), ("internal", "Internal"), ("published", "Published")],
        default="draft",
        required=True,
        copy=False,
        help="Drafts and internal articles are for the desk, published ones for customers, too.",
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    team_ids = fields.Many2many(
        "ticketing.team", string="Teams", domain="[('company_id', '=?', company_id)]", help="Empty: every team."
    )
    type_ids = fields.Many2many("ticketing.type", string="Types")
    product_ids = fields.Many2many("product.product", string="Products")
    tag_ids = fields.Many2many("ticketing.tag", string="Tags")
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments", copy=False)
    author_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, copy=False, index="btree_not_null", groups="base.group_user"
    )
    published_on = fields.Datetime("Published on", readonly=True, copy=False)
    ticket_ids = fields.Many2many(
        "ticketing.ticket",
        "ticketing_article_ticket_rel",
        "article_id",
        "ticket_id",
        string="Used in Replies",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    used_count = fields.Integer(
        "Replies", compute="_compute_used_count", help="Tickets whose reply was written with this article."
    )
    translated_langs = fields.Char("Languages", compute="_compute_translated_langs")
    is_publisher = fields.Boolean(compute="_compute_is_publisher")
    ticket_id = fields.Many2one(
        "ticketing.ticket",
        string="Made of Ticket",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )

    # Customers' list, and what is most useful first
    _customer_index = models.Index("(state, solved_count DESC, sequence) WHERE active IS TRUE")

    @api.depends("ticket_ids")
    def _compute_used_count(self):
        """Of all tickets, also those that the reader may not open."""
        counts = dict(
            self.env.execute_query(
                SQL(
                    "SELECT article_id, count(*) FROM ticketing_article_ticket_rel WHERE article_id = ANY(%s) GROUP BY 1",
                    self.ids,
                )
            )
        )
        for article in self:
            article.used_count = counts.get(article._origin.id, 0)

    @api.depends("name", "body")
    @api.depends_context("lang")
    def _compute_translated_langs(self):
        """Name the languages in which the text is not the same as in English, or in the one that it was written in."""
        names = dict(self.env["res.lang"].get_installed())
        for article in self:
            texts = article._origin._fields["name"]._get_stored_translations(article._origin) or {}
            article.translated_langs = ", ".join(names[lang] for lang in names if lang in texts)

    @api.depends("team_ids")
    @api.depends_context("uid")
    def _compute_is_publisher(self):
        for article in self:
            article.is_publisher = article._is_publisher()

    @api.constrains("summary")
    def _check_summary(self):
        for article in self:
            if len(article.summary or "") > SUMMARY_LENGTH:
                raise ValidationError(self.env._("The summary is too long: %s characters at the most.", SUMMARY_LENGTH))

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("state") == "published" for vals in vals_list):
            vals_list = [
                {**vals, "published_on": fields.Datetime.now()} if vals.get("state") == "published" else vals
                for vals in vals_list
            ]
        articles = super().create(vals_list)
        articles.filtered(lambda article: article.state == "published")._check_may_publish()
        articles._keep_attachments()
        if any(vals.get("related_ids") for vals in vals_list):
            articles._mirror_related()
        articles._index_texts()
        articles._keep_versions()
        return articles

    def write(self, vals):
        if vals.get("state") == "published":
            vals = {**vals, "published_on": fields.Datetime.now()}
        result = super().write(vals)
        if vals.get("state") == "published":
            self._check_may_publish()
        if "attachment_ids" in vals:
            self._keep_attachments()
        if "related_ids" in vals:
            self._mirror_related()
        if SEARCHED_FIELDS & vals.keys():
            self._index_texts()
            self._keep_versions()
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        if field_name == "body":  # core writes what it gets
            field = self._fields["body"]
            translations = {
                lang: text and str(field.convert_to_cache(text, self)) for lang, text in translations.items()
            }
        langs = list(translations)  # core takes some away
        result = super()._update_field_translations(field_name, translations, digest, source_lang)
        if field_name in SEARCHED_FIELDS:
            self._index_texts()
            self._keep_versions(langs)
        return result

    def unlink(self):
        self._forget_texts()
        return super().unlink()

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", article.name)} if "name" not in (default or {}) else vals
            for article, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # Who reads it

    def _is_publisher(self):
        """Tell whether the user decides what customers read: managers, and leaders for the articles of their teams."""
        self.ensure_one()
        if self.env.su or self.env.user.has_group("helpdesk_ticketing.group_manager"):
            return True
        return self.env.user in self.team_ids.user_id

    def _check_may_publish(self):
        """Refuse what an agent publishes by himself.

        :raises AccessError: neither a manager nor the leader of the article's team
        """
        for article in self:
            if not article._is_publisher():
                raise AccessError(
                    self.env._(
                        "Article %s is published by a manager or by the leader of its team: ask one of them.",
                        article.name,
                    )
                )

    def action_publish(self):
        self.state = "published"

    def action_internal(self):
        self.state = "internal"

    def action_draft(self):
        self.state = "draft"

    def action_view_solved(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_deflection_action")
        return {**action, "domain": [("article_id", "in", self.ids)]}

    def action_view_votes(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_article_vote_action")
        return {**action, "domain": [("article_id", "in", self.ids)]}

    def action_view_used(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
        return {**action, "domain": [("article_ids", "in", self.ids)], "context": {}}

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def _get_customer_url(self):
        """Return the address at which customers read it."""
        self.ensure_one()
        return f"/my/help/{self.id}"

    def _keep_attachments(self):
        """Files that were added before the article existed are its own: who reads it reads them."""
        for article in self:
            article.attachment_ids._adopt(article)
