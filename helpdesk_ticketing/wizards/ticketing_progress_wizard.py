from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.progress import add


class TicketingProgressWizard(models.TransientModel):
    """Makes the billing plan of a line that is sold: sells it as 100 hundredths, and plans its milestones."""

    _name = "ticketing.progress.wizard"
    _description = "Plan Billing by Progress"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    order_state = fields.Selection(related="order_id.state")
    company_id = fields.Many2one(related="order_id.company_id")
    currency_id = fields.Many2one(related="order_id.currency_id")
    customer_id = fields.Many2one(related="order_id.partner_id.commercial_partner_id", string="Customer")
    candidate_ids = fields.Many2many("sale.order.line", compute="_compute_candidate_ids")
    line_id = fields.Many2one(
        "sale.order.line",
        "Line to Bill",
        compute="_compute_line_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        domain="[('id', 'in', candidate_ids)]",
    )
    amount = fields.Monetary(related="line_id.price_subtotal", string="Contract Sum", help="Without taxes.")
    sold_as = fields.Char("It Is Sold as", compute="_compute_sold_as")
    becomes = fields.Char("It Becomes", compute="_compute_sold_as")
    name = fields.Char(
        "Billing Plan", compute="_compute_name", store=True, precompute=True, readonly=False, required=True
    )
    project_id = fields.Many2one(
        "project.project",
        compute="_compute_project_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('partner_id', 'child_of', customer_id), ('company_id', 'in', (False, company_id))]",
        help="Empty: a new project is made, with the name of the plan.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Project Manager",
        compute="_compute_user_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        domain=[("share", "=", False)],
    )
    template_id = fields.Many2one(
        "ticketing.progress.template",
        compute="_compute_template_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('company_id', 'in', (False, company_id))]",
    )
    method = fields.Selection(
        lambda self: self._get_plan_selection("method"),
        compute="_compute_terms",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    completion_source = fields.Selection(
        lambda self: self._get_plan_selection("completion_source"),
        "Completion from",
        compute="_compute_terms",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    acceptance = fields.Selection(
        lambda self: self._get_plan_selection("acceptance"),
        "Accepted by",
        compute="_compute_terms",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    retention_percent = fields.Float(
        "Retention (%)", digits=(16, 2), compute="_compute_terms", store=True, precompute=True, readonly=False
    )
    payer = fields.Selection(lambda self: self._get_plan_selection("payer"), default="customer", required=True)
    lender_id = fields.Many2one("res.partner")
    date_start = fields.Date("Start of the Works", default=fields.Date.context_today, required=True)
    milestone_ids = fields.One2many(
        "ticketing.progress.wizard.milestone",
        "wizard_id",
        "Milestones",
        compute="_compute_milestone_ids",
        store=True,
        readonly=False,
    )
    percent_sum = fields.Float("Sum (%)", digits=(16, 2), compute="_compute_percent_sum")

    @api.model
    def _get_plan_selection(self, name):
        return self.env["ticketing.progress.plan"]._fields[name]._description_selection(self.env)

    @api.depends("order_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.order_id.order_line._filter_plannable()

    @api.depends("candidate_ids")
    def _compute_line_id(self):
        """The dearest line is what is paid for in parts."""
        for wizard in self:
            lines = wizard.candidate_ids.sorted("price_subtotal", reverse=True)
            wizard.line_id = wizard.line_id if wizard.line_id in lines else lines[:1]

    @api.depends("line_id")
    def _compute_sold_as(self):
        for wizard in self:
            line = wizard.line_id
            if not line:
                wizard.sold_as = wizard.becomes = False
                continue
            total = wizard.currency_id.format(line.price_subtotal)
            wizard.sold_as = f"{line._say_quantity(line.product_uom_qty, line.price_unit, line.discount)} = {total}"
            wizard.becomes = f"{line._say_quantity(100, line._get_hundredth())} = {total}"

    @api.depends("line_id")
    def _compute_name(self):
        for wizard in self:
            wizard.name = wizard.line_id._get_progress_title() if wizard.line_id else wizard.name

    @api.depends("order_id")
    def _compute_project_id(self):
        for wizard in self:
            project = wizard.order_id.project_id
            fits = project.partner_id.commercial_partner_id in (wizard.customer_id, project.partner_id.browse())
            wizard.project_id = project if fits else False

    @api.depends("project_id")
    def _compute_user_id(self):
        for wizard in self:
            wizard.user_id = wizard.project_id.user_id or self.env.user

    @api.depends("line_id")
    def _compute_template_id(self):
        """The product's, else the first one that plans milestones."""
        Template = self.env["ticketing.progress.template"]
        usual = Template.search([("company_id", "in", (False, *self.company_id.ids))], limit=1)
        for wizard in self:
            wizard.template_id = wizard.line_id.product_id.ticketing_progress_template_id or usual

    @api.depends("template_id")
    def _compute_terms(self):
        plan = self.env["ticketing.progress.plan"].new()
        for wizard in self:
            terms = wizard.template_id or plan
            for name in ("method", "completion_source", "acceptance", "retention_percent"):
                wizard[name] = terms[name]

    @api.depends("template_id")
    def _compute_milestone_ids(self):
        for wizard in self:
            rows = [line._prepare_wizard_row() for line in wizard.template_id.line_ids]
            wizard.milestone_ids = [Command.clear(), *map(Command.create, rows)]

    @api.depends("milestone_ids.percentage")
    def _compute_percent_sum(self):
        for wizard in self:
            wizard.percent_sum = add(wizard.milestone_ids.mapped("percentage"), 0.01)

    # Confirmed

    def action_plan(self):
        """Make the plan, and show it."""
        self.ensure_one()
        self.order_id.check_access("write")
        self._check()
        self.line_id._sell_by_progress()
        plan = self._make_plan()
        if self.order_state == "sale":
            plan.action_start()
        plan = plan.with_env(self.env)
        return plan._get_records_action(views=[(False, "form")])

    def _check(self):
        """Refuse what no plan could be made of.

        :raises UserError: says what to change
        """
        if self.line_id not in self.order_id.order_line._filter_plannable():
            raise UserError(
                self.env._(
                    "%(line)s can't be billed by progress: choose a service of %(order)s that has a price and neither a plan "
                    "nor hours nor an invoice yet.",
                    line=self.line_id._get_progress_title(),
                    order=self.order_id.name,
                )
            )
        if self.method == "milestone" and self.percent_sum != 100:
            raise UserError(
                self.env._(
                    "The milestones add up to %.2f %% instead of 100.00 %%: correct their percentages.",
                    self.percent_sum,
                )
            )
        payers = {self.payer, *self.milestone_ids.filtered("payer").mapped("payer")}
        if "lender" in payers and not self.lender_id:
            raise UserError(self.env._("Say which lender pays."))
        if self.project_id:
            self.project_id.check_access("read")

    def _make_plan(self):
        """Return the plan, as superuser: the salesman may write the order, which the caller has checked."""
        wizard = self.sudo()
        plan = wizard.env["ticketing.progress.plan"].create(wizard._prepare_plan())
        wizard.line_id.write({"progress_plan_id": plan.id, "progress_kind": "contract"})
        plan.sale_line_ids._check_progress_item()
        if plan.method == "milestone":
            plan.milestone_ids = [
                Command.create({**row._prepare_milestone(), "sale_line_id": wizard.line_id.id, "sequence": number})
                for number, row in enumerate(wizard.milestone_ids, 1)
            ]
        return plan

    def _prepare_plan(self):
        return {
            "name": self.name,
            "project_id": (self.project_id or self._make_project()).id,
            "sale_order_id": self.order_id.id,
            "partner_id": self.order_id.partner_id.id,
            "user_id": self.user_id.id,
            "template_id": self.template_id.id if self.template_id.method == "milestone" else False,
            "lender_id": self.lender_id.id,
            **{
                name: self[name] for name in ("method", "completion_source", "acceptance", "retention_percent", "payer")
            },
        }

    def _make_project(self):
        values = {
            "name": self.name,
            "partner_id": self.order_id.partner_id.id,
            "user_id": self.user_id.id,
            "company_id": self.company_id.id,
            "date_start": self.date_start,
            "date": max([self.date_start, *self.milestone_ids.filtered("deadline").mapped("deadline")]),
            "allow_billable": True,
            "allow_milestones": True,
        }
        return self.env["project.project"].create(values)
