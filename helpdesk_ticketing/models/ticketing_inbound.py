import base64
import logging
from datetime import timedelta
from xmlrpc.client import Binary

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import mail_kind, mail_mend
from ..tools.inbound_mail import InboundMail, Quarantined, Undeliverable, Unreadable
from ..tools.mail_envelope import clean_line

_logger = logging.getLogger(__name__)

STATES = [
    ("received", "Received"),
    ("processed", "New Ticket"),
    ("reply", "Reply"),
    ("duplicate", "Duplicate"),
    ("quarantined", "Quarantined"),
    ("failed", "Failed"),
]
KINDS = [
    (mail_kind.PERSON, "Person"),
    (mail_kind.AUTOMATIC, "Automatic"),
    (mail_kind.AUTO_REPLY, "Automatic Answer"),
    (mail_kind.BOUNCE, "Delivery Report"),
    (mail_kind.OWN, "Own Mail"),
]
RETRY_MINUTES = (5, 30, 120, 720, 1440)


class TicketingInbound(models.Model):
    """The inbound journal: every message that reached the desk, and what became of it."""

    _name = "ticketing.inbound"
    _description = "Inbound Message"
    _inherit = ["ticketing.inbound.acknowledge.mixin", "ticketing.inbound.discard.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Subject", readonly=True, index="trigram")
    sender = fields.Char(readonly=True)
    sender_name = fields.Char(readonly=True)
    recipients = fields.Char(readonly=True)
    message_id = fields.Char("Message-Id", readonly=True)
    dedupe_key = fields.Char("Deduplication Key", readonly=True, required=True, copy=False)
    kind = fields.Selection(KINDS, string="Written by", readonly=True)
    channel_id = fields.Many2one("ticketing.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    received_on = fields.Datetime("Received on", default=fields.Datetime.now, required=True, readonly=True, index=True)
    size = fields.Integer("Size (bytes)", readonly=True)
    raw = fields.Binary("Raw Text", attachment=True, readonly=True, groups="helpdesk_ticketing.group_manager")
    raw_name = fields.Char("File Name", compute="_compute_raw_name")
    gateway = fields.Json("Gateway Options", readonly=True)
    state = fields.Selection(STATES, string="Status", default="received", required=True, readonly=True)
    reason = fields.Text(readonly=True, help="Why it is a duplicate, waits in quarantine or failed.")
    summary = fields.Char("Why", compute="_compute_summary")
    repairs = fields.Text(readonly=True, help="What had to be mended before it could be read.")
    ticket_id = fields.Many2one("ticketing.ticket", readonly=True, index="btree_not_null", ondelete="set null")
    duplicate_of_id = fields.Many2one(
        "ticketing.inbound", "Duplicate of", readonly=True, index="btree_not_null", ondelete="set null"
    )
    attempts = fields.Integer(readonly=True)
    next_try_on = fields.Datetime("Next Try", readonly=True)

    _dedupe_unique = models.UniqueIndex("(dedupe_key) WHERE state != 'duplicate'")
    _list_index = models.Index("(state, id DESC) WHERE active IS TRUE")
    _sender_index = models.Index("(sender, received_on)")
    _retry_index = models.Index("(next_try_on) WHERE next_try_on IS NOT NULL")
    _acknowledge_index = models.Index("(acknowledgement, acknowledged_on) WHERE acknowledgement IN ('due', 'sent')")

    def _compute_raw_name(self):
        for inbound in self:
            inbound.raw_name = f"message-{inbound.id}.eml"

    @api.depends("reason")
    def _compute_summary(self):
        """Return the first line of the reason, for lists: what follows are the words of a program."""
        for inbound in self:
            inbound.summary = (inbound.reason or "").partition("\n")[0]

    # Reading

    @api.model
    def _read(self, message):
        """Return what the gateway was given as an :class:`InboundMail`."""
        if isinstance(message, Binary):
            message = bytes(message.data)
        if isinstance(message, str):
            message = message.encode()
        return InboundMail(message, self.env["ticketing.ticket"]._get_mail_marker())

    @api.model
    def _concerns_desk(self, mail, model=None):
        """Tell whether a message may be for the desk: by its mailbox, its recipients or what it answers."""
        if model == "ticketing.ticket" or mail.envelope.is_endless:
            return True
        names = self.env["mail.alias"]._get_ticketing_names()
        if any(address.split("@")[0] in names for address in mail.envelope.recipients):
            return True
        references = mail.envelope.references
        return bool(references) and bool(
            self.env["mail.message"]
            .sudo()  # the gateway's user need not be able to read tickets
            .search_count([("message_id", "in", references), ("model", "=", "ticketing.ticket")], limit=1)
        )

    # From the message to its outcome

    @api.model
    def _receive(self, mail, gateway, undeliverable=None):
        """Enter a message into the journal, then process it.

        :param mail: InboundMail
        :param dict gateway: the other arguments of ``message_process``
        :param str undeliverable: core already found that it leads nowhere
        :return: what core's gateway returns: the id of the document, or False
        """
        inbound = self._enter(mail, gateway)
        if inbound.state != "received":
            return False
        if undeliverable:
            inbound._quarantine(inbound._describe_undeliverable(mail, undeliverable))
            return False
        return inbound._process(mail)

    @api.model
    def _enter(self, mail, gateway):
        """Return the message's row of the journal: nothing that happens later can lose it."""
        Inbound = self.sudo()  # the gateway's user need not see the journal
        envelope = mail.envelope
        key = envelope.get_dedupe_key(mail.raw)
        known = Inbound._find_known(key)
        inbound = Inbound.create(
            {
                "name": envelope.subject[:500],
                "sender": envelope.sender[:320],
                "sender_name": envelope.sender_name,
                "recipients": ", ".join(envelope.recipients[:20])[:2000],
                "message_id": envelope.message_id,
                "dedupe_key": key,
                "kind": mail.kind,
                "channel_id": self.env["ticketing.channel"]._get_by_code("email").id,
                "company_id": self.env.company.id,
                "size": envelope.size,
                "raw": base64.b64encode(mail.raw),
                "gateway": gateway,
                "duplicate_of_id": known.id,
                "ticket_id": known.ticket_id.id,
                "state": "duplicate" if known else "received",
                "reason": self.env._("This message was received before.") if known else False,
            }
        )
        mail.inbound_id = inbound.id
        return inbound

    @api.model
    def _find_known(self, key):
        """Return the row of a message that was received before, archived ones too."""
        self.flush_model(["dedupe_key", "state"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM ticketing_inbound WHERE dedupe_key = %s AND state != 'duplicate' ORDER BY id DESC LIMIT 1",
                key,
            )
        )
        return self.browse(row_id for (row_id,) in rows)

    def _process(self, mail, by_hand=False):
        """Deliver the message; whatever happens is written on the row, and nothing is raised.

        :param by_hand: somebody decided to process it in spite of the rules
        """
        self.ensure_one()
        result = False
        try:
            if not by_hand:
                self._check_acceptable(mail)
            with self.env.cr.savepoint():
                result = self._deliver(mail)
        except Quarantined as error:
            self._quarantine(str(error))
        except Undeliverable as error:
            self._quarantine(self._describe_undeliverable(mail, error))
        except psycopg2.OperationalError as error:
            reason = self.env._("Conflict with other work, or the database was not available: %s", error)
            self._fail(reason, at_once=not self.attempts)
        except Exception as error:
            _logger.info("Inbound message %s failed", self.id, exc_info=True)
            self._fail(f"{type(error).__name__}: {error}")
        else:
            self._finish(mail)
        return result

    def _deliver(self, mail):
        """Have core's gateway deliver the message, in the first version that it can read."""
        gateway = self.gateway or {}
        Thread = self.env["mail.thread"].sudo(False).with_context(ticketing_mail=mail)
        for raw in mail.get_versions(self._get_wanted_addresses(mail)):
            try:
                return Thread.message_process(gateway.get("model"), raw, **self._get_gateway_options(gateway))
            except Unreadable as error:
                self.env.invalidate_all()
                unreadable = error
        raise unreadable

    @api.model
    def _get_gateway_options(self, gateway):
        names = ("custom_values", "save_original", "strip_attachments", "thread_id")
        return {name: gateway.get(name) for name in names}

    @api.model
    def _get_wanted_addresses(self, mail):
        names = self.env["mail.alias"]._get_ticketing_names()
        return [address for address in mail.envelope.recipients if address.split("@")[0] in names]

    def _check_acceptable(self, mail):
        """Check what can be known before the message is parsed.

        :raises Quarantined: too large, our own, or one of a flood
        """
        self.ensure_one()
        if mail.envelope.size > self._get_setting("max_mb") * 1024 * 1024:
            raise Quarantined(self.env._("It is larger than %s MB.", self._get_setting("max_mb")))
        if mail.kind == mail_kind.OWN or mail.envelope.sender in self._get_wanted_addresses(mail):
            raise Quarantined(self.env._("It is mail of this desk that came back."))
        if mail.envelope.sender:
            count = self._count_recent()
            if count > self._get_setting("sender_limit") and not self._is_sender_allowed():
                raise Quarantined(self.env._("%s messages of this sender in an hour.", count))
            if count > self._get_setting("sender_acknowledged"):
                self.write({"acknowledgement": "withheld"})
                mail.may_answer = False

    def _count_recent(self):
        """Return how many messages this one's sender sent within an hour, this one included."""
        since = fields.Datetime.now() - timedelta(hours=1)
        self.flush_model(["sender", "received_on"])
        rows = self.env.execute_query(
            SQL("SELECT count(*) FROM ticketing_inbound WHERE sender = %s AND received_on > %s", self.sender, since)
        )
        return rows[0][0]

    def _is_sender_allowed(self):
        """Tell whether the sender is on core's list of those who may write without a limit."""
        Allowed = self.env["mail.gateway.allowed"].sudo()  # a list of settings
        return bool(Allowed.search_count([("email_normalized", "=", self.sender)], limit=1))

    def _correct_routes(self, mail, message_dict, routes):
        """Return core's routes, corrected for the desk.

        :param dict message_dict: core's parsed message; changed: what a machine answers is a note
        :raises Quarantined: a machine's answer to nothing
        """
        self.ensure_one()
        if message_dict.get("is_bounce"):
            self._note_bounce(mail, message_dict)
        elif not routes:
            mail.refusal = self.env._("The address does not accept mail of this sender.")
        mail.is_elsewhere = mail.is_elsewhere or any(route[0] != "ticketing.ticket" for route in routes)
        return [
            self._correct_route(mail, message_dict, route) if route[0] == "ticketing.ticket" else route
            for route in routes
        ]

    def _correct_route(self, mail, message_dict, route):
        """Return the route to a ticket: the one whose number the subject names, or a new one after a closed one."""
        model, ticket_id, values, uid, alias = route
        Ticket = self.env["ticketing.ticket"]
        ticket = Ticket.browse(ticket_id or ()) or Ticket._find_by_subject(mail, message_dict, values)
        if not ticket:
            if mail.kind in (mail_kind.AUTO_REPLY, mail_kind.BOUNCE):
                raise Quarantined(self.env._("It is an automatic answer that belongs to no ticket."))
            return route
        if mail.kind != mail_kind.PERSON:
            message_dict["is_internal"] = True
            message_dict.pop("parent_id", None)
        elif ticket._starts_anew(message_dict):
            values = {**(values or {}), "team_id": ticket.team_id.id, "previous_ticket_id": ticket.id}
            return (model, False, values, uid, alias)
        return (model, ticket.id, values, uid, alias)

    def _note_bounce(self, mail, message_dict):
        """Say on the ticket that a mail could not be delivered; core marks the message itself."""
        bounced = message_dict.get("bounced_message")
        if bounced and bounced.model == "ticketing.ticket":
            ticket = self.env["ticketing.ticket"].browse(bounced.res_id).exists()
            address = message_dict.get("bounced_email") or "?"
            ticket._message_log(body=self.env._("Mail could not be delivered to %s.", address))
            self._set_ticket(ticket, "reply")
        mail.is_elsewhere = bool(bounced)

    def _set_ticket(self, ticket, state):
        """Called by the ticket that was made or answered."""
        values = {"ticket_id": ticket.id, "state": state, "company_id": ticket.company_id.id}
        if state == "processed" and self.env.context["ticketing_mail"].may_answer:
            values.update(self._plan_acknowledgement(ticket))
        self.write(values)

    # Outcomes

    def _finish(self, mail):
        """Write down what became of a delivered message."""
        if self.ticket_id:
            self._clear_error(mail)
        elif mail.is_elsewhere:
            self.unlink()  # core delivered it to another application
        elif self._is_known_message(mail):
            self.write({"state": "duplicate", "reason": self.env._("This message was received or sent before.")})
        elif mail.kind == mail_kind.BOUNCE:
            self._quarantine(self.env._("It is a delivery report that belongs to no ticket."))
        else:
            self._quarantine(mail.refusal or self.env._("The mail gateway ignored it."))

    def _clear_error(self, mail):
        values = {"reason": False, "next_try_on": False, "repairs": "\n".join(mail.notes) or False}
        if mail.version == mail_mend.PLAIN:
            values["repairs"] = "\n".join([*mail.notes, "read as plain text; the original is attached to the ticket"])
        elif mail.version == mail_mend.MENDED:
            values["repairs"] = "\n".join([*mail.notes, "headers rebuilt"])
        changed = {name: value for name, value in values.items() if self[name] != value}
        if changed:
            self.write(changed)

    def _is_known_message(self, mail):
        """Tell whether core dropped the message because it has it; the row then points at the same ticket."""
        if not mail.envelope.message_id:
            return False
        message = (
            self.env["mail.message"]
            .sudo()  # the gateway's user need not be able to read tickets
            .search([("message_id", "=", mail.envelope.message_id)], limit=1)
        )
        if message.model == "ticketing.ticket":
            self.ticket_id = message.res_id
        return bool(message)

    def _describe_undeliverable(self, mail, error):
        if mail.envelope.recipients:
            summary = self.env._("No address of this system is among its recipients.")
        else:
            summary = self.env._("It names no recipient.")
        return f"{summary}\n{clean_line(str(error))[:1000]}"

    def _quarantine(self, reason):
        self.write({"state": "quarantined", "reason": reason, "next_try_on": False})

    def _fail(self, reason, at_once=False):
        """Keep the error and plan the next try.

        :param bool at_once: it is likely to succeed as soon as the other work is done
        """
        self.env.invalidate_all()
        delay = RETRY_MINUTES[self.attempts] if self.attempts < len(RETRY_MINUTES) else None
        next_try = fields.Datetime.now() + timedelta(minutes=0 if at_once else delay) if delay else False
        self.write(
            {
                "state": "failed",
                "reason": clean_line(reason)[:2000],
                "attempts": self.attempts + 1,
                "next_try_on": next_try,
            }
        )
        if next_try:
            self._get_cron("ir_cron_inbound")._trigger(at=next_try)

    # Trying again

    @api.model
    def _cron_retry(self, limit=50):
        """Process again what failed and is due. Any worker may run it."""
        due = [("state", "in", ("failed", "received")), ("next_try_on", "<=", fields.Datetime.now())]
        waiting = self.search(due, limit=limit, order="next_try_on, id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for inbound in waiting:
            locked = inbound.try_lock_for_update()
            if locked and locked.filtered_domain(due):
                locked._process_again(by_hand=False)
            if not cron._commit_progress(1):
                break

    def _process_again(self, by_hand):
        self.ensure_one()
        if not self.raw:
            raise UserError(self.env._("The raw text of %s was removed: it can't be processed again.", self.name or ""))
        mail = self._read(base64.b64decode(self.raw))
        mail.inbound_id = self.id
        mail.may_answer = mail.may_answer and not by_hand
        if by_hand and mail.kind in (mail_kind.AUTO_REPLY, mail_kind.OWN):
            mail.kind = mail_kind.AUTOMATIC
        lang = self.env.lang or self.company_id.partner_id.lang
        gateway = self.with_user(SUPERUSER_ID).with_company(self.company_id)  # as the fetching of mailboxes does
        gateway.with_context(lang=lang)._process(mail, by_hand=by_hand)

    def action_process_again(self):
        """Deliver quarantined and failed messages, without limits of size, rate and sender: a manager decided so.

        :raises UserError: the message is a ticket or a duplicate already, or leads nowhere
        """
        self._check_manager()
        for inbound in self.sudo():  # a manager can't write the journal but through its buttons
            if inbound.state not in ("quarantined", "failed", "received"):
                raise UserError(self.env._("%s is neither quarantined nor failed.", inbound.display_name or ""))
            if not inbound.gateway or not inbound.gateway.get("model"):
                inbound.gateway = {**(inbound.gateway or {}), "model": "ticketing.ticket"}
            inbound._take_back()
            inbound._process_again(by_hand=True)
        return True

    def action_open_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

    def action_download(self):
        """Download the raw text; nothing of it is ever shown in the browser."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/ticketing.inbound/{self.id}/raw?download=true&filename={self.raw_name}",
            "target": "download",
        }

    @api.autovacuum
    def _gc_raw(self):
        """Remove the raw text of old messages that became tickets, replies or duplicates, if the settings say so."""
        days = self._get_setting("keep_days")
        if not days:
            return
        old = self.with_context(active_test=False).search(
            [
                ("state", "in", ("processed", "reply", "duplicate")),
                ("received_on", "<", fields.Datetime.now() - timedelta(days=days)),
                ("size", ">", 0),
            ],
            limit=1000,
        )
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_field", "=", "raw"), ("res_id", "in", old.ids)]
        )
        attachments.unlink()
