from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class TicketingBillingRequest(models.Model):
    """The billing queue: one row for each thing to invoice, so that nothing is billed never or twice.

    The row is inserted in the transaction of the signature; whatever happens in accounting happens later, from the
    cron, on any worker: the signature can't be lost to an accounting error.
    """

    _name = "ticketing.billing.request"
    _description = "Billing Request"
    _inherit = ["ticketing.billing.queue.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [("note", "Delivery Note"), ("ticket", "Remote Work"), ("return", "Return")], required=True, readonly=True
    )
    note_id = fields.Many2one("ticketing.delivery.note", readonly=True, index="btree_not_null", ondelete="restrict")
    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True, index=True, ondelete="restrict")
    picking_id = fields.Many2one("stock.picking", readonly=True, index="btree_not_null", ondelete="restrict")
    team_id = fields.Many2one("ticketing.team", compute="_compute_parties", store=True, precompute=True, index=True)
    company_id = fields.Many2one("res.company", compute="_compute_parties", store=True, precompute=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_parties", store=True, precompute=True
    )
    commercial_partner_id = fields.Many2one(
        "res.partner", string="Customer Company", compute="_compute_parties", store=True, precompute=True
    )
    invoice_id = fields.Many2one("account.move", readonly=True, index="btree_not_null", ondelete="restrict", copy=False)
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    amount_total = fields.Monetary(related="invoice_id.amount_total", store=True, precompute=True)
    cancelled = fields.Boolean(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)
    sent_on = fields.Datetime(readonly=True, copy=False)
    by_hand = fields.Boolean(
        "By Hand", readonly=True, copy=False, help="Nobody could be mailed: print the invoice, or upload its file."
    )
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("failed", "Failed"),
            ("to_approve", "To Approve"),
            ("to_send", "To Send"),
            ("by_hand", "To Deliver by Hand"),
            ("sent", "Sent"),
            ("paid", "Paid"),
            ("credited", "Credited"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
        help="Follows the invoice: an undone payment, a cancelled invoice or a credit note shows here by itself.",
    )

    _note_unique = models.UniqueIndex(
        "(note_id) WHERE note_id IS NOT NULL AND cancelled IS NOT TRUE", "This delivery note is already being billed."
    )
    _picking_unique = models.UniqueIndex(
        "(picking_id) WHERE picking_id IS NOT NULL AND cancelled IS NOT TRUE", "This return is already being credited."
    )
    # Remote work may be billed again after reopening, but one request at a time.
    _remote_unique = models.UniqueIndex(
        "(ticket_id) WHERE kind = 'ticket' AND invoice_id IS NULL AND cancelled IS NOT TRUE",
        "The remote work of this ticket is already being billed.",
    )
    _due_index = models.Index("(next_try_on, id) WHERE state IN ('queued', 'failed') AND next_try_on IS NOT NULL")
    _source_present = models.Constraint(
        "CHECK (kind != 'note' OR note_id IS NOT NULL)", "A request for a delivery note needs the note."
    )

    @api.depends("kind", "note_id.name", "ticket_id.number", "picking_id.name")
    def _compute_display_name(self):
        for request in self:
            source = request.note_id.name or request.picking_id.name
            request.display_name = " / ".join(filter(None, (request.ticket_id.number, source)))

    @api.depends(
        *(
            f"{source}.{name}"
            for source in ("note_id", "ticket_id")
            for name in ("team_id", "company_id", "partner_id", "commercial_partner_id")
        )
    )
    def _compute_parties(self):
        """Who signed is billed; without a note, the ticket's customer."""
        for request in self:
            source = request.note_id or request.ticket_id
            request.team_id = source.team_id
            request.company_id = source.company_id
            request.partner_id = source.partner_id
            request.commercial_partner_id = source.commercial_partner_id

    @api.depends(
        "cancelled",
        "error",
        "approved_on",
        "sent_on",
        "by_hand",
        "invoice_id.state",
        "invoice_id.payment_state",
        "invoice_id.is_move_sent",
    )
    def _compute_state(self):
        for request in self:
            request.state = request._get_state()

    def _get_state(self):
        invoice = self.invoice_id
        if self.cancelled:
            return "cancelled"
        if not invoice:
            return "failed" if self.error else "queued"
        if invoice.state == "cancel":
            return "failed"
        if invoice.state == "draft":
            return "failed" if self.error else "to_approve"
        if self.error:
            return "failed"
        sent = self.sent_on or self.by_hand or invoice.is_move_sent
        if self.approved_on and not sent:
            return "to_send"  # even if it is paid already, as credit notes and zero invoices are when posted
        if invoice.payment_state == "reversed":
            return "credited"
        if invoice.payment_state in ("paid", "in_payment"):
            return "paid"
        if self.by_hand and not self.sent_on:
            return "by_hand"
        return "sent" if sent else "to_send"

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
        """Queue the remote work of solved tickets; a ticket that waits already is left alone."""
        waiting = self.search(
            [
                ("ticket_id", "in", tickets.ids),
                ("kind", "=", "ticket"),
                ("invoice_id", "=", False),
                ("cancelled", "=", False),
            ]
        ).ticket_id
        return self._queue([{"kind": "ticket", "ticket_id": ticket.id} for ticket in tickets - waiting])

    @api.model
    def _queue(self, values):
        requests = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True).create(values)
        if requests:
            self._trigger()
        return requests

    # The cron

    @api.model
    def _cron_bill(self, limit=100):
        """Make draft invoices of what is due, review them, send what is approved. Any worker may run it."""
        to_bill = [("state", "in", ("queued", "failed")), ("invoice_id", "=", False)]
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

    def _bill(self):
        """Make the draft invoices. They stay, whatever the review of them says next."""
        returns = self.filtered(lambda request: request.kind == "return")
        invoices = (self - returns)._make_invoices()
        for request in returns:
            invoices[request] = request._make_credit_note()
        for request, invoice in invoices.items():
            request.write(
                {"invoice_id": invoice.id, "error": False, "attempts": 0, "next_try_on": fields.Datetime.now()}
            )
        (self - self.browse().union(*invoices)).cancelled = True  # nothing to invoice

    def _bill_and_review(self):
        """Both steps at once, so that what depends on the invoices is computed once."""
        self._bill()
        self.filtered("invoice_id")._review()

    def _review(self):
        """Check the drafts, rehearse their electronic form, and approve those that the team's policy approves.

        :raises UserError: what an electronic invoice misses
        """
        approved = self.filtered(lambda request: request._is_auto_approved())
        for request in self - approved:
            request.invoice_id._check_einvoice_ready()
        self.write({"error": False, "next_try_on": False})
        self.activity_ids.action_done()
        approved._approve()

    def _make_invoices(self):
        """Make drafts with exactly what was signed (or, for remote work, recorded), all of them in one go.

        :return: {request: draft invoice}, without the requests that have nothing to invoice
        """
        billable = {request: lines for request in self if (lines := request._get_billable_lines())}
        # The chatter gets one line instead of core's three messages an invoice, each with its own queries.
        Invoice = self.env["account.move"].with_context(mail_create_nosubscribe=True, tracking_disable=True)
        drafts = Invoice.create([request._prepare_invoice(lines) for request, lines in billable.items()])
        invoices = dict(zip(billable, drafts.with_context(tracking_disable=False), strict=True))
        for request, invoice in invoices.items():
            request._bind_hours(request._get_timesheets(), invoice)
        drafts._message_log_batch(
            {invoice.id: self.env._("Made from %s", request.display_name) for request, invoice in invoices.items()}
        )
        return invoices

    def _prepare_invoice(self, lines):
        """Return the values of the draft invoice.

        :param lines: what ``_get_billable_lines`` returned
        """
        self.ensure_one()
        order = self.ticket_id.sale_order_id
        lang = order.partner_invoice_id.lang
        return {
            **order.with_context(lang=lang)._prepare_invoice(),
            **self._prepare_invoice_values(),
            "invoice_line_ids": [
                Command.create(line.with_context(lang=lang)._prepare_invoice_line(**extra)) for line, extra in lines
            ],
        }

    def _prepare_invoice_values(self):
        """Return what the request adds to the order's own invoice values."""
        ticket = self.ticket_id
        return {
            "ticket_id": ticket.id,
            "ref": " ".join(filter(None, (ticket.number, self.note_id.name))),
            "buyer_reference": ticket._get_buyer_reference(),
            "invoice_origin": self.note_id.name or ticket.number,
            "invoice_user_id": False,
            "user_id": False,
        }

    def _get_timesheets(self):
        """Return the hours that the request bills."""
        if self.note_id:
            return self.note_id.line_ids.timesheet_id
        return self._get_remote_timesheets()

    @api.model
    def _bind_hours(self, timesheets, invoice):
        """Note on the hours which invoice bills them; an empty one frees them."""
        timesheets.with_context(ticketing_billing=True).timesheet_invoice_id = invoice

    def _free_hours(self):
        """Let the hours that the invoices of these requests bill be billed anew."""
        self._bind_hours(self.invoice_id.timesheet_ids, self.env["account.move"])

    def _replace_invoice(self, invoice):
        """The accountant reversed the invoice and made a new draft for the same work: that one bills it now.

        It waits for his approval, even under the team's amount: he is correcting it.
        """
        if self:
            self._bind_hours(self.invoice_id.timesheet_ids, invoice)
            self.write({"invoice_id": invoice.id, "sent_on": False, "by_hand": False, "error": False})
            self.write({"next_try_on": False, "approved_on": False, "approved_by_id": False})

    def _get_billable_lines(self):
        """Return what to invoice: [(sale.order.line, extra invoice line values)], one a sale line and price."""
        if self.note_id:
            return self._get_note_lines()
        return self._get_remote_lines()

    def _get_note_lines(self):
        groups = {}
        for line in self.note_id.line_ids:
            key = (line.sale_line_id, line.price_unit, line.discount)
            groups.setdefault(key, []).append(line)
        return [
            (
                sale_line,
                {
                    "quantity": sum(line.quantity for line in lines),
                    "price_unit": price_unit,
                    "discount": discount,
                    "sequence": index,
                    **self._prepare_cover_values(sale_line, lines[0].cover_reason),
                },
            )
            for index, ((sale_line, price_unit, discount), lines) in enumerate(groups.items(), 1)
        ]

    def _get_remote_timesheets(self):
        return self.env["account.analytic.line"].search(
            [
                ("ticket_id", "=", self.ticket_id.id),
                ("note_id", "=", False),
                "|",
                ("timesheet_invoice_id", "=", False),
                ("timesheet_invoice_id.state", "=", "cancel"),
                ("so_line", "!=", False),
            ]
        )

    def _get_remote_lines(self):
        hours = {}
        reasons = {}
        for timesheet in self._get_remote_timesheets():
            line = timesheet.so_line
            quantity = timesheet.product_uom_id._compute_quantity(
                timesheet.unit_amount, line.product_uom_id, round=False
            )
            hours[line] = hours.get(line, 0.0) + quantity
            reasons.setdefault(line, timesheet.cover_reason)
        if not self.team_id.bill_covered and all(line.covered for line in hours):
            return []
        return [
            (line, {"quantity": quantity, "sequence": index, **self._prepare_cover_values(line, reasons[line])})
            for index, (line, quantity) in enumerate(hours.items(), 1)
            if quantity
        ]

    def _prepare_cover_values(self, sale_line, reason):
        """Say on the invoice why a line costs nothing."""
        if not sale_line.covered:
            return {}
        return {"name": f"{sale_line.name}\n{self.env._('Covered: %s', reason or sale_line.cover_reason or '')}"}

    def _make_credit_note(self):
        """Return the draft credit note of a return: the returned quantities, linked to the invoice they reverse.

        :raises UserError: the delivery is not invoiced yet (tried again later)
        """
        returned = self.picking_id.move_ids.filtered(lambda move: move.state == "done" and move.origin_returned_move_id)
        note_requests = returned.origin_returned_move_id.note_id.billing_request_ids
        invoice = note_requests.filtered(lambda request: request.state != "cancelled").invoice_id[:1]
        if not invoice or invoice.state != "posted":
            raise UserError(
                self.env._(
                    "Return %s can be credited once the invoice of its delivery is posted.", self.picking_id.name
                )
            )
        quantities = {}
        for move in returned:
            line = move.sale_line_id
            quantity = move.product_uom._compute_quantity(move.quantity, line.product_uom_id)
            quantities[line] = quantities.get(line, 0.0) + quantity
        return invoice._reverse_for_return(quantities, self.picking_id)

    def _is_auto_approved(self):
        limit = self.team_id.auto_approve_amount
        total = self.invoice_id.currency_id._convert(
            self.invoice_id.amount_total, self.company_id.currency_id, self.company_id, fields.Date.context_today(self)
        )
        return bool(limit) and self.invoice_id.move_type == "out_invoice" and total <= limit

    # Approval and sending

    def action_approve(self):
        """Post the invoices and have them sent by the queue: the accountant's one click, for one or many.

        :raises AccessError: not an accountant
        :raises UserError: an invoice misses something, and says what
        """
        self._check_accountant()
        for request in self:
            if request.state != "to_approve" and not (
                request.state == "failed" and request.invoice_id.state == "draft"
            ):
                raise UserError(
                    self.env._(
                        "%(request)s is not waiting for approval: it is %(state)s.",
                        request=request.display_name,
                        state=dict(self._fields["state"]._description_selection(self.env))[request.state].lower(),
                    )
                )
        self._approve()
        self.activity_ids.action_done()
        self.invoice_id._message_log_batch(dict.fromkeys(self.invoice_id.ids, self.env._("Approved")))
        return True

    def _check_accountant(self):
        """Approving and repeating invoices is the accountant's."""
        if not self.env.su and not self.env.user.has_group("helpdesk_ticketing.group_accountant"):
            raise UserError(self.env._("Only an accountant of the helpdesk can do this."))

    def _approve(self):
        """Post the invoices, then export them: one that would not become electronic is not posted at all.

        :raises UserError: what an electronic invoice misses
        """
        invoices = self.invoice_id
        for invoice in invoices:
            invoice._check_einvoice_gaps()
        # Taken back to draft after they were sent: what is posted now is not.
        invoices.filtered("is_move_sent").is_move_sent = False
        invoices.with_context(tracking_disable=True).action_post()
        for invoice in invoices:
            invoice._rehearse_einvoice()
        now = fields.Datetime.now()
        self.write(
            {
                "approved_by_id": self.env.uid,
                "approved_on": now,
                "next_try_on": now,
                "sent_on": False,
                "by_hand": False,
                "error": False,
                "attempts": 0,
            }
        )
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
        self.write({"sent_on": not by_hand and fields.Datetime.now(), "by_hand": by_hand, "error": False})
        if self.state in ("paid", "credited"):  # zero invoices and credit notes are settled before they are sent
            self.ticket_id._close_settled()

    def action_delivered(self):
        """The accountant printed the invoice, handed it over, or uploaded its file where the customer wants it."""
        self._check_accountant()
        self.filtered(lambda request: request.state == "by_hand").sent_on = fields.Datetime.now()

    def action_retry(self):
        """Try again now what failed."""
        self._check_accountant()
        for request in self.filtered(lambda request: request.state == "failed"):
            if request.invoice_id.state == "cancel":
                request.sudo()._free_hours()
                request.invoice_id = False
            request.write({"error": False, "attempts": 0, "next_try_on": fields.Datetime.now()})
        self._trigger()
        return True

    def action_bill_again(self):
        """After a full credit note or a cancelled invoice: bill the same work anew."""
        self._check_accountant()
        for request in self:
            if request.state != "credited" and request.invoice_id.state != "cancel":
                raise UserError(self.env._("%s is billed: credit or cancel its invoice first.", request.display_name))
            if request.state == "credited" and not request.invoice_id._is_credited_by_hand():
                raise UserError(
                    self.env._(
                        "%s was credited because its material came back: nothing is left to bill.", request.display_name
                    )
                )
            request.cancelled = True
            request.sudo()._free_hours()
            request.copy({"kind": request.kind, "note_id": request.note_id.id, "ticket_id": request.ticket_id.id})
        self._trigger()

    def action_cancel(self):
        """Give up billing: the work stays signed, and is never invoiced."""
        self._check_accountant()
        for request in self:
            if request.invoice_id.state == "posted" and request.state != "credited":
                raise UserError(self.env._("%s is invoiced: make a credit note instead.", request.display_name))
            request.cancelled = True

    def action_open_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.invoice_id.id,
            "views": [(False, "form")],
        }
