"""A message between the gateway and the ticket, and the reasons for which it does not get there."""

from datetime import timedelta
from email.utils import make_msgid

from odoo import fields
from odoo.tools import email_normalize, formataddr

from . import mail_kind, mail_mend
from .mail_envelope import Envelope, clean_line


class Quarantined(Exception):
    """A message that must not be delivered; says why."""


class Unreadable(Exception):
    """A message that core's parser can't read."""


class Undeliverable(ValueError):
    """A message that no address, answer or mailbox leads anywhere."""


def _is_plausible(date):
    """Tell whether a date (text, as core parsed it) is one: clocks stand at the year 102, or in the far future."""
    tomorrow = fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=1))
    return bool(date) and len(date) == len(tomorrow) and "1970-01-01 00:00:00" <= date <= tomorrow


class InboundMail:
    """A message on its way: what it says, in which version core gets it, and what was done to it."""

    def __init__(self, raw, marker=""):
        self.raw = raw
        self.envelope = Envelope(raw)
        self.kind = mail_kind.get_kind(self.envelope, marker)
        self.inbound_id = False
        self.notes = []
        self.contents = {}
        self.version = mail_mend.AS_IT_IS
        self.is_light = self.is_cut = self.is_elsewhere = False
        self.refusal = ""
        self.aliases = {}
        self.sender_facts = {}  # by address: what the database knows of who wrote
        self.new_ticket_ids = set()
        self.may_answer = self.kind == mail_kind.PERSON

    def __hash__(self):
        return id(self)

    def get_addresses(self):
        """Return the addresses that core will ask about."""
        return [self.envelope.sender, *self.envelope.recipients[: mail_mend.RECIPIENTS_LIMIT]]

    def get_versions(self, wanted):
        """Yield the message's bytes in one version after the other, from the first that is safe.

        :param wanted: addresses that have to stay among the recipients
        """
        light, contents = mail_mend.set_aside(self.raw)
        first, problems = mail_mend.get_problems(self.envelope, light)
        for version in range(first, mail_mend.PLAIN + 1):
            self.version = version
            self.notes = list(dict.fromkeys(problems))
            raw, self.contents = (light, contents) if version != mail_mend.PLAIN else (self.raw, {})
            self.is_light = len(raw) < mail_mend.BODY_BYTES_SAFE
            self.is_cut = version == mail_mend.PLAIN
            if version == mail_mend.MENDED:
                raw = mail_mend.mend(raw, Envelope(raw), wanted)
            elif version == mail_mend.PLAIN:
                raw = mail_mend.make_plain(raw, self.envelope, wanted)
            yield raw

    def complete(self, values):
        """Return core's parsed values with one-line headers, one sender and an id; the rest is as core made it."""
        for name in ("subject", "email_from", "from", "message_id"):
            if values.get(name):
                values[name] = clean_line(values[name])[:1000]
        sender = self.envelope.sender
        if sender and email_normalize(values.get("email_from")) != sender:
            values["email_from"] = values["from"] = formataddr((self.envelope.sender_name, sender))
        if not self.envelope.message_id:
            values["message_id"] = make_msgid("inbound", "ticketing")
        if not _is_plausible(values.get("date")):
            values.pop("date", None)  # then it is the moment in which it was received
        return values
