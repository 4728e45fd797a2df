from odoo import fields, models

RELATED_FOUND = 4


class TicketingArticleRelatedMixin(models.AbstractModel):
    """What else to read: related both ways."""

    _name = "ticketing.article.related.mixin"
    _description = "Article: Related"

    related_ids = fields.Many2many(
        "ticketing.article",
        "ticketing_article_related_rel",
        "article_id",
        "related_id",
        string="Related Articles",
        copy=False,
        domain="[('id', '!=', id)]",
    )

    def _mirror_related(self):
        """Relate both ways: what is related to an article relates to it, what is not any more does not."""
        self.flush_model(["related_ids"])
        self.env.cr.execute(
            """
            DELETE FROM ticketing_article_related_rel AS back
             WHERE (back.related_id = ANY(%(ids)s)
                    AND NOT EXISTS (SELECT 1 FROM ticketing_article_related_rel AS own
                                     WHERE own.article_id = back.related_id AND own.related_id = back.article_id))
                OR (back.article_id = ANY(%(ids)s) AND back.related_id = back.article_id)
            """,
            {"ids": self.ids},
        )
        self.env.cr.execute(
            """
            INSERT INTO ticketing_article_related_rel (article_id, related_id)
            SELECT related_id, article_id FROM ticketing_article_related_rel WHERE article_id = ANY(%s)
                ON CONFLICT DO NOTHING
            """,
            [self.ids],
        )
        self.env["ticketing.article"].invalidate_model(["related_ids"])

    def action_find_related(self):
        """Relate what reads most alike."""
        self.ensure_one()
        text = f"{self.name} {self.keywords or ''}"
        found = self._search_ranked(text, domain=[("id", "not in", self.ids)], limit=RELATED_FOUND)
        self.related_ids |= found
