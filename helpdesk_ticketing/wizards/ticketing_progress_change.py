from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.progress import add


class TicketingProgressChange(models.TransientModel):
    """Sells something more, or takes something away: an order line of its own, with milestones of its own."""

    _name = "ticketing.progress.change"
    _description = "Change of a Contract"

    plan_id = fields.Many2one("ticketing.progress.plan", "Billing Plan", required=True, readonly=True)
    method = fields.Selection(related="plan_id.method")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    name = fields.Char("What Changes", required=True)
    direction = fields.Selection([("more", "More work"), ("less", "Less work")], default="more", required=True)
    amount = fields.Monetary(required=True, help="Without taxes.")
    lender_id = fields.Many2one(related="plan_id.lender_id")
    payer = fields.Selection(
        [("customer", "Customer"), ("lender", "Lender")],
        compute="_compute_payer",
        store=True,
        readonly=False,
        help="Whose invoices become more, or less.",
    )
    total_before = fields.Monetary(related="plan_id.total_amount", string="Contract until Now")
    total_after = fields.Monetary("Contract Afterwards", compute="_compute_total_after")
    milestone_ids = fields.One2many("ticketing.progress.change.milestone", "change_id", "Milestones")
    percent_sum = fields.Float("Sum (%)", digits=(16, 2), compute="_compute_percent_sum")

    @api.model
    def default_get(self, fields_list):
        """One milestone, for the whole: most changes are done at once."""
        values = super().default_get(fields_list)
        if "milestone_ids" in fields_list and "milestone_ids" not in values:
            whole = {"name": self.env._("Change completed"), "percentage": 100.0}
            values["milestone_ids"] = [Command.create(whole)]
        return values

    @api.depends("plan_id", "amount", "direction")
    def _compute_total_after(self):
        for change in self:
            change.total_after = change.total_before + change._get_signed()

    @api.depends("milestone_ids.percentage")
    def _compute_percent_sum(self):
        for change in self:
            change.percent_sum = add(change.milestone_ids.mapped("percentage"), 0.01)

    @api.depends("plan_id")
    def _compute_payer(self):
        """Who pays most of the contract."""
        for change in self:
            sums = change.plan_id._get_payer_sums()
            change.payer = max(sums, key=sums.get, default=change.plan_id.payer)

    def _get_signed(self):
        return -self.amount if self.direction == "less" else self.amount

    def action_confirm(self):
        """Add the order line and its milestones in one step, so that the plan is whole before and after."""
        self.ensure_one()
        if not self.exists():
            raise UserError(self.env._("This change is confirmed already: look at the billing plan."))
        plan = self.plan_id
        plan.check_access("write")
        self._check()
        plan = plan.sudo()  # checked above; who leads a project agrees on changes without being a salesman
        plan._lock()
        line = self.env["sale.order.line"].sudo().create(self._prepare_line())
        if plan.method == "milestone":
            milestones = self._prepare_milestones(line)
            plan.write({"milestone_ids": [Command.create(values) for values in milestones]})
        line._check_progress_item()
        plan.message_post(body=self._say(line))
        self.sudo().unlink()  # his own: a second click finds nothing that it could sell again
        return {"type": "ir.actions.act_window_close"}

    def _check(self):
        if self.plan_id.state not in ("draft", "running"):
            self.plan_id._check_running()
        if not self.plan_id.sale_line_ids:
            raise UserError(self.env._("%s has no contract to be changed yet.", self.plan_id.name))
        if self.currency_id.compare_amounts(self.amount, 0) <= 0:
            raise UserError(
                self.env._("Write the amount without a sign: the choice above says whether it is more or less.")
            )
        if self.currency_id.compare_amounts(self.total_after, 0) < 0:
            raise UserError(
                self.env._(
                    "Only %s are left in the contract: no more can be taken away.",
                    self.currency_id.format(self.total_before),
                )
            )
        if self.method == "milestone" and self.percent_sum != 100:
            raise UserError(
                self.env._(
                    "The milestones add up to %.2f %% instead of 100.00 %%: correct their percentages.",
                    self.percent_sum,
                )
            )

    def _prepare_line(self):
        """As the contract's own line is sold: the same product and taxes."""
        contract = self.plan_id.sudo().sale_line_ids.sorted(lambda line: line.progress_kind == "change")[0]
        return {
            "order_id": contract.order_id.id,
            "product_id": contract.product_id.id,
            "name": self.name,
            "product_uom_id": contract.product_uom_id.id,
            "product_uom_qty": -100.0 if self.direction == "less" else 100.0,
            "price_unit": self.amount / 100,
            "discount": 0.0,
            "tax_ids": [Command.set(contract.tax_ids.ids)],
            "analytic_distribution": contract.analytic_distribution,
            "sequence": contract.order_id.order_line[-1:].sequence + 1,
            "progress_plan_id": self.plan_id.id,
            "progress_kind": "change",
        }

    def _prepare_milestones(self, line):
        last = max(self.plan_id.milestone_ids.mapped("sequence"), default=0)
        return [
            {**row._prepare_milestone(), "payer": self.payer, "sale_line_id": line.id, "sequence": last + number}
            for number, row in enumerate(self.milestone_ids, 1)
        ]

    def _say(self, line):
        return self.env._(
            "Change agreed: %(name)s, %(amount)s. The contract is now %(total)s.",
            name=self.name,
            amount=self.currency_id.format(line.price_subtotal),
            total=self.currency_id.format(line.progress_plan_id.total_amount),
        )
