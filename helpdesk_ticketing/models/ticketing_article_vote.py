from odoo import fields, models


class TicketingArticleVote(models.Model):
    """Whether an article was useful to a customer: one answer of each, which he may change."""

    _name = "ticketing.article.vote"
    _description = "Vote on an Article"
    _order = "id desc"

    article_id = fields.Many2one("ticketing.article", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="article_id.company_id")
    useful = fields.Boolean(readonly=True)
    comment = fields.Text(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, index="btree_not_null")
    visitor = fields.Char(
        required=True, readonly=True, help="Who voted: a contact, or the hash of a browser's session."
    )

    _once = models.UniqueIndex("(article_id, visitor)", "You have voted on this article.")
