from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.coverage import say_minutes, to_minutes


class TicketingContractTopup(models.Model):
    """Hours that a customer has paid in advance."""

    _name = "ticketing.contract.topup"
    _description = "Prepaid Hours"
    _order = "contract_id, date, id"

    contract_id = fields.Many2one("ticketing.contract", required=True, index=True, ondelete="cascade")
    date = fields.Date(required=True, default=lambda self: self.env.company._get_ticketing_today())
    hours = fields.Float(required=True, help="Follows what is sold, less what is credited or cancelled.")
    name = fields.Char("Description")
    # Its row stays when all of it is taken back; orders that can be deleted have nothing left in it.
    sale_line_id = fields.Many2one("sale.order.line", "Sold with", readonly=True, ondelete="cascade")
    unit_hours = fields.Float(
        readonly=True, help="Hours of each unit sold: what the product says later is of no account."
    )
    order_id = fields.Many2one(related="sale_line_id.order_id", store=True, index="btree_not_null")

    _hours_positive = models.Constraint(
        "CHECK (hours > 0 OR (hours = 0 AND sale_line_id IS NOT NULL))",
        "Prepaid hours must be more than nothing: enter how many were paid, or delete the row.",
    )
    _once = models.UniqueIndex(
        "(sale_line_id) WHERE sale_line_id IS NOT NULL", "This order has topped the contract up already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        topups = super().create(vals_list)
        topups.contract_id._on_changed({"topup_ids"})
        return topups

    def write(self, vals):
        if self.sale_line_id and {"hours", "contract_id"} & vals.keys() and not self.env.su:
            raise UserError(self.env._("These hours were sold: correct their sale order instead."))
        before = self.contract_id
        result = super().write(vals)
        (before | self.contract_id)._on_changed({"topup_ids"})
        return result

    def _follow_sales(self):
        """Bring the hours up to date with what is sold, less what is credited; called as superuser.

        Work that is unsigned is decided again; what is signed or billed keeps its hours.

        :raises UserError: more would be taken back than that leaves
        """
        for topup in self:
            line = topup.sale_line_id
            unit_hours = topup.unit_hours or line.product_id.ticketing_prepaid_hours
            before, hours = topup.hours, line._get_prepaid_hours(unit_hours)
            if to_minutes(before) == to_minutes(hours):
                continue
            topup.hours = hours
            if hours < before:
                topup._check_not_used(before)
            topup.contract_id._message_log(
                body=self.env._(
                    "%(sale)s: %(before)s h sold in advance are %(after)s h now.",
                    sale=topup.name,
                    before=say_minutes(to_minutes(before)),
                    after=say_minutes(to_minutes(hours)),
                )
            )

    def _check_not_used(self, before):
        contract = self.contract_id
        if not contract._is_counted() or contract.allowance != "prepaid":
            return
        missing = sum(contract.period_ids.mapped("used_minutes")) - contract._get_included_minutes()
        if missing > 0:
            taken = to_minutes(before) - to_minutes(self.hours)
            raise UserError(
                self.env._(
                    "%(taken)s h of %(sale)s can't be taken back: work that is signed or billed has used contract "
                    "%(contract)s up to %(left)s h. Leave the rest sold: reduce the order's quantity, or credit, by no "
                    "more than that. A mere discount is credited on a line without product.",
                    taken=say_minutes(taken),
                    sale=self.name,
                    contract=contract.display_name,
                    left=say_minutes(max(taken - missing, 0)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sold(self):
        if self.sale_line_id and not self.env.su:
            raise UserError(self.env._("These hours were sold: cancel their sale order instead."))

    def unlink(self):
        contracts = self.contract_id
        result = super().unlink()
        contracts.exists()._on_changed({"topup_ids"})
        return result
