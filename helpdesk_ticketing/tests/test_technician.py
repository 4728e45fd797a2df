import doctest
from datetime import datetime, timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from ..tools import device_clock, device_values, photos
from .common_technician import TechnicianCase, iso, make_photo

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestTechnicianDay(TechnicianCase, HttpCase):
    """What the screen shows."""

    def test_examples(self):
        for module in (device_clock, device_values, photos):
            with self.subTest(module=module.__name__):
                result = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
                self.assertGreater(result.attempted, 1)
                self.assertFalse(result.failed)

    def test_order(self):
        """Visits by their time, then what is due first, then what is urgent; not those of other days or people."""
        now = fields.Datetime.now()
        second = self._create_ticket(name="second", planned_on=now - HOUR)
        first = self._create_ticket(name="first", planned_on=now - 3 * HOUR)
        due = self._create_ticket(name="due")
        urgent = self._create_ticket(name="urgent", impact="3", urgency="3")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ticketing_ticket SET sla_deadline = NULL WHERE id IN %s", [(urgent | second | first)._ids]
        )
        due.sudo().sla_deadline = now + HOUR
        self._create_ticket(name="tomorrow", planned_on=now + 30 * HOUR)
        self._create_ticket(name="colleague", planned_on=now, user_id=self.agent.id)
        self._create_ticket(name="waiting", stage_id=self.env.ref("helpdesk_ticketing.stage_waiting").id)
        self._create_ticket(name="solved", planned_on=now).with_user(self.technician).action_solve()
        self.env.flush_all()
        tickets = self._day()["tickets"]
        self.assertEqual([ticket["name"] for ticket in tickets], ["first", "second", "due", "urgent"])
        self.assertEqual([ticket["position"] for ticket in tickets], [1, 2, 3, 4])
        self.assertEqual(tickets[0]["id"], first.id)

    def test_ticket_with_an_open_timer_stays(self):
        """His time waits on a ticket that somebody has planned for another day."""
        ticket = self._create_ticket()
        ticket.with_user(self.technician).action_timer_start()
        ticket.planned_on = fields.Datetime.now() + 48 * HOUR
        self.assertEqual(self._day(ticket)["timer"]["state"], "running")

    def test_a_ticket(self):
        self.customer.phone = "+34 963 00 00 00"
        ticket = self._visit(type_id=self.type.id, description="<p>It <b>leaks</b>.</p>", product_id=self.pump.id)
        ticket.partner_phone = "+34 600 00 00 00"
        self._add_hours(ticket, 1.5)
        self._add_material(ticket, quantity=2)
        self._do("photo_add", ticket, name="before.jpg", data=make_photo())
        shown = self._day(ticket)
        self.assertEqual(shown["customer"], "Hotel Test, S.A.")
        self.assertEqual(shown["contact"], {"name": "Marta Test", "phone": "+34 600 00 00 00", "signer": "Marta Test"})
        of_company = self._visit(partner_id=self.customer.id)
        self.assertEqual(self._day(of_company)["contact"]["signer"], "", "a person signs")
        self.assertIn("Passeig, 4", shown["address"])
        self.assertIn("Passeig%2C%204", shown["navigate_url"])
        self.assertEqual(shown["description"], "It *leaks*.")
        self.assertEqual(shown["planned_on"], fields.Datetime.to_string(ticket.planned_on))
        self.assertEqual([(row["name"], row["hours"]) for row in shown["hours"]], [("Repair", 1.5)])
        self.assertEqual([(row["name"], row["quantity"]) for row in shown["material"]], [("Valve", 2)])
        self.assertEqual([row["name"] for row in shown["checklist"]], ["Power is off", "Pressure", "Explained to"])
        self.assertEqual([photo["name"] for photo in shown["photos"]], ["before.jpg"])
        self.assertTrue(shown["may_sign"])
        self.assertFalse(shown["note"])

    def test_prices(self):
        """As the delivery note shows them: only where the team does, and nothing for what is covered."""
        ticket = self._visit()
        self._add_hours(ticket, 2)
        self._add_hours(
            ticket, 1, user=self.manager, covered=True, cover_reason="Goodwill", employee_id=self.employee.id
        )
        self._add_material(ticket, quantity=3)
        shown = self._day(ticket)
        self.assertEqual(shown["total"], "")
        self.assertNotIn("price", {**shown["hours"][0], **shown["material"][0]})
        self.team.show_prices = True
        shown = self._day(ticket)
        billed, covered = (row["price"] for row in shown["hours"])
        self.assertIn("90.00", billed)
        self.assertEqual(covered, "")
        self.assertIn("90.00", shown["material"][0]["price"])
        self.assertIn("180.00", shown["total"])
        self._do("sign", ticket, **self._signature(self._seen(ticket)))
        self.assertEqual(ticket.note_ids.amount_untaxed, 180)

    def test_van(self):
        van = self._day()["van"]
        self.assertEqual(van["name"], "Van")
        products = {product["id"]: product for product in van["products"]}
        self.assertEqual(products[self.valve.id]["available"], 20)
        self.assertEqual([lot["name"] for lot in products[self.pump.id]["lots"]], ["PUMP-1", "PUMP-2"])
        self._add_material(self._create_ticket(), quantity=15)
        [valve] = [product for product in self._day()["van"]["products"] if product["id"] == self.valve.id]
        self.assertEqual(valve["available"], 5, "what waits for another ticket is not free")

    def test_search(self):
        self.valve.write({"barcode": "8412345999991", "default_code": "V_1%"})
        ticket = self._visit()
        find = self._screen().technician_search_products

        def found(term):
            return [product["name"] for product in find(term, ticket.id)]

        for term in ("valv", "8412345999991", "V_1%"):
            self.assertEqual(found(term), ["Valve"], term)
        self.assertEqual(found("PUMP-2"), ["Pump"])
        self.assertEqual(found("labour"), [], "hours are no material")
        for nothing in ("", "  ", None, 7, "%%", "x" * 5000):
            self.assertEqual(found(nothing), [], nothing)

    def test_employee_is_missing(self):
        self.employee.user_id = False
        day = self._day()
        self.assertFalse(day["employee"])
        self.assertIn("is no employee", day["no_work_reason"])

    def test_queries_do_not_grow(self):
        """Three tickets or twenty, one product or many: the same number of queries, with everything on them."""

        starts = (datetime(2026, 1, 7) + hour * HOUR for hour in range(24))

        def work(ticket):
            start = next(starts)
            values = {"ticket_id": ticket.id, "ended_on": start + HOUR, "ended_by": "stop", "state": "paused"}
            self.env["ticketing.worklog"]._begin(self.employee, start, **values)
            ticket.with_user(self.technician)._record_timer("Timed")

        def fill(count):
            for number in range(count):
                customer = self.env["res.partner"].create({"name": f"Customer {number}", "street": f"Street {number}"})
                ticket = self._visit(type_id=self.type.id, partner_id=customer.id, lot_id=self.serials[0].id)
                if number % 3:
                    continue  # a third of them is enough to grow, and half of the time
                self._add_hours(ticket)
                work(ticket)
                self._add_material(ticket)
                ticket.with_user(self.technician)._add_photo("a.jpg", make_photo())
                ticket.with_user(self.technician)._answer(self.items[0], True, False)
                if number % 2:
                    ticket.with_user(self.technician)._get_or_create_note()

        def count():
            for __ in range(2):  # the second time with warm caches
                self.env.flush_all()
                self.env.invalidate_all()
                queries = self.env.cr.sql_log_count
                day = self._day()
                queries = self.env.cr.sql_log_count - queries
            return queries, len(day["tickets"])

        self._stock(self.valve, 100)
        fill(3)
        few, three = count()
        fill(17)
        for number in range(30):
            self._stock(self._create_product(f"Part {number}", is_storable=True), 5)
        many, twenty = count()
        self.assertEqual((three, twenty), (3, 20))
        self.assertLessEqual(many, few, "queries must not grow with tickets and products")
        self.assertLessEqual(many, 75)

    def test_the_day_writes_nothing(self):
        """Asked over HTTP it runs in a transaction that can't write."""
        self.technician.password = "desk.technician"
        ticket = self._visit(type_id=self.type.id)
        self._add_hours(ticket)
        self._add_material(ticket)
        self.authenticate("desk.technician", "desk.technician")
        call = {"model": "ticketing.ticket", "method": "technician_day", "args": [], "kwargs": {}}
        with self.assertNoLogs("odoo.http", "WARNING"):
            day = self.make_jsonrpc_request("/web/dataset/call_kw", call)
            self.assertEqual([shown["id"] for shown in day["tickets"]], ticket.ids)
            call |= {"method": "technician_search_products", "args": ["valve", ticket.id]}
            self.assertEqual(len(self.make_jsonrpc_request("/web/dataset/call_kw", call)), 1)


