from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def _modify_default_reverse_values(self, origin_move):
        """The invoice that replaces another one is the ticket's, too."""
        return {
            **super()._modify_default_reverse_values(origin_move),
            "ticket_id": origin_move.ticket_id.id,
            "replaced_invoice_id": origin_move.id if origin_move.ticket_id else False,
        }

    def reverse_moves(self, is_modify=False):
        action = super().reverse_moves(is_modify=is_modify)
        if is_modify:
            self.new_move_ids._take_over_requests()
        return action
