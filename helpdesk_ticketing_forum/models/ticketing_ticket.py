from odoo import fields, models


class TicketingTicket(models.Model):
    _inherit = "ticketing.ticket"

    forum_post_id = fields.Many2one(
        "forum.post",
        string="Asked in the Forum",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )

    def action_open_forum_post(self):
        """See the question on the website."""
        self.ensure_one()
        return self.forum_post_id.go_to_website()
