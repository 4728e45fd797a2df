from odoo import models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    def action_complete_einvoice_tax_codes(self):
        """Fill the empty e-invoice codes of the company's taxes, and say how many there were."""
        self.ensure_one()
        count = self.company_id._complete_einvoice_tax_codes()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s taxes completed. Codes that were set are as they were.", count),
            },
        }
