from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, UserError, ValidationError

from ..tools.progress import add

# What certificates have been made of: fixed once there is one.
TERM_FIELDS = {"method", "sale_order_id", "retention_percent", "deposit_method", "by_amount"}
# What its milestones have as well, unless they differ.
SHARED_FIELDS = {"retention_percent", "payer"}
STEP_FIELDS = {"state", "accepted_on", "certificate_number"}


class TicketingProgressPlan(models.Model):
    """How a contract that is sold in a project is paid for while it is being fulfilled.

    What is sold stands on lines of a sale order with a quantity of 100, so that each percentage of it is a quantity: the
    contract, and later its changes, which never alter what stands there already. Certificates say what part of each is
    done; they are signed, and the billing queue invoices them.
    """

    _name = "ticketing.progress.plan"
    _description = "Billing Plan"
    _inherit = [
        "ticketing.progress.figures.mixin",
        "ticketing.progress.deposit.mixin",
        "ticketing.progress.position.mixin",
        "ticketing.progress.curve.mixin",
        "ticketing.progress.cron.mixin",
        "ticketing.progress.document.mixin",
        "ticketing.progress.action.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Accepted"), ("cancelled", "Cancelled")],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    project_id = fields.Many2one("project.project", required=True, index=True, ondelete="restrict", check_company=True)
    sale_order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="restrict", check_company=True)
    sale_line_ids = fields.One2many(
        "sale.order.line", "progress_plan_id", "Contract and Changes", help="Sold with a quantity of 100 each."
    )
    company_id = fields.Many2one(related="sale_order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="sale_order_id.currency_id", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        help="Who signs the certificates.",
    )
    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer Company", compute="_compute_commercial_partner_id", store=True, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Project Manager",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
    )
    team_id = fields.Many2one(
        "ticketing.team", index="btree_not_null", check_company=True, help="Its policy says what needs no approval."
    )
    method = fields.Selection(
        [("milestone", "By milestones reached"), ("completion", "By percentage of completion")],
        default="milestone",
        required=True,
        tracking=True,
    )
    by_amount = fields.Boolean("Fixed Amounts", help="Milestones have amounts, and their percentages follow.")
    completion_source = fields.Selection(
        [("tasks", "Tasks done"), ("hours", "Hours spent of those planned"), ("manual", "Said by hand, with a reason")],
        "Completion from",
        default="tasks",
        required=True,
    )
    cadence_months = fields.Integer("Every ... Months", default=1, help="How often what is completed is certified.")
    next_date = fields.Date("Next Certificate", help="The certificate is made ready to look at on this day.")
    payer = fields.Selection(
        [("customer", "Customer"), ("lender", "Lender")],
        default="customer",
        required=True,
        help="Who is invoiced, where a milestone does not say otherwise.",
    )
    lender_id = fields.Many2one("res.partner", check_company=True, index="btree_not_null")
    lender_commercial_partner_id = fields.Many2one(
        "res.partner", "Lender's Company", compute="_compute_commercial_partner_id", store=True, index="btree_not_null"
    )
    acceptance = fields.Selection(
        [("payer", "Who pays"), ("customer", "The customer"), ("both", "The customer, then the lender where he pays")],
        "Accepted by",
        default="both",
        required=True,
        tracking=True,
    )
    reminder_days = fields.Integer(
        "Remind after ... Days",
        default=7,
        help="Silence is followed by a reminder; it never means acceptance. 0: never.",
    )
    retention_percent = fields.Float(
        "Retention (%)",
        digits=(16, 2),
        tracking=True,
        help="Held back of each certificate until the day of release or the final acceptance.",
    )
    retention_date = fields.Date("Retention Released on", tracking=True, help="Empty: at the final acceptance.")
    deposit_method = fields.Selection(
        [("share", "In proportion to what is completed"), ("first", "As early as possible")],
        "Deposits Deducted",
        default="share",
        required=True,
        help="Deposits are the down payments that are invoiced on the order.",
    )
    accepted_on = fields.Date("Final Acceptance", readonly=True, copy=False, tracking=True)
    milestone_ids = fields.One2many("project.milestone", "plan_id", "Milestones")
    certificate_ids = fields.One2many("ticketing.delivery.note", "plan_id", "Certificates")
    release_ids = fields.One2many("ticketing.retention.release", "plan_id", "Releases of Retention")
    certificate_number = fields.Integer(readonly=True, copy=False, help="Of the last certificate.")

    _percent_range = models.Constraint(
        "CHECK (retention_percent >= 0 AND retention_percent <= 100)", "A retention is between 0 and 100 %: correct it."
    )
    _cadence_positive = models.Constraint(
        "CHECK (cadence_months > 0)", "Certificates are at least a month apart: enter how many months."
    )
    _next_date_index = models.Index("(next_date) WHERE state = 'running' AND next_date IS NOT NULL")
    _release_index = models.Index("(retention_date) WHERE holds_retention IS TRUE AND retention_date IS NOT NULL")

    @api.depends("sale_order_id")
    def _compute_partner_id(self):
        for plan in self:
            plan.partner_id = plan.sale_order_id.partner_id or plan.partner_id

    @api.depends("partner_id", "lender_id")
    def _compute_commercial_partner_id(self):
        """Whose contacts they are when they are chosen: who employs them later neither reads nor pays."""
        for plan in self:
            plan.commercial_partner_id = plan.partner_id.commercial_partner_id
            plan.lender_commercial_partner_id = plan.lender_id.commercial_partner_id

    @api.constrains("partner_id", "sale_order_id")
    def _check_customer(self):
        for plan in self:
            if plan.commercial_partner_id != plan.sale_order_id.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "The customer of %(plan)s must be a contact of %(customer)s, to whom %(order)s was sold.",
                        plan=plan.name,
                        customer=plan.sale_order_id.partner_id.commercial_partner_id.display_name,
                        order=plan.sale_order_id.name,
                    )
                )

    @api.constrains("payer", "lender_id", "milestone_ids")
    def _check_lender(self):
        for plan in self:
            payers = {plan.payer, *plan.milestone_ids.mapped("payer")}
            if "lender" in payers and not plan.lender_id:
                raise ValidationError(
                    self.env._("%s is paid by a lender: say who that is in the field Lender.", plan.name)
                )

    @api.constrains("project_id", "sale_order_id")
    def _check_project(self):
        for plan in self:
            customer = plan.project_id.partner_id.commercial_partner_id
            if customer and customer != plan.sale_order_id.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "The project %(project)s is of %(customer)s, and %(order)s is not: choose a project of the same "
                        "customer.",
                        project=plan.project_id.display_name,
                        customer=customer.display_name,
                        order=plan.sale_order_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_steps(*vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_steps(vals)
        if TERM_FIELDS & vals.keys():
            self._check_terms_free(vals)
        followers = self._get_followers(SHARED_FIELDS & vals.keys())
        saving = self.with_context(ticketing_plan_saving=True) if "milestone_ids" in vals else self  # checked together
        result = super(TicketingProgressPlan, saving).write(vals)
        self._pass_on(followers)
        if "milestone_ids" in vals or "sale_line_ids" in vals:
            self.filtered(lambda plan: plan.state == "running")._check_complete()
        return result

    def _get_followers(self, names):
        """Return [(plan, name of a term, value, milestones that have the plan's value and no certificate)]."""
        return [
            (
                plan,
                name,
                plan[name],
                plan.milestone_ids.filtered(
                    lambda milestone, plan=plan, name=name: (
                        milestone[name] == plan[name] and not milestone._is_certified()
                    )
                ),
            )
            for plan in self.sudo()  # only to compare: writing checks the rights
            for name in names
        ]

    def _pass_on(self, followers):
        """Give milestones the changed terms of their plan, where they did not get others at the same time.

        The caller could write the plan, so that its milestones, whose terms these are, are written as superuser.
        """
        for plan, name, old, milestones in followers:
            if plan[name] != old:
                same = milestones.exists().filtered(lambda milestone, name=name, old=old: milestone[name] == old)
                same.write({name: plan[name]})

    def _check_steps(self, *vals_list):
        if not self.env.su and any(STEP_FIELDS & vals.keys() for vals in vals_list):
            raise UserError(self.env._("The state of a billing plan changes by its buttons alone."))

    def _check_terms_free(self, vals):
        """Refuse to change terms by which something was certified.

        :raises UserError: says which certificates stand in the way
        """
        for plan in self:
            changed = any(
                plan._fields[name].convert_to_write(plan[name], plan) != vals[name]
                for name in TERM_FIELDS & vals.keys()
            )
            live = plan.certificate_ids.filtered(lambda note: note.state in ("ready", "signed"))
            if changed and live:
                raise UserError(
                    self.env._(
                        "%(plan)s can't be changed any more: %(notes)s were made by its terms. Sell a change instead, which "
                        "has its own milestones; a retention can differ by milestone.",
                        plan=plan.name,
                        notes=", ".join(live.mapped("name")),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_certified(self):
        if used := self.filtered("certificate_ids"):
            raise UserError(
                self.env._("%s has certificates: cancel the plan instead of deleting it.", used[:1].display_name)
            )
        plans = self.sudo()  # who may delete the plan lets go of what it bills: that is billed as any other order again
        plans.with_context(ticketing_plan_saving=True).milestone_ids.unlink()
        plans.sale_line_ids.write({"progress_plan_id": False, "progress_kind": False})

    def _get_document_owners(self):
        return {**super()._get_document_owners(), **self._get_project_owners(self.project_id, self)}

    # From the draft to the final acceptance

    def action_start(self):
        """Check that the plan adds up, and let it be certified."""
        self.check_access("write")
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s: only a draft is started.", plan=plan.name, state=plan._say_state()
                    )
                )
            if plan.sale_order_id.state != "sale":
                raise UserError(
                    self.env._("Confirm the quotation %s first: nothing is sold yet.", plan.sale_order_id.name)
                )
            plan._check_complete()
            plan.sudo()._check_order_deposits()  # only sums are told
            plan._plan_next_date()
        self.sudo().state = "running"  # checked above; only the steps write it
        return True

    def _plan_next_date(self):
        if self.method == "completion" and not self.next_date:
            self.next_date = fields.Date.end_of(self.company_id._get_ticketing_today(), "month")

    def _check_complete(self):
        """Check that each line that is sold is planned whole.

        :raises ValidationError: says what is missing, or too much
        """
        for plan in self:
            if not plan.sale_line_ids:
                raise ValidationError(
                    self.env._("%s has nothing to bill: add the order line of the contract.", plan.name)
                )
            plan.sale_line_ids._check_progress_item()
            if plan.method == "milestone":
                for line in plan.sale_line_ids:
                    plan._check_line_planned(line)
                plan._check_payers_planned()

    def _check_payers_planned(self):
        """What is taken away goes to who pays for the rest: nothing can be given back to who was never invoiced."""
        for payer, amount in self._get_payer_sums().items():
            if self.currency_id.compare_amounts(amount, 0) < 0:
                raise ValidationError(
                    self.env._(
                        "The milestones that %(payer)s pays add up to %(sum)s: have the one who pays the others pay less.",
                        payer=(self.lender_id if payer == "lender" else self.partner_id).display_name,
                        sum=self.currency_id.format(amount),
                    )
                )

    def _get_payer_sums(self):
        """Return {payer: untaxed amount of his milestones}."""
        by_payer = self.milestone_ids.grouped("payer")
        return {payer: add(own.mapped("amount"), self.currency_id.rounding) for payer, own in by_payer.items()}

    def _check_line_planned(self, line):
        milestones = self.milestone_ids.filtered(lambda milestone: milestone.sale_line_id == line)
        percent = add(milestones.mapped("percentage"), 0.01)
        if self.by_amount:
            amount = add(milestones.mapped("amount"), self.currency_id.rounding)
            if self.currency_id.compare_amounts(amount, line.price_subtotal):
                raise ValidationError(
                    self.env._(
                        "The milestones of %(line)s add up to %(sum)s instead of %(total)s: correct their amounts.",
                        line=line._get_progress_title(),
                        sum=self.currency_id.format(amount),
                        total=self.currency_id.format(line.price_subtotal),
                    )
                )
        elif percent != 100:
            raise ValidationError(
                self.env._(
                    "The milestones of %(line)s add up to %(sum).2f %% instead of 100.00 %%: correct their percentages.",
                    line=line._get_progress_title(),
                    sum=percent,
                )
            )

    def action_accept(self):
        """The final acceptance of the works: what was held back is released, unless its day is to come."""
        self.check_access("write")
        for plan in self.sudo():  # checked above; only the steps write it
            plan._lock()
            plan._check_all_certified()
            plan.write({"state": "done", "accepted_on": plan.company_id._get_ticketing_today()})
            if not plan.retention_date or plan.retention_date <= plan.accepted_on:
                plan._release_retention()
        return True

    def _check_all_certified(self):
        self._check_running()
        self._check_none_open()
        certified = {}
        for (line_id, __), (amount, __) in self._get_certified().items():
            certified[line_id] = certified.get(line_id, 0.0) + amount
        if any(
            self.currency_id.compare_amounts(certified.get(line.id, 0.0), line.price_subtotal)
            for line in self.sale_line_ids
        ):
            raise UserError(
                self.env._(
                    "%(certified)s of %(total)s are certified: certify the rest before the final acceptance.",
                    certified=self.currency_id.format(self.certified_amount),
                    total=self.currency_id.format(self.total_amount),
                )
            )
        self._check_deposits_ending()

    def _check_running(self):
        if self.state != "running":
            raise UserError(
                self.env._(
                    "%(plan)s is not running but %(state)s: start or reopen it first.",
                    plan=self.name,
                    state=self._say_state(),
                )
            )

    def _say_state(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state].lower()

    def action_reopen(self):
        """Take back a final acceptance, or start again what was cancelled; what was released stays released."""
        self.check_access("write")
        for plan in self.sudo():  # checked above; only the steps write it
            plan._lock()
            if plan.state not in ("done", "cancelled"):
                raise UserError(
                    self.env._(
                        "%(plan)s is %(state)s: only what is accepted or cancelled can be reopened.",
                        plan=plan.name,
                        state=plan._say_state(),
                    )
                )
            runs = plan.certificate_ids and plan.sale_order_id.state == "sale"
            if runs:
                plan._check_complete()
            plan.write({"state": "running" if runs else "draft", "accepted_on": False})
        return True

    def action_cancel(self):
        """Give up what is not certified yet; what is certified is invoiced."""
        self.check_access("write")
        for plan in self.sudo():  # checked above; only the steps write it
            plan._lock()
            plan._check_none_open()
            plan.state = "cancelled"
        return True

    def _cancel_with_order(self):
        """An order that is given up takes along its plans, of which nothing is certified.

        :raises UserError: something is
        """
        if notes := self.certificate_ids.filtered(lambda note: note.state in ("draft", "ready", "signed")):
            raise UserError(
                self.env._(
                    "The certificate %s is of this order: what is accepted is invoiced, so the order can't be cancelled.",
                    ", ".join(notes.mapped("name")),
                )
            )
        self.filtered(lambda plan: plan.state in ("draft", "running")).state = "cancelled"

    def _check_none_open(self):
        if open_notes := self.certificate_ids.filtered(lambda note: note.state in ("draft", "ready")):
            raise UserError(
                self.env._(
                    "Cancel %s first, or have it signed: the customer has it before him.",
                    ", ".join(open_notes.mapped("name")),
                )
            )

    def _lock(self):
        """Have two people or workers who certify, bill or release at once do it one after the other.

        :raises ConcurrencyError: another request is at it; Odoo tries this one again
        """
        self.ensure_one()
        try:
            self.lock_for_update()
        except LockError as error:
            raise ConcurrencyError(f"{self} is being changed by another request") from error
        self.invalidate_recordset()
