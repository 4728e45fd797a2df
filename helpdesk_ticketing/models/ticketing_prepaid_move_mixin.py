from odoo import models

REPLACING = object()  # no client can send it


class TicketingPrepaidMoveMixin(models.AbstractModel):
    """Invoices and credit notes of hours that are sold in advance: what is credited is no longer sold."""

    _name = "ticketing.prepaid.move.mixin"
    _description = "Invoice of Prepaid Hours"

    def _get_prepaid_topups(self):
        """Return what the orders of these invoices have added to contracts, as superuser."""
        return self.sudo().invoice_line_ids.sale_line_ids._get_topups()  # who posts need not see orders

    def _follow_prepaid(self):
        """Have the contracts follow what is posted, taken back, cancelled or deleted by now.

        A credit note that makes room for another invoice takes nothing back: it is looked at once both are there.

        :raises UserError: more is credited than is unused
        """
        if self.env.context.get("ticketing_replacing") is not REPLACING:
            self._get_prepaid_topups()._follow_sales()
