from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_invoice_edi_format(self, move, **kwargs):
        """Invoices of the desk are electronic: where the customer has no format, the company's default serves."""
        chosen = super()._get_default_invoice_edi_format(move, **kwargs)
        if not chosen and move.ticket_id:
            return move._get_einvoice_format()
        return chosen
