from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticketing_timer_checks_in = fields.Boolean(related="company_id.ticketing_timer_checks_in", readonly=False)
