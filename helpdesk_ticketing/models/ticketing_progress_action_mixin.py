from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import formatLang

from ..tools.progress import add


class TicketingProgressActionMixin(models.AbstractModel):
    """What the form of a billing plan offers: the way to its documents, templates, and what is still missing."""

    _name = "ticketing.progress.action.mixin"
    _description = "Billing Plan: Buttons"

    template_id = fields.Many2one(
        "ticketing.progress.template",
        domain="[('method', '=', 'milestone'), ('company_id', 'in', (False, company_id))]",
        help="Its milestones can take the place of those that no certificate shows yet.",
    )
    # As superuser: names and sums of what is sold, for agents, who see no order lines.
    first_line_id = fields.Many2one("sale.order.line", compute="_compute_first_line_id", compute_sudo=True)
    sale_line_count = fields.Integer("Number of Order Lines", compute="_compute_first_line_id", compute_sudo=True)
    open_reason = fields.Char("What Is Missing", compute="_compute_open_reason", compute_sudo=True)
    share_text = fields.Char("Shared Out", compute="_compute_open_reason", compute_sudo=True)
    is_sold = fields.Boolean(compute="_compute_is_sold", compute_sudo=True)

    @api.depends("sale_line_ids")
    def _compute_first_line_id(self):
        for plan in self:
            plan.first_line_id = plan.sale_line_ids[:1]
            plan.sale_line_count = len(plan.sale_line_ids)

    @api.depends("sale_order_id.state")
    def _compute_is_sold(self):
        for plan in self:
            plan.is_sold = plan.sale_order_id.state == "sale"

    @api.depends(
        "milestone_ids.percentage",
        "milestone_ids.amount",
        "milestone_ids.sale_line_id",
        "sale_line_ids.price_subtotal",
        "by_amount",
        "method",
    )
    def _compute_open_reason(self):
        """Say it while the milestones are being typed, in the words in which saving or starting would refuse it."""
        for plan in self:
            planned = plan.method == "milestone"
            plan.open_reason = planned and plan._explain_open()
            plan.share_text = planned and " · ".join(map(plan._say_share, plan.sale_line_ids))

    def _say_share(self, line):
        """Return e.g. "Heating: 100.00 %", since the sum of all milestones says nothing where there are changes."""
        milestones = self.milestone_ids.filtered(lambda milestone: milestone.sale_line_id._origin == line._origin)
        percent = add(milestones.mapped("percentage"), 0.01)
        return f"{line._get_progress_title()}: {formatLang(self.env, percent, digits=2)} %"

    def _explain_open(self):
        for line in self.sale_line_ids:
            try:
                self._check_line_planned(line._origin)
            except ValidationError as error:
                return error.args[0]
        return False

    # Started with its order

    def _start_sold(self):
        """Start the drafts of orders that were just confirmed; what is missing is told on the plan, and stops no sale."""
        for plan in self.filtered(lambda plan: plan.state == "draft"):
            try:
                plan.action_start()
            except (UserError, ValidationError) as error:
                plan.message_post(body=self.env._("The order is confirmed, but not this plan: %s", error.args[0]))

    # Templates

    def action_apply_template(self):
        """Put the template's milestones in the place of those that no certificate shows."""
        for plan in self:
            if plan.state not in ("draft", "running"):
                plan._check_running()
            if not plan.template_id:
                raise UserError(self.env._("Choose a template first."))
            plan._apply_template(plan.template_id)
        return True

    def _apply_template(self, template, start=None):
        self.ensure_one()
        start = start or self.project_id.date_start or fields.Date.context_today(self)
        free = self.milestone_ids.filtered(lambda milestone: not milestone.certificate_line_ids)
        kept = self.milestone_ids - free
        rows = []
        for line in self.sale_line_ids:
            settled = kept.filtered(lambda milestone, line=line: milestone.sale_line_id == line)
            rest = add([100.0, *(-milestone.percentage for milestone in settled)], 0.01)
            if rest > 0:
                rows += [{**values, "sale_line_id": line.id} for values in template._prepare_milestones(start, rest)]
        last = max(kept.mapped("sequence"), default=0)
        commands = [Command.create({**values, "sequence": last + number}) for number, values in enumerate(rows, 1)]
        self.write(
            {"milestone_ids": [*(Command.delete(milestone.id) for milestone in free), *commands], "by_amount": False}
        )

    # What it is about

    def action_view_certificates(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_certificate_action")
        return {**action, "domain": [("plan_id", "in", self.ids)], "context": {}}

    def action_view_invoices(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        ids = [move.id for moves in self._get_invoices().values() for move in moves]
        return {**action, "domain": [("id", "in", ids)], "context": {"create": False}}

    def action_view_milestones(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.project_milestone_action_progress")
        return {**action, "domain": [("plan_id", "in", self.ids)], "context": {"create": False}}

    def action_view_project(self):
        self.ensure_one()
        return self.project_id.with_context(active_id=self.project_id.id).action_view_tasks()

    def action_add_change(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_progress_change_action"),
            "context": {"default_plan_id": self.id},
        }
