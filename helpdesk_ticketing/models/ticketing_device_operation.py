import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, RedirectWarning, UserError
from odoo.tools import mute_logger

from ..tools.device_clock import WrongClock, get_lag, read_moment
from ..tools.device_values import clean_text, make_plain
from ..tools.moments import say_moment

_logger = logging.getLogger(__name__)

KINDS = [
    ("timer_start", "Start Timer"),
    ("timer_pause", "Pause Timer"),
    ("timer_stop", "Stop Timer"),
    ("material_add", "Add Material"),
    ("material_remove", "Remove Material"),
    ("photo_add", "Photo"),
    ("check", "Checklist"),
    ("summary", "Work Done"),
    ("sign", "Signature"),
    ("absent", "Customer Absent"),
    ("refuse", "Customer Refuses"),
    ("solve", "Solve"),
]
STATES = [("done", "Done"), ("failed", "Failed"), ("blocked", "Waits"), ("discarded", "Given Up")]
# They end the visit: nothing that was done before may be missing.
LAST_KINDS = ("sign", "absent", "refuse", "solve")
OPEN_STATES = ("failed", "blocked")
OVER_STATES = ("done", "discarded")
# What his own time ends with, whatever becomes of the rest.
TIMER_ENDS = {"timer_pause": "pause", "timer_stop": "stop"}
# Too big to be kept twice: what came with them can be sent again. A signature can't be given twice.
IMAGES = ("data", "signature")
AT_ONCE = 100
KEPT = timedelta(days=90)


