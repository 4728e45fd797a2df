from datetime import timedelta

from odoo import Command, fields

from .common import TicketingCase


class ContractCase(TicketingCase):
    """The desk of the other tests, whose customer has a contract of five hours a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.technician | cls.manager).tz = cls.company._get_ticketing_zone()  # their hours are of its days
        cls.today = cls.company._get_ticketing_today()

    @classmethod
    def _create_contract(cls, confirm=True, **values):
        contract = cls.env["ticketing.contract"].create(
            {
                "name": "Maintenance",
                "partner_id": cls.customer.id,
                "date_start": cls.today - timedelta(days=200),
                "date_end": cls.today + timedelta(days=200),
                "allowance": "term",
                "included_hours": 5,
                **values,
            }
        )
        if confirm:
            contract.action_confirm()
        return contract

    @classmethod
    def _deliver_pump(cls, days_ago, serial=None):
        """A pump leaves for the customer so many days ago; return its serial number."""
        serial = serial or cls.serials[0]
        ticket = cls._create_ticket(name="Delivery")
        cls._add_material(ticket, cls.pump, used_lot_ids=[Command.set(serial.ids)])
        note = cls._make_ready(ticket)
        note.line_ids.move_id.move_line_ids.date = fields.Datetime.now() - timedelta(days=days_ago)
        return serial

    def _told(self, lines):
        """Return [(hours, covered, kind)] of hours, in the order in which they were made."""
        return [(round(line.unit_amount, 4), line.covered, line.cover_kind) for line in lines.sorted("id")]
