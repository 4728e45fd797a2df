from odoo import fields, models


class TicketingArticle(models.Model):
    _inherit = "ticketing.article"

    forum_post_id = fields.Many2one(
        "forum.post",
        string="Asked in the Forum",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )
