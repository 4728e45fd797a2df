import tempfile
from pathlib import Path

from odoo.tests import HttpCase, tagged

from .common import TicketingCase
from .technician_network import cut_network, film_barcode


@tagged("post_install", "-at_install")
class TestTechnicianTour(TicketingCase, HttpCase):
    """The technician's day on his telephone, with his own rights only, with a network and without."""

    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician.write({"password": cls.technician.login, "tz": "Europe/Madrid"})
        cls.contact.write({"phone": "+34 600 111 222", "street": "Passeig, 4", "city": "Valencia"})
        cls.type = cls.env["ticketing.type"].create({"name": "Boiler"})
        cls.env["ticketing.checklist.item"].create(
            [
                {"type_id": cls.type.id, "name": "Pressure", "kind": "number", "required": True},
                {"type_id": cls.type.id, "name": "Tight", "kind": "check", "required": True},
            ]
        )
        cls.ticket = cls._create_ticket(type_id=cls.type.id)
        cls.other = cls._create_ticket(name="Noise")

    def _check_visit(self, pressure):
        """All that was done is there, once; return the operations."""
        note = self.ticket.note_ids
        self.assertEqual((note.state, note.signer_name), ("signed", "Marta Test"))
        self.assertTrue(note.signature)
        self.assertEqual(note.summary, "Valve replaced")
        self.assertEqual(note.labour_line_ids.mapped("quantity"), [0.02])  # a minute, in hundredths of an hour
        self.assertEqual(note.material_line_ids.mapped("quantity"), [2])
        self.assertEqual(note.material_line_ids.product_id, self.valve)
        self.assertEqual(len(self.ticket.timesheet_ids), 1)
        self.assertEqual(len(self.ticket.photo_ids), 1)
        self.assertEqual(self.ticket.photo_ids.mimetype, "image/jpeg")
        answers = {answer.item_id.name: (answer.answered, answer.value) for answer in self.ticket.answer_ids}
        self.assertEqual(answers["Pressure"], (True, pressure))
        self.assertTrue(answers["Tight"][0])
        return self.env["ticketing.device.operation"].search([("user_id", "=", self.technician.id)], order="id")

    def test_day(self):
        self.start_tour("/odoo/my-day", "ticketing_technician_day", login="desk.technician")
        operations = self._check_visit("1.5")
        given_up = operations.filtered(lambda operation: operation.state != "done")
        self.assertEqual((given_up.kind, given_up.state), ("material_add", "discarded"))
        self.assertEqual(operations.mapped("kind").count("material_add"), 3)  # one was taken back, and that undone
        self.assertIn("It was a valve", " ".join(self.ticket.message_ids.mapped("body")))

    def test_without_network(self):
        """The network is cut, the browser closed and opened, an answer lost: everything arrives once, in order."""
        with cut_network():
            self.start_tour("/odoo/my-day", "ticketing_technician_offline", login="desk.technician")
        operations = self._check_visit("2")
        self.assertEqual(set(operations.mapped("state")), {"done"})
        kinds = ["timer_start", "material_add", "photo_add", "check", "check", "timer_stop", "summary", "sign"]
        self.assertEqual(operations.mapped("kind"), kinds)
        self.assertEqual(operations.mapped("happened_on"), sorted(operations.mapped("happened_on")))

    def test_camera(self):
        """A real camera looks at a box, without network: the scanner reads the bars, and the material is there."""
        self.valve.barcode = "8412345678905"
        with tempfile.TemporaryDirectory() as folder:
            film = Path(folder, "box.y4m")
            film_barcode(film, self.valve.barcode)
            with cut_network(camera=film):
                self.start_tour("/odoo/my-day", "ticketing_technician_scan", login="desk.technician")
        line = self.ticket.material_ids
        self.assertEqual((line.product_id, line.product_uom_qty), (self.valve, 1))
