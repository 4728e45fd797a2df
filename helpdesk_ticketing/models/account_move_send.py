from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_invoice_edi_format(self, move, **kwargs):
        """Invoices of the desk are electronic: where the customer has no format, the company's default serves."""
        chosen = super()._get_default_invoice_edi_format(move, **kwargs)
        if not chosen and move._is_of_desk():
            return move._get_einvoice_format()
        return chosen

    def _hook_if_success(self, moves_data, from_cron=False):
        """Say on the invoice what the Factur-X copy in its PDF misses: core embeds it without a word."""
        result = super()._hook_if_success(moves_data, from_cron=from_cron)
        for move in moves_data:
            if move._is_of_desk() and (warnings := move._get_einvoice_warnings()):
                title = self.env._("The Factur-X copy in the PDF is incomplete; the invoice itself is not:")
                move.message_post(body=self._format_error_html({"error_title": title, "errors": warnings}))
        return result
