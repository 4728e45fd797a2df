from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date, ormcache

from ..tools.coverage import say_minutes

ALLOWANCES = [
    ("unlimited", "All Hours"),
    ("month", "Hours per Month"),
    ("quarter", "Hours per Quarter"),
    ("year", "Hours per Year"),
    ("term", "Hours for the Whole Term"),
    ("prepaid", "Prepaid Hours"),
]
UNLIMITED = ("unlimited", "prepaid")  # nothing that begins anew with a period


class TicketingContractCoverMixin(models.AbstractModel):
    """What a contract covers, and why."""

    _name = "ticketing.contract.cover.mixin"
    _description = "Contract: What It Covers"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    covers_labour = fields.Boolean(default=True, tracking=True)
    allowance = fields.Selection(ALLOWANCES, "Included", required=True, default="unlimited", tracking=True)
    included_hours = fields.Float(
        help="Free of charge in each period, which counts from the contract's first day.", tracking=True
    )
    carry_over = fields.Boolean(
        compute="_compute_carry_over",
        store=True,
        readonly=False,
        precompute=True,
        help="What is left at the end of a period is added to the next one.",
    )
    discount = fields.Float(
        "Discount Beyond (%)", digits="Discount", tracking=True, help="On hours that are not included."
    )
    material_cover = fields.Selection(
        [("none", "No Material"), ("listed", "Listed Material"), ("all", "All Material")],
        "Covers Material",
        required=True,
        default="none",
        tracking=True,
        help="Which material of a ticket costs the customer nothing.",
    )
    material_ids = fields.One2many("ticketing.contract.material", "contract_id", "Covered Material", copy=True)
    excluded_cause_ids = fields.Many2many(
        "ticketing.sla.cause",
        "ticketing_contract_cause_rel",
        "contract_id",
        "cause_id",
        string="Excluded Causes",
        help="Work on tickets with one of these causes is billed.",
    )
    call_out_product_id = fields.Many2one(
        "product.product",
        "Call-out Fee",
        check_company=True,
        ondelete="restrict",
        domain=[("type", "=", "consu"), ("is_storable", "=", False), ("invoice_policy", "=", "delivery")],
        help="Added once to each delivery note of work on site.",
    )
    call_out_price = fields.Monetary(
        "Price of a Call-out",
        compute="_compute_call_out_price",
        store=True,
        readonly=False,
        precompute=True,
        help="Added to a delivery note of a visit, once.",
    )

    _hours_not_negative = models.Constraint(
        "CHECK (included_hours >= 0)",
        "The hours that a contract includes can't be negative: enter how many are free of charge.",
    )
    _discount_percent = models.Constraint(
        "CHECK (discount >= 0 AND discount <= 100)", "A discount lies between 0 and 100 %: correct it."
    )
    _call_out_not_negative = models.Constraint(
        "CHECK (call_out_price >= 0)", "A call-out can't cost less than nothing: enter its price, or 0."
    )

    @api.depends("allowance")
    def _compute_carry_over(self):
        """Where nothing is counted by periods, nothing is carried over: the form does not even show it."""
        for contract in self:
            contract.carry_over = contract.carry_over and contract.allowance not in UNLIMITED

    @api.depends("call_out_product_id")
    def _compute_call_out_price(self):
        for contract in self:
            contract.call_out_price = contract.call_out_price if contract.call_out_product_id else 0.0

    @api.constrains("allowance", "carry_over")
    def _check_carry_over(self):
        for contract in self:
            if contract.carry_over and contract.allowance in UNLIMITED:
                raise ValidationError(
                    self.env._(
                        "Only hours per month, quarter, year or term are carried over: choose one of these for "
                        "%s, or carry nothing over.",
                        contract.display_name,
                    )
                )

    @api.constrains("allowance", "included_hours", "covers_labour")
    def _check_allowance(self):
        for contract in self:
            counted = contract.covers_labour and contract.allowance not in UNLIMITED
            if counted and not contract.included_hours:
                raise ValidationError(
                    self.env._(
                        "Say how many hours %s includes, or that it covers all hours, or no labour.",
                        contract.display_name,
                    )
                )

    @api.constrains("call_out_product_id", "call_out_price")
    def _check_call_out(self):
        """The fee stands on the delivery note as material does, and must not be waited for in stock."""
        for contract in self.filtered(lambda contract: contract.call_out_price and not contract.call_out_product_id):
            raise ValidationError(
                self.env._(
                    "%s has a price of call-outs, but no product that stands for them on delivery notes: choose one, or "
                    "leave the price empty.",
                    contract.display_name,
                )
            )
        for product in self.call_out_product_id:
            if product.type != "consu" or product.is_storable or product.invoice_policy != "delivery":
                raise ValidationError(
                    self.env._(
                        "%s can't be a call-out fee: it must be of the type 'Goods', not tracked in stock, and invoiced on "
                        "delivered quantities.",
                        product.display_name,
                    )
                )

    # The decision

    @api.model
    @ormcache(cache="stable")
    def _decides_coverage(self):
        """Tell whether there is anything to decide: without contracts and warranties, work costs not a query more."""
        contracts = self.env["ticketing.contract"]
        return bool(contracts._get_scopes()) or self.env["product.template"]._has_warranties()

    def _is_in_force(self, day):
        self.ensure_one()
        last = self._get_last_day()
        return self.confirmed and self.date_start <= day and (not last or day <= last)

    def _judge_hours(self, day, cause):
        """Return the kind of coverage for hours of a day; "allowance" if it depends on what is left.

        :param cause: ticketing.sla.cause of the ticket, maybe empty
        """
        self.ensure_one()
        if not self._is_in_force(day):
            return "outside"
        if cause & self.excluded_cause_ids:
            return "excluded"
        if not self.covers_labour:
            return "not_included"
        return "contract" if self.allowance == "unlimited" else "allowance"

    def _judge_material(self, product, lot, day, cause):
        """Return the kind of coverage for material fitted into a unit on a day.

        :param product: product.product that is used
        :param lot: stock.lot of the unit, maybe empty
        """
        self.ensure_one()
        if not self._is_in_force(day):
            return "outside"
        if cause & self.excluded_cause_ids:
            return "excluded"
        included = self.material_cover == "all" or (
            self.material_cover == "listed" and any(row._includes(product, lot) for row in self.material_ids)
        )
        return "contract" if included else "not_included"

    def _say_why(self, kind, day, product=False, cause=False):
        """Return the sentence that agent, accountant and customer read, in the language of the environment."""
        self.ensure_one()
        if kind == "excluded":
            return self.env._("%(contract)s does not cover: %(cause)s.", contract=self.number, cause=cause.name)
        if kind == "outside":
            return self._say_outside(day)
        if kind == "not_included" and product:
            return self.env._(
                "%(product)s is not included in contract %(contract)s.",
                product=product.display_name,
                contract=self.number,
            )
        if kind == "not_included":
            return self.env._("Labour is not included in contract %s.", self.number)
        if product or self.allowance == "unlimited":
            return self.env._("Included in contract %s.", self.number)
        return self._say_allowance(kind, day)

    def _say_outside(self, day):
        values = {
            "contract": self.number,
            "day": format_date(self.env, day),
            "start": format_date(self.env, self.date_start),
            "end": format_date(self.env, self._get_last_day() or self.date_start),
        }
        if self._get_last_day():
            return self.env._("Contract %(contract)s is valid from %(start)s to %(end)s, not on %(day)s.", **values)
        return self.env._("Contract %(contract)s is valid from %(start)s on, not on %(day)s.", **values)

    def _say_allowance(self, kind, day):
        if self.allowance == "prepaid":
            if kind == "exhausted":
                return self.env._("The prepaid hours of contract %s are used up.", self.number)
            return self.env._("From the prepaid hours of contract %s.", self.number)
        __, first, last = self._get_period(day)
        values = {
            "contract": self.number,
            "hours": say_minutes(self._get_included_minutes()),
            "start": format_date(self.env, first),
            "end": format_date(self.env, last) if last else "…",
        }
        if kind == "exhausted":
            return self.env._(
                "The %(hours)s h of contract %(contract)s from %(start)s to %(end)s are used up.", **values
            )
        return self.env._("Included in the %(hours)s h of contract %(contract)s from %(start)s to %(end)s.", **values)

    def _say_call_out(self):
        self.ensure_one()
        return self.env._("Call-out fee of contract %s.", self.number)

    def _decide_anew(self):
        """Decide all work of these contracts again that nobody has before him to sign."""
        contracts = self.sudo()  # who may write contracts need not see all hours and orders
        contracts.env["ticketing.contract.period"]._rebuild(contracts)
        of_contracts = [("ticket_id.contract_id", "in", contracts.ids)]
        hours = contracts.env["account.analytic.line"].search(
            [
                *contracts.env["account.analytic.line"]._get_open_domain(),
                "|",
                ("cover_contract_id", "in", contracts.ids),
                *of_contracts,
            ]
        )
        material = contracts.env["sale.order.line"].search(of_contracts)
        (hours.ticket_id | material.ticket_id)._sync_labour_discount()
        hours._decide_coverage()
        material._decide_coverage()
