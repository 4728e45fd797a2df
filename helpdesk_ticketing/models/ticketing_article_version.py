from odoo import api, fields, models
from odoo.tools import html2plaintext

from ..tools.word_diff import word_diff


class TicketingArticleVersion(models.Model):
    """How an article read in one language from a moment on. Nobody writes or deletes versions."""

    _name = "ticketing.article.version"
    _description = "Version of an Article"
    _order = "id desc"

    article_id = fields.Many2one("ticketing.article", required=True, readonly=True, ondelete="cascade")
    number = fields.Integer(required=True, readonly=True)
    lang = fields.Char("Language", required=True, readonly=True)
    name = fields.Char("Title", readonly=True)
    body = fields.Html("Answer", readonly=True, sanitize_attributes=True)
    user_id = fields.Many2one("res.users", string="Changed by", readonly=True)
    create_date = fields.Datetime("Changed on")
    changes = fields.Html(
        compute="_compute_changes", sanitize=False, help="What this version changed of the one before it."
    )
    since = fields.Html(
        "Changed since", compute="_compute_changes", sanitize=False, help="What was changed after this version."
    )

    _article_index = models.Index("(article_id, lang, number DESC)")

    @api.depends("number", "lang")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._("Version %(number)s (%(lang)s)", number=version.number, lang=version.lang)

    @api.depends("article_id", "lang", "number")
    def _compute_changes(self):
        """Word by word, of the plain text: what is shown is escaped, whatever an old version says."""
        for version in self:
            before = self.search(
                [
                    ("article_id", "=", version.article_id.id),
                    ("lang", "=", version.lang),
                    ("number", "<", version.number),
                ],
                order="number desc",
                limit=1,
            )
            present = version.article_id.with_context(lang=version.lang)
            version.changes = word_diff(before._get_plain(), version._get_plain())
            version.since = word_diff(version._get_plain(), version._get_plain_of(present))

    def _get_plain(self):
        return self._get_plain_of(self)

    def _get_plain_of(self, text):
        return f"{text.name or ''}\n{html2plaintext(text.body or '', include_references=False)}".strip()

    @api.model
    def _get_last(self, articles, lang):
        """Return {article id: its last version in a language}."""
        found = self._read_group([("article_id", "in", articles.ids), ("lang", "=", lang)], ["article_id"], ["id:max"])
        versions = self.browse(version_id for __, version_id in found)
        return {version.article_id.id: version for version in versions}

    def action_restore(self):
        """Make the article read as this version again, which is a new version: with the user's own right to write it."""
        self.ensure_one()
        self.article_id.with_context(lang=self.lang).write({"name": self.name, "body": self.body})
        return self.article_id._get_form_action()
