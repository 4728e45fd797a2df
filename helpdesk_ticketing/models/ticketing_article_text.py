from odoo import fields, models
from odoo.tools import SQL


class TicketingArticleText(models.Model):
    """What is searched: one row for each article and active language. Written by the article alone.

    ``config`` and ``vector`` are PostgreSQL's: the dictionary of the language, and the index of title (A), keywords, types,
    tags and products (B) and text (C), which the database makes whenever a row is written.
    """

    _name = "ticketing.article.text"
    _description = "Searched Text of an Article"
    _log_access = False

    article_id = fields.Many2one("ticketing.article", required=True, ondelete="cascade")
    lang = fields.Char(required=True)
    title = fields.Char()
    excerpt = fields.Char()
    title_words = fields.Text()
    keywords = fields.Text()
    body_words = fields.Text()
    indexed_on = fields.Datetime(required=True)

    _article_index = models.UniqueIndex("(article_id, lang)")

    def init(self):
        """Add the columns that Odoo has no fields for."""
        self.env.cr.execute(
            SQL(
                """
                ALTER TABLE ticketing_article_text ADD COLUMN IF NOT EXISTS config regconfig NOT NULL DEFAULT 'simple';
                ALTER TABLE ticketing_article_text ADD COLUMN IF NOT EXISTS vector tsvector GENERATED ALWAYS AS (
                    setweight(to_tsvector(config, coalesce(title_words, '')), 'A')
                    || setweight(to_tsvector(config, coalesce(keywords, '')), 'B')
                    || setweight(to_tsvector(config, coalesce(body_words, '')), 'C')
                ) STORED;
                CREATE INDEX IF NOT EXISTS ticketing_article_text__vector_index ON ticketing_article_text
                 USING gin (vector) WITH (fastupdate = off);
                """
            )
        )
