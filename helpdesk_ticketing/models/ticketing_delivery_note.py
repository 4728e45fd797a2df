from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, LockError, UserError, ValidationError

from ..tools.typed_fields import get_typed_fields
from .ticketing_certificate_acceptance_mixin import CERTIFIED_STEPS, LENDER_EVIDENCE

# What the customer has before him: fixed from "ready" on.
CONTENT_FIELDS = {"partner_id", "summary", "show_prices", "ticket_id", "currency_id", "line_ids", "name"}
# What proves that he signed or refused it: written by the steps of the note alone, and never again afterwards.
EVIDENCE_FIELDS = {
    "state",
    "ready_on",
    "content",
    "content_hash",
    "signature",
    "signer_name",
    "signed_on",
    "sign_method",
    "sign_address",
    "absence_reason",
    "refuse_reason",
    "photo_ids",
    *LENDER_EVIDENCE,
}
STEP_FIELDS = (
    EVIDENCE_FIELDS | CERTIFIED_STEPS | {"commercial_partner_id", "sign_token", "sign_token_expires_on", "pdf_pending"}
)


class TicketingDeliveryNote(models.Model):
    """Delivery note (albarán): what was done, as the customer signs it.

    "Ready" delivers the material and freezes the lines; from then on the content has a hash, and what is signed is
    what is billed. A signed note is never changed: a correction is a new note.
    """

    _name = "ticketing.delivery.note"
    _description = "Delivery Note"
    _inherit = [
        "ticketing.thread.mixin",
        "ticketing.delivery.note.draft.mixin",
        "ticketing.delivery.note.content.mixin",
        "ticketing.delivery.note.link.mixin",
        "ticketing.delivery.note.pdf.mixin",
        "ticketing.delivery.note.device.mixin",
        "portal.mixin",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", default="/", readonly=True, copy=False, index="trigram")
    kind = fields.Selection([("service", "Service")], default="service", required=True, readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("ready", "Ready to Sign"),
            ("signed", "Signed"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    ticket_id = fields.Many2one("ticketing.ticket", index=True, ondelete="restrict", check_company=True)
    ticket_number = fields.Char("Ticket Number", related="ticket_id.number", store=True)
    team_id = fields.Many2one("ticketing.team", compute="_compute_parties", store=True, precompute=True, index=True)
    user_id = fields.Many2one("res.users", "Technician", compute="_compute_parties", store=True, precompute=True)
    company_id = fields.Many2one("res.company", compute="_compute_parties", store=True, precompute=True, index=True)
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, index=True, check_company=True)
    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer Company", compute="_compute_commercial_partner_id", store=True, index=True
    )
    sale_order_id = fields.Many2one(related="ticket_id.sale_order_id")
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    summary = fields.Text("Work Done", help="What was done, in words that the customer understands.")
    line_ids = fields.One2many("ticketing.delivery.note.line", "note_id", "Lines")
    labour_line_ids = fields.One2many(
        "ticketing.delivery.note.line", "note_id", domain=[("kind", "=", "labour")], string="Hours"
    )
    material_line_ids = fields.One2many(
        "ticketing.delivery.note.line", "note_id", domain=[("kind", "=", "material")], string="Material"
    )
    show_prices = fields.Boolean(compute="_compute_show_prices", store=True, readonly=False)
    amount_untaxed = fields.Monetary(
        "Untaxed Amount", compute="_compute_amount_untaxed", store=True, groups="base.group_user"
    )
    fully_covered = fields.Boolean(
        compute="_compute_fully_covered", store=True, help="The customer pays for none of the lines."
    )

    # Evidence
    ready_on = fields.Datetime("Ready on", readonly=True, copy=False)
    signature = fields.Image(copy=False, attachment=True, max_width=1024, max_height=1024, readonly=True)
    signer_name = fields.Char("Signed by", copy=False, readonly=True, tracking=True)
    signed_on = fields.Datetime("Signed on", copy=False, readonly=True)
    sign_method = fields.Selection(
        [("backend", "On the Technician's Device"), ("portal", "On the Portal"), ("link", "Through a Link")],
        string="Signing Method",
        copy=False,
        readonly=True,
    )
    sign_address = fields.Char("Network Address", copy=False, readonly=True)
    absence_reason = fields.Char("Customer Absent", copy=False, readonly=True, tracking=True)
    refuse_reason = fields.Text("Reason of Refusal", copy=False, readonly=True, tracking=True)
    has_photos = fields.Boolean(
        related="ticket_id.has_photos", store=True, help="So that a signature need not look for them in vain."
    )
    photo_ids = fields.Many2many(
        "ir.attachment",
        "ticketing_delivery_note_photo_rel",
        "note_id",
        "attachment_id",
        "Photos",
        copy=False,
        readonly=True,
        groups="base.group_user",
        bypass_search_access=True,
        help="Those that the ticket had when this note was signed, and that no earlier note keeps.",
    )

    billing_request_ids = fields.One2many("ticketing.billing.request", "note_id", string="Billing")

    _name_unique = models.UniqueIndex("(company_id, name) WHERE name != '/'", "This number is already taken.")
    _to_sign_index = models.Index("(team_id, id DESC) WHERE state IN ('draft', 'ready')")
    _one_draft = models.UniqueIndex(
        "(ticket_id) WHERE state = 'draft'", "The ticket already has an open delivery note."
    )

    # Computes

    def _get_source(self):
        """Hook: return the record whose work the note says."""
        return self.ticket_id

    @api.depends("ticket_id.team_id", "ticket_id.user_id", "ticket_id.company_id")
    def _compute_parties(self):
        for note in self:
            source = note._get_source()
            note.team_id = source.team_id
            note.user_id = source.user_id
            note.company_id = source.company_id

    @api.depends("partner_id")
    def _compute_commercial_partner_id(self):
        """Whose contact it is when he is chosen: who employs him later neither reads nor pays it."""
        for note in self:
            note.commercial_partner_id = note.partner_id.commercial_partner_id

    @api.depends("ticket_id")
    def _compute_show_prices(self):
        for note in self:
            note.show_prices = note.ticket_id.team_id.show_prices

    @api.depends("line_ids.price_subtotal")
    def _compute_amount_untaxed(self):
        for note in self:
            groups = {group: sum(line.quantity for line in lines) for group, lines in note._group_lines().items()}
            note.amount_untaxed = self._sum_untaxed(groups, note.currency_id, note.company_id)

    @api.model
    def _sum_untaxed(self, groups, currency, company):
        """Return the total as its invoice will have it, to the cent: it rounds lines or sums, as the company chose.

        :param dict groups: {(order line, price, discount): quantity}
        """
        AccountTax = self.env["account.tax"]
        base_lines = [
            sale_line._prepare_base_line_for_taxes_computation(
                price_unit=price_unit, discount=discount, quantity=quantity, currency_id=currency
            )
            for (sale_line, price_unit, discount), quantity in groups.items()
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, company)
        AccountTax._round_base_lines_tax_details(base_lines, company)
        return AccountTax._get_tax_totals_summary(base_lines, currency, company)["base_amount_currency"]

    def _group_lines(self):
        """Return the note's lines as the invoice has them: {(order line, price, discount): lines}."""
        self.ensure_one()
        groups = {}
        for line in self.line_ids:
            groups.setdefault((line.sale_line_id, line.price_unit, line.discount), []).append(line)
        return groups

    @api.depends("line_ids.covered")
    def _compute_fully_covered(self):
        for note in self:
            note.fully_covered = all(note.line_ids.mapped("covered"))

    @api.constrains("partner_id", "ticket_id")
    def _check_customer(self):
        """Who signs is who pays: the customer of the ticket, or one of his people."""
        for note in self.sudo():  # who may write a note need not be able to read all customers
            if note.partner_id.commercial_partner_id != note.ticket_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "The delivery note %(note)s is for %(customer)s, but its ticket is of %(other)s, who will be billed: "
                        "choose a contact of that customer.",
                        note=note.name,
                        customer=note.partner_id.display_name,
                        other=note.ticket_id.commercial_partner_id.display_name or self.env._("(nobody)"),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.browse()._check_steps(*vals_list)
        notes = super().create(vals_list)
        for note in notes.filtered(lambda note: note.name == "/"):
            note.name = note._next_number()
        return notes

    def _next_number(self):
        return self.company_id._next_note_number()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        if self.filtered(lambda note: note.state != "draft"):
            raise UserError(self.env._("Only draft delivery notes can be deleted: cancel the note instead."))
        self._release_work()

    # Ready: delivered, frozen

    def action_ready(self):
        """Deliver the material, freeze the content, and make the signing link."""
        self.check_access("write")
        for note in self.sudo():  # a technician is no warehouse clerk; he may write the note, checked above
            note._make_ready()
        return True

    def _make_ready(self):
        self.ensure_one()
        self._lock_in_states("draft")
        self._check_customer()  # the ticket's may have changed since
        self.ticket_id._check_checklist()
        self.currency_id = self.sale_order_id.currency_id or self.currency_id
        self._refresh_lines()
        self.line_ids.filtered(lambda line: not line.quantity).unlink()
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "Ticket %s has neither hours nor material to sign for: record the work first.",
                    self.ticket_id.display_name,
                )
            )
        moves = self.line_ids.move_id
        self._deliver()
        moves.note_id = self
        self.line_ids.timesheet_id.note_id = self
        self._freeze_delivered()
        self.write({"state": "ready", "ready_on": fields.Datetime.now()})
        self._freeze_content()
        self._renew_sign_token()

    def _deliver(self):
        """Validate the pickings of the lines with the quantities of the lines; the rest goes to a backorder."""
        lines = self.line_ids.filtered(lambda line: line.move_id and line.move_id.state != "done")
        for line in lines:
            line._set_done_quantity()
        pickings = lines.move_id.picking_id
        # Not button_validate: for products with an expense policy, core would add the material to another order.
        pickings.with_context(ticketing_delivering=True)._action_done()
        undone = pickings.filtered(lambda picking: picking.state != "done")
        if undone:
            raise UserError(
                self.env._(
                    "The delivery %s could not be completed: open it in Inventory to see what is missing.",
                    ", ".join(undone.mapped("name")),
                )
            )

    def _freeze_delivered(self):
        """Write what really left stock, serial numbers included, on the lines."""
        for line in self.line_ids.filtered("move_id"):
            move = line.move_id
            back = move._get_returns_of()
            line.write(
                {
                    "quantity": move.product_uom._compute_quantity(move._get_kept_quantity(), line.uom_id),
                    "lot_names": ", ".join((move.lot_ids - back.lot_ids).mapped("name")),
                }
            )
            back.note_id = self

    def action_draft(self):
        """Take an unsigned note back: hours may be changed again; delivered material stays delivered."""
        self.check_access("write")
        for note in self:
            note._lock_in_states("ready")
            note.sudo().write(
                {
                    "state": "draft",
                    "content": False,
                    "content_hash": False,
                    "sign_token": False,
                    "sign_token_expires_on": False,
                }
            )
        self.ticket_id._decide_coverage()

    def write(self, vals):
        self._check_steps(vals)
        closed = self.filtered(lambda note: note.state in ("signed", "refused"))
        frozen = self.filtered(lambda note: note.state == "ready") if CONTENT_FIELDS & vals.keys() else closed.browse()
        if (CONTENT_FIELDS | EVIDENCE_FIELDS) & vals.keys():
            frozen |= closed
        if frozen:
            raise UserError(
                self.env._(
                    "Delivery note %s can't be changed any more: what the customer saw is what he signs.",
                    ", ".join(frozen.mapped("name")),
                )
            )
        return super().write(vals)

    def _check_steps(self, *vals_list):
        """Refuse a state or a signature that somebody types in: they come from the note's own steps.

        :raises AccessError: not one of the steps, which run as superuser
        """
        if typed := get_typed_fields(self, STEP_FIELDS, *vals_list):
            raise AccessError(
                self.env._(
                    "The state and the signature of a delivery note come from its buttons alone (%s).",
                    ", ".join(typed),
                )
            )

    # Signing

    def _lock_in_states(self, *states):
        """Lock the note against a second click or worker, and check its state again.

        :raises UserError: the note is not (or no longer) in one of the states
        :raises ConcurrencyError: another request changes it at this moment; Odoo tries this one again
        """
        self.ensure_one()
        try:
            self.lock_for_update()
        except LockError as error:
            raise ConcurrencyError(f"{self} is being changed by another request") from error
        self.invalidate_recordset(["state"])
        if self.state not in states:
            raise UserError(
                self.env._(
                    "%(note)s is already %(state)s.",
                    note=self.name,
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state].lower(),
                )
            )

    def _sign(self, signer_name, signature, method, address=None, signed_on=None):
        """Store the signature and queue the invoice: no PDF and no accounting in the signer's request.

        The caller has checked that the signer may sign (log-in, or token); runs as superuser.

        :param str signer_name: who signs
        :param signature: image, base64
        :param str method: backend, portal or link
        :param str address: network address of the signer
        :param datetime signed_on: naive UTC; default now. A device without a network tells it later
        :raises UserError: signed or cancelled meanwhile, content altered, no name or image
        """
        self.ensure_one()
        if not (signer_name or "").strip():
            raise UserError(self.env._("Write the name of the person who signs."))
        self._check_signature(signature)
        self._lock_in_states("ready")
        if not self._is_intact():
            raise UserError(self.env._("The content of %s is not what was shown: reload the page.", self.name))
        self._keep_evidence(
            {
                "signature": signature,
                "signer_name": signer_name.strip(),
                "signed_on": signed_on or fields.Datetime.now(),
                "sign_method": method,
                "sign_address": address,
            }
        )

    def _keep_evidence(self, evidence):
        """Hook: the note is signed, if nobody else is to sign it."""
        step = {"state": "signed", "sign_token": False, "pdf_pending": True}
        self.write({**evidence, **step, **self._prepare_photo_values()})
        self._on_note_signed()

    def _prepare_photo_values(self):
        photos = self.has_photos and self.ticket_id._get_unsigned_photos()
        return {"photo_ids": [Command.set(photos.ids)]} if photos else {}

    def _on_note_signed(self):
        """Hook: queue what follows from the signature, in its transaction."""
        self.env["ticketing.billing.request"]._queue_notes(self)
        # what came back between "ready" and the signature is signed for, and credited
        self._get_open_returns().picking_id._queue_credit()
        self._trigger_pdf()

    def _get_open_returns(self):
        """Return what came back of the delivered material and stands on no note, in one query."""
        return self.env["stock.move"].search_fetch(
            [
                ("origin_returned_move_id.note_id", "in", self.ids),
                ("state", "=", "done"),
                ("note_id", "=", False),
                ("picking_id.picking_type_id.code", "=", "incoming"),
            ],
            ["picking_id"],
        )

    def action_sign(self, signer_name, signature):
        """Sign on the technician's device, by the customer's hand.

        :raises AccessError: the user may not write the note
        """
        self.check_access("write")
        for note in self.sudo():
            note._sign(signer_name, signature, "backend")
        return True

    def action_refuse(self, reason):
        """The customer refuses to sign: the work is free for a corrected note, and the leader is told."""
        if not (reason or "").strip():
            raise ValidationError(self.env._("Write why the customer refuses: the team leader reads it."))
        self.check_access("write")
        for note in self.sudo():
            note._lock_in_states("ready")
            note.write({"state": "refused", "refuse_reason": reason.strip(), "sign_token": False})
            note._release_work()
            note._tell_refused(reason)

    def _tell_refused(self, reason):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Delivery note refused"),
            note=reason,
            user_id=(self.team_id.user_id or self.user_id or self.env.user).id,
        )

    def action_absent(self, reason):
        """Nobody was there to sign: the note stays ready, and the customer gets the link by mail if he has an address."""
        if not (reason or "").strip():
            raise ValidationError(self.env._("Write who was expected and what was done about it."))
        self.check_access("write")
        for note in self.sudo():
            note._lock_in_states("ready")
            note.absence_reason = reason.strip()
            if note._get_signer().email:
                note.action_send_link()

    def action_cancel(self):
        self.check_access("write")
        for note in self.sudo():
            note._lock_in_states("draft", "ready")
            note.write({"state": "cancelled", "sign_token": False})
            note._release_work()

    def _release_work(self):
        """Let hours and material of these notes stand on another one."""
        self.env["account.analytic.line"].search([("note_id", "in", self.ids)]).note_id = False
        self.env["stock.move"].search([("note_id", "in", self.ids)]).note_id = False
        self.ticket_id._decide_coverage()

    def action_open_sign(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.sign.wizard",
            "name": self.env._("Sign %s", self.name),
            "views": [(False, "form")],
            "target": "new",
            "context": self._wizard_context("sign"),
        }

    def action_open_refuse(self):
        return {
            **self.action_open_sign(),
            "name": self.env._("Customer Refuses"),
            "context": self._wizard_context("refuse"),
        }

    def action_open_absent(self):
        return {
            **self.action_open_sign(),
            "name": self.env._("Customer Absent"),
            "context": self._wizard_context("absent"),
        }

    def _wizard_context(self, outcome):
        self.ensure_one()
        return {"default_note_id": self.id, "default_outcome": outcome, "default_signer": self.next_signer}

    def action_print(self):
        return self.env.ref("helpdesk_ticketing.delivery_note_report").report_action(self)
