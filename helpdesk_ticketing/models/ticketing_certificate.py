from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.progress import add
from .ticketing_certificate_acceptance_mixin import AMOUNT_FIELDS
from .ticketing_certificate_reminder_mixin import TEMPLATE

CONTENT_FIELDS = {"plan_id", "payer", "period_end", "percent_to_date", "percent_reason", *AMOUNT_FIELDS}


class TicketingCertificate(models.Model):
    """A delivery note of the kind "progress": what is completed of a contract, as customer and lender accept it."""

    _name = "ticketing.delivery.note"
    _inherit = [
        "ticketing.delivery.note",
        "ticketing.certificate.acceptance.mixin",
        "ticketing.certificate.reminder.mixin",
        "ticketing.certificate.paper.mixin",
        "ticketing.certificate.xlsx.mixin",
    ]

    kind = fields.Selection(selection_add=[("progress", "Certificate")], ondelete={"progress": "cascade"})
    plan_id = fields.Many2one(
        "ticketing.progress.plan", "Billing Plan", index="btree_not_null", ondelete="restrict", readonly=True
    )
    project_id = fields.Many2one(related="plan_id.project_id")
    certificate_number = fields.Integer("Certificate", readonly=True, copy=False)
    payer = fields.Selection([("customer", "Customer"), ("lender", "Lender")], readonly=True)
    period_end = fields.Date("Completed until", default=lambda self: self.env.company._get_ticketing_today())
    percent_to_date = fields.Float(
        "Completed (%)",
        digits=(16, 2),
        help="Of the whole contract, on the day until which this certificate counts.",
    )
    percent_reason = fields.Char(
        "Reason of the Percentage", help="Why it is another one than what tasks or hours say, or how it was measured."
    )
    completion_method = fields.Selection(related="plan_id.method")
    is_certified = fields.Boolean(
        "Counts as Certified",
        compute="_compute_is_certified",
        store=True,
        help="Signed, and not given up by the accountant: later certificates start from here.",
    )
    contract_amount = fields.Monetary("Contract Sum", readonly=True, copy=False)
    change_amount = fields.Monetary("Changes", readonly=True, copy=False)
    before_amount = fields.Monetary("Completed Before", readonly=True, copy=False)
    period_amount = fields.Monetary("This Period", readonly=True, copy=False)
    retention_amount = fields.Monetary("Retention of this Period", readonly=True, copy=False)
    retention_to_date = fields.Monetary("Retention to Date", readonly=True, copy=False)
    deposit_amount = fields.Monetary("Deposit Deducted", readonly=True, copy=False)
    total_amount = fields.Monetary("Contract with Changes", compute="_compute_certificate_amounts")
    to_date_amount = fields.Monetary("Completed to Date", compute="_compute_certificate_amounts")
    balance_amount = fields.Monetary("Balance to Finish", compute="_compute_certificate_amounts")
    progress_line_ids = fields.One2many(
        "ticketing.delivery.note.line", "note_id", domain=[("kind", "=", "progress")], string="Work Completed"
    )
    deposit_line_ids = fields.One2many(
        "ticketing.delivery.note.line", "note_id", domain=[("kind", "=", "deposit")], string="Deposits"
    )

    _source_present = models.Constraint(
        "CHECK (CASE WHEN kind = 'progress' THEN plan_id IS NOT NULL ELSE ticket_id IS NOT NULL END)",
        "A delivery note belongs to a ticket, a certificate to a billing plan.",
    )
    _one_open_certificate = models.UniqueIndex(
        "(plan_id, payer) WHERE plan_id IS NOT NULL AND state IN ('draft', 'ready')",
        "The plan already has an open certificate for this payer.",
    )
    _certified_index = models.Index("(plan_id) WHERE is_certified IS TRUE")

    def _get_source(self):
        return self.plan_id or super()._get_source()

    def _next_number(self):
        return self.company_id._next_certificate_number() if self.plan_id else super()._next_number()

    @api.depends("plan_id.team_id", "plan_id.user_id", "plan_id.company_id")
    def _compute_parties(self):
        super()._compute_parties()

    @api.depends("state", "billing_request_ids.cancelled")
    def _compute_is_certified(self):
        signed = self.filtered(lambda note: note.kind == "progress" and note.state == "signed")
        (self - signed).is_certified = False
        for note in signed:
            requests = note.billing_request_ids
            note.is_certified = not requests or not all(requests.mapped("cancelled"))

    @api.depends(*AMOUNT_FIELDS)
    def _compute_certificate_amounts(self):
        for note in self:
            step = note.currency_id.rounding or 0.01
            note.total_amount = add([note.contract_amount, note.change_amount], step)
            note.to_date_amount = add([note.before_amount, note.period_amount], step)
            note.balance_amount = add([note.total_amount, -note.to_date_amount, note.retention_to_date], step)

    @api.depends("line_ids.amount", "line_ids.retention_amount")
    def _compute_amount_untaxed(self):
        certificates = self.filtered("plan_id")
        super(TicketingCertificate, self - certificates)._compute_amount_untaxed()
        for note in certificates:
            lines = note.line_ids
            note.amount_untaxed = add(
                lines.mapped("amount") + [-amount for amount in lines.mapped("retention_amount")],
                note.currency_id.rounding,
            )

    @api.depends("plan_id")
    def _compute_show_prices(self):
        super()._compute_show_prices()
        for note in self.filtered("plan_id"):
            note.show_prices = True

    @api.constrains("partner_id", "ticket_id", "plan_id")
    def _check_customer(self):
        super(TicketingCertificate, self.filtered("ticket_id"))._check_customer()
        for note in self.sudo().filtered("plan_id"):  # who may write a note need not be able to read all customers
            if note.partner_id.commercial_partner_id != note.plan_id.commercial_partner_id:
                raise ValidationError(
                    self.env._("The certificate %s is for the customer of its plan, and for nobody else.", note.name)
                )

    @api.constrains("percent_to_date")
    def _check_percent(self):
        for note in self:
            if not 0 <= note.percent_to_date <= 100:
                raise ValidationError(
                    self.env._("Completed can be between 0 and 100 %%, not %.2f %%: correct it.", note.percent_to_date)
                )

    # Making one

    @api.model
    def _make_certificate(self, plan, payer):
        """Return the draft of a plan's next certificate for a payer. Its plan is locked."""
        today = plan.company_id._get_ticketing_today()
        note = self.create(
            {
                "kind": "progress",
                "plan_id": plan.id,
                "payer": payer,
                "partner_id": plan.partner_id.id,
                "currency_id": plan.currency_id.id,
                "period_end": min(plan.method == "completion" and plan.next_date or today, today),
                "percent_to_date": max(plan._get_completion(), plan._get_last_percent())
                if plan.method == "completion"
                else 0.0,
            }
        )
        note._refresh_lines()
        return note

    def _get_payer(self):
        """Return whose money it is: the plan's customer, or the lender."""
        self.ensure_one()
        if self.payer == "lender":
            return self.lender_id or self.plan_id.lender_id  # of a draft, as the plan says now
        return self.plan_id.partner_id

    def write(self, vals):
        if CONTENT_FIELDS & vals.keys() and self.filtered(lambda note: note.plan_id and note.state != "draft"):
            raise UserError(
                self.env._("A certificate can't be changed any more once it is ready: take it back to draft first.")
            )
        self._check_customer_evidence(vals)
        result = super().write(vals)
        if "percent_to_date" in vals:
            self.filtered(lambda note: note.plan_id and note.state == "draft").sudo()._refresh_lines()
        return result

    def _refresh_lines(self):
        certificates = self.filtered("plan_id")
        super(TicketingCertificate, self - certificates)._refresh_lines()
        for note in certificates:
            note.line_ids.unlink()
            note.line_ids = [Command.create(values) for values in note.plan_id._prepare_certificate_lines(note)]
            note.write(note._prepare_certificate_amounts())

    def _prepare_certificate_amounts(self):
        """Return the sums that stand on the certificate, frozen with it."""
        plan, lines = self.plan_id, self.line_ids
        step = self.currency_id.rounding
        progress = lines.filtered(lambda line: line.kind == "progress")
        retention = add(progress.mapped("retention_amount"), step)
        certified = plan._get_certified().values()
        return {
            "contract_amount": plan.contract_amount,
            "change_amount": plan.change_amount,
            "before_amount": add([amount for amount, __ in certified], step),
            "period_amount": add(progress.mapped("amount"), step),
            "retention_amount": retention,
            "retention_to_date": add([*plan._get_held().values(), retention], step),
            "deposit_amount": -add((lines - progress).mapped("amount"), step),
        }

    def _make_ready(self):
        if not self.plan_id:
            return super()._make_ready()
        self.plan_id._lock()
        self._lock_in_states("draft")
        self.plan_id._check_running()
        self._check_customer()
        self.write(self._prepare_acceptance())
        self._refresh_lines()
        self._check_certifiable()
        if not self.certificate_number:
            number = self.plan_id.certificate_number + 1
            self.plan_id.certificate_number = self.certificate_number = number
        self.write({"state": "ready", "ready_on": fields.Datetime.now()})
        self._freeze_content()
        self._renew_sign_token()
        return None

    def _check_certifiable(self):
        """Refuse a certificate that says nothing, or a percentage without its reason.

        :raises UserError: says what to do
        """
        plan = self.plan_id
        self._check_not_above_plan()
        if not self.line_ids.filtered(lambda line: line.kind == "progress"):
            raise UserError(
                plan._explain_nothing_due()
                if plan.method == "milestone"
                else self.env._(
                    "Nothing was completed since the last certificate: raise the percentage, or cancel this one."
                )
            )
        if plan.method == "completion" and not self.percent_reason:
            if plan.completion_source == "manual" or plan._get_completion() != self.percent_to_date:
                raise UserError(self.env._("Write how the percentage was found: who accepts the certificate reads it."))

    def _check_not_above_plan(self):
        """Refuse to certify all of the contract while what is taken away from it is not certified.

        :raises UserError: says what is missing
        """
        waiting = self.plan_id.certificate_ids.filtered(lambda note: note.state == "ready") - self
        to_date = add([self.to_date_amount, *waiting.mapped("period_amount")], self.currency_id.rounding)
        if self.period_amount > 0 and self.currency_id.compare_amounts(to_date, self.total_amount) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s would be certified of %(total)s: certify the changes that take something away, too.",
                    amount=self.currency_id.format(to_date),
                    total=self.currency_id.format(self.total_amount),
                )
            )

    def _get_own_content(self, lines):
        content = super()._get_own_content(lines)
        if not self.plan_id:
            return content
        return content | {
            "certificate": self.certificate_number,
            "plan": self.plan_id.id,
            "payer": self.payer,
            "period_end": self.period_end and self.period_end.isoformat(),
            "percent_to_date": f"{self.percent_to_date:.2f}",
            "percent_reason": self.percent_reason or "",
            **self._get_acceptance_content(),
            **{name: f"{self[name]:.6f}" for name in AMOUNT_FIELDS},
        }

    # On paper

    def _get_report_name(self):
        if not self.plan_id:
            return super()._get_report_name()
        return self._get_certificate_report_name().replace("/", "-")

    def _get_tax_rows(self):
        return self._get_certificate_tax_rows() if self.plan_id else super()._get_tax_rows()

    # Accepted or rejected

    def _compute_access_url(self):
        super()._compute_access_url()
        for note in self.filtered("plan_id"):
            note.access_url = f"/my/certificates/{note.id}"

    def _may_be_signed_by(self, user):
        """On the portal: the people of the company whose turn it is."""
        if not self.plan_id:
            return super()._may_be_signed_by(user)
        company = self._get_signing_company(self.next_signer)
        return not user._is_public() and bool(company) and company == user.partner_id.commercial_partner_id

    def _keep_evidence(self, evidence):
        if self.next_signer == "lender":
            evidence = self._prepare_lender_evidence(evidence)
        elif self.acceptance == "both":
            return self._pass_on_to_lender(evidence)
        return super()._keep_evidence(evidence)

    def action_draft(self):
        self._check_not_accepted()
        return super().action_draft()

    def action_refuse(self, reason):
        if self.plan_id and not (reason or "").strip():
            raise ValidationError(self.env._("Write why it is rejected: the project manager reads it."))
        return super().action_refuse(reason)

    def _tell_refused(self, reason):
        if not self.plan_id:
            return super()._tell_refused(reason)
        return self._ask_responsible(self.env._("Certificate rejected"), reason)

    def action_open_sign(self):
        return self._open_answer(super().action_open_sign(), self.env._("Accept %s", self.name))

    def action_open_refuse(self):
        return self._open_answer(super().action_open_refuse(), self.env._("Reject %s", self.name))

    def _open_answer(self, action, title):
        """Certificates are accepted and rejected, with a dialog in these words."""
        if not self.plan_id:
            return action
        view = self.env.ref("helpdesk_ticketing.ticketing_sign_wizard_view_form_certificate")
        return {**action, "name": title, "views": [(view.id, "form")]}

    def action_send_link(self):
        """Mail a certificate to who is to accept it next, and to nobody else."""
        certificates = self.filtered("plan_id")
        super(TicketingCertificate, self - certificates).action_send_link()
        certificates.check_access("write")
        for note in certificates:
            note._check_waits()
            note._send_to_signer(TEMPLATE)

    def _get_copy_partners(self):
        return super()._get_copy_partners() | self.lender_id.filtered("email")

    def _on_note_signed(self):
        certificates = self.filtered("plan_id")
        super(TicketingCertificate, self - certificates)._on_note_signed()
        if certificates:
            self.env["ticketing.billing.request"]._queue_certificates(certificates)
            certificates._trigger_pdf()

    def action_refresh(self):
        """Count anew what is due, as of now."""
        self.check_access("write")
        for note in self.sudo():  # checked above
            note._lock_in_states("draft")
            note._refresh_lines()
        return True

    def _creation_message(self):
        return self.env._("Certificate created") if self.plan_id else super()._creation_message()

    def get_formview_id(self, access_uid=None):
        if len(self) == 1 and self.plan_id:
            return self.env.ref("helpdesk_ticketing.ticketing_certificate_view_form").id
        return super().get_formview_id(access_uid=access_uid)

    def _open_certificates(self):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Certificates"),
            "res_model": self._name,
            "view_mode": "form",
        }
        if len(self) == 1:
            return {
                **action,
                "res_id": self.id,
                "views": [(self.env.ref("helpdesk_ticketing.ticketing_certificate_view_form").id, "form")],
            }
        return {
            **action,
            "domain": [("id", "in", self.ids)],
            "view_mode": "list,form",
            "views": [
                (self.env.ref("helpdesk_ticketing.ticketing_certificate_view_list").id, "list"),
                (self.env.ref("helpdesk_ticketing.ticketing_certificate_view_form").id, "form"),
            ],
        }
