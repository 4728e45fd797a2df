"""A desk with an address, and people who write to it."""

from email.message import EmailMessage
from email.utils import make_msgid

from odoo.tests import tagged

from .common import TicketingCase

TERMINAL = {"processed", "reply", "duplicate", "quarantined", "failed"}


@tagged("post_install", "-at_install")
class InboundCase(TicketingCase):
    """Mail as the gateway hands it over: raw."""

    result = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": "desk.example", "bounce_alias": "bounce", "catchall_alias": "catchall"}
        )
        cls.company.alias_domain_id = cls.domain
        cls.team.write({"alias_name": "support", "alias_domain_id": cls.domain.id})
        cls.address = "support@desk.example"
        cls.Inbound = cls.env["ticketing.inbound"].with_context(active_test=False)
        cls.env.registry.clear_cache()

    @classmethod
    def _mail(cls, body="It drips.", sender="Marta <marta@customer.example>", to=None, **headers):
        """Return a plain message's bytes; keyword ``x_loop`` is the header ``X-Loop``."""
        values = {"Subject": "Boiler", "Message-ID": make_msgid(domain="customer.example"), "Date": None}
        values.update({name.replace("_", "-"): value for name, value in headers.items()})
        message = EmailMessage()
        message["From"] = sender
        message["To"] = to or cls.address
        for name, value in values.items():
            key = next((known for known in message if known.lower() == name.lower()), None)
            if key:
                del message[key]
            if value is not None:
                message[name] = value
        if "Message-ID" in message and headers.get("message_id"):
            del message["Message-ID"]
            message["Message-ID"] = headers["message_id"]
        message.set_content(body)
        return message.as_bytes()

    def _receive(self, raw, model=None, **options):
        """Hand a message to the gateway; return its new rows in the journal."""
        last = self.Inbound.search([], limit=1).id or 0
        self.result = self.env["mail.thread"].message_process(model, raw, **options)
        self.env.flush_all()
        return self.Inbound.search([("id", ">", last)])

    def _ticket(self, raw=None, **options):
        inbound = self._receive(raw or self._mail(), **options)
        self.assertEqual(inbound.mapped("state"), ["processed"], inbound.mapped("reason"))
        return inbound.ticket_id

    def _outgoing(self):
        return self.env["mail.mail"].search([])

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.flush()
