from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticketing_einvoice_format = fields.Selection(related="company_id.ticketing_einvoice_format", readonly=False)
