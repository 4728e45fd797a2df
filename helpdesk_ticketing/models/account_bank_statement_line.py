from odoo import models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def action_undo_reconciliation(self):
        """Core calls this for no lines at all with each value that it writes on an invoice's line.

        Deleting none of their payments then takes a sixth of the time in which an invoice is made.
        """
        if not self and self.env.context.get("ticketing_quiet"):
            return None
        return super().action_undo_reconciliation()
