import logging
from datetime import timedelta

import psycopg2

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

_logger = logging.getLogger(__name__)

# Minutes until the next try after the first, second... failure; afterwards only the button tries again.
RETRY_MINUTES = (5, 30, 120, 720)
# What ends a try and is shown to the accountant; anything else is a defect and is logged with its traceback too.
BUSINESS_ERRORS = (UserError, ValidationError)
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
    "approved_by_id",
    "approved_on",
    "sent_on",
    "state",
}


class TicketingBillingRequest(models.Model):
    """The billing queue: one row for each thing to invoice, so that nothing is billed never or twice.

    The row is inserted in the transaction of the signature; whatever happens in accounting happens later, from the
    cron, on any worker: the signature can't be lost to an accounting error.
    """

    _name = "ticketing.billing.request"
    _description = "Billing Request"
    _inherit = ["ticketing.billing.source.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [("note", "Delivery Note"), ("ticket", "Remote Work"), ("return", "Return")], required=True, readonly=True
    )
    note_id = fields.Many2one("ticketing.delivery.note", readonly=True, index="btree_not_null", ondelete="restrict")
    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True, index=True, ondelete="restrict")
    picking_id = fields.Many2one("stock.picking", readonly=True, index="btree_not_null", ondelete="restrict")
    team_id = fields.Many2one(related="ticket_id.team_id", store=True, index=True)
    user_id = fields.Many2one(related="ticket_id.user_id", string="Technician", store=True)
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="ticket_id.partner_id", store=True)
    commercial_partner_id = fields.Many2one(related="ticket_id.commercial_partner_id", store=True)
    invoice_id = fields.Many2one("account.move", readonly=True, index="btree_not_null", ondelete="restrict", copy=False)
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    amount_total = fields.Monetary(related="invoice_id.amount_total", store=True)
    cancelled = fields.Boolean(readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False)
    attempts = fields.Integer(readonly=True, copy=False)
    next_try_on = fields.Datetime("Next Try", readonly=True, copy=False, default=fields.Datetime.now)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)
    sent_on = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("failed", "Failed"),
            ("to_approve", "To Approve"),
            ("to_send", "To Send"),
            ("sent", "Sent"),
            ("paid", "Paid"),
            ("credited", "Credited"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        help="Follows the invoice: an undone payment, a cancelled invoice or a credit note shows here by itself.",
    )

    _note_unique = models.UniqueIndex(
        "(note_id) WHERE note_id IS NOT NULL AND cancelled IS NOT TRUE", "This delivery note is already being billed."
    )
    _picking_unique = models.UniqueIndex(
        "(picking_id) WHERE picking_id IS NOT NULL AND cancelled IS NOT TRUE", "This return is already being credited."
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
        "cancelled", "error", "sent_on", "invoice_id.state", "invoice_id.payment_state", "invoice_id.is_move_sent"
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
        if invoice.payment_state == "reversed":
            return "credited"
        if invoice.payment_state in ("paid", "in_payment"):
            return "paid"
        if self.error:
            return "failed"
        return "sent" if self.sent_on or invoice.is_move_sent else "to_send"

    def write(self, vals):
        """Refuse an approval that somebody types in.

        :raises AccessError: not one of the steps, which run as superuser
        """
        if not self.env.su and (typed := STEP_FIELDS & vals.keys()):
            raise AccessError(
                self.env._("A billing request changes by its buttons alone (%s).", ", ".join(sorted(typed)))
            )
        return super().write(vals)

    # Queueing

    @api.model
    def _queue_notes(self, notes):
        """Queue signed notes for billing. Fully covered ones are only billed where the team wants a zero invoice."""
        values = [
            {"kind": "note", "note_id": note.id, "ticket_id": note.ticket_id.id}
            for note in notes
            if note.team_id.bill_covered or any(not line.covered for line in note.line_ids)
        ]
        return self._queue(values)

    @api.model
    def _queue_remote(self, tickets):
        """Queue the open hours of remote work; they belong to their request, so none is billed twice.

        Hours of a ticket whose request still waits join it.
        """
        waiting = self.search([("ticket_id", "in", tickets.ids), ("kind", "=", "ticket"), ("state", "=", "queued")])
        fresh = self._queue([{"kind": "ticket", "ticket_id": ticket.id} for ticket in tickets - waiting.ticket_id])
        for request in waiting | fresh:
            request.ticket_id._get_open_hours().billing_request_id = request
        return fresh

    @api.model
    def _queue(self, values):
        requests = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True).create(values)
        if requests:
            self._trigger()
        return requests

    @api.model
    def _trigger(self, at=None):
        self.env.ref("helpdesk_ticketing.ir_cron_billing")._trigger(at=at)

    # The cron

    @api.model
    def _cron_bill(self, limit=100):
        """Make draft invoices of what is due, review them, send what is approved. Any worker may run it."""
        to_bill = [("state", "in", ("queued", "failed")), ("invoice_id", "=", False)]
        self._work_off(to_bill, "_bill", limit)
        to_review = [("state", "in", ("to_approve", "failed")), ("invoice_id.state", "=", "draft")]
        self._work_off(to_review, "_review", limit)
        to_send = [
            ("state", "in", ("to_send", "failed")),
            ("invoice_id.state", "=", "posted"),
            ("approved_on", "!=", False),
            ("sent_on", "=", False),
        ]
        self._work_off(to_send, "_send", limit)

    @api.model
    def _work_off(self, domain, method, limit):
        """Take rows one by one: locked (others' are skipped), each in a savepoint, each committed.

        :param domain: which rows the step is for; they must be due, too
        :param str method: what to do with one
        :param int limit: rows at the most in one run
        """
        domain = [*domain, ("next_try_on", "<=", fields.Datetime.now())]
        requests = self.search(domain, limit=limit, order="next_try_on, id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(requests))
        for request in requests:
            locked = request.try_lock_for_update()
            if locked and locked.filtered_domain(domain):
                locked._try(method)
            if not cron._commit_progress(1):
                self._trigger()
                break

    def _try(self, method):
        """Run one step of one request; an error is kept on the row, for the accountant."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                getattr(self.with_company(self.company_id), method)()
                self.env.flush_all()
        except BUSINESS_ERRORS as error:
            self._fail(str(error.args[0] if error.args else error))
        except psycopg2.OperationalError:
            raise  # a conflict with another worker: the whole run is repeated
        except Exception as error:
            _logger.exception("Billing request %s (%s)", self.id, method)
            self._fail(self.env._("Unexpected error: %s", error))

    def _fail(self, message):
        """Keep the error, plan the next try, and tell the accountant once."""
        self.ensure_one()
        self.env.invalidate_all()
        delay = RETRY_MINUTES[self.attempts] if self.attempts < len(RETRY_MINUTES) else None
        next_try = fields.Datetime.now() + timedelta(minutes=delay) if delay else False
        self.write({"error": message, "attempts": self.attempts + 1, "next_try_on": next_try})
        if next_try:
            self._trigger(at=next_try)
        if not self.activity_ids:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Invoice not made"),
                note=message,
                user_id=self._get_accountant().id,
            )

    def _get_accountant(self):
        """Return who is told of errors: an accountant of the company, else the team's leader."""
        self.ensure_one()
        accountants = self.env.ref("helpdesk_ticketing.group_accountant").all_user_ids.filtered(
            lambda user: (
                self.company_id in user.company_ids and not user.share and user.id != self.env.ref("base.user_root").id
            )
        )
        preferred = accountants.filtered(lambda user: user.company_id == self.company_id)
        return (preferred or accountants)[:1] or self.team_id.user_id or self.env.ref("base.user_admin")

    # From the request to the draft invoice

    def _bill(self):
        """Make the draft invoice of one request. It stays, whatever the review of it says next."""
        self.ensure_one()
        if self.kind == "return":
            invoice = self._make_credit_note()
        else:
            invoice = self._make_invoice()
        if not invoice:
            self.cancelled = True
            return
        self.write({"invoice_id": invoice.id, "error": False, "attempts": 0, "next_try_on": fields.Datetime.now()})

    def _review(self):
        """Check the draft, rehearse its electronic form, and approve it where the team's policy does.

        :raises UserError: what the electronic invoice misses
        """
        self.ensure_one()
        self.invoice_id._check_einvoice_ready()
        self.write({"error": False, "next_try_on": False})
        self.activity_ids.action_done()
        if self._is_auto_approved():
            self._approve()

    def _make_invoice(self):
        """Return the draft invoice with exactly what was signed (or, for remote work, recorded)."""
        lines = self._get_billable_lines()
        if not lines:
            return self.env["account.move"]
        order = self.ticket_id.sale_order_id
        order = order.with_context(lang=order.partner_invoice_id.lang)
        values = {
            **order._prepare_invoice(),
            **self._prepare_invoice_values(),
            "invoice_line_ids": [
                Command.create(line.with_context(lang=order.partner_invoice_id.lang)._prepare_invoice_line(**extra))
                for line, extra in lines
            ],
        }
        invoice = (
            self.env["account.move"].with_context(mail_create_nosubscribe=True, tracking_disable=True).create(values)
        )
        self._get_timesheets().timesheet_invoice_id = invoice
        return invoice.with_context(tracking_disable=False)

    def _prepare_invoice_values(self):
        """Return what the request adds to the order's own invoice values."""
        ticket = self.ticket_id
        return {
            "ticket_id": ticket.id,
            "ref": " ".join(filter(None, (ticket.number, self.note_id.name))),
            "invoice_origin": self.note_id.name or ticket.number,
            "invoice_user_id": False,
            "user_id": False,
        }

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
        for request in self:
            request._approve()
        return True

    def _check_accountant(self):
        """Approving and repeating invoices is the accountant's."""
        if not self.env.su and not self.env.user.has_group("helpdesk_ticketing.group_accountant"):
            raise UserError(self.env._("Only an accountant of the helpdesk can do this."))

    def _approve(self):
        self.ensure_one()
        self.invoice_id._check_einvoice_ready()
        self.invoice_id.action_post()
        # only the steps write the queue; an accountant can't write on scheduled actions either
        request = self.sudo()
        request._make_due(approved_by_id=self.env.uid, approved_on=fields.Datetime.now(), sent_on=False)
        request._get_waiting_returns()._make_due()
        self.activity_ids.action_done()

    def _make_due(self, **values):
        """Have the queue take these rows now, as if they had never failed."""
        if self:
            self.write({"error": False, "attempts": 0, "next_try_on": fields.Datetime.now(), **values})
            self._trigger()

    def _send(self):
        """Make the XML and the PDF and send them; without XML the invoice is not sent."""
        self.ensure_one()
        invoice = self.invoice_id
        self.env["account.move.send"]._generate_and_send_invoices(
            invoice, allow_raising=True, allow_fallback_pdf=False, **invoice._get_ticketing_sending_settings()
        )
        invoice._check_einvoice_made()
        self.write({"sent_on": fields.Datetime.now(), "error": False})

    def action_retry(self):
        """Try again now what failed."""
        self._check_accountant()
        for request in self.sudo().filtered(lambda request: request.state == "failed"):  # checked above
            request._check_may_bill_anew()
            request._make_due(**({"invoice_id": False} if request.invoice_id.state == "cancel" else {}))
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
            request.cancelled = True
            request.flush_recordset()  # before another live request of the same source is inserted
            anew = request.copy()
            request.timesheet_ids.billing_request_id = anew
            anew._get_timesheets().timesheet_invoice_id = False
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
            pending = invoice.reversal_move_ids.filtered(lambda move: move.state != "cancel")
        else:
            pending = invoice.reversal_move_ids.filtered(lambda move: move.state == "draft")
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
