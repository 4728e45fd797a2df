from odoo import models


class TicketingArticleVersionMixin(models.AbstractModel):
    """What an article said before: a version for each change of its text."""

    _name = "ticketing.article.version.mixin"
    _description = "Article: Versions"

    def _keep_versions(self):
        """Keep the text of the present language, where it is not what the last version says."""
        lang = self.env.lang or "en_US"
        versions = self.env["ticketing.article.version"].sudo()  # written by the article alone, by nobody's hand
        last = versions._get_last(self, lang)
        new = [
            {
                "article_id": article.id,
                "number": last[article.id].number + 1 if article.id in last else 1,
                "lang": lang,
                "name": article.name,
                "body": article.body,
                "user_id": self.env.uid,
            }
            for article in self
            if article.id not in last or (last[article.id].name, last[article.id].body) != (article.name, article.body)
        ]
        versions.create(new)
