import hashlib
import html
import re

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ..tools import mail_kind
from .ticketing_stage import CLOSED_KINDS

# Only where it can't be meant otherwise: [T00042], (T00042), #T00042.
NUMBER_IN_SUBJECT = re.compile(r"[\[(#]\s*#?([A-Za-z0-9/_.-]{2,32})(?=[\])\s:,]|$)")
# What core makes of a mail without HTML; one with more parts, or with tags, is something else.
PLAIN_MAIL = re.compile(r"\s*<pre>(?P<text>[^<]*)</pre>\s*")


class TicketingTicketMailMixin(models.AbstractModel):
    """What mail does to a ticket: new ones, answers, the first response, and who it comes from."""

    _name = "ticketing.ticket.mail.mixin"
    _description = "Mail of Tickets"
    _inherit = ["mail.thread.cc"]

    previous_ticket_id = fields.Many2one(
        "ticketing.ticket",
        string="Continues",
        copy=False,
        index="btree_not_null",
        help="The closed ticket that this one is an answer to.",
    )
    inbound_ids = fields.One2many(
        "ticketing.inbound", "ticket_id", string="Inbound Messages", groups="helpdesk_ticketing.group_manager"
    )

    # What core's gateway asks of a document

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A message to the desk becomes a ticket. A stranger becomes no contact of himself: anybody can write."""
        mail = self.env.context.get("ticketing_mail")
        values = {
            "name": (msg_dict.get("subject") or "").strip()[:250] or self.env._("(no subject)"),
            "email_from": tools.email_normalize(msg_dict.get("from")) or msg_dict.get("from"),
            "partner_name": mail.envelope.sender_name if mail else False,
            "partner_id": msg_dict.get("author_id"),
            "description": self._get_mail_story(msg_dict.get("body")),
            "channel_id": self.env["ticketing.channel"]._get_by_code("email").id,
            **(custom_values or {}),
        }
        if values["partner_id"]:
            del values["partner_name"]
        ticket = super().message_new(msg_dict, custom_values=values)
        if mail:
            mail.new_ticket_ids.add(ticket.id)
        self._tell_journal(ticket, "processed")
        return ticket

    @api.model
    def _get_mail_story(self, body):
        """Return a mail's text as the ticket's description: core makes one preformatted block of a plain mail."""
        plain = PLAIN_MAIL.fullmatch(body or "")
        return tools.plaintext2html(html.unescape(plain["text"]).strip()) if plain else body

    def message_update(self, msg_dict, update_vals=None):
        result = super().message_update(msg_dict, update_vals=update_vals)
        self._tell_journal(self, "reply")
        return result

    @api.model
    def _tell_journal(self, ticket, state):
        if mail := self.env.context.get("ticketing_mail"):
            inbound = self.env["ticketing.inbound"].sudo()  # the gateway's user can't read the journal
            inbound.browse(mail.inbound_id)._set_ticket(ticket, state)

    def _message_post_after_hook(self, message, msg_values):
        """React to what was said: the desk's first response, the customer's answer."""
        result = super()._message_post_after_hook(message, msg_values)
        comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        if msg_values.get("subtype_id") == comment and msg_values.get("message_type") in ("comment", "email"):
            author = self.env["res.partner"].sudo().browse(msg_values.get("author_id"))  # whoever wrote
            if self._is_customer(author, msg_values.get("email_from")):
                self._on_customer_answer(message)
            elif author and not author.partner_share:
                self._on_desk_answer()
        return result

    def _message_compute_parent_id(self, parent_id):
        """Core would search for what is known: the message that makes a ticket answers none, another the one it names."""
        mail = self.env.context.get("ticketing_mail")
        if mail and self.id in mail.new_ticket_ids:
            return False
        if mail and parent_id:
            parent = self.env["mail.message"].sudo().browse(parent_id)  # which the gateway has found and read
            if parent.model == self._name and parent.res_id == self.id:
                return parent_id
        return super()._message_compute_parent_id(parent_id)

    def _on_customer_answer(self, message=None):
        """The customer answered: what waited for him, or was thought solved, is open again."""
        waiting = self.sudo().filtered(lambda ticket: ticket.stage_kind in ("waiting", "solved"))  # he can't write
        for ticket in waiting:
            stage = ticket.team_id._get_stages().filtered(lambda stage: stage.kind == "open")[:1]
            if stage:
                ticket.stage_id = stage

    def _on_desk_answer(self):
        answered = self.filtered(lambda ticket: not ticket.first_response_on)
        if answered:
            answered.sudo().first_response_on = fields.Datetime.now()  # also who only follows may answer

    # Whose ticket it is

    def _is_customer(self, author, email):
        """Tell whether a message is the customer's own: written by him, by his company, or from his address."""
        ticket = self.sudo()  # a question of identity, not of rights
        if author and ticket.commercial_partner_id and author.commercial_partner_id == ticket.commercial_partner_id:
            return True
        own = tools.email_normalize(ticket.email_from)
        return bool(own) and own == tools.email_normalize(email)

    def _starts_anew(self, message_dict):
        """Tell whether an answer to this ticket is a new one: the ticket is closed, and no colleague writes."""
        self.ensure_one()
        if self.stage_kind not in CLOSED_KINDS:
            return False
        author = self.env["res.partner"].browse(message_dict.get("author_id"))
        if not author:
            address = tools.email_normalize(message_dict.get("email_from"))
            author = (
                self.env["res.partner"].search([("email_normalized", "=", address)], limit=1) if address else author
            )
        return not author or author.partner_share or self._is_customer(author, message_dict.get("email_from"))

    @api.model
    def _find_by_subject(self, mail, message_dict, values):
        """Return the ticket whose number stands in the subject, if its customer is who writes.

        Everybody can guess a number: from somebody else it means nothing.
        """
        numbers = list(dict.fromkeys(NUMBER_IN_SUBJECT.findall(message_dict.get("subject") or "")))[:5]
        if not numbers or not mail.envelope.sender:
            return self.browse()
        team = self.env["ticketing.team"].browse((values or {}).get("team_id"))
        company = team.company_id or self.env.company
        for ticket in self.search([("number", "in", numbers), ("company_id", "=", company.id)]):
            if mail.envelope.sender == tools.email_normalize(ticket.email_from):
                return ticket
            family = ticket.commercial_partner_id
            contact = [("commercial_partner_id", "=", family.id), ("email_normalized", "=", mail.envelope.sender)]
            if family and self.env["res.partner"].search_count(contact, limit=1):
                return ticket
        return self.browse()

    def action_create_partner(self):
        """Make a contact of a sender who has none, or take the one who has his address by now.

        :raises AccessError: the user may not change the ticket
        :raises UserError: there is no address to make a contact of
        """
        self.check_access("write")
        for ticket in self.filtered(lambda ticket: not ticket.partner_id):
            address = tools.email_normalize(ticket.email_from)
            if not address:
                raise UserError(self.env._("%s has no email address to make a contact of.", ticket.display_name))
            ticket.partner_id = ticket._partner_find_from_emails_single(
                [ticket.email_from],
                additional_values={
                    address: {"name": ticket.partner_name or address, "phone": ticket.partner_phone},
                },
            )[:1]
        return True

    # What the desk's own mail says of itself

    @api.model
    @tools.ormcache()
    def _get_mail_marker(self):
        """Return what tells mail of this desk from that of others."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid") or self.env.cr.dbname
        return hashlib.sha256(f"ticketing {uuid}".encode()).hexdigest()[:24]

    @api.model
    def _get_automatic_headers(self):
        """Return the headers of mail that no person wrote: nobody's machine shall answer it."""
        marker = self._get_mail_marker()
        return {
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            "X-Loop": f"ticketing-{marker}",
            mail_kind.MARKER_HEADER.title(): marker,
        }

    def _notify_by_email_get_base_mail_values(self, message, recipients_data, additional_values=None):
        headers = {mail_kind.MARKER_HEADER.title(): self._get_mail_marker()}
        if message.message_type not in ("comment", "email", "email_outgoing"):
            headers = {**self._get_automatic_headers(), "Auto-Submitted": "auto-generated"}
        additional_values = dict(additional_values or {})
        additional_values["headers"] = {**headers, **(additional_values.get("headers") or {})}
        values = super()._notify_by_email_get_base_mail_values(message, recipients_data, additional_values)
        if len(self) == 1 and values.get("subject"):
            values["subject"] = self._hide_number(values["subject"])
        return values

    def _hide_number(self, subject):
        """Return a mail's subject without the ticket's number where the team wants it so, whatever template wrote it."""
        self.ensure_one()
        ticket = self.sudo()  # a setting of the team, whoever sends the mail
        if not ticket.number or not ticket.team_id.hide_number:
            return subject
        number = rf"[\[(#]*(?<!\w){re.escape(ticket.number)}(?!\w)[\])]*[\s:,–-]*"
        return re.sub(number, "", subject).strip() or ticket.name
