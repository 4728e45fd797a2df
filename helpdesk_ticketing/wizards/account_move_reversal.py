from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def _modify_default_reverse_values(self, origin_move):
        """The invoice that stands in for another says so, and belongs to the same ticket."""
        values = super()._modify_default_reverse_values(origin_move)
        if origin_move.ticket_id:
            values |= {"ticket_id": origin_move.ticket_id.id, "replaced_invoice_id": origin_move.id}
        return values

    def reverse_moves(self, is_modify=False):
        """After "reverse and create invoice" the work is billed by the new draft, which waits for approval."""
        action = super().reverse_moves(is_modify=is_modify)
        if is_modify:
            for invoice in self.new_move_ids.filtered("replaced_invoice_id"):
                # who corrects invoices need not see the helpdesk
                invoice.replaced_invoice_id.sudo().billing_request_ids._replace_invoice(invoice.sudo())
        return action
