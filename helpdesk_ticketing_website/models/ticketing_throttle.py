from odoo import api, fields, models

# How often at the most, within how many minutes, by network address.
LIMITS = {"report": (5, 60)}


class TicketingThrottle(models.Model):
    _inherit = "ticketing.throttle"

    scope = fields.Selection(selection_add=[("report", "Reports on the Website")], ondelete={"report": "cascade"})

    @api.model
    def _get_limits(self):
        return {**super()._get_limits(), **LIMITS}
