from odoo import fields, models
from odoo.tools import SQL


class TicketingArticleWord(models.Model):
    """The lexicon of all articles: in how many texts of a language each word stands.

    Rare words weigh more than common ones, and words that stand nowhere are typing errors of those that do. The word ""
    counts the texts.
    """

    _name = "ticketing.article.word"
    _description = "Word of Articles"
    _log_access = False

    config = fields.Char(required=True)
    word = fields.Char(required=True)
    count = fields.Integer(required=True)

    _word_index = models.UniqueIndex("(config, word)")

    def init(self):
        """Add the index for typing errors, where PostgreSQL can."""
        if self.env.registry.has_trigram:
            self.env.cr.execute(
                SQL(
                    """
                    CREATE INDEX IF NOT EXISTS ticketing_article_word__word_trgm ON ticketing_article_word
                     USING gin (word gin_trgm_ops) WITH (fastupdate = off)
                    """
                )
            )
