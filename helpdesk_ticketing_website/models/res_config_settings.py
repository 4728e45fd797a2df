from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticketing_website_team_id = fields.Many2one(related="website_id.ticketing_team_id", readonly=False)
