from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

# What says how much is sold; core keeps the product of a confirmed line.
SOLD_FIELDS = {"product_uom_qty", "product_uom_id"}


class TicketingCoverPrepaidMixin(models.AbstractModel):
    """Hours that are sold in advance: the confirmed order adds them to the customer's contract.

    They follow what is sold: a changed quantity, a cancelled order and a posted credit note take back what is unused.
    """

    _name = "ticketing.cover.prepaid.mixin"
    _description = "Sale of Prepaid Hours"

    def _top_up_contracts(self):
        """Add what these lines sell to the contracts of prepaid hours, once; without a contract the order says so."""
        topups = self._get_topups()
        topups._follow_sales()
        sold = self.filtered(lambda line: line.state == "sale" and line.product_id.ticketing_prepaid_hours)
        for line in sold - topups.sale_line_id:
            line._check_sold_quantity()
            contract = line._get_prepaid_contract()
            if not contract:
                line.order_id.message_post(
                    body=self.env._(
                        "%(customer)s has no contract of prepaid hours: make one and add the hours of %(product)s there.",
                        customer=line.order_id.partner_id.commercial_partner_id.display_name,
                        product=line.product_id.display_name,
                    ),
                    subtype_xmlid="mail.mt_note",
                )
                continue
            topups.create(line._prepare_topup(contract))

    def _get_topups(self):
        """Return what these lines have added to contracts, as superuser: who sells and posts need not see contracts."""
        topups = self.env["ticketing.contract.topup"].sudo()
        if not self or not self.env["ticketing.contract"]._get_scopes():
            return topups  # without a contract there are none
        return topups.search([("sale_line_id", "in", self.ids)])

    def _follow_sold(self, names):
        """Have the contracts follow lines whose fields of these names have changed."""
        if SOLD_FIELDS.isdisjoint(names) or not (topups := self._get_topups()):
            return
        for line in topups.sale_line_id:
            line._check_sold_quantity()
        topups._follow_sales()

    def _check_sold_quantity(self):
        if self.product_uom_qty < 0:
            raise UserError(
                self.env._(
                    "%s: prepaid hours can't be sold in a negative quantity. Reduce the order that sold them, or credit "
                    "its invoice.",
                    self.product_id.display_name,
                )
            )

    @api.model
    def _get_prepaid_contract(self):
        """Return the customer's active contract of prepaid hours: the one that ends first."""
        contracts = self.env["ticketing.contract"].sudo()  # as above
        return contracts.search(
            [
                ("partner_id", "in", self.order_id.partner_id._get_group().ids),
                ("company_id", "=", self.company_id.id),
                ("allowance", "=", "prepaid"),
                ("state", "=", "active"),
            ],
            order="date_end, id",
            limit=1,
        )

    def _prepare_topup(self, contract):
        self.ensure_one()
        unit_hours = self.product_id.ticketing_prepaid_hours
        return {
            "contract_id": contract.id,
            "date": contract.company_id._get_ticketing_today(),
            "hours": self._get_prepaid_hours(unit_hours),
            "unit_hours": unit_hours,
            "name": f"{self.order_id.name}: {self.product_id.display_name}",
            "sale_line_id": self.id,
        }

    def _get_prepaid_hours(self, unit_hours):
        """Return the hours that are sold by now.

        :param float unit_hours: of each of the product's own units
        """
        self.ensure_one()
        if self.state != "sale":
            return 0.0
        quantity = max(self.product_uom_qty - self._get_credited_quantity(), 0.0)
        return self.product_uom_id._compute_quantity(quantity, self.product_id.uom_id, round=False) * unit_hours

    def _get_credited_quantity(self):
        """Return what posted credit notes took back and no other invoice bills again, in the line's unit."""
        billed, credited, replaced = 0.0, defaultdict(float), defaultdict(float)
        for item in self.invoice_lines:
            move = item.move_id
            quantity = item.product_uom_id._compute_quantity(item.quantity, self.product_uom_id, round=False)
            if move.move_type == "out_refund" and move.state == "posted":
                credited[move.reversed_entry_id] += quantity
            elif move.move_type == "out_invoice" and move.state != "cancel" and move.replaced_invoice_id:
                replaced[move.replaced_invoice_id] += quantity
            elif move.move_type == "out_invoice" and move.state != "cancel":
                billed += quantity
        taken = sum(max(quantity - replaced[origin], 0.0) for origin, quantity in credited.items())
        return max(taken - max(billed - self.product_uom_qty, 0.0), 0.0)
