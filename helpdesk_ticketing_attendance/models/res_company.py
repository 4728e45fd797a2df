from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    ticketing_timer_checks_in = fields.Boolean(
        "Timers Check in", help="Who starts a timer and has not checked in yet is checked in."
    )
