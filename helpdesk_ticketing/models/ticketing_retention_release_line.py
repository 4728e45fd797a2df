from odoo import fields, models

from ..tools.progress import get_line, get_percent


class TicketingRetentionReleaseLine(models.Model):
    """What is released of one order line."""

    _name = "ticketing.retention.release.line"
    _description = "Line of a Release of Retention"

    release_id = fields.Many2one("ticketing.retention.release", required=True, index=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", required=True, index=True, ondelete="restrict")
    payer = fields.Selection(related="release_id.payer", store=True)
    currency_id = fields.Many2one(related="release_id.currency_id")
    amount = fields.Monetary(required=True)

    def _prepare_billable(self):
        """Return (order line, values of its invoice line)."""
        line = self.sale_line_id
        if line.is_downpayment:
            return line, self.release_id.billing_request_ids._prepare_deduction(line.name, self.amount)
        quantity, price = get_line(self.amount, get_percent(self.amount, line.price_subtotal))
        name = self.env._("Release of the retention: %s", line._get_progress_title())
        return line, {"name": name, "quantity": quantity, "price_unit": price, "discount": 0.0}
