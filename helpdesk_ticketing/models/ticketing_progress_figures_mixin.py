from odoo import api, fields, models

from ..tools.progress import add, get_percent


class TicketingProgressFiguresMixin(models.AbstractModel):
    """What a plan amounts to: sold, certified, held back, invoiced, paid. The same number of queries for any of them."""

    _name = "ticketing.progress.figures.mixin"
    _description = "Billing Plan: Figures"

    currency_id = fields.Many2one("res.currency")
    contract_amount = fields.Monetary("Contract Sum", compute="_compute_sold", store=True)
    change_amount = fields.Monetary("Changes", compute="_compute_sold", store=True)
    total_amount = fields.Monetary("Contract with Changes", compute="_compute_sold", store=True)
    certified_amount = fields.Monetary("Certified", compute="_compute_certified", store=True)
    certified_percent = fields.Float("Certified (%)", compute="_compute_certified", digits=(16, 2), store=True)
    retained_amount = fields.Monetary(
        "Held Back", compute="_compute_certified", store=True, help="Of what is certified, and not released."
    )
    holds_retention = fields.Boolean(compute="_compute_certified", store=True)
    invoiced_amount = fields.Monetary(
        "Invoiced",
        compute="_compute_invoiced",
        help="Without taxes, of posted invoices less credit notes, with deposits.",
    )
    paid_amount = fields.Monetary("Paid", compute="_compute_invoiced", help="Without taxes.")
    certificate_count = fields.Integer("Number of Certificates", compute="_compute_counts")
    invoice_ids = fields.Many2many(
        "account.move", compute="_compute_invoice_ids", compute_sudo=True, groups=fields.NO_ACCESS
    )
    invoice_count = fields.Integer("Number of Invoices", compute="_compute_invoiced")
    milestone_count = fields.Integer("Number of Milestones", compute="_compute_counts")
    overdue_count = fields.Integer("Overdue Milestones", compute="_compute_overdue_count")

    @api.depends("sale_line_ids.price_subtotal", "sale_line_ids.progress_kind")
    def _compute_sold(self):
        for plan in self:
            step = plan.currency_id.rounding or 0.01
            changes = plan.sale_line_ids.filtered(lambda line: line.progress_kind == "change")
            plan.change_amount = add(changes.mapped("price_subtotal"), step)
            plan.contract_amount = add((plan.sale_line_ids - changes).mapped("price_subtotal"), step)
            plan.total_amount = add([plan.contract_amount, plan.change_amount], step)

    @api.depends("certificate_ids.is_certified", "release_ids.is_live", "total_amount")
    def _compute_certified(self):
        rows = self.env["ticketing.delivery.note"]._read_group(
            [("plan_id", "in", self.ids), ("is_certified", "=", True)],
            ["plan_id"],
            ["period_amount:sum", "retention_amount:sum"],
        )
        certified = {plan.id: (period, retention) for plan, period, retention in rows}
        releases = self.env["ticketing.retention.release"]._read_group(
            [("plan_id", "in", self.ids), ("is_live", "=", True)], ["plan_id"], ["amount:sum"]
        )
        released = {plan.id: amount for plan, amount in releases}
        for plan in self:
            step = plan.currency_id.rounding or 0.01
            amount, retention = certified.get(plan._origin.id, (0.0, 0.0))
            plan.certified_amount = add([amount], step)
            plan.certified_percent = get_percent(amount, plan.total_amount) if plan.total_amount else 0.0
            plan.retained_amount = add([retention, -released.get(plan._origin.id, 0.0)], step)
            plan.holds_retention = bool(plan.retained_amount)

    def _compute_invoice_ids(self):
        invoices = self._get_invoices()
        for plan in self:
            plan.invoice_ids = invoices.get(plan._origin.id, False)

    def _compute_invoiced(self):
        for plan in self:
            step, invoiced, paid = plan.currency_id.rounding or 0.01, [], []
            moves = plan.sudo().invoice_ids  # sums of them are told
            plan.invoice_count = len(moves)
            for move in moves:
                if move.state == "posted":
                    amount = -move.direction_sign * move.amount_untaxed
                    total = move.amount_total
                    invoiced.append(amount)
                    paid.append(amount * (total - move.amount_residual) / total if total else amount)
            plan.invoiced_amount, plan.paid_amount = add(invoiced, step), add(paid, step)

    def _get_invoices(self):
        """Return {plan id: its invoices and credit notes in any state}, as superuser.

        With the deposits, which are invoiced on the same order; of an order with several plans, those count for the first.
        """
        Move = self.env["account.move"].sudo()
        own = Move.search_fetch(
            [("progress_plan_id", "in", self.ids)], ["progress_plan_id", "move_type", "state", "amount_untaxed"]
        )
        found = {plan.id: moves for plan, moves in own.grouped("progress_plan_id").items()}
        for plan, deposits in self._get_deposit_invoices().items():
            found[plan.id] = found.get(plan.id, Move) | deposits
        return found

    def _get_deposit_invoices(self):
        """Return {plan: invoices and credit notes of down payments}, for the plans that are the first of their orders."""
        plans = self.sudo().with_context(active_test=False)
        others = plans.search([("sale_order_id", "in", plans.sale_order_id.ids)])
        first = {
            order: of_order.sorted(lambda plan: (plan.state == "cancelled", plan.id))[0]
            for order, of_order in others.grouped("sale_order_id").items()
        }
        lines = self.env["sale.order.line"].sudo()
        lines = lines.search([("order_id", "in", plans.sale_order_id.ids), ("is_downpayment", "=", True)])
        return {
            first[order]: of_order.invoice_lines.move_id.filtered(
                lambda move: not move.progress_plan_id and move._is_downpayment()
            )
            for order, of_order in lines.grouped("order_id").items()
            if first[order] in plans
        }

    def _compute_counts(self):
        certificates = self._count_of("ticketing.delivery.note", "plan_id")
        milestones = self._count_of("project.milestone", "plan_id")
        for plan in self:
            plan.certificate_count = certificates.get(plan._origin.id, 0)
            plan.milestone_count = milestones.get(plan._origin.id, 0)

    def _compute_overdue_count(self):
        """Apart from the others: it is what a list of plans shows."""
        today = fields.Date.context_today(self)
        overdue = self._count_of("project.milestone", "plan_id", ("is_reached", "=", False), ("deadline", "<", today))
        for plan in self:
            plan.overdue_count = overdue.get(plan._origin.id, 0)

    def _count_of(self, model, field, *domain):
        """Return {plan id: number of its records}, for who may see the plan."""
        rows = self.env[model].sudo()._read_group([(field, "in", self.ids), *domain], [field], ["__count"])
        return {plan.id: number for plan, number in rows}
