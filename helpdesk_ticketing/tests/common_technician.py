import base64
import io
import uuid
from datetime import datetime, timezone

from PIL import Image

from odoo import fields

from .common import TicketingCase


def make_photo(kind="JPEG", size=(80, 60)):
    """Return a photo (base64 text), as a device sends it."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def iso(moment):
    """Return a moment (naive UTC) as a browser writes it."""
    return moment.replace(tzinfo=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.250Z")


class TechnicianCase(TicketingCase):
    """A technician on the road, with what his device sends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.technician | cls.manager).tz = "Europe/Madrid"
        cls.type = cls.env["ticketing.type"].create({"name": "Installation"})
        cls.items = cls.env["ticketing.checklist.item"].create(
            [
                {"type_id": cls.type.id, "name": "Power is off", "kind": "check", "required": True, "sequence": 1},
                {"type_id": cls.type.id, "name": "Pressure", "kind": "number", "required": True, "sequence": 2},
                {"type_id": cls.type.id, "name": "Explained to", "kind": "text", "sequence": 3},
            ]
        )

    @classmethod
    def _visit(cls, **values):
        """Return a ticket that is planned for this morning."""
        return cls._create_ticket(
            planned_on=datetime.now().replace(hour=6, minute=0, second=0, microsecond=0), **values
        )

    def _screen(self, user=None):
        return self.env["ticketing.ticket"].with_user(user or self.technician)

    def _operation(self, kind, ticket, at=None, key=None, **values):
        return {
            "uuid": key or str(uuid.uuid4()),
            "kind": kind,
            "ticket_id": ticket.id,
            "at": iso(at or fields.Datetime.now()),
            "values": values,
        }

    def _apply(self, *operations, user=None, sent_at=None):
        """Send operations; return their results."""
        results = self._screen(user).technician_apply(list(operations), sent_at)
        self.env.flush_all()
        self.assertEqual([result["uuid"] for result in results], [given["uuid"] for given in operations])
        return results

    def _do(self, kind, ticket, at=None, user=None, **values):
        """Send one operation that succeeds; return its values."""
        [result] = self._apply(self._operation(kind, ticket, at, **values), user=user)
        self.assertEqual((result["state"], result["error"]), ("done", False))
        return result["values"]

    def _fails(self, kind, ticket, at=None, user=None, sent_at=None, **values):
        """Send one operation that is refused; return why."""
        [result] = self._apply(self._operation(kind, ticket, at, **values), user=user, sent_at=sent_at)
        self.assertEqual(result["state"], "failed")
        return result["error"]

    def _day(self, ticket=None, user=None):
        """Return the day, or what it says of a ticket."""
        day = self._screen(user).technician_day()
        return next(each for each in day["tickets"] if each["id"] == ticket.id) if ticket else day

    def _seen(self, ticket):
        """Return what the customer has before him."""
        shown = self._day(ticket)
        return [
            *({"kind": "labour", "name": row["name"], "quantity": row["hours"]} for row in shown["hours"]),
            *({"kind": "material", "name": row["name"], "quantity": row["quantity"]} for row in shown["material"]),
        ]

    def _signature(self, seen, **values):
        return {
            "signer_name": "Marta Test",
            "signature": self.signature.decode(),
            "seen": seen,
            "summary": "",
            **values,
        }
