from odoo import api, models

from .account_move import FORMAT


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _is_es_facturae_applicable(self, move) -> bool:
        """The desk sends the customer the format he wants, and no Facturae beside it.

        Core would make one for every Spanish customer as soon as there is a certificate; for a consumer without a
        tax ID that fails, and his invoice with it.
        """
        if move._is_of_desk() and move._get_einvoice_format() != FORMAT:
            return False
        return super()._is_es_facturae_applicable(move)
