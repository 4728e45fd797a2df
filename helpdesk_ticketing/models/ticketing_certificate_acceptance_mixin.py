from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# What proves that the customer accepted a certificate which the lender has still to accept.
CUSTOMER_EVIDENCE = {"signature", "signer_name", "signed_on", "sign_method", "sign_address"}
# What proves that the lender accepted it.
LENDER_EVIDENCE = {f"lender_{name}" for name in CUSTOMER_EVIDENCE}
# Who is to accept it, fixed when it is made ready, and what is done about his silence.
WAITING_FIELDS = {
    "acceptance",
    "lender_id",
    "lender_commercial_partner_id",
    "link_pending",
    "remind_on",
    "reminder_count",
    "reminder_tries",
}
# What is counted until it is made ready, and stands on it from then on.
AMOUNT_FIELDS = (
    "contract_amount",
    "change_amount",
    "before_amount",
    "period_amount",
    "retention_amount",
    "retention_to_date",
    "deposit_amount",
)
# What nobody types: later certificates and invoices start from there.
CERTIFIED_STEPS = WAITING_FIELDS | {"is_certified", "certificate_number", *AMOUNT_FIELDS}


class TicketingCertificateAcceptanceMixin(models.AbstractModel):
    """Who accepts a certificate, in which order: the customer, the lender who pays, or both.

    It is settled when the certificate is made ready. What its plan says afterwards is for the next ones.
    """

    _name = "ticketing.certificate.acceptance.mixin"
    _description = "Certificate: Acceptance by Customer and Lender"

    acceptance = fields.Selection(
        [("customer", "The customer"), ("lender", "The lender"), ("both", "The customer, then the lender")],
        "Accepted by",
        readonly=True,
        copy=False,
    )
    lender_id = fields.Many2one("res.partner", readonly=True, copy=False, index="btree_not_null")
    lender_commercial_partner_id = fields.Many2one(
        "res.partner", "Lender's Company", compute="_compute_lender_company", store=True, index="btree_not_null"
    )
    next_signer = fields.Selection(
        [("customer", "Customer"), ("lender", "Lender")],
        "Waits for",
        compute="_compute_next_signer",
        search="_search_next_signer",
    )
    lender_signature = fields.Image(
        "Signature of the Lender", copy=False, attachment=True, max_width=1024, max_height=1024, readonly=True
    )
    lender_signer_name = fields.Char("Signed for the Lender by", copy=False, readonly=True, tracking=True)
    lender_signed_on = fields.Datetime("Signed by the Lender on", copy=False, readonly=True)
    lender_sign_method = fields.Selection(
        [("backend", "On the Technician's Device"), ("portal", "On the Portal"), ("link", "Through a Link")],
        string="Signing Method of the Lender",
        copy=False,
        readonly=True,
    )
    lender_sign_address = fields.Char("Network Address of the Lender", copy=False, readonly=True)

    @api.depends("lender_id")
    def _compute_lender_company(self):
        """Whose contact it is when he is chosen: who employs him later neither reads nor pays it."""
        for note in self:
            note.lender_commercial_partner_id = note.lender_id.commercial_partner_id

    @api.depends("state", "acceptance", "signed_on")
    def _compute_next_signer(self):
        for note in self:
            of_lender = note.acceptance == "lender" or (note.acceptance == "both" and note.signed_on)
            note.next_signer = note.state == "ready" and ("lender" if of_lender else "customer")

    @api.model
    def _search_next_signer(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = Domain.OR(self._get_turn_domain(signer) for signer in value if signer)
        return waiting | Domain("state", "!=", "ready") if False in value else waiting

    @api.model
    def _get_turn_domain(self, signer):
        """Return the domain of what waits for the customer, or for the lender."""
        of_lender = Domain("acceptance", "=", "lender") | (
            Domain("acceptance", "=", "both") & Domain("signed_on", "!=", False)
        )
        return Domain("state", "=", "ready") & (of_lender if signer == "lender" else ~of_lender)

    # Settled when it is made ready

    def _prepare_acceptance(self):
        """Return who is to accept the certificate, and with what is attached to it."""
        self.ensure_one()
        plan = self.plan_id
        of_lender = self.payer == "lender"
        asked = {"payer": "lender", "customer": "customer", "both": "both"}[plan.acceptance]
        return {
            "acceptance": asked if of_lender else "customer",
            "lender_id": plan.lender_id.id if of_lender else False,
            "photo_ids": [Command.set(self._get_shown_files().ids)],
            **self._prepare_waiting(),
        }

    def _get_shown_files(self):
        """Return the photos and documents that customer and lender see: not those of internal notes."""
        here = Domain("model", "=", self._name) & Domain("res_id", "=", self.id)
        internal = Domain("is_internal", "=", True) | Domain("subtype_id.internal", "=", True)
        files = self.env["ir.attachment"].search([("res_model", "=", self._name), ("res_id", "=", self.id)], order="id")
        return files - self.env["mail.message"].search(here & internal).attachment_ids - self.pdf_id

    def _get_acceptance_content(self):
        """Return the part of the content that is signed which says who accepts it, and the files that belong to it."""
        return {
            "acceptance": self.acceptance,
            "lender": self.lender_id.id,
            "files": [[file.name, file.checksum] for file in self.photo_ids.sorted("id")],
        }

    # Whose turn it is

    def _get_signer(self):
        """Return the partner who is to sign next; the customer where nobody is."""
        self.ensure_one()
        return self.lender_id if self.next_signer == "lender" else self.partner_id

    def _get_signing_company(self, signer):
        """Return whose people sign as customer, or as lender; empty where nobody does."""
        self.ensure_one()
        if signer == "lender":
            return self.lender_commercial_partner_id
        return self.commercial_partner_id if signer == "customer" else self.env["res.partner"]

    def _take_turn(self, signer):
        """Refuse who signs or rejects when it is another one's turn: a second click of the customer is not the lender's.

        It is asked in the transaction that signs: if somebody else signs meanwhile, that one begins anew.

        :param signer: customer or lender; False: whose turn it is
        :raises UserError: says who is next
        """
        self.ensure_one()
        if signer and self.next_signer and self.next_signer != signer:
            if signer == "customer":
                raise UserError(self.env._("The customer has accepted %s already.", self.name))
            raise UserError(self.env._("%s is to be accepted by the customer first.", self.name))

    def _prepare_lender_evidence(self, evidence):
        """Return the evidence as the lender's; where he alone signs, it is accepted by then."""
        values = {f"lender_{name}": value for name, value in evidence.items()}
        return values if self.signed_on else {**values, "signed_on": evidence["signed_on"]}

    def _pass_on_to_lender(self, evidence):
        """Keep the customer's signature and ask the lender, by a link of his own and after this request."""
        self.write({**evidence, **self._prepare_waiting(), "link_pending": True})
        self._renew_sign_token()
        self._trigger_acceptance()

    def _is_answered(self):
        """Tell whether somebody has signed or refused it, be it the first of two."""
        return self.state in ("signed", "refused") or (self.state == "ready" and bool(self.signed_on))

    def _check_customer_evidence(self, vals):
        """What the customer has signed stays as it is while the lender makes up his mind.

        :raises UserError: names the certificates
        """
        if CUSTOMER_EVIDENCE & vals.keys() and (halfway := self.filtered("plan_id").filtered("signed_on")):
            raise UserError(
                self.env._("The customer has accepted %s: his signature stays.", ", ".join(halfway.mapped("name")))
            )

    def _check_not_accepted(self):
        """Refuse to take back what the customer has signed.

        :raises UserError: says what to do
        """
        if halfway := self.filtered(lambda note: note.plan_id and note.signed_on):
            raise UserError(
                self.env._(
                    "The customer has accepted %s: cancel it and make another one, it can't be a draft again.",
                    ", ".join(halfway.mapped("name")),
                )
            )

    def _get_signer_names(self):
        """Return who signed, as a text."""
        return ", ".join(filter(None, (self.signer_name, self.lender_signer_name)))

    def _get_responsible(self):
        """Return who looks after the certificate: the project manager if he may open it, else the next one who may."""
        self.ensure_one()
        plan = self.plan_id
        people = [plan.user_id, self.team_id.user_id, plan.create_uid, self.env.ref("base.user_admin")]
        able = (
            user for user in people if user.active and user._is_internal() and self.with_user(user).has_access("read")
        )
        return next(able, self.env.ref("base.user_root"))

    def _ask_responsible(self, summary, note):
        """Give the responsible person an activity, unless that one is open still."""
        if summary not in self.activity_ids.mapped("summary"):
            self.activity_schedule(
                "mail.mail_activity_data_todo", summary=summary, note=note, user_id=self._get_responsible().id
            )

    def _prepare_waiting(self):
        """Return from when on the next one to sign is reminded."""
        days = self.plan_id.reminder_days
        return {
            "link_pending": False,
            "reminder_count": 0,
            "reminder_tries": 0,
            "remind_on": days > 0 and fields.Datetime.now() + timedelta(days=days),
        }
