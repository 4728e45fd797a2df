from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Have the scripts of the customers' pages speak his language, too: the form with which he signs."""
        return [*super()._get_translation_frontend_modules_name(), "helpdesk_ticketing"]
