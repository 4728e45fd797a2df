from odoo import api, fields, models


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

    _article_index = models.Index("(article_id, lang, number DESC)")

    @api.depends("number", "lang")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._("Version %(number)s (%(lang)s)", number=version.number, lang=version.lang)

    @api.model
    def _get_last(self, articles, lang):
        """Return {article id: its last version in a language}."""
        found = self._read_group([("article_id", "in", articles.ids), ("lang", "=", lang)], ["article_id"], ["id:max"])
        return {article.id: self.browse(version_id) for article, version_id in found}
