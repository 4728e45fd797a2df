from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.progress import get_percent

# What a certificate has been made of.
CERTIFIED_FIELDS = {"plan_id", "sale_line_id", "percentage", "amount", "payer", "retention_percent", "project_id"}
# Of which all milestones of a line together must make a whole.
SUM_FIELDS = {"plan_id", "sale_line_id", "percentage", "amount", "payer"}


class ProjectMilestone(models.Model):
    """A milestone of core's that is billed by a plan: what part of an order line is due once it is reached."""

    _name = "project.milestone"
    _inherit = ["project.milestone", "ticketing.progress.milestone.mixin", "ticketing.milestone.ticket.mixin"]

    # Portal users with whom a project is shared read its milestones, but not what they cost nor who pays for them.
    plan_id = fields.Many2one(
        "ticketing.progress.plan",
        "Billing Plan",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        groups="base.group_user",
    )
    currency_id = fields.Many2one(related="plan_id.currency_id", groups="base.group_user")
    product_uom_qty = fields.Float(compute_sudo=True)  # a number of core's, which those read, too
    percentage = fields.Float(
        digits=(16, 2),
        compute="_compute_percentage",
        store=True,
        readonly=False,
        copy=False,
        groups="base.group_user",
        help="Of its order line, which is sold with a quantity of 100.",
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        copy=False,
        groups="base.group_user",
        help="What is rounded off one milestone is added to the next, so that the last one makes the sum exact.",
    )
    payer = fields.Selection(
        [("customer", "Customer"), ("lender", "Lender")],
        "Paid by",
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        groups="base.group_user",
    )
    retention_percent = fields.Float(
        "Retention (%)",
        digits=(16, 2),
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        groups="base.group_user",
    )
    certificate_line_ids = fields.One2many(
        "ticketing.delivery.note.line", "milestone_id", "Certified", groups="base.group_user"
    )
    billing_state = fields.Selection(
        [
            ("planned", "Planned"),
            ("waiting", "Waits for Tickets"),
            ("reached", "Reached"),
            ("certifying", "To Accept"),
            ("certified", "Accepted"),
            ("invoiced", "Invoiced"),
            ("paid", "Paid"),
        ],
        string="Billing",
        compute="_compute_billing_state",
        compute_sudo=True,  # of certificates and their requests, which not all who see the project may read
        groups="base.group_user",
    )
    ticket_ids = fields.One2many(
        "ticketing.ticket",
        "milestone_id",
        "Tickets",
        groups="base.group_user",
        help="It is reached once they are solved.",
    )

    _percent_range = models.Constraint(
        "CHECK (plan_id IS NULL OR (percentage >= 0 AND percentage <= 100))",
        "The percentage of a milestone is between 0 and 100 %: correct it.",
    )
    _retention_range = models.Constraint(
        "CHECK (retention_percent IS NULL OR (retention_percent >= 0 AND retention_percent <= 100))",
        "A retention is between 0 and 100 %: correct it.",
    )

    # Terms

    @api.depends("plan_id")
    def _compute_terms(self):
        for milestone in self:
            if milestone.plan_id:
                milestone.payer = milestone.payer or milestone.plan_id.payer
                milestone.retention_percent = milestone.plan_id.retention_percent
            else:
                milestone.payer = milestone.payer
                milestone.retention_percent = milestone.retention_percent

    @api.depends("amount", "plan_id.by_amount", "sale_line_id.price_subtotal")
    def _compute_percentage(self):
        """Of fixed amounts, what they are of the whole; else what was typed."""
        for milestone in self:
            if milestone.plan_id.by_amount:
                milestone.percentage = get_percent(milestone.amount, milestone.sale_line_id.price_subtotal)
            else:
                milestone.percentage = milestone.percentage

    @api.depends("percentage", "plan_id.by_amount", "sale_line_id.price_subtotal", "sequence")
    def _compute_amount(self):
        """Share out the order lines; what was certified keeps its amount."""
        shared = self.filtered(lambda milestone: milestone.plan_id and not milestone.plan_id.by_amount)
        for milestone in self - shared:
            milestone.amount = milestone.amount
        for line, milestones in shared.grouped("sale_line_id").items():
            line._share_out_milestones(milestones)

    @api.depends("percentage", "plan_id")
    def _compute_product_uom_qty(self):
        """What core counts as delivered quantity: the percentage, of the 100 that are sold."""
        planned = self.filtered("plan_id")
        super(ProjectMilestone, self - planned)._compute_product_uom_qty()
        for milestone in planned:
            milestone.product_uom_qty = milestone.percentage

    @api.depends("percentage", "plan_id")
    def _compute_quantity_percentage(self):
        planned = self.filtered("plan_id")
        super(ProjectMilestone, self - planned)._compute_quantity_percentage()
        for milestone in planned:
            milestone.quantity_percentage = milestone.percentage / 100

    @api.depends(
        "is_reached",
        "ticket_ids.stage_kind",
        # of the plan's certificates, not of the lines' notes: a ticket's note has lines, too, and need not look for these
        "plan_id.certificate_ids.state",
        "plan_id.certificate_ids.is_certified",
        "plan_id.certificate_ids.billing_request_ids.state",
    )
    def _compute_billing_state(self):
        for milestone in self:
            milestone.billing_state = milestone._get_billing_state()

    def _get_billing_state(self):
        notes = self.certificate_line_ids.note_id
        if notes.filtered(lambda note: note.state in ("draft", "ready")):
            return "certifying"
        if not self.is_reached:
            return "waiting" if self._get_open_tickets() else "planned"
        certified = notes.filtered("is_certified").sorted("id")[-1:]
        if not certified:
            return "reached"
        states = set(certified.billing_request_ids.filtered(lambda request: not request.cancelled).mapped("state"))
        if states <= {"paid"}:
            return "paid"
        return "invoiced" if states <= {"paid", "sent", "by_hand", "to_send"} else "certified"

    def _get_open_tickets(self):
        return self.ticket_ids.filtered(lambda ticket: ticket.stage_kind not in ("solved", "closed", "cancelled"))

    def _get_data(self):
        return {**super()._get_data(), **self._get_progress_data()}

    # What may be changed

    @api.constrains("plan_id", "sale_line_id", "project_id")
    def _check_plan_line(self):
        for milestone in self.filtered("plan_id"):
            if milestone.sale_line_id.progress_plan_id != milestone.plan_id:
                raise ValidationError(
                    self.env._(
                        "Choose for the milestone %(milestone)s which line of the contract %(plan)s it bills.",
                        milestone=milestone.name,
                        plan=milestone.plan_id.name,
                    )
                )
            if milestone.project_id != milestone.plan_id.project_id:
                raise ValidationError(
                    self.env._("The milestone %s belongs to the project of its billing plan.", milestone.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if plan := self.env["ticketing.progress.plan"].browse(vals.get("plan_id")):
                vals.setdefault("project_id", plan.project_id.id)
                vals.setdefault("sale_line_id", plan.sale_line_ids[:1].id)
        milestones = super().create(vals_list)
        milestones._check_may_plan()
        milestones._check_sums(SUM_FIELDS)
        return milestones

    def write(self, vals):
        left = self.env["ticketing.progress.plan"]
        if CERTIFIED_FIELDS & vals.keys():
            left = self._check_may_plan()
            self._check_uncertified(vals)
        if vals.get("is_reached"):
            self._check_reachable()
        result = super().write(vals)
        if "plan_id" in vals:
            self._check_may_plan()
        self._check_sums(vals.keys(), left)
        return result

    def _check_may_plan(self):
        """Refuse to change what is billed to who may not write the plan; whoever leads the works may say they are reached.

        :return: the plans
        :raises AccessError: he may not
        """
        plans = self.sudo().plan_id.with_env(self.env)  # to check the right on it
        if plans:
            plans.check_access("write")
        return plans

    @api.ondelete(at_uninstall=False)
    def _unlink_except_certified(self):
        self._check_may_plan()
        milestones = self.sudo()  # who may write a plan need not see its certificates
        if used := milestones.filtered("certificate_line_ids"):
            raise UserError(
                self.env._(
                    "%s stands on a certificate and can't be deleted any more: sell a change that takes it away instead.",
                    ", ".join(used.mapped("name")),
                )
            )
        if self.env.context.get("ticketing_plan_saving"):
            return
        if part := milestones.filtered(lambda milestone: milestone.plan_id.state == "running")[:1]:
            raise UserError(
                self.env._(
                    "%(milestone)s is a part of %(plan)s, which is running: delete it there, and share out among the others "
                    "what it bills.",
                    milestone=part.name,
                    plan=part.plan_id.name,
                )
            )

    def _check_uncertified(self, vals):
        """Refuse to rewrite what was certified.

        :raises UserError: names the certificates
        """
        for milestone in self.sudo().filtered("certificate_line_ids"):  # who writes it need not see certificates
            notes = milestone.certificate_line_ids.note_id.filtered(lambda note: note.state in ("ready", "signed"))
            changed = any(
                milestone._fields[name].convert_to_write(milestone[name], milestone) != vals[name]
                for name in CERTIFIED_FIELDS & vals.keys()
            )
            if notes and changed:
                raise UserError(
                    self.env._(
                        "The milestone %(milestone)s stands on the certificate %(notes)s: it can't be changed any more. Sell "
                        "a change instead, which has its own milestones.",
                        milestone=milestone.name,
                        notes=", ".join(notes.mapped("name")),
                    )
                )

    def _check_reachable(self):
        """A milestone waits for its tickets.

        :raises UserError: names them
        """
        for milestone in self.filtered(lambda milestone: not milestone.is_reached):
            if tickets := milestone.sudo()._get_open_tickets():  # only their numbers are told
                raise UserError(
                    self.env._(
                        "The milestone %(milestone)s waits for the tickets %(tickets)s: solve them first.",
                        milestone=milestone.name,
                        tickets=", ".join(tickets.mapped("number")),
                    )
                )

    def _check_sums(self, names, *left):
        """A running plan stays whole: its milestones are changed together, on the plan.

        :param left: the plans to which these milestones belonged before
        :raises ValidationError: says what they add up to
        """
        if SUM_FIELDS & set(names) and not self.env.context.get("ticketing_plan_saving"):
            plans = self.plan_id.union(*left)
            plans.filtered(lambda plan: plan.state == "running")._check_complete()

    def _is_certified(self):
        """Tell whether a certificate that is ready or signed shows it: its amount is fixed."""
        return any(note.state in ("ready", "signed") for note in self.certificate_line_ids.note_id)

    def action_certify(self):
        """Make the certificate of what is due, from the milestone."""
        return self.plan_id.action_certify()