@tagged("post_install", "-at_install")
class TestTechnicianWork(TechnicianCase):
    """What is done without a network arrives as it was done, once."""

    def test_a_visit(self):
        """All that was done in a cellar, sent at once two hours later."""
        ticket = self._visit(type_id=self.type.id)
        self.env.cr.execute(
            "UPDATE ticketing_ticket SET create_date = %s WHERE id = %s", [fields.Datetime.now() - 9 * HOUR, ticket.id]
        )
        ticket.invalidate_recordset()
        begun = fields.Datetime.now() - 4 * HOUR
        power, pressure, __ = self.items
        operations = [
            self._operation("timer_start", ticket, begun),
            self._operation("photo_add", ticket, begun, name="boiler.png", data=make_photo("PNG")),
            self._operation("material_add", ticket, begun, product_id=self.valve.id, quantity=2, lot_id=False),
            self._operation("material_add", ticket, begun, product_id=self.pump.id, quantity=1, lot_name="PUMP-2"),
            self._operation("check", ticket, begun, item_id=power.id, done=True, value=False),
            self._operation("check", ticket, begun, item_id=pressure.id, done=True, value="1,5"),
            self._operation("timer_stop", ticket, begun + 90 * MINUTE, summary="Pump changed"),
            self._operation("summary", ticket, begun, summary="Old pump taken away"),
        ]
        seen = [
            {"kind": "labour", "name": "Pump changed", "quantity": 1.5},
            {"kind": "material", "name": "Valve", "quantity": 2},
            {"kind": "material", "name": "Pump", "quantity": 1},
        ]
        operations.append(self._operation("sign", ticket, begun + 100 * MINUTE, **self._signature(seen)))
        operations.append(self._operation("solve", ticket, begun + 101 * MINUTE))
        results = self._apply(*operations)
        self.assertEqual([result["error"] for result in results], [False] * len(operations))
        self.assertNotIn("differs", results[-2]["values"])
        note = ticket.note_ids.sudo()
        self.assertEqual(note.state, "signed")
        self.assertEqual(note.signed_on, begun.replace(microsecond=0) + 100 * MINUTE)
        self.assertEqual(note.summary, "Old pump taken away")
        self.assertEqual(note.material_line_ids.filtered("lot_names").lot_names, "PUMP-2")
        self.assertEqual(note.photo_ids, ticket.photo_ids)
        self.assertEqual(ticket.stage_kind, "solved")
        entries = self.env["ticketing.worklog.entry"].search([("ticket_id", "=", ticket.id)], order="id")
        self.assertEqual(entries.mapped("event"), ["start", "stop"])
        self.assertEqual(entries[1].ended_on, begun.replace(microsecond=0) + 90 * MINUTE)
        self.assertGreaterEqual(entries[0].recorded_on, begun + 2 * HOUR, "the register says when it heard of it")
        again = self._apply(*operations)
        self.assertEqual(again, results, "sent again it is answered as before")
        self.assertEqual(len(ticket.note_ids), 1)
        self.assertEqual(len(ticket.photo_ids), 1)

    def test_the_register_is_locked_last(self):
        """Colleagues press their timers while the photos of a long list arrive: its time is sealed after all of them."""
        ticket = self._visit()
        operations = [
            self._operation("timer_start", ticket),
            self._operation("photo_add", ticket, name="boiler.jpg", data=make_photo()),
            self._operation("timer_pause", ticket),
            self._operation("summary", ticket, summary="Done"),
        ]
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        before = self.env.execute_query(SQL(locks))
        results = self._apply(*operations)
        self.assertEqual([result["state"] for result in results], ["done"] * 4)
        entries = self.env["ticketing.worklog.entry"].search([("ticket_id", "=", ticket.id)])
        self.assertEqual((len(entries), any(entries.mapped("hash"))), (2, False))
        self.assertEqual(self.env.execute_query(SQL(locks)), before)
        self.env.cr.flush()  # as the commit does
        self.assertTrue(all(entries.mapped("hash")))
        self.assertGreater(self.env.execute_query(SQL(locks)), before)

    def test_failed_stays_failed_and_is_tried_again(self):
        ticket = self._visit()
        valve = self._operation("material_add", ticket, product_id=self.valve.id, quantity=25)
        hours = self._operation("summary", ticket, summary="Done")
        failed, done = self._apply(valve, hours)
        self.assertEqual(failed["state"], "failed")
        self.assertIn("Not enough Valve", failed["error"])
        self.assertIn("25 needed, 20 free", failed["error"])
        self.assertEqual(done["state"], "done", "each stands for itself")
        self.assertFalse(ticket.sudo().sale_order_id, "nothing stays of what failed")
        self._stock(self.valve, 10)
        [result] = self._apply(valve)
        self.assertEqual(result["state"], "done")
        self.assertEqual(ticket.sudo().material_ids.product_uom_qty, 25)

    def test_nothing_ends_the_visit_before_what_failed(self):
        ticket, other = self._visit(), self._visit()
        self._add_hours(ticket)
        self._add_hours(other)
        lost = self._operation("material_add", ticket, product_id=self.valve.id, quantity=999)
        sign = self._operation("sign", ticket, **self._signature(self._seen(ticket)))
        solve = self._operation("solve", ticket)
        elsewhere = self._operation("sign", other, **self._signature(self._seen(other)))
        states = [result["state"] for result in self._apply(lost, sign, solve, elsewhere)]
        self.assertEqual(states, ["failed", "blocked", "blocked", "done"])
        [waits] = self._apply(sign)
        self.assertEqual(waits["state"], "blocked", "in another call, too")
        self.assertIn("Add Material", waits["error"])
        self._screen().technician_discard(lost["uuid"], "never used")
        results = self._apply(lost, sign, solve)
        self.assertEqual([result["state"] for result in results], ["done"] * 3)
        self.assertEqual(ticket.note_ids.state, "signed")
        told = " ".join(ticket.message_ids.mapped("body"))
        self.assertIn("quantity: 999", told)
        self.assertIn("never used", told)

    def test_a_signature_given_up_stays_with_the_ticket(self):
        ticket = self._visit()
        sign = self._operation("sign", ticket, **self._signature([]))
        [failed] = self._apply(sign)
        self.assertIn("neither hours nor material", failed["error"])
        self._screen().technician_discard(sign["uuid"], "paper was signed")
        [kept] = self.env["ir.attachment"].search([("res_model", "=", "ticketing.ticket"), ("res_id", "=", ticket.id)])
        self.assertIn("Marta Test", kept.name)
        self.assertEqual(kept.mimetype, "image/png")
        self.assertNotIn("iVBOR", " ".join(ticket.message_ids.mapped("body")), "its image is no text")

    def test_material_by_its_serial_number(self):
        """The unit that was scanned leaves the van, though core had reserved another one."""
        ticket = self._visit()
        added = self._do("material_add", ticket, product_id=self.pump.id, quantity=1, lot_id=self.serials[1].id)
        line = self.env["sale.order.line"].browse(added["material_id"])
        self.assertEqual(line.used_lot_ids, self.serials[1])
        self.assertEqual(line.move_ids.lot_ids, self.serials[1])
        [row] = self._day(ticket)["material"]
        self.assertEqual((row["lot"], row["removable"]), ("PUMP-2", True))
        other = self._visit()
        self.assertIn(
            "Not enough Pump: PUMP-2",
            self._fails("material_add", other, product_id=self.pump.id, quantity=1, lot_name="PUMP-2"),
        )
        self._do("material_add", other, product_id=self.pump.id, quantity=1, lot_name="PUMP-1")

    def test_material_removed(self):
        ticket = self._visit()
        add = self._operation("material_add", ticket, product_id=self.valve.id, quantity=3)
        [result] = self._apply(add)
        self.assertEqual(len(self._day(ticket)["material"]), 1)
        self._do("material_remove", ticket, uuid=add["uuid"])
        self.assertEqual(self._day(ticket)["material"], [])
        self.assertEqual(self.valve.with_context(location=self.van.id).free_qty, 20, "free for others again")
        self._do("material_remove", ticket, material_id=result["values"]["material_id"])
        line = self._add_material(ticket, quantity=1)
        self._make_ready(ticket)
        self.assertIn("stands on the delivery note", self._fails("material_remove", ticket, material_id=line.id))

    def test_material_that_failed_is_removed(self):
        ticket = self._visit()
        add = self._operation("material_add", ticket, product_id=self.valve.id, quantity=99)
        self._apply(add, self._operation("material_remove", ticket, uuid=add["uuid"]))
        self._add_hours(ticket)
        result = self._do("sign", ticket, **self._signature(self._seen(ticket)))
        self.assertEqual(result["note"]["state"], "signed", "nothing is left that has to be put right")

    def test_signed_for_something_else(self):
        """Somebody at the desk adds an hour while the customer signs in the cellar."""
        ticket = self._visit()
        self._add_hours(ticket)
        self._add_material(ticket)
        seen = self._seen(ticket)
        self._add_hours(
            ticket,
            2,
            user=self.manager,
            employee_id=self.env["hr.employee"].create({"name": "Colleague"}).id,
            name="Travel",
        )
        result = self._do("sign", ticket, **self._signature(seen))
        self.assertIn("1.00 shown, 3.00 on the note", result["differs"])
        self.assertIn("'Travel'", result["differs"])
        note = ticket.note_ids.sudo()
        self.assertEqual((note.state, note.signature), ("ready", False))
        self.assertEqual(result["note"]["state"], "ready")
        kept = self.env["ir.attachment"].search([("res_model", "=", note._name), ("res_id", "=", note.id)])
        self.assertEqual(kept.mapped("name"), ["Signature of Marta Test.png"])
        self.assertIn("3.00 on the note", note.activity_ids.note)
        self.assertEqual(note.activity_ids.user_id, self.manager, "the team's leader")

    def test_names_of_the_device(self):
        """Material that was chosen offline has the catalogue's name, not the order's with code and description."""
        self.valve.write({"default_code": "V1", "description_sale": "Brass"})
        ticket = self._visit()
        self._do("material_add", ticket, product_id=self.valve.id, quantity=1)
        self._do("material_add", ticket, product_id=self.valve.id, quantity=2)
        result = self._do("sign", ticket, **self._signature([{"kind": "material", "name": "Valve", "quantity": 3}]))
        self.assertNotIn("differs", result)

    def test_absent_and_refused(self):
        ticket = self._visit()
        self._add_hours(ticket)
        self.assertIn("Write who was expected", self._fails("absent", ticket, reason=" "))
        self.assertFalse(ticket.note_ids.filtered(lambda note: note.state == "ready"), "nothing of it stays")
        other = self._visit()
        self._add_hours(other)
        self.contact.email = self.customer.email = False
        self.assertEqual(self._do("absent", other, reason="Locked")["note"]["state"], "ready")
        self.assertEqual(other.note_ids.absence_reason, "Locked")
        third = self._visit()
        self._add_hours(third)
        self.assertEqual(self._do("refuse", third, reason="Too dear", summary="")["note"]["state"], "refused")

    def test_signed_after_more_work(self):
        """Nobody was there; when he is, more was done: he signs for all of it, and what he read is what is frozen."""
        ticket = self._visit()
        self._add_hours(ticket, 2)
        self._do("absent", ticket, reason="Locked")
        ready = ticket.note_ids.sudo()
        before = ready.content_hash
        self._add_hours(ticket)
        self._add_material(ticket)
        result = self._do("sign", ticket, **self._signature(self._seen(ticket)))
        self.assertNotIn("differs", result)
        self.assertEqual(ticket.note_ids.sudo(), ready)
        self.assertEqual((ready.state, sum(ready.labour_line_ids.mapped("quantity"))), ("signed", 3))
        self.assertEqual(ready.material_line_ids.product_id, self.valve)
        self.assertNotEqual(ready.content_hash, before)

    def test_call_out_fee_is_shown_before_it_is_signed(self):
        fee = self._create_product("Call-out", list_price=35)
        contract = self.env["ticketing.contract"].create(
            {
                "name": "Visits",
                "partner_id": self.customer.id,
                "covers_labour": False,
                "call_out_product_id": fee.id,
                "call_out_price": 35,
            }
        )
        contract.action_confirm()
        ticket = self._visit()
        self.assertEqual(ticket.contract_id, contract)
        self._add_hours(ticket)
        self.team.show_prices = True
        shown = self._day(ticket)
        [row] = shown["material"]
        self.assertEqual((row["name"], row["removable"]), ("Call-out", False))
        self.assertIn("35.00", row["price"])
        self.assertIn("80.00", shown["total"], "an hour and the visit")
        result = self._do("sign", ticket, **self._signature(self._seen(ticket)))
        self.assertNotIn("differs", result)
        self.assertEqual(ticket.note_ids.amount_untaxed, 80)

    def test_kept_for_three_months(self):
        ticket = self._visit()
        done = self._operation("summary", ticket, summary="x")
        failed = self._operation("material_add", ticket, product_id=self.valve.id, quantity=99)
        self._apply(done, failed)
        Operation = self.env["ticketing.device.operation"]
        rows = Operation.search([("ticket_id", "=", ticket.id)])
        self.assertEqual(rows.sorted("id").mapped("state"), ["done", "failed"])
        self.assertEqual(rows.sorted("id").mapped("payload"), [False, {"product_id": self.valve.id, "quantity": 99}])
        rows.received_on = fields.Datetime.now() - timedelta(days=89)
        Operation._gc_done()
        self.assertEqual(len(rows.exists()), 2)
        rows.received_on = fields.Datetime.now() - timedelta(days=91)
        Operation._gc_done()
        self.assertEqual(rows.exists().mapped("state"), ["failed"], "what was not done is never silent")


