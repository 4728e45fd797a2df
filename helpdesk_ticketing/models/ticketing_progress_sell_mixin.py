from odoo import models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..tools.progress import round_to, to_decimal

# A price is written with as many decimals as its hundredth may need.
PRICE_STEP = 0.000001


class TicketingProgressSellMixin(models.AbstractModel):
    """An order line that is sold as a hundred hundredths, so that each percentage of it is a quantity."""

    _name = "ticketing.progress.sell.mixin"
    _description = "Order Line: Sold in Hundredths"

    def _filter_plannable(self):
        """Return the lines that a new plan can bill: services with a price, of which nothing is done or billed."""
        return self.filtered(
            lambda line: (
                not line.display_type
                and not line.is_downpayment
                and not line.progress_plan_id
                and not line.ticket_id
                and line.product_id.type == "service"
                and line.product_id.service_type != "timesheet"
                and line.price_subtotal > 0
                and not line._is_invoiced_apart()
            )
        )

    def _get_hundredth(self):
        """Return the price of a hundredth of the line, its discount folded in.

        It is not the hundredth of the rounded sum: where a company rounds the whole order, that would move a cent.
        """
        self.ensure_one()
        price = (
            to_decimal(self.price_unit) * to_decimal(self.product_uom_qty) * (100 - to_decimal(self.discount)) / 10000
        )
        return float(round_to(price, PRICE_STEP / 100))

    def _say_quantity(self, quantity, price, discount=0.0):
        """Return e.g. "1.00 Units x 10,000.00 - 12.50 %"."""
        text = self.env._(
            "%(quantity)s %(unit)s × %(price)s",
            quantity=formatLang(self.env, quantity, digits=2),
            unit=self.product_uom_id.name,
            price=self._say_price_exactly(price),
        )
        if discount:
            text += f" − {formatLang(self.env, discount, digits=2)} %"
        return text

    def _say_price_exactly(self, price):
        """Return a price with the decimals that it has, four at least: a hundredth of a price has two more."""
        decimals = len(f"{price:.8f}".rstrip("0").partition(".")[2])
        return formatLang(self.env, price, digits=max(decimals, 2 if price == round(price, 2) else 4))

    def _sell_by_progress(self):
        """Sell the line as 100 at a hundredth of its price; neither its total nor the order's changes by a cent.

        :raises UserError: it would
        """
        self.ensure_one()
        order = self.order_id
        before = self._get_sums()
        self.write({"product_uom_qty": 100.0, "price_unit": self._get_hundredth(), "discount": 0.0})
        if any(order.currency_id.compare_amounts(old, new) for old, new in zip(before, self._get_sums(), strict=True)):
            raise UserError(
                self.env._(
                    "The total of %(order)s would change by selling %(line)s in hundredths: round its price to fewer "
                    "decimals first.",
                    order=order.name,
                    line=self._get_progress_title(),
                )
            )

    def _get_sums(self):
        order = self.order_id
        return self.price_subtotal, self.price_total, order.amount_untaxed, order.amount_tax, order.amount_total
