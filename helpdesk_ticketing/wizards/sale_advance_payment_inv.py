from odoo import models


class SaleAdvancePaymentInv(models.TransientModel):
    _inherit = "sale.advance.payment.inv"

    def _create_invoices(self, sale_orders):
        """A down payment on a ticket's order would be billed beside the signed work, and never deducted from it."""
        sale_orders._check_not_of_ticket()
        return super()._create_invoices(sale_orders)
