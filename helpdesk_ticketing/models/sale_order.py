from odoo import Command, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "ticketing.progress.order.mixin"]

    ticket_id = fields.Many2one("ticketing.ticket", index="btree_not_null", copy=False, readonly=True)

    progress_plan_ids = fields.One2many("ticketing.progress.plan", "sale_order_id", "Billing Plans")

    _ticket_unique = models.UniqueIndex(
        "(ticket_id) WHERE ticket_id IS NOT NULL AND state != 'cancel'", "A ticket has one sale order of its own."
    )

    def _action_confirm(self):
        result = super()._action_confirm()
        self.order_line._top_up_contracts()
        self.sudo().progress_plan_ids._start_sold()  # whoever may confirm an order starts what was planned for it
        return result

    def _create_invoices(self, grouped=False, final=False, date=None):
        """A ticket's work is billed as it was signed, by the billing queue alone: never by two ways."""
        self._check_not_of_ticket()
        return super()._create_invoices(grouped=grouped, final=final, date=date)

    def _nothing_to_invoice_error_message(self):
        if plans := self.progress_plan_ids:
            return self.env._(
                "What is left of %(orders)s is invoiced from the accepted certificates of its billing plan %(plans)s, and not "
                "from here: certify there what is completed.",
                orders=", ".join(plans.sale_order_id.mapped("name")),
                plans=", ".join(plans.mapped("name")),
            )
        return super()._nothing_to_invoice_error_message()

    def _check_not_of_ticket(self):
        """Refuse core's own ways to invoice.

        :raises UserError: an order is a ticket's
        """
        if tickets := self.ticket_id:
            raise UserError(
                self.env._(
                    "The work of ticket %s is invoiced from its signed delivery notes: "
                    "see Helpdesk / Accounting / Billing Queue.",
                    ", ".join(tickets.sudo().mapped("number")),  # a salesman need not see tickets
                )
            )

    def _get_payment_commands(self):
        """Return what links the customers' online payments of these orders to the invoice that they share."""
        paid = self.filtered("transaction_ids")
        commands = [command for order in paid for command in order._prepare_invoice()["transaction_ids"]]
        return [Command.link(transaction) for __, __, transactions in commands for transaction in transactions]

    def _action_cancel(self):
        """Core cancels the draft invoices, too: what a customer has signed would stay unpaid.

        :raises UserError: the work stands on a delivery note that is ready or signed
        """
        self.sudo().progress_plan_ids._cancel_with_order()  # who cancels an order need not be its project's manager
        lines = self.filtered("ticket_id").order_line
        if notes := lines and lines._get_frozen_notes():
            raise UserError(
                self.env._(
                    "This work stands on the delivery note %s, which is signed or waits for its signature: its order can't "
                    "be cancelled.",
                    ", ".join(notes.mapped("name")),
                )
            )
        result = super()._action_cancel()
        self.order_line._get_topups()._follow_sales()
        return result
