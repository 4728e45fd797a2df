from odoo import fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    ticket_id = fields.Many2one("ticketing.ticket", index="btree_not_null", copy=False, readonly=True)

    _ticket_unique = models.UniqueIndex(
        "(ticket_id) WHERE ticket_id IS NOT NULL AND state != 'cancel'", "A ticket has one sale order of its own."
    )

    def _create_invoices(self, grouped=False, final=False, date=None):
        """A ticket's work is billed as it was signed, by the billing queue alone: never by two ways."""
        if tickets := self.ticket_id:
            raise UserError(
                self.env._(
                    "The work of ticket %s is invoiced from its signed delivery notes: "
                    "see Helpdesk / Accounting / Billing Queue.",
                    ", ".join(tickets.mapped("number")),
                )
            )
        return super()._create_invoices(grouped=grouped, final=final, date=date)