class TicketingDeviceOperation(models.Model):
    """What a technician did on his device, and what became of it: each is carried out once, however often it is sent.

    The row is inserted before anything is done, under a unique index: of two workers that get the same operation the
    second one waits, fails, is tried again by Odoo, and answers what the first one has stored.
    """

    _name = "ticketing.device.operation"
    _description = "Operation of a Technician's Device"
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char("Identifier", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Technician", required=True, readonly=True, ondelete="cascade")
    ticket_id = fields.Many2one(
        "ticketing.ticket",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        groups="helpdesk_ticketing.group_manager",
        help="What the device said: he may have had no right to work on it (any more).",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="failed")
    happened_on = fields.Datetime("On the Device", required=True, readonly=True)
    received_on = fields.Datetime("First Received", required=True, readonly=True)
    attempts = fields.Integer(readonly=True)
    error = fields.Text(readonly=True)
    payload = fields.Json(readonly=True, help="What it would have done, as long as it was not done.")
    content = fields.Text(compute="_compute_content")
    signature = fields.Binary(attachment=True, readonly=True, help="Kept until it stands on a delivery note.")
    result = fields.Json(readonly=True, help="What the device was answered.")

    _once = models.UniqueIndex("(user_id, uuid)", "This operation is being carried out already.")
    _open_index = models.Index("(user_id, ticket_id) WHERE state IN ('failed', 'blocked')")
    _kept_index = models.Index("(received_on) WHERE state IN ('done', 'discarded')")

    @api.depends("payload")
    def _compute_content(self):
        for operation in self:
            told = (f"{name}: {value}" for name, value in (operation.payload or {}).items())
            operation.content = ", ".join(told)[:2000]

    @api.model
    def _apply_all(self, operations, sent_at=None):
        """Carry out operations in their order; return their results in the same one.

        :raises UserError: this is no list of a size that can be answered in time
        """
        if not isinstance(operations, list) or len(operations) > AT_ONCE:
            raise UserError(self.env._("Send a list of operations, at most %s at once.", AT_ONCE))
        try:
            lag, wrong = get_lag(read_moment(sent_at), fields.Datetime.now()), None
        except WrongClock as error:
            lag, wrong = timedelta(), error.args[0]
        with self.env["ticketing.worklog.entry"]._seal_last():
            return [self._apply(operation, lag, wrong) for operation in operations]

    @api.model
    def _apply(self, given, lag, wrong):
        """Carry out one operation.

        :param timedelta lag: what has to be added to the device's moments
        :param wrong: what its clock says if it is not set (naive UTC), else None
        """
        try:
            self._check_given(given)
        except UserError as error:
            return self._refuse(given, str(error))
        operation = self._find(given["uuid"])
        if operation and not operation._is_of(given):
            return self._refuse(given, self.env._("Another operation has this identifier: nothing was done."))
        if operation.state in OVER_STATES:
            return operation._answer()
        ticket = self._find_ticket(given)
        moment = read_moment(given["at"]) + lag
        operation = operation._lock() if operation else self._receive(given, ticket, moment)
        if operation.state not in OVER_STATES:
            operation._try(ticket, given["values"], moment, wrong)
        return operation._answer()

    # What came in

    @api.model
    def _refuse(self, given, error):
        """Return the answer to what is not even kept."""
        uuid = given.get("uuid") if isinstance(given, dict) else None
        return {"uuid": uuid, "state": "failed", "error": error, "values": {}}

    def _is_of(self, given):
        """Whether this is what was received with the identifier; the ticket is not known if it was not his."""
        self.ensure_one()
        return given["kind"] == self.kind and (not self.ticket_id or given.get("ticket_id") == self.ticket_id.id)

    @api.model
    def _check_given(self, given):
        """Refuse what no device of ours can have sent.

        :raises UserError: says what is wrong with it
        """
        if not isinstance(given, dict):
            raise UserError(self.env._("This is no operation."))
        uuid = given.get("uuid")
        if not isinstance(uuid, str) or not 8 <= len(uuid) <= 64 or not uuid.isascii() or not uuid.isprintable():
            raise UserError(self.env._("An operation needs an identifier of its own, of 8 to 64 characters."))
        if not isinstance(given.get("kind"), str) or given["kind"] not in dict(KINDS):
            raise UserError(self.env._("This version of the server does not know '%s'.", str(given.get("kind"))[:40]))
        if not isinstance(given.get("values"), dict):
            raise UserError(self.env._("An operation needs its values."))
        if not read_moment(given.get("at")):
            raise UserError(self.env._("An operation needs the moment at which it was done."))

    @api.model
    def _find_ticket(self, given):
        """Return the ticket if the user may work on it, else none."""
        try:
            return self.env["ticketing.ticket"]._get_technician_ticket(given.get("ticket_id"))
        except UserError:
            return self.env["ticketing.ticket"]

    @api.model
    def _find_claimed(self, ticket_id):
        """Return the ticket that somebody names who may not work on it (any more), as superuser: one of his companies.

        It is kept so that nothing which was done for it is lost; that he may not work on it says ``_carry_out``.
        """
        Ticket = self.env["ticketing.ticket"].sudo()
        is_number = isinstance(ticket_id, int) and not isinstance(ticket_id, bool) and 0 < ticket_id < 2**31
        ticket = Ticket.browse(ticket_id if is_number else []).exists()
        return ticket.filtered(lambda each: each.company_id in self.env.user.company_ids)

    @api.model
    def _find(self, uuid):
        """Return the user's operation, as superuser: it is his own, and only its steps change it."""
        return self.sudo().search([("user_id", "=", self.env.uid), ("uuid", "=", uuid)])

    @api.model
    def _get_own(self, uuid):
        """Return the user's operation, as superuser.

        :raises UserError: it was never received
        """
        operation = self._find(uuid) if isinstance(uuid, str) else None
        if not operation:
            raise UserError(self.env._("The server has not received this operation: send it first."))
        return operation

    @api.model
    def _receive(self, given, ticket, moment):
        """Insert the row before anything is done: whoever has the same operation waits here."""
        ticket = ticket or self._find_claimed(given.get("ticket_id"))
        try:
            with mute_logger("odoo.sql_db"):
                operation = self.sudo().create(  # nobody else may
                    {
                        "uuid": given["uuid"],
                        "user_id": self.env.uid,
                        "ticket_id": ticket.id,
                        "company_id": (ticket.company_id or self.env.company).id,
                        "kind": given["kind"],
                        "happened_on": moment,
                        "received_on": fields.Datetime.now(),
                    }
                )
                operation.flush_recordset()
        except psycopg2.IntegrityError as error:  # the transaction ends here, and is tried again
            raise ConcurrencyError(f"Operation {given['uuid']} is being carried out by another request") from error
        return operation

    def _lock(self):
        """Lock one that is tried again, so that two requests do not carry it out both."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise ConcurrencyError(f"{self} is being carried out by another request") from error
        self.invalidate_recordset()
        return self

    # Carried out, each in a savepoint of its own

    def _try(self, ticket, values, moment, wrong):
        """Carry this operation out; if it fails nothing of it stays, but the reason, and what it would have done."""
        self.ensure_one()
        if ticket and not self.ticket_id:
            self.ticket_id = ticket  # it is his by now
        if waits_for := self._get_open_before():
            return self._keep(values, "blocked", waits_for._say_blocked())
        error = None if wrong else self._try_to(self._end_own_time, moment)[1]
        result = {}
        if not error:
            result, error = self._try_to(self._carry_out, ticket, values, moment, wrong)
        if error:
            return self._keep(values, "failed", error)
        done = {"state": "done", "error": False, "payload": False, "signature": False, "result": result}
        return self.write({**done, "happened_on": moment, "attempts": self.attempts + 1})

    def _carry_out(self, ticket, values, moment, wrong):
        self._check_clock(wrong)
        ticket = self.env["ticketing.ticket"].with_env(ticket.env)._get_technician_ticket(ticket.id)
        return getattr(ticket, f"_technician_{self.kind}")(values, moment)

    def _end_own_time(self, moment):
        """End what the user has running: else it would grow until what else he wants can be done.

        As superuser: it is his own time, on a ticket that he may have given away since.
        """
        if self.ticket_id and self.kind in TIMER_ENDS:
            self.ticket_id._end_timer_then(TIMER_ENDS[self.kind], moment, again=bool(self.attempts))

    def _try_to(self, step, *arguments):
        """Return (what the step returns, None), or (nothing, why it failed) without a trace of it."""
        error = None
        try:
            with self.env.cr.savepoint():
                return step(*arguments), None
        except (ConcurrencyError, psycopg2.OperationalError):
            raise  # no fault of the operation: Odoo tries the request again
        except UserError as refused:
            error = str(refused)
        except RedirectWarning as refused:
            error = str(refused.args[0])
        except Exception:
            _logger.exception("Operation %s (%s) of user %s failed", self.uuid, self.kind, self.user_id.id)
            error = self.env._("Something unforeseen happened, and is told in the server's log. Try again later.")
        return {}, error

    def _check_clock(self, wrong):
        """Refuse times of a device whose clock is not set. What is no matter of time is carried out all the same.

        :param wrong: what its clock says (naive UTC), or None
        :raises UserError: says what the time is
        """
        if wrong and self.kind.startswith("timer_"):
            raise UserError(
                self.env._(
                    "The clock of this device is wrong: it says %(wrong)s, but it is %(now)s. Set it right, and send this "
                    "again.",
                    wrong=say_moment(self.env, wrong, full=True),
                    now=say_moment(self.env, fields.Datetime.now(), full=True),
                )
            )

    def _keep(self, values, state, error):
        """Keep what could not be done, to be sent again or given up; of images the signature alone."""
        self.write(
            {
                "state": state,
                "attempts": self.attempts + 1,
                "error": error,
                "payload": make_plain({name: value for name, value in values.items() if name not in IMAGES}),
                "signature": self._get_picture(values),
                "result": {},
            }
        )

    def _get_picture(self, values):
        signature = values.get("signature")
        if self.kind != "sign" or not isinstance(signature, str):
            return False
        try:
            self.env["ticketing.delivery.note"]._check_signature(signature)
        except UserError:
            return False  # no picture: there is nothing to be lost
        return signature

    def _get_open_before(self):
        """Return what has to be put right before this may end the visit."""
        if self.kind not in LAST_KINDS or not self.ticket_id:
            return self.browse()
        return self.search(
            [
                ("user_id", "=", self.user_id.id),
                ("ticket_id", "=", self.ticket_id.id),
                ("state", "in", OPEN_STATES),
                ("id", "<", self.id),
            ],
            order="id",
        )

    def _say_blocked(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        first = self[:1]
        return self.env._(
            "This waits for '%(kind)s', which could not be done: %(error)s",
            kind=kinds[first.kind],
            error=first.error or "",
        )

    def _answer(self):
        """Return the result for the device. What was given up is done with, too: it need not be sent again."""
        self.ensure_one()
        is_over = self.state in ("done", "discarded")
        return {
            "uuid": self.uuid,
            "state": "done" if is_over else self.state,
            "error": False if is_over else self.error,
            "values": {**(self.result or {}), **({"discarded": True} if self.state == "discarded" else {})},
        }

    # Given up

    def _discard(self, reason):
        """Give up what could not be done, and tell the ticket's history what it was.

        :raises UserError: it was done, or nobody says why
        """
        self.ensure_one()
        reason = clean_text(reason).strip()[:500] if isinstance(reason, str) else ""
        if not reason:
            raise UserError(self.env._("Say why this is given up: it stays in the ticket's history."))
        self._lock()
        if self.state not in OPEN_STATES:
            raise UserError(self.env._("This was carried out already, and can't be given up."))
        self._give_up(reason)

    def _give_up(self, reason=None):
        """Tell the ticket's history what is given up; what was on nobody's ticket tells it itself."""
        if not self.ticket_id:
            return self.write({"state": "discarded", "error": "\n".join(filter(None, (self.error, reason)))})
        told = [self._say_given_up(), self.error, reason]
        self.ticket_id._message_log(  # as superuser: he may have given the ticket away since
            body="\n".join(filter(None, told)),
            attachment_ids=self._attach_signature().ids,
            author_id=self.user_id.partner_id.id,
        )
        return self.write({"state": "discarded", "payload": False, "signature": False, "result": {}})

    def _say_given_up(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "Given up on the device: %(kind)s of %(moment)s. %(content)s",
            kind=kinds[self.kind],
            moment=say_moment(self.env, self.happened_on, full=True),
            content=self.content,
        )

    def _attach_signature(self):
        """Nothing that somebody has signed is lost: it stays with the ticket."""
        Attachment = self.env["ir.attachment"]
        if not self.signature:
            return Attachment
        return Attachment.create(
            {
                "name": self.env._("Signature of %s.png", (self.payload or {}).get("signer_name") or "?"),
                "datas": self.signature,
                "res_model": "ticketing.ticket",
                "res_id": self.ticket_id.id,
            }
        )

    @api.autovacuum
    def _gc_done(self):
        """What was done three months ago will not be sent again. A signature that is nowhere else stays."""
        old = [("state", "in", OVER_STATES), ("received_on", "<", fields.Datetime.now() - KEPT)]
        self.search([*old, ("signature", "=", False)], limit=10_000).unlink()
