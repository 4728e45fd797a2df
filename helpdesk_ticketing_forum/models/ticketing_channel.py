from odoo import fields, models


class TicketingChannel(models.Model):
    _inherit = "ticketing.channel"

    code = fields.Selection(selection_add=[("forum", "Forum")], ondelete={"forum": "cascade"})
