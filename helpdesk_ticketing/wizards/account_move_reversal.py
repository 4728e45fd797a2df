from odoo import models

from ..models.ticketing_prepaid_move_mixin import REPLACING


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def _modify_default_reverse_values(self, origin_move):
        """The invoice that replaces another one is the ticket's, too, and takes no prepaid hours back."""
        follows = origin_move._is_of_desk() or origin_move._get_prepaid_topups()
        return {
            **super()._modify_default_reverse_values(origin_move),
            "ticket_id": origin_move.ticket_id.id,
            "progress_plan_id": origin_move.progress_plan_id.id,
            "replaced_invoice_id": origin_move.id if follows else False,
        }

    def reverse_moves(self, is_modify=False):
        if not is_modify:
            return super().reverse_moves(is_modify=is_modify)
        replacing = self.with_context(ticketing_replacing=REPLACING)
        action = super(AccountMoveReversal, replacing).reverse_moves(is_modify=is_modify)
        self.new_move_ids._take_over_requests()
        self.new_move_ids._follow_prepaid()
        return action
