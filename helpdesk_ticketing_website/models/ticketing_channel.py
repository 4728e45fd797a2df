from odoo import fields, models


class TicketingChannel(models.Model):
    _inherit = "ticketing.channel"

    code = fields.Selection(selection_add=[("website", "Website")], ondelete={"website": "cascade"})
