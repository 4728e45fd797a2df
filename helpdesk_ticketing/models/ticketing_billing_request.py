from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.typed_fields import get_typed_fields

# What the queue knows of a request: written by its own steps and buttons alone.
STEP_FIELDS = {
    "kind",
    "note_id",
    "ticket_id",
    "picking_id",
    "invoice_id",
    "cancelled",
    "error",
    "attempts",
    "next_try_on",
    "due_on",
    "approved_by_id",
    "approved_on",
    "sent_on",
    "by_hand",
    "state",
}


class TicketingBillingRequest(models.Model):
    """The billing queue: one row for each thing to invoice, so that nothing is billed never or twice.

    The row is inserted in the transaction of the signature; whatever happens in accounting happens later, from the
    cron, on any worker: the signature can't be lost to an accounting error.
    """

    _name = "ticketing.billing.request"
    _description = "Billing Request"
    _inherit = [
        "ticketing.billing.queue.mixin",
        "ticketing.billing.source.mixin",
        "ticketing.billing.draft.mixin",
        "ticketing.billing.group.mixin",
        "ticketing.billing.collect.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [("note", "Delivery Note"), ("ticket", "Remote Work"), ("return", "Return")], required=True, readonly=True
    )
    note_id = fields.Many2one(
        "ticketing.delivery.note", "Delivery Note", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    ticket_id = fields.Many2one("ticketing.ticket", readonly=True, index=True, ondelete="restrict")
    picking_id = fields.Many2one("stock.picking", "Return", readonly=True, index="btree_not_null", ondelete="restrict")
    team_id = fields.Many2one("ticketing.team", compute="_compute_parties", store=True, precompute=True, index=True)
    company_id = fields.Many2one("res.company", compute="_compute_parties", store=True, precompute=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_parties", store=True, precompute=True
    )
    commercial_partner_id = fields.Many2one(
        "res.partner", string="Customer Company", compute="_compute_parties", store=True, precompute=True
    )
    user_id = fields.Many2one("res.users", string="Technician", compute="_compute_parties", store=True, precompute=True)
    invoice_id = fields.Many2one("account.move", readonly=True, index="btree_not_null", ondelete="restrict", copy=False)
    currency_id = fields.Many2one(related="invoice_id.currency_id", tracking=False)  # the invoice's would be inherited
    amount_total = fields.Monetary(related="invoice_id.amount_total", store=True, precompute=True)
    cancelled = fields.Boolean(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", "Approved by", readonly=True, copy=False)
    approved_on = fields.Datetime("Approved on", readonly=True, copy=False)
    sent_on = fields.Datetime("Sent on", readonly=True, copy=False)
    by_hand = fields.Boolean(
        "Delivered by Hand",
        readonly=True,
        copy=False,
        help="Nobody could be mailed: print the invoice, or upload its file.",
    )
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("collecting", "Collected"),
            ("failed", "Failed"),
            ("to_approve", "To Approve"),
            ("to_send", "To Send"),
            ("by_hand", "To Deliver by Hand"),
            ("sent", "Sent"),
            ("paid", "Paid"),
            ("credited", "Credited"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
        help="Follows the invoice: an undone payment, a cancelled invoice or a credit note shows here by itself. Collected: "
        "waits for the end of the month, to be invoiced together with the customer's other work.",
    )

    _note_unique = models.UniqueIndex(
        "(note_id) WHERE note_id IS NOT NULL AND cancelled IS NOT TRUE", "This delivery note is already being billed."
    )
    _picking_unique = models.UniqueIndex(
        "(picking_id) WHERE picking_id IS NOT NULL AND cancelled IS NOT TRUE", "This return is already being credited."
    )
    _due_index = models.Index("(next_try_on, id) WHERE state IN ('queued', 'failed') AND next_try_on IS NOT NULL")
    _collecting_index = models.Index("(next_try_on) WHERE due_on IS NOT NULL AND invoice_id IS NULL")
    _source_present = models.Constraint(
        "CHECK (kind != 'note' OR note_id IS NOT NULL)", "A request for a delivery note needs the note."
    )

    @api.depends("kind", "note_id.name", "ticket_id.number", "picking_id.name")
    def _compute_display_name(self):
        for request in self:
            source = request.note_id.name or request.picking_id.name
            request.display_name = " / ".join(filter(None, (request.ticket_id.number, source)))

    def _get_source(self):
        """Hook: return the record whose people are billed and told."""
        return self.note_id or self.ticket_id

    @api.depends(
        *(
            f"{source}.{name}"
            for source in ("note_id", "ticket_id")
            for name in ("team_id", "company_id", "partner_id", "commercial_partner_id", "user_id")
        )
    )
    def _compute_parties(self):
        """Who signed is billed; without a note, the ticket's customer."""
        for request in self:
            source = request._get_source()
            request.team_id = source.team_id
            request.user_id = source.user_id
            request.company_id = source.company_id
            request.partner_id = source.partner_id
            request.commercial_partner_id = source.commercial_partner_id

    @api.depends(
        "cancelled",
        "error",
        "approved_on",
        "sent_on",
        "by_hand",
        "due_on",
        "invoice_id.state",
        "invoice_id.payment_state",
        "invoice_id.is_move_sent",
        "invoice_id.reversal_move_ids.state",
    )
    def _compute_state(self):
        for request in self:
            request.state = request._get_state()

    def _get_state(self):
        invoice = self.invoice_id
        if self.cancelled:
            return "cancelled"
        if not invoice:
            return "failed" if self.error else "collecting" if self.due_on else "queued"
        if invoice.state == "cancel":
            return "failed"
        if invoice.state == "draft":
            return "failed" if self.error else "to_approve"
        if self.error:
            return "failed"
        sent = self.sent_on or self.by_hand or invoice.is_move_sent
        if self.approved_on and not sent:
            return "to_send"  # even if it is paid already, as credit notes and zero invoices are when posted
        is_reversed = self._is_reversed()
        if is_reversed and not self._keeps_free_work() or self._is_credited_apart():
            return "credited"
        if invoice.payment_state in ("paid", "in_payment", "reversed"):
            return "paid"
        if self.by_hand and not self.sent_on:
            return "by_hand"
        return "sent" if sent else "to_send"

    def _is_reversed(self):
        """Tell whether what settled the invoice is its credit note."""
        return self.invoice_id.payment_state == "reversed"

    def write(self, vals):
        """Refuse an approval that somebody types in.

        :raises AccessError: not one of the steps, which run as superuser
        """
        if typed := get_typed_fields(self, STEP_FIELDS, vals):
            raise AccessError(self.env._("A billing request changes by its buttons alone (%s).", ", ".join(typed)))
        return super().write(vals)

    # Queueing

    @api.model
    def _queue_notes(self, notes):
        """Queue signed notes for billing. Fully covered ones are only billed where the team wants a zero invoice."""
        values = [
            {"kind": "note", "note_id": note.id, "ticket_id": note.ticket_id.id}
            for note in notes
            if not note.fully_covered or note.team_id.bill_covered
        ]
        return self._queue(values)

    @api.model
    def _queue_remote(self, tickets):
        """Queue the open hours of remote work; they belong to their request, so none is billed twice.

        Hours of a ticket whose request still waits join it.
        """
        waiting = self.search(
            [("ticket_id", "in", tickets.ids), ("kind", "=", "ticket"), ("state", "in", ("queued", "collecting"))]
        )
        fresh = self._queue([{"kind": "ticket", "ticket_id": ticket.id} for ticket in tickets - waiting.ticket_id])
        for request in waiting | fresh:
            request.ticket_id._get_open_hours().billing_request_id = request
        return fresh

    @api.model
    def _queue(self, values):
        requests = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True).create(
            [{**row, **self._prepare_waiting(row)} for row in values]
        )
        requests._trigger_due()
        return requests

    # The cron

    @api.model
    def _cron_bill(self, limit=100):
        """Make draft invoices of what is due, review them, send what is approved. Any worker may run it."""
        self._collect_due(limit)
        to_bill = [("state", "in", ("queued", "failed")), ("invoice_id", "=", False), ("due_on", "=", False)]
        self._work_off(to_bill, "_bill_and_review", limit)
        to_review = [("state", "in", ("to_approve", "failed")), ("invoice_id.state", "=", "draft")]
        self._work_off(to_review, "_review", limit)
        to_send = [
            ("state", "in", ("to_send", "failed")),
            ("invoice_id.state", "=", "posted"),
            ("approved_on", "!=", False),
            ("sent_on", "=", False),
        ]
        self._work_off(to_send, "_send", limit, batch=1)  # a PDF and a mail each: slow, and can't be taken back

    # From the request to the draft invoice

    def _bill(self, date=None):
        """Make the draft invoices. They stay, whatever the review of them says next.

        :param date: of the invoices that may be posted in this very transaction
        """
        returns = self.filtered(lambda request: request.kind == "return")
        made = (self - returns)._make_invoices(date)
        made += [(request, request._make_credit_note()) for request in returns]
        for requests, invoice in made:
            requests.write(
                {"invoice_id": invoice.id, "error": False, "attempts": 0, "next_try_on": fields.Datetime.now()}
            )
        (self - self.browse().union(*(requests for requests, __ in made))).cancelled = True  # nothing to invoice

    def _bill_and_review(self):
        """Both steps at once, so that what depends on the invoices is computed once.

        Posting dates an invoice, and core then computes all of it anew: what is posted at once has its date from the
        beginning. A draft that waits for its approval has none.
        """
        self._bill(fields.Date.context_today(self))
        billed = self.filtered("invoice_id")
        waiting = billed - billed._filter_auto_approved()
        waiting.invoice_id.filtered("invoice_date").invoice_date = False
        billed._review()

    def _review(self):
        """Check the drafts, rehearse their electronic form, and approve those that the team's policy approves.

        :raises UserError: what an electronic invoice misses
        """
        requests = self._together()
        approved = requests._filter_auto_approved()
        for invoice in (requests - approved).invoice_id:
            invoice._check_einvoice_ready()
        requests.write({"error": False, "next_try_on": False})
        requests.activity_ids.action_done()
        approved._approve()

    @api.model
    def _bind_hours(self, timesheets, invoice):
        """Note on the hours which invoice bills them; an empty one frees them."""
        timesheets.with_context(ticketing_billing=True).timesheet_invoice_id = invoice

    def _free_hours(self):
        """Let the hours of these requests be billed anew."""
        self._bind_hours(self._get_timesheets(), self.env["account.move"])

    def _replace_invoice(self, invoice):
        """The accountant reversed the invoice and made a new draft for the same work: that one bills it now.

        It waits for his approval, even under the team's amount: he is correcting it.
        """
        if self:
            self._bind_hours(self._get_timesheets(), invoice)
            self.write({"invoice_id": invoice.id, "sent_on": False, "by_hand": False, "error": False})
            self.write({"next_try_on": False, "approved_on": False, "approved_by_id": False})

    def _filter_auto_approved(self):
        """Return those whose invoices are within their teams' amount; of what shares an invoice the sum counts."""
        approved = self.browse()
        today = fields.Date.context_today(self)
        for invoice, requests in self.grouped("invoice_id").items():
            company = requests.company_id
            total = invoice.currency_id._convert(invoice.amount_total, company.currency_id, company, today)
            limit = requests._together()._get_auto_approve_amount()
            if invoice.move_type == "out_invoice" and total <= limit:
                approved |= requests
        return approved

    # Approval and sending

    def action_approve(self):
        """Post the invoices and have them sent by the queue: the accountant's one click, for one or many.

        Of many, each stands for itself: the good ones are posted, an error stays on its row. What shares an invoice is
        approved with it.

        :raises UserError: not an accountant, or the only invoice misses something, and says what
        """
        self._check_accountant()
        requests = self._get_leaders()
        return requests._approve_each() if len(requests) > 1 else requests._approve_checked()

    def _approve_checked(self):
        for request in self:
            if not request._may_be_approved():
                raise UserError(
                    self.env._(
                        "%(request)s is not waiting for approval: it is %(state)s.",
                        request=request.display_name,
                        state=dict(self._fields["state"]._description_selection(self.env))[request.state].lower(),
                    )
                )
        self._approve()
        self._together().activity_ids.action_done()
        self.invoice_id._message_log_batch(dict.fromkeys(self.invoice_id.ids, self.env._("Approved")))
        return True

    def _may_be_approved(self):
        """Tell whether a draft waits, or an invoice that somebody posted on its form and nobody has sent."""
        self.ensure_one()
        if self.invoice_id.state == "draft":
            return self.state in ("to_approve", "failed")
        return self.state == "to_send" and not self.approved_on

    def _check_accountant(self):
        """Approving and repeating invoices is the accountant's, of his companies.

        :raises UserError: not an accountant
        :raises AccessError: another company's
        """
        if not self.env.su and not self.env.user.has_group("helpdesk_ticketing.group_accountant"):
            raise UserError(self.env._("Only an accountant of the helpdesk can do this."))
        self.check_access("write")

    def _approve(self):
        """Post the invoices, then export them: one that would not become electronic is not posted at all.

        :raises UserError: what an electronic invoice misses
        """
        invoices = self._for_company().invoice_id
        for invoice in invoices:
            invoice._check_einvoice_gaps()
        drafts = invoices.filtered(lambda invoice: invoice.state == "draft")
        self._get_quiet_invoices(drafts).action_post()
        for invoice in invoices:
            invoice._rehearse_einvoice()
        # only the steps write the queue; an accountant can't write on scheduled actions either
        requests = self.sudo()._together()
        requests._make_due(approved_by_id=self.env.uid, approved_on=fields.Datetime.now(), sent_on=False, by_hand=False)
        requests._get_waiting_returns()._make_due()

    def _make_due(self, **values):
        """Have the queue take these rows now, as if they had never failed."""
        if self:
            self.write({"error": False, "attempts": 0, "next_try_on": fields.Datetime.now(), **values})
            self._trigger()

    def _send(self):
        """Make the XML and the PDF and send them; without XML the invoice is not sent.

        Where there is no way to send, the documents wait for somebody to deliver them by hand.
        """
        self.ensure_one()
        invoice = self.invoice_id
        settings = invoice._get_ticketing_sending_settings()
        self.env["account.move.send"]._generate_and_send_invoices(
            invoice, allow_raising=True, allow_fallback_pdf=False, **settings
        )
        invoice._check_einvoice_made()
        by_hand = settings["sending_methods"] == {"manual"}
        requests = self._together()
        requests.write({"sent_on": not by_hand and fields.Datetime.now(), "by_hand": by_hand, "error": False})
        if self.state in ("paid", "credited"):  # zero invoices and credit notes are settled before they are sent
            requests.ticket_id._close_settled()

    def action_delivered(self):
        """The accountant printed the invoice, handed it over, or uploaded its file where the customer wants it."""
        self._check_accountant()
        by_hand = self.sudo()._together().filtered(lambda request: request.state == "by_hand")  # checked above
        by_hand.sent_on = fields.Datetime.now()

    def action_retry(self):
        """Try again now what failed, with what shares its invoice."""
        self._check_accountant()
        failed = self.sudo()._together().filtered(lambda request: request.state == "failed")  # checked above
        for request in failed:
            request._check_may_bill_anew()
        cancelled = failed.filtered(lambda request: request.invoice_id.state == "cancel")
        cancelled._free_hours()
        cancelled._make_due(invoice_id=False)
        (failed - cancelled)._make_due()
        return True

    def action_bill_again(self):
        """After a full credit note or a cancelled invoice: bill the same work anew."""
        self._check_accountant()
        for request in self.sudo():  # checked above
            if request.state not in ("credited", "cancelled") and request.invoice_id.state != "cancel":
                raise UserError(self.env._("%s is billed: credit or cancel its invoice first.", request.display_name))
            if request.cancelled and not request._is_free():
                raise UserError(
                    self.env._("%s has nothing left to bill: another request bills it.", request.display_name)
                )
            request._check_may_bill_anew()
            if not request._get_billable_lines():
                raise UserError(
                    self.env._(
                        "%s was credited because its material came back: nothing is left to bill.", request.display_name
                    )
                )
            request.cancelled = True
            request.flush_recordset()  # before another live request of the same source is inserted
            anew = request.copy()
            request.timesheet_ids.billing_request_id = anew
            anew._free_hours()
            anew._trigger()

    def _is_free(self):
        """Tell whether no live request bills the source of this cancelled one."""
        if self.kind == "ticket":
            return bool(self.timesheet_ids)  # they go with the request that bills them
        source = [("note_id", "=", self.note_id.id), ("picking_id", "=", self.picking_id.id)]
        return not self.search_count([*source, ("cancelled", "=", False)])

    def _check_may_bill_anew(self):
        """Refuse to bill twice what a credit note has settled or is about to settle.

        :raises UserError: says which credit note is in the way
        """
        invoice = self.invoice_id
        if invoice.state == "cancel":
            pending = self._get_credits().filtered(lambda move: move.state != "cancel")
        else:
            pending = self._get_credits().filtered(lambda move: move.state == "draft")
        if pending:
            raise UserError(
                self.env._(
                    "%(request)s has a credit note that counts or waits: cancel or post %(credit)s first.",
                    request=self.display_name,
                    credit=", ".join(pending.mapped("display_name")),
                )
            )

    def action_cancel(self):
        """Give up billing: the work stays signed, and is never invoiced."""
        self._check_accountant()
        for request in self:
            if request.invoice_id.state == "posted" and request.state != "credited":
                raise UserError(self.env._("%s is invoiced: make a credit note instead.", request.display_name))
            if request._shares_draft():
                request.sudo()._leave_draft()  # checked above
            request.invoice_id.filtered(lambda move: move.state == "draft").button_cancel()
            request.sudo().cancelled = True  # checked above
            request.activity_ids.action_done()

    def action_open_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.invoice_id.id,
            "views": [(False, "form")],
        }
