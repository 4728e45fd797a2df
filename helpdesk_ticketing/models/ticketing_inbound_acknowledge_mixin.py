from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

# System parameters helpdesk_ticketing.mail_..., with their defaults.
SETTINGS = {
    "max_mb": 50,  # larger messages wait in quarantine
    "sender_acknowledged": 10,  # messages of a sender in an hour, from which on he gets no more acknowledgements
    "sender_limit": 100,  # ... and from which on they wait in quarantine
    "acknowledge_minutes": 5,  # between two acknowledgements to one sender
    "acknowledge_hour": 200,  # acknowledgements to unknown senders in an hour, all together
    "keep_days": 0,  # after which the raw text of what became a ticket or a reply is removed; 0: never
}


class TicketingInboundAcknowledgeMixin(models.AbstractModel):
    """Tells who wrote that a ticket was made: soon, but not while his message is being received.

    The address of the sender may be forged, or belong to a machine. So: never to machines, one message to an address
    in some minutes, and to unknown addresses only as many in an hour as a desk may need.
    """

    _name = "ticketing.inbound.acknowledge.mixin"
    _description = "Acknowledgement of Messages"

    acknowledgement = fields.Selection(
        [("none", "None"), ("due", "Due"), ("sent", "Sent"), ("withheld", "Withheld")], default="none", readonly=True
    )
    acknowledged_on = fields.Datetime("Acknowledged on", readonly=True)

    @api.model
    def _get_setting(self, name):
        """Return one of the limits, which are system parameters."""
        parameters = self.env["ir.config_parameter"].sudo()  # which are the administrator's
        value = parameters.get_param(f"helpdesk_ticketing.mail_{name}", SETTINGS[name])
        try:
            return max(int(value), 0)
        except (TypeError, ValueError):
            return SETTINGS[name]

    def _plan_acknowledgement(self, ticket):
        """Have a new ticket acknowledged by the scheduled action, if its team does so; return values to write."""
        team = ticket.team_id
        wanted = self.sender and team.acknowledge and team.acknowledge_template_id
        if not wanted or self.acknowledgement != "none":
            return {}
        self._get_cron("ir_cron_inbound_acknowledge")._trigger()
        return {"acknowledgement": "due"}

    @api.model
    def _get_cron(self, name):
        """Return a scheduled action of the add-on, without the query of ``env.ref``."""
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(f"helpdesk_ticketing.{name}", raise_if_not_found=True)
        return self.env["ir.cron"].sudo().browse(cron_id)  # everybody's message wakes it

    @api.model
    def _cron_acknowledge(self, limit=200):
        """Send the acknowledgements that are due, in batches. Any worker may run it."""
        cron = self.env["ir.cron"]
        try:
            count = self._acknowledge(limit)
            self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()  # somebody changed one of the tickets meanwhile: again, at once
            self._get_cron("ir_cron_inbound_acknowledge")._trigger()
            return
        cron._commit_progress(count, remaining=self.search_count([("acknowledgement", "=", "due")], limit=1))

    @api.model
    def _acknowledge(self, limit):
        """Send one batch, whose rows stay locked until it is committed; return how many there were."""
        due = self.search([("acknowledgement", "=", "due")], limit=limit, order="id").try_lock_for_update()
        if not due:
            return 0
        allowed = due._filter_acknowledged()
        (due - allowed).acknowledgement = "withheld"
        for template, inbounds in allowed.grouped(lambda row: row.ticket_id.team_id.acknowledge_template_id).items():
            for lang, group in inbounds.grouped(lambda row: row._get_acknowledgement_lang()).items():
                group.with_context(lang=lang)._send_acknowledgements(template)
        allowed.write({"acknowledgement": "sent", "acknowledged_on": fields.Datetime.now()})
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return len(due)

    def _filter_acknowledged(self):
        """Return the rows whose senders may be written to now: two queries for any number of them."""
        now = fields.Datetime.now()
        pause = now - timedelta(minutes=self._get_setting("acknowledge_minutes"))
        recent = {
            sender
            for (sender,) in self._read_group(
                [
                    ("sender", "in", self.mapped("sender")),
                    ("acknowledgement", "=", "sent"),
                    ("acknowledged_on", ">", pause),
                ],
                ["sender"],
            )
        }
        strangers = self.search_count(
            [
                ("acknowledgement", "=", "sent"),
                ("acknowledged_on", ">", now - timedelta(hours=1)),
                ("ticket_id.partner_id", "=", False),
            ]
        )
        allowed, limit = self.browse(), self._get_setting("acknowledge_hour")
        for inbound in self:
            ticket = inbound.ticket_id
            known = bool(ticket.partner_id)
            welcome = known or (ticket.team_id.acknowledge_unknown and strangers < limit)
            if ticket and ticket.team_id.acknowledge and welcome and inbound.sender not in recent:
                allowed |= inbound
                recent.add(inbound.sender)
                strangers += 0 if known else 1
        return allowed

    def _get_acknowledgement_lang(self):
        ticket = self.ticket_id
        return ticket.partner_id.lang or ticket.company_id.partner_id.lang or self.env.user.lang

    def _send_acknowledgements(self, template):
        """Queue one mail a ticket, which is kept in the ticket's history so that an answer to it finds the ticket."""
        tickets = self.ticket_id
        values = {
            "headers": repr(tickets._get_automatic_headers()),
            "is_notification": True,
            "message_type": "auto_comment",
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
        }
        mails = template.send_mail_batch(tickets.ids, email_values=values)
        message_ids = {inbound.ticket_id.id: inbound.message_id for inbound in self}
        for mail in mails:
            mail.references = message_ids.get(mail.res_id) or mail.references
            mail.subject = tickets.browse(mail.res_id)._hide_number(mail.subject)