@tagged("post_install", "-at_install")
class TestTechnicianTimer(TechnicianCase):
    """The clock of the device, and the register."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.ticket = cls._visit()
        cls.other = cls._visit()
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE ticketing_ticket SET create_date = %s WHERE id IN %s",
            [cls.now - timedelta(days=3), (cls.ticket | cls.other)._ids],
        )
        cls.env.invalidate_all()

    def _worked(self, ticket):
        worklogs = self.env["ticketing.worklog"].search([("ticket_id", "=", ticket.id)], order="started_on")
        return [(worklog.started_on, worklog.ended_on) for worklog in worklogs]

    def test_switched_without_a_network(self):
        self._do("timer_start", self.ticket, self.now - 3 * HOUR)
        self._do("timer_start", self.other, self.now - 2 * HOUR)
        self.assertEqual(self._worked(self.ticket), [(self.now - 3 * HOUR, self.now - 2 * HOUR)])
        self.assertEqual(self._do("timer_pause", self.other, self.now - HOUR)["timer"]["state"], "paused")
        self.assertEqual(self._worked(self.other), [(self.now - 2 * HOUR, self.now - HOUR)])

    def test_seconds_of_difference_are_no_mistake(self):
        self._do("timer_start", self.ticket, self.now + 3 * MINUTE)
        [(started, __)] = self._worked(self.ticket)
        self.assertLessEqual(started, fields.Datetime.now(), "never the future")
        self._do("timer_pause", self.ticket, self.now - 2 * MINUTE)
        self._do("timer_start", self.other, self.now - 4 * MINUTE)
        self.assertEqual(len(self._worked(self.other)), 1)

    def test_a_clock_that_is_set_wrong(self):
        """Two hours ahead, as in another time zone: the device says so, and its moments are put right."""
        ahead = 2 * HOUR
        operation = self._operation("timer_start", self.ticket, self.now - HOUR + ahead)
        [result] = self._apply(operation, sent_at=iso(self.now + ahead))
        self.assertEqual(result["state"], "done")
        [(started, __)] = self._worked(self.ticket)
        self.assertAlmostEqual(started, self.now - HOUR, delta=timedelta(seconds=30))

    def test_impossible_moments(self):
        for case, at, sent_at in (
            ("future", self.now + HOUR, None),
            ("before the ticket", self.now - timedelta(days=5), None),
            ("a year behind", self.now - timedelta(days=365), None),
            ("a year ahead", self.now + timedelta(days=365), None),
            ("a clock that is a year off, and says so", self.now, iso(self.now - timedelta(days=365))),
        ):
            with self.subTest(case):
                self.assertIn("clock", self._fails("timer_start", self.ticket, at, sent_at=sent_at))
        self.assertEqual(self._worked(self.ticket), [])

    def test_a_wrong_clock_loses_no_signature(self):
        self._add_hours(self.ticket)
        seen = self._seen(self.ticket)
        self._do("sign", self.ticket, self.now - timedelta(days=365), **self._signature(seen))
        self.assertAlmostEqual(self.ticket.note_ids.signed_on, fields.Datetime.now(), delta=timedelta(minutes=1))

    def test_overlap(self):
        self.env["ticketing.worklog"]._begin(
            self.employee,
            self.now - 2 * HOUR,
            ticket_id=self.other.id,
            ended_on=self.now - HOUR,
            ended_by="stop",
            state="paused",
        )
        error = self._fails("timer_start", self.ticket, self.now - 90 * MINUTE)
        self.assertIn("can't work twice at the same time", error)
        self.assertEqual(self._worked(self.ticket), [])

    def test_capped_meanwhile(self):
        """The server took the timer for forgotten, while the device held the button that was pressed in time."""
        self._do("timer_start", self.ticket, self.now - 5 * HOUR)
        self.env["ticketing.worklog"]._get_running(self.technician)._end(self.now - HOUR, "cap", to_confirm=True)
        self._do("timer_pause", self.ticket, self.now - 2 * HOUR)
        self.assertEqual(self._worked(self.ticket), [(self.now - 5 * HOUR, self.now - 2 * HOUR)])
        worklog = self.env["ticketing.worklog"].search([("ticket_id", "=", self.ticket.id)])
        self.assertFalse(worklog.to_confirm)
        self.assertIn("no network", worklog.entry_ids.sorted("id")[-1].reason)

    def test_stopped_without_time(self):
        self.assertIn("start the timer first", self._fails("timer_stop", self.ticket, summary="Nothing"))
        self._do("timer_start", self.ticket, self.now - HOUR)
        self.assertIn("Say what was done", self._fails("timer_stop", self.ticket, self.now, summary=" "))
        self.assertEqual(self._worked(self.ticket), [(self.now - HOUR, self.now)], "his time ends all the same")

    def test_a_stop_that_fails_ends_the_time(self):
        """The desk closes a ticket and gives another one away, while the device holds the buttons that were pressed."""
        for change in ({"stage_id": self.env.ref("helpdesk_ticketing.stage_closed").id}, {"user_id": self.agent.id}):
            with self.subTest(change=[*change]), self.env.cr.savepoint() as savepoint:
                self._do("timer_start", self.ticket, self.now - 3 * HOUR)
                self.ticket.write(change)
                stop = self._operation("timer_stop", self.ticket, self.now - 2 * HOUR, summary="Done")
                [failed] = self._apply(stop)
                self.assertEqual(failed["state"], "failed")
                self._do("timer_start", self.other, self.now - HOUR)
                self.assertEqual(self._worked(self.ticket), [(self.now - 3 * HOUR, self.now - 2 * HOUR)])
                self._apply(stop)
                self.assertEqual(self._worked(self.ticket), [(self.now - 3 * HOUR, self.now - 2 * HOUR)])
                self.assertEqual(self._worked(self.other), [(self.now - HOUR, False)])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_more_work_of_the_day_is_rounded_with_it(self):
        """The device rounds the sum, as the server will: five minutes and five minutes are one quarter of an hour."""
        self.team.billing_interval = 15
        self._add_hours(self.ticket, 0.5)
        start = (self.now - 24 * HOUR).replace(hour=9, minute=0)  # far from midnight
        self._do("timer_start", self.ticket, start)
        self._do("timer_stop", self.ticket, start + 5 * MINUTE, summary="Looked")
        timed, typed = self._day(self.ticket)["hours"]
        self.assertEqual((timed["hours"], timed["seconds"]), (0.25, 300))
        self.assertNotIn("seconds", typed, "nothing is added to what was typed in")
        self._do("timer_start", self.ticket, start + 10 * MINUTE)
        self._do("timer_stop", self.ticket, start + 15 * MINUTE, summary="Looked")
        timed = self._day(self.ticket)["hours"][0]
        self.assertEqual((timed["hours"], timed["seconds"]), (0.25, 600))
        self._make_ready(self.ticket)
        self.assertNotIn("seconds", self._day(self.ticket)["hours"][0], "what is ready to sign takes no more")

    def test_ended_meanwhile_by_something_else(self):
        """He goes on at the desk, where nobody knows yet that he had stopped before."""
        self._do("timer_start", self.ticket, self.now - 4 * HOUR)
        self._do("timer_start", self.other, self.now - HOUR)
        self._do("timer_stop", self.ticket, self.now - 3 * HOUR, summary="Done")
        self.assertEqual(self._worked(self.ticket), [(self.now - 4 * HOUR, self.now - 3 * HOUR)])
        self.assertEqual(self._day(self.ticket)["hours"][0]["hours"], 1)


@tagged("post_install", "-at_install")
class TestTechnicianTicket(TechnicianCase):
    """Checklist, photos and documents."""

    def test_required_answers_end_the_work(self):
        ticket = self._visit(type_id=self.type.id).with_user(self.technician)
        self._add_hours(ticket)
        note = ticket._get_or_create_note()
        for end in (note.action_ready, ticket.action_solve, lambda: ticket._move_to_kind("closed")):
            with self.assertRaisesRegex(Exception, "Answer first: Power is off, Pressure"), self.env.cr.savepoint():
                end()
        self._do("check", ticket, item_id=self.items[0].id, done=True)
        self.assertIn("is no number", self._fails("check", ticket, item_id=self.items[1].id, done=True, value="high"))
        self._do("check", ticket, item_id=self.items[1].id, done=True, value=1.45)
        self.assertEqual(ticket.answer_ids.mapped("value"), [False, "1.45", False])
        self.assertEqual(ticket.answer_ids[:2].user_id, self.technician)
        note.action_ready()
        ticket.action_solve()
        self.assertEqual(ticket.stage_kind, "solved")
        ticket.answer_ids[:1].sudo().done = False
        ticket._move_to_kind("closed")
        self.assertEqual(ticket.stage_kind, "closed", "what was solved was asked for then")

    def test_cancelling_leads_around_no_checklist(self):
        ticket = self._visit(type_id=self.type.id).with_user(self.technician)
        ticket.action_cancel()
        with self.assertRaisesRegex(Exception, "Answer first: Power is off, Pressure"):
            ticket.action_solve()

    def test_a_ticket_made_as_solved_is_asked_as_well(self):
        solved = self.env.ref("helpdesk_ticketing.stage_solved").id
        with self.assertRaisesRegex(Exception, "Answer first: Power is off, Pressure"), self.env.cr.savepoint():
            self._visit(type_id=self.type.id, stage_id=solved)
        answers = [Command.create({"item_id": item.id, "done": True, "value": "1"}) for item in self.items[:2]]
        ticket = self._visit(type_id=self.type.id, stage_id=solved, answer_ids=answers)
        self.assertEqual((ticket.stage_kind, len(ticket.answer_ids)), ("solved", 3))

    def test_answers_follow_the_type(self):
        ticket = self._visit()
        self.assertFalse(ticket.answer_ids)
        ticket.type_id = self.type
        self.assertEqual(ticket.answer_ids.item_id, self.items)
        self._do("check", ticket, item_id=self.items[0].id, done=True)
        ticket.type_id = self.env.ref("helpdesk_ticketing.type_incident")
        self.assertEqual(ticket.answer_ids.item_id, self.items[0], "what was answered stays")
        ticket.with_user(self.technician).action_solve()
        self.assertEqual(ticket.stage_kind, "solved", "what another type asks for is not missing")

    def test_new_questions_come_to_open_tickets(self):
        ticket, solved = self._visit(type_id=self.type.id), self._visit(type_id=self.type.id)
        self._do("check", solved, item_id=self.items[0].id, done=True)
        self._do("check", solved, item_id=self.items[1].id, done=True, value="1")
        solved.action_solve()
        self.type.with_user(self.manager).item_ids = [Command.create({"name": "Filters"})]
        self.assertEqual(ticket.answer_ids.item_id[-1].name, "Filters")
        self.assertEqual(len(solved.answer_ids), 3)

    def test_an_answered_question_is_kept(self):
        ticket = self._visit(type_id=self.type.id)
        self._do("check", ticket, item_id=self.items[0].id, done=True)
        for change in (self.items[0].unlink, lambda: self.items[0].write({"kind": "text"})):
            with self.assertRaisesRegex(Exception, "was answered on tickets already"), self.env.cr.savepoint():
                change()
        self.items[1].unlink()
        self.items[0].active = False
        self.assertEqual([row["name"] for row in self._day(ticket)["checklist"]], ["Explained to"])
        ticket.with_user(self.technician).action_solve()

    def test_photos_are_evidence_once_signed(self):
        ticket = self._visit()
        self._add_hours(ticket)
        photo = self._do("photo_add", ticket, name="../x.svg", data=make_photo("WEBP"))["photo"]
        attachment = self.env["ir.attachment"].browse(photo["id"])
        self.assertEqual((attachment.name, attachment.mimetype), ("x.webp", "image/webp"))
        self._do("sign", ticket, **self._signature(self._seen(ticket)))
        for change in (attachment.unlink, lambda: attachment.write({"raw": b"other"})):
            with self.assertRaisesRegex(Exception, "signed delivery note"), self.env.cr.savepoint():
                change()
        later = self._do("photo_add", ticket, name="later.jpg", data=make_photo())["photo"]
        self._add_hours(ticket)
        self._do("sign", ticket, **self._signature(self._seen(ticket)))
        second = ticket.note_ids.sorted("id")[-1]
        self.assertEqual(second.photo_ids.ids, [later["id"]], "each photo stands on one note")

    def test_documents_of_everything(self):
        note = self._signed_note(lot_id=self.serials[0].id)
        ticket = note.ticket_id
        records = [ticket, note, ticket.sudo().picking_ids, self.serials[0]]
        for record in records:
            self.env["ir.attachment"].create(
                {"name": record._name, "raw": b"x", "res_model": record._name, "res_id": record.id}
            )
        self.assertEqual(ticket.document_count, 4)
        action = ticket.action_view_documents()
        found = self.env["ir.attachment"].search(action["domain"])
        self.assertEqual(set(found.mapped("name")), {record._name for record in records})
        seen = ticket.with_user(self.agent)
        seen.invalidate_recordset(["document_count"])
        self.assertEqual(seen.document_count, 4)

    def test_only_photos_are_photos(self):
        ticket = self._visit()
        text = self.env["ir.attachment"].create({"name": "a.jpg", "raw": b"text", "mimetype": "text/plain"})
        with self.assertRaisesRegex(Exception, "is no photo"):
            ticket.photo_ids = text
