import base64
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TECHNICIAN
from .common_technician import TechnicianCase, iso, make_photo

MEGABYTE = 1024 * 1024
SVG = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>').decode()


@tagged("post_install", "-at_install")
class TestTechnicianBadInput(TechnicianCase):
    """Whatever a device sends: it is refused in words, nothing of it stays, and what stands beside it is done."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._visit(type_id=cls.type.id)

    def test_values(self):
        valve, pump = self.valve.id, self.pump.id
        service, unknown = self.labour.id, 2**31 - 1
        cases = [
            ("negative", "material_add", {"product_id": valve, "quantity": -1}, "more than nothing"),
            ("nothing", "material_add", {"product_id": valve, "quantity": 0}, "more than nothing"),
            ("rounded to nothing", "material_add", {"product_id": valve, "quantity": 0.0001}, "more than nothing"),
            ("no number", "material_add", {"product_id": valve, "quantity": "2"}, "more than nothing"),
            ("a truth", "material_add", {"product_id": valve, "quantity": True}, "more than nothing"),
            ("endless", "material_add", {"product_id": valve, "quantity": float("inf")}, "more than nothing"),
            ("not a number", "material_add", {"product_id": valve, "quantity": float("nan")}, "more than nothing"),
            ("too much", "material_add", {"product_id": valve, "quantity": 21}, "Not enough Valve in"),
            ("no product", "material_add", {"quantity": 1}, "not in the catalogue"),
            ("gone product", "material_add", {"product_id": unknown, "quantity": 1}, "not in the catalogue"),
            ("huge number", "material_add", {"product_id": 2**70, "quantity": 1}, "not in the catalogue"),
            ("unknown barcode", "material_add", {"barcode": "404", "quantity": 1}, "No product has the barcode 404"),
            ("labour", "material_add", {"product_id": service, "quantity": 1}, "no material that can be sold"),
            ("no serial", "material_add", {"product_id": pump, "quantity": 1}, "needs its serial number"),
            (
                "wrong serial",
                "material_add",
                {"product_id": pump, "quantity": 1, "lot_name": "P"},
                "no serial number P",
            ),
            (
                "two of one serial",
                "material_add",
                {"product_id": pump, "quantity": 2, "lot_name": "PUMP-1"},
                "each serial number is one piece",
            ),
            ("nothing to remove", "material_remove", {"material_id": 2**40}, "is not on ticket"),
            ("removed by a stranger's", "material_remove", {"uuid": "00000000-not-there"}, "has not received"),
            ("no photo", "photo_add", {"name": "a.jpg"}, "is no photo"),
            ("a drawing that says it is one", "photo_add", {"name": "a.jpg", "data": SVG}, "is no photo"),
            ("broken", "photo_add", {"name": "a.jpg", "data": make_photo()[:-900]}, "is no photo"),
            ("no base64", "photo_add", {"name": "a.jpg", "data": "ñ" * 40}, "is no photo"),
            ("a list", "photo_add", {"name": [], "data": [1]}, "is no photo"),
            ("30 MB", "photo_add", {"name": "a.jpg", "data": "A" * (40 * MEGABYTE)}, "too big"),
            ("not asked", "check", {"item_id": unknown, "done": True}, "not on the checklist"),
            ("no item", "check", {"done": True}, "not on the checklist"),
            ("no number", "check", {"item_id": self.items[1].id, "value": "1e999"}, "is no number"),
            ("a novel", "check", {"item_id": self.items[2].id, "value": "x" * 2001}, "too long"),
            ("no letters", "material_add", {"barcode": "\0\ud800", "quantity": 1}, "the barcode ?"),
            ("a library", "summary", {"summary": "x" * 20_000}, "too long"),
            ("no summary", "timer_stop", {}, "start the timer first"),
            ("nothing done", "absent", {"reason": "nobody"}, "neither hours nor material"),
            ("no reason", "refuse", {"reason": 7}, "not complete"),
        ]
        for name, kind, values, words in cases:
            with self.subTest(name):
                ends = kind in ("absent", "refuse")  # it would wait for what failed before
                ticket = self._visit(type_id=name == "no reason" and self.type.id) if ends else self.ticket
                self.assertIn(words, self._fails(kind, ticket, **values))
                self.assertFalse(ticket.sudo().sale_order_id)
                self.assertFalse(ticket.photo_ids)

    def test_signatures(self):
        ticket = self._visit()
        self._add_hours(ticket)
        seen = self._seen(ticket)
        for name, values, words in (
            ("nobody", {"signer_name": " "}, "name of the person"),
            ("a number", {"signer_name": 5}, "name of the person"),
            ("nothing", {"signature": ""}, "signature is missing"),
            ("a drawing", {"signature": SVG}, "not a picture"),
            ("a list", {"signature": ["x"]}, "signature is missing"),
            ("a big one", {"signature": "A" * (5 * MEGABYTE)}, "too big"),
        ):
            with self.subTest(name):
                operation = self._operation("sign", ticket, **self._signature(seen, **values))
                [result] = self._apply(operation)
                self.assertIn(words, result["error"])
                self.assertFalse(ticket.note_ids)
                self._screen().technician_discard(operation["uuid"], "a test")
        for wrong in (None, "all", [1], [{"kind": "gold", "name": "x", "quantity": 1}], [{"kind": "labour"}]):
            with self.subTest(seen=wrong):
                result = self._do("sign", ticket, **self._signature(wrong))
                self.assertIn("is not known", result["differs"])
                self.assertEqual(ticket.note_ids.state, "ready")

    def test_what_is_no_operation(self):
        good = self._operation("summary", self.ticket, summary="x")
        bad = [
            None,
            7,
            "sign",
            [],
            {},
            {**good, "uuid": None},
            {**good, "uuid": "short"},
            {**good, "uuid": "x" * 65},
            {**good, "uuid": "ñandú-ñandú"},
            {**good, "kind": "unlink"},
            {**good, "kind": ["sign"]},
            {**good, "kind": "_init"},
            {**good, "values": None},
            {**good, "at": "yesterday"},
            {**good, "at": 1763823600},
            {**good, "at": "9999-12-31T23:59:59Z"},
            {name: value for name, value in good.items() if name != "ticket_id"},
        ]
        results = self._screen().technician_apply([*bad, good])
        self.assertEqual([result["state"] for result in results], ["failed"] * len(bad) + ["done"])
        self.assertTrue(all(result["error"] for result in results[:-1]))
        for wrong in (None, "x", {}, [good] * 101):
            with self.subTest(wrong=str(wrong)[:20]), self.assertRaises(UserError):
                self._screen().technician_apply(wrong)

    def test_a_fault_of_ours_stops_nothing(self):
        """What nobody has foreseen is logged, and told to the user; the other operations are done."""
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE ticketing_checklist_answer DROP COLUMN value")
        self.env.invalidate_all()
        broken = self._operation("check", self.ticket, item_id=self.items[0].id, done=True)
        with self.assertLogs("odoo.addons.helpdesk_ticketing", "ERROR"), mute_logger("odoo.sql_db"):
            results = self._apply(broken, self._operation("summary", self.ticket, summary="x"))
        self.assertEqual([result["state"] for result in results], ["failed", "done"])
        self.assertIn("unforeseen", results[0]["error"])

    def test_giving_up(self):
        done = self._operation("summary", self.ticket, summary="x")
        self._apply(done)
        discard = self._screen().technician_discard
        for uuid, reason, words in (
            (done["uuid"], "why", "carried out already"),
            ("00000000-unknown", "why", "has not received"),
            (None, "why", "has not received"),
            (done["uuid"], "  ", "Say why"),
            (done["uuid"], None, "Say why"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                discard(uuid, reason)


@tagged("post_install", "-at_install")
class TestTechnicianHostile(TechnicianCase):
    """Technicians of others, customers, and people who write programmes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = new_test_user(cls.env, login="desk.second", groups=TECHNICIAN)
        cls.team.member_ids = [Command.link(cls.second.id)]
        cls.second.ticketing_location_id = cls.van
        cls.ticket = cls._visit()

    def _kinds(self, ticket):
        return [
            self._operation("timer_start", ticket),
            self._operation("timer_stop", ticket, summary="x"),
            self._operation("material_add", ticket, product_id=self.valve.id, quantity=1),
            self._operation("photo_add", ticket, name="a.jpg", data=make_photo()),
            self._operation("summary", ticket, summary="x"),
            self._operation("check", ticket, item_id=self.items[0].id, done=True),
            self._operation("sign", ticket, **self._signature([])),
            self._operation("solve", ticket),
        ]

    def _assertUntouched(self, ticket):
        ticket = ticket.sudo()
        ticket.invalidate_recordset()
        self.assertFalse(ticket.sale_order_id)
        self.assertFalse(ticket.photo_ids)
        self.assertFalse(ticket.note_ids)
        self.assertFalse(ticket.work_summary)
        self.assertFalse(self.env["ticketing.worklog"].search([("ticket_id", "=", ticket.id)]))
        self.assertNotEqual(ticket.stage_kind, "solved")

    def test_a_colleagues_ticket(self):
        results = self._apply(*self._kinds(self.ticket), user=self.second)
        self.assertEqual([result["state"] for result in results], ["failed"] * 6 + ["blocked"] * 2)
        with self.assertRaises(AccessError):  # whose it is, and its name, he does not learn from what he sent
            self.env["ticketing.device.operation"].with_user(self.second).search([]).mapped("ticket_id")
        self.assertTrue(all("not yours" in result["error"] for result in results))
        self._assertUntouched(self.ticket)
        self.assertEqual(self._day(user=self.second)["tickets"], [])
        with self.assertRaises(UserError):
            self._screen(self.second).technician_search_products("valve", self.ticket.id)

    def test_given_away_meanwhile(self):
        """What he did before the ticket was given away is not silent: its history has it when he gives it up."""
        sign = self._operation("sign", self.ticket, **self._signature([]))
        self._apply(sign, user=self.second)
        self._screen(self.second).technician_discard(sign["uuid"], "not mine any more")
        row = self.env["ticketing.device.operation"].search([("uuid", "=", sign["uuid"])])
        self.assertEqual((row.state, row.ticket_id), ("discarded", self.ticket))
        [told] = self.ticket.message_ids.filtered(lambda message: "Given up" in (message.body or ""))
        self.assertIn("not mine any more", told.body)
        self.assertEqual(told.attachment_ids.mapped("name"), ["Signature of Marta Test.png"])

    def test_a_signature_on_nobodys_ticket_is_kept(self):
        """Given up, its row is the only place where it is: what is old is collected, but not that."""
        gone = {**self._operation("sign", self.ticket, **self._signature([])), "ticket_id": 2**31 - 1}
        other = {**self._operation("solve", self.ticket), "ticket_id": 2**31 - 1}
        self._apply(gone, other)
        for operation in (gone, other):
            self._screen().technician_discard(operation["uuid"], "no such ticket")
        Operation = self.env["ticketing.device.operation"]
        rows = Operation.search([("uuid", "in", (gone["uuid"], other["uuid"]))])
        rows.received_on = fields.Datetime.now() - timedelta(days=91)
        Operation._gc_done()
        self.assertEqual(rows.exists().mapped("kind"), ["sign"])
        self.assertTrue(rows.exists().signature)

    def test_another_companys_ticket(self):
        company = self.env["res.company"].create({"name": "Foreign, S.L.", "iap_enrich_auto_done": True})
        team = self.env["ticketing.team"].create({"name": "Foreign", "company_id": company.id})
        foreign = self._create_ticket(team_id=team.id, user_id=False, partner_id=False)
        foreign.user_id = self.technician
        results = self._apply(*self._kinds(foreign))
        self.assertEqual({result["state"] for result in results}, {"failed"})
        self._assertUntouched(foreign)
        self.assertNotIn(foreign.id, [ticket["id"] for ticket in self._day()["tickets"]])

    def test_no_ticket(self):
        for ticket_id in (0, -1, 2**31, 2**80, None, "1", True, [1], {"id": 1}):
            operation = {**self._operation("solve", self.ticket), "ticket_id": ticket_id}
            with self.subTest(ticket_id=ticket_id):
                [result] = self._apply(operation)
                self.assertIn("not yours", result["error"])

    def test_anothers_identifier(self):
        """It is one's own, whoever has the same: nothing of his is answered, changed or given up."""
        operation = self._operation("photo_add", self.ticket, name="secret.jpg", data=make_photo())
        [mine] = self._apply(operation)
        own = self._visit(user_id=self.second.id)
        [other] = self._apply(
            {**self._operation("summary", own, summary="x"), "uuid": operation["uuid"]}, user=self.second
        )
        self.assertEqual((other["state"], other["values"]), ("done", {}))
        self.assertEqual(self._apply(operation), [mine])
        failed = self._operation("solve", self._visit(type_id=self.type.id))
        self._apply(failed)
        with self.assertRaisesRegex(UserError, "has not received"):
            self._screen(self.second).technician_discard(failed["uuid"], "mine now")
        error = self._fails("material_remove", own, user=self.second, uuid=failed["uuid"])
        self.assertIn("has not received", error)

    def test_an_identifier_is_of_one_operation(self):
        """Sent again for another ticket, or as something else, nothing is done, and what it was stays as it stood."""
        failed = self._operation("material_add", self.ticket, product_id=self.valve.id, quantity=99)
        done = self._operation("summary", self.ticket, summary="x")
        before = self._apply(failed, done)
        rows = self.env["ticketing.device.operation"].search([("ticket_id", "=", self.ticket.id)])
        kept = ["kind", "ticket_id", "state", "attempts", "error", "payload", "result", "happened_on"]
        stored = rows.read(kept)
        other = self._visit()
        values = {"product_id": self.valve.id, "quantity": 1}
        for operation, change in (
            (failed, {"ticket_id": other.id, "values": values}),
            (failed, {"kind": "summary", "values": {"summary": "y"}}),
            (done, {"ticket_id": other.id}),
            (done, {"kind": "solve"}),
        ):
            with self.subTest(change=change):
                [result] = self._apply({**operation, **change})
                self.assertEqual(result["state"], "failed")
                self.assertIn("Another operation has this identifier", result["error"])
                self._assertUntouched(other)
        rows.invalidate_recordset()
        self.assertEqual(rows.read(kept), stored)
        self.assertEqual(self.ticket.sudo().work_summary, "x")
        self.assertEqual([self._apply(operation)[0]["state"] for operation in (failed, done)], ["failed", "done"])
        self.assertEqual(self._apply(done), before[1:])

    def test_only_material_of_the_ticket_is_taken_back(self):
        """Taking material back gives up no signature, and nothing of another ticket."""
        other = self._visit()
        sign = self._operation("sign", self.ticket, **self._signature([]))
        elsewhere = self._operation("material_add", other, product_id=self.valve.id, quantity=99)
        self.assertEqual([result["state"] for result in self._apply(sign, elsewhere)], ["failed"] * 2)
        for operation in (sign, elsewhere):
            with self.subTest(kind=operation["kind"]):
                error = self._fails("material_remove", self.ticket, uuid=operation["uuid"])
                self.assertIn("is not on ticket", error)
                row = self.env["ticketing.device.operation"].search([("uuid", "=", operation["uuid"])])
                self.assertEqual(row.state, "failed")

    def test_anothers_material(self):
        other = self._visit(user_id=self.second.id)
        line = self._add_material(other, user=self.second)
        self.assertIn("is not on ticket", self._fails("material_remove", self.ticket, material_id=line.id))
        own = self._add_material(self._visit())
        self.assertIn("is not on ticket", self._fails("material_remove", self.ticket, material_id=own.id))
        self.assertEqual((line | own).sudo().mapped("product_uom_qty"), [1, 1])

    def test_who_is_no_technician(self):
        portal = new_test_user(self.env, login="desk.portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        for user in (portal, self.agent, self.accountant, self.env.ref("base.public_user")):
            screen = self._screen(user)
            for call in (
                screen.technician_day,
                lambda screen=screen: screen.technician_apply([self._operation("solve", self.ticket)]),
                lambda screen=screen: screen.technician_search_products("valve", self.ticket.id),
                lambda screen=screen: screen.technician_discard("00000000-unknown", "why"),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    call()
        self._assertUntouched(self.ticket)

    def test_the_register_of_operations_is_closed(self):
        self._apply(self._operation("summary", self.ticket, summary="x"))
        Operation = self.env["ticketing.device.operation"]
        row = Operation.search([("ticket_id", "=", self.ticket.id)])
        self.assertEqual(row.with_user(self.technician).state, "done")
        self.assertFalse(Operation.with_user(self.second).search([("id", "=", row.id)]))
        self.assertEqual(Operation.with_user(self.manager).search([("id", "=", row.id)]), row)
        for user in (self.technician, self.manager):
            for attempt in (
                lambda user=user: row.with_user(user).write({"state": "failed"}),
                lambda user=user: row.with_user(user).unlink(),
                lambda user=user: Operation.with_user(user).create({"uuid": "x"}),
            ):
                with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                    attempt()

    def test_answers_belong_to_their_ticket(self):
        ticket = self._visit(type_id=self.type.id)
        answer = ticket.answer_ids[0]
        self.assertFalse(answer.with_user(self.second).has_access("write"))
        with self.assertRaises(AccessError):
            answer.with_user(self.second).write({"done": True})
        mine = answer.with_user(self.technician)
        for values in (
            {"ticket_id": self.ticket.id},
            {"item_id": self.items[1].id},
            {"user_id": self.second.id},
            {"done": True, "answered_on": False},
        ):
            with self.subTest(values=values), self.assertRaises(UserError), self.env.cr.savepoint():
                mine.write(values)
        with self.assertRaises(UserError):
            mine.create({"ticket_id": self.ticket.id, "item_id": self.items[0].id})

    def test_a_clock_a_year_off(self):
        year = fields.Date.today().year
        for wrong in (year - 1, year + 1, 1970):
            at = fields.Datetime.now().replace(year=wrong, day=1)
            with self.subTest(year=wrong):
                self.assertIn("clock", self._fails("timer_start", self.ticket, at))
                self.assertIn("clock", self._fails("timer_start", self.ticket, at, sent_at=iso(at)))
        self.assertFalse(self.env["ticketing.worklog"].search([("ticket_id", "=", self.ticket.id)]))
        self._do("summary", self.ticket, fields.Datetime.now().replace(year=1970, day=1), summary="no matter of time")
