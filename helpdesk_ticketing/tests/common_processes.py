import base64
import io
import uuid
from datetime import datetime, timezone

from PIL import Image

from .test_concurrency import TIMES

METHOD = "technician_apply"


def photo():
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


class TechnicianProcesses:
    """A device that sends twice, by two tabs or after a lost answer, and workers that die.

    Run by ``test_concurrency_worklog``, with whose timers it shares a copy of the database.
    """

    def _operation(self, kind, ticket, **values):
        return {
            "uuid": str(uuid.uuid4()),
            "kind": kind,
            "ticket_id": ticket,
            "at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "values": values,
        }

    def _send(self, *operations):
        return self._rpc("technician", "ticketing.ticket", METHOD, list(operations))

    def _visit(self, ticket):
        """Everything that must not happen twice."""
        return [
            self._operation("timer_start", ticket),
            self._operation("material_add", ticket, product_id=self.people["valve"], quantity=2),
            self._operation("photo_add", ticket, name="a.png", data=photo()),
            self._operation("timer_stop", ticket, summary="Repaired"),
            self._operation("sign", ticket, signer_name="Marta", signature=photo(), seen=[], summary="All is well"),
        ]

    def _made(self, ticket):
        """Return how often each thing was done on a ticket."""
        [row] = self._rows(
            """
            SELECT (SELECT count(*) FROM ticketing_worklog WHERE ticket_id = ticket.id),
                   (SELECT coalesce(sum(product_uom_qty), 0) FROM sale_order_line
                     WHERE ticket_id = ticket.id AND product_id = %s),
                   (SELECT count(*) FROM ticketing_ticket_photo_rel WHERE ticket_id = ticket.id),
                   (SELECT count(*) FROM ticketing_delivery_note WHERE ticket_id = ticket.id),
                   (SELECT count(*) FROM ticketing_device_operation WHERE ticket_id = ticket.id AND state = 'done')
              FROM ticketing_ticket ticket WHERE ticket.id = %s
            """,
            self.people["valve"],
            ticket,
        )
        return tuple(map(int, row))

    def test_device_sends_the_same_by_three_at_once(self):
        for ticket in self._do("make", count=TIMES, until="open"):
            operations = self._visit(ticket)
            results = self._at_once(*[self._send(*operations)] * 3)
            self.assertQuiet(*results)
            self.assertEqual([result["error"] for result in results], [None] * 3)
            states = [[answer["state"] for answer in result["value"]] for result in results]
            self.assertEqual(states, [["done"] * 5] * 3, results[0]["value"])
            self.assertEqual(self._made(ticket), (1, 2, 1, 1, 5))
            answers = [result["value"] for result in results]
            self.assertEqual(answers[1:], answers[:1] * 2, "all are answered the same")

    def test_device_sends_a_failed_one_again_by_two_at_once(self):
        [ticket] = self._do("make", count=1, until="open")
        material = self._operation("material_add", ticket, product_id=self.people["valve"], quantity=2)
        stop = self._operation("timer_stop", ticket, summary="Repaired")
        [result] = self._at_once(self._send(stop))
        self.assertEqual(result["value"][0]["state"], "failed")
        results = self._at_once(self._send(material, stop), self._send(stop, material))
        self.assertQuiet(*results)
        self.assertEqual([result["error"] for result in results], [None] * 2)
        self.assertEqual(self._made(ticket)[:2], (0, 2))

    def test_device_sends_again_to_one_killed_between_any_two_statements(self):
        """The device sends again what got no answer: each thing is there once."""
        for probe in self._do("make", count=2, until="open"):  # the first one makes what all use, as the numbers
            [result] = self._at_once(self._send(*self._visit(probe)))
        count = result["statements"]
        self.assertGreater(count, 50)
        for ticket in self._do("make", count=3 * TIMES, until="open"):
            operations = self._visit(ticket)
            name, arguments = self._send(*operations)
            [killed] = self._at_once((name, arguments, self.random.randint(count // 10, count - 10)))
            self.assertTrue(killed["killed"])
            [again] = self._at_once(self._send(*operations))
            self.assertQuiet(again)
            self.assertEqual([answer["state"] for answer in again["value"]], ["done"] * 5, again["value"])
            self.assertEqual(self._made(ticket), (1, 2, 1, 1, 5))
        self.assertEqual(self._do("self_check"), [])
