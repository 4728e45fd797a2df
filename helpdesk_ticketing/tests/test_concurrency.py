import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from odoo import sql_db
from odoo.service.db import _create_empty_database
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import SQL, config
from odoo.tools.misc import exec_pg_environ

WORKER = Path(__file__).with_name("concurrency_worker.py")
TIMES = 5 if os.environ.get("HELPDESK_FULL") else 1
# Two transactions collided and one of them is tried again: what Odoo logs of it is no complaint.
COLLISIONS = ("could not serialize access", "could not obtain lock", "deadlock detected")


class ProcessCase(BaseCase):
    """Real processes with real commits, on a copy of the database made for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = f"{get_db_name()}_processes_{uuid.uuid4().hex[:8]}"
        cls._copy_database()
        cls.addClassCleanup(cls._drop_database)
        cls.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed with the class
        cls.addClassCleanup(cls.errors.close)
        cls.worker = subprocess.Popen(
            [sys.executable, WORKER, cls.database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=cls.errors,
            text=True,
            env={**os.environ, "ODOO_RC": config["config"] if "config" in config.options else os.environ["ODOO_RC"]},
        )
        cls.addClassCleanup(cls._stop_worker)
        cls._answer()
        cls.people = cls._do("set_up")
        cls.random = random.Random(19)

    @classmethod
    def _copy_database(cls):
        """Copy by PostgreSQL itself from the template of the tests' database; else by a dump of it, which is in use."""
        source = get_db_name()
        with cls._maintenance() as cr:
            cr.execute(
                "SELECT d.datname FROM pg_database d JOIN pg_database own ON own.datname = %s "
                "WHERE d.datname = 'template_addons' AND shobj_description(d.oid, 'pg_database') "
                "= shobj_description(own.oid, 'pg_database')",
                [source],
            )
            template = cr.fetchone()
            if template:
                names = SQL.identifier(cls.database), SQL.identifier(*template)
                cr.execute(SQL("CREATE DATABASE %s TEMPLATE %s", *names))
        if not template:
            _create_empty_database(cls.database)  # with Odoo's extensions
            dump = subprocess.Popen(["pg_dump", "--no-owner", source], stdout=subprocess.PIPE, env=exec_pg_environ())
            subprocess.run(
                ["psql", "-qX", "-v", "ON_ERROR_STOP=1", cls.database],
                stdin=dump.stdout,
                stdout=subprocess.DEVNULL,
                env=exec_pg_environ(),
                check=True,
            )
            assert dump.wait() == 0, "the database could not be copied"
        store = Path(config.filestore(template[0] if template else source))
        if store.exists():
            shutil.copytree(store, config.filestore(cls.database), copy_function=os.link, dirs_exist_ok=True)

    @classmethod
    def _drop_database(cls):
        sql_db.close_db(cls.database)
        with cls._maintenance() as cr:
            cr.execute(SQL("DROP DATABASE IF EXISTS %s WITH (FORCE)", SQL.identifier(cls.database)))
        shutil.rmtree(config.filestore(cls.database), ignore_errors=True)

    @classmethod
    def _maintenance(cls):
        cr = sql_db.db_connect("postgres").cursor()
        cr._cnx.autocommit = True  # databases are made outside of transactions
        return cr

    @classmethod
    def _stop_worker(cls):
        cls.worker.stdin.close()
        cls.worker.stdout.close()
        cls.worker.wait(timeout=30)

    @classmethod
    def _answer(cls):
        line = cls.worker.stdout.readline()
        if not line:
            cls.errors.seek(0)
            raise AssertionError(f"the worker died:\n{cls.errors.read()[-5000:]}")
        return json.loads(line)

    @classmethod
    def _at_once(cls, *orders):
        """Do jobs at the same moment, each ``(name, arguments)`` or ``(name, arguments, kill after n statements)``."""
        keys = ("job", "arguments", "kill_after")
        cls.worker.stdin.write(json.dumps([dict(zip(keys, order, strict=False)) for order in orders]) + "\n")
        cls.worker.stdin.flush()
        return cls._answer()

    @classmethod
    def _do(cls, job, **arguments):
        """Do one job that must succeed; return its value."""
        [result] = cls._at_once((job, arguments))
        assert not result.get("error") and not result["killed"], result
        return result["value"]

    def _rows(self, query, *parameters):
        with sql_db.db_connect(self.database).cursor() as cr:
            cr.execute(query, parameters)
            return cr.fetchall()

    def _rpc(self, user, model, method, *arguments):
        return (
            "rpc",
            {"user": self.people[user], "model": model, "method": method, "arguments": list(arguments)},
        )

    def assertQuiet(self, *results):
        """No child complained of anything but of collisions, which Odoo repeats."""
        lines = [line for result in results for line in result.get("log", ())]
        self.assertEqual([line for line in lines if not any(words in line for words in COLLISIONS)], [])

    def assertBilledOnce(self, notes):
        """Each note has one live request, one invoice and its hour on it; no invoice belongs to nothing."""
        found = self._rows(
            """
            SELECT request.note_id, count(*), count(DISTINCT request.invoice_id), min(request.error)
              FROM ticketing_billing_request request
             WHERE request.note_id = ANY(%s) AND request.cancelled IS NOT TRUE
             GROUP BY request.note_id ORDER BY request.note_id
            """,
            notes,
        )
        self.assertEqual(found, [(note, 1, 1, None) for note in sorted(notes)])
        tickets = [
            row[0] for row in self._rows("SELECT ticket_id FROM ticketing_delivery_note WHERE id = ANY(%s)", notes)
        ]
        invoices = self._rows(
            "SELECT ticket_id, count(*) FROM account_move WHERE ticket_id = ANY(%s) GROUP BY 1 ORDER BY 1", tickets
        )
        self.assertEqual(invoices, [(ticket, 1) for ticket in sorted(tickets)], "exactly one invoice a ticket")
        [(billed,)] = self._rows(
            """
            SELECT sum(line.quantity) FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id AND template.type = 'service'
             WHERE move.ticket_id = ANY(%s) AND line.display_type = 'product'
            """,
            tickets,
        )
        self.assertEqual(billed, len(notes), "an hour each")
        self.assertEqual(self._do("self_check"), [], "the nightly check finds nothing")


@tagged("post_install", "-at_install")
class TestProcesses(ProcessCase):
    """Two people or two workers at the same moment, and processes that are killed."""

    # At once

    def _mail(self, number):
        return (
            f"From: sender{number}@stranger.example\nTo: desk@levante.example\nSubject: It drips {number}\n"
            f"Message-ID: <processes-{number}@stranger.example>\n\nIn the kitchen."
        )

    def test_one_message_delivered_twice_at_once(self):
        for number in range(2 * TIMES):
            raw = self._mail(f"twice-{number}")
            results = self._at_once(("receive", {"raw": raw}), ("receive", {"raw": raw}))
            tickets = self._rows("SELECT id FROM ticketing_ticket WHERE name = %s", f"It drips twice-{number}")
            self.assertEqual(len(tickets), 1, results)

    def test_acknowledged_once_while_tickets_change(self):
        numbers = [f"ack-{number}" for number in range(8 * TIMES)]
        for number in numbers:
            self._do("receive", raw=self._mail(number))
        tickets = [
            ticket for (ticket,) in self._rows("SELECT id FROM ticketing_ticket WHERE name LIKE 'It drips ack-%%'")
        ]
        change = self._rpc("technician", "ticketing.ticket", "write", tickets, {"priority": "3"})
        results = self._at_once(("acknowledge", {}), ("acknowledge", {}), change)
        self.assertEqual([result.get("error") for result in results], [None, None, None])
        self._do("acknowledge")
        told = self._rows(
            """
            SELECT inbound.acknowledgement,
                   (SELECT count(*) FROM mail_message message
                     WHERE message.model = 'ticketing.ticket' AND message.res_id = inbound.ticket_id
                       AND message.message_type = 'auto_comment')
              FROM ticketing_inbound inbound WHERE inbound.ticket_id = ANY(%s)
            """,
            tickets,
        )
        self.assertEqual(told, [("sent", 1)] * len(numbers))

    def test_two_workers_on_one_queue(self):
        notes = self._do("make", count=120, until="signed")  # more than two batches
        results = self._at_once(("bill", {}), ("bill", {}))
        self.assertQuiet(*results)
        self.assertEqual([result.get("error") for result in results], [None, None])
        self._do("bill")  # a run takes so many, the next one the rest
        self.assertBilledOnce(notes)
        self.assertGreater(min(result["statements"] for result in results), 200, "both of them worked")

    def test_signed_by_two_at_once(self):
        for note in self._do("make", count=3 * TIMES, until="ready"):
            results = self._at_once(
                *(("sign", {"user": self.people[user], "note": note}) for user in ("technician", "technician"))
            )
            self.assertQuiet(*results)
            errors = [result["error"] for result in results if result["error"]]
            self.assertEqual(len(errors), 1, results)
            self.assertEqual(errors[0][0], "UserError")
            self.assertRegex(errors[0][1], r"ALB/.* is already signed")
            self.assertEqual(
                self._rows("SELECT count(*) FROM ticketing_billing_request WHERE note_id = %s", note), [(1,)]
            )

    def test_first_hour_of_two_at_once(self):
        for ticket in self._do("make", count=3 * TIMES, until="open"):
            self._rows("UPDATE ticketing_ticket SET user_id = NULL WHERE id = %s RETURNING id", ticket)
            hour = {"ticket_id": ticket, "name": "First", "unit_amount": 1}
            results = self._at_once(
                *(self._rpc(user, "account.analytic.line", "create", [hour]) for user in ("technician", "second"))
            )
            self.assertQuiet(*results)
            self.assertEqual([result["error"] for result in results], [None, None], "nobody's hour is lost")
            self.assertEqual(self._rows("SELECT count(*) FROM sale_order WHERE ticket_id = %s", ticket), [(1,)])
            self.assertEqual(
                self._rows(
                    "SELECT count(*), count(DISTINCT so_line) FROM account_analytic_line WHERE ticket_id = %s", ticket
                ),
                [(2, 1)],
            )

    def test_approved_by_two_at_once(self):
        notes = self._do("make", count=3 * TIMES, until="signed")
        self._do("bill")
        for request, invoice in self._rows(
            "SELECT id, invoice_id FROM ticketing_billing_request WHERE note_id = ANY(%s)", notes
        ):
            results = self._at_once(
                *(
                    self._rpc(user, "ticketing.billing.request", "action_approve", [request])
                    for user in ("accountant", "other")
                )
            )
            self.assertQuiet(*results)
            errors = [result["error"] for result in results if result["error"]]
            self.assertEqual(len(errors), 1, results)
            self.assertRegex(errors[0][1], "is not waiting for approval: it is to send")
            self.assertEqual(self._rows("SELECT state FROM account_move WHERE id = %s", invoice), [("posted",)])
        self.assertBilledOnce(notes)

    def test_billed_again_by_two_at_once(self):
        notes = self._do("make", count=2 * TIMES, until="signed")
        self._do("bill")
        for request, invoice in self._rows(
            "SELECT id, invoice_id FROM ticketing_billing_request WHERE note_id = ANY(%s)", notes
        ):
            [cancelled] = self._at_once(self._rpc("accountant", "account.move", "button_cancel", [invoice]))
            self.assertIsNone(cancelled["error"])
            results = self._at_once(
                *(
                    self._rpc(user, "ticketing.billing.request", "action_bill_again", [request])
                    for user in ("accountant", "other")
                )
            )
            self.assertQuiet(*results)
            self.assertEqual(len([1 for result in results if result["error"]]), 1, results)
        found = self._rows(
            "SELECT note_id, count(*) FROM ticketing_billing_request "
            "WHERE note_id = ANY(%s) AND cancelled IS NOT TRUE GROUP BY 1 ORDER BY 1",
            notes,
        )
        self.assertEqual(found, [(note, 1) for note in sorted(notes)])

    def test_holiday_added_by_another(self):
        """A worker that keeps working time hears of a holiday which another one adds."""
        calendar = self._do("make_calendar")
        with tempfile.TemporaryDirectory() as folder:
            marker = str(Path(folder) / "answered")
            results = self._at_once(
                ("answer_twice", {"calendar": calendar, "marker": marker}),
                ("add_holiday", {"calendar": calendar, "marker": marker}),
            )
        self.assertQuiet(*results)
        self.assertEqual([result["error"] for result in results], [None, None])
        before, kept, after = results[0]["value"]
        self.assertEqual((before, kept, after), ("2026-03-02 10:00:00",) * 2 + ("2026-03-03 08:00:00",))

    def test_working_hours_changed_by_another_thread(self):
        """What was made of the old hours while they were being changed is not kept."""
        answers = self._do("answer_before_commit", calendar=self._do("make_calendar"))
        self.assertEqual(answers, ["2026-03-02 10:00:00", "2026-03-02 14:00:00"])

    def test_note_opened_by_two_at_once(self):
        for note in self._do("make", count=2 * TIMES, until="draft"):
            [(ticket,)] = self._rows("SELECT ticket_id FROM ticketing_delivery_note WHERE id = %s", note)
            self._do("rpc", **self._rpc("technician", "ticketing.delivery.note", "action_cancel", [note])[1])
            results = self._at_once(
                *(
                    self._rpc(user, "ticketing.ticket", "action_delivery_note", [ticket])
                    for user in ("technician", "technician")
                )
            )
            self.assertEqual(
                self._rows(
                    "SELECT count(*) FROM ticketing_delivery_note WHERE ticket_id = %s AND state = 'draft'", ticket
                ),
                [(1,)],
                results,
            )

    # Killed. A process dies before any statement; what it was about to do is done once, by whoever comes next.

    def _kill(self, job, arguments, statements, share=None):
        """Do a job that dies before a statement drawn by lot; return whether it came that far."""
        moment = int(statements * (self.random.random() if share is None else share)) + 1
        [result] = self._at_once((job, arguments, moment))
        self.assertTrue(result["killed"] or result["statements"] < moment, result)
        return result["killed"]

    def _count(self, *order):
        """Return how many statements a job takes that is not disturbed."""
        [result] = self._at_once(order)
        self.assertIsNone(result["error"])
        return result["statements"]

    def test_killed_signing(self):
        notes = self._do("make", count=8 * TIMES, until="ready")
        user = self.people["technician"]
        statements = self._count("sign", {"user": user, "note": notes[0]})
        killed = 0
        for index, note in enumerate(notes[1:]):
            # the last ones, after the commit, too
            share = 1 - index / statements if index < 3 else None
            killed += self._kill("sign", {"user": user, "note": note}, statements - 1, share)
            [(state, requests, hashed)] = self._rows(
                "SELECT state, (SELECT count(*) FROM ticketing_billing_request WHERE note_id = note.id), "
                "content_hash IS NOT NULL FROM ticketing_delivery_note note WHERE id = %s",
                note,
            )
            self.assertIn(
                (state, requests, hashed),
                (("ready", 0, True), ("signed", 1, True)),
                "signed and queued together, or neither",
            )
            if state == "ready":
                self._do("sign", user=user, note=note)
        self.assertGreater(killed, 4)
        self._do("bill")
        self.assertBilledOnce(notes)

    def test_killed_making_ready(self):
        notes = self._do("make", count=6 * TIMES, until="draft", quantity=2)
        before = self._in_van()
        user, model = "technician", "ticketing.delivery.note"
        statements = self._count(*self._rpc(user, model, "action_ready", [notes[0]]))
        for note in notes[1:]:
            self._kill(*self._rpc(user, model, "action_ready", [note]), statements - 1)
            states = self._rows(
                "SELECT note.state, move.state FROM ticketing_delivery_note note "
                "JOIN ticketing_delivery_note_line line ON line.note_id = note.id "
                "JOIN stock_move move ON move.id = line.move_id WHERE note.id = %s",
                note,
            )
            self.assertIn(states, ([("draft", "assigned")], [("ready", "done")]), "delivered and frozen, or neither")
            if states == [("ready", "done")]:
                continue
            self._do("rpc", **self._rpc(user, model, "action_ready", [note])[1])
        self.assertEqual(self._in_van(), before - 2 * len(notes), "each piece left once")

    def _in_van(self):
        [(quantity,)] = self._rows(
            "SELECT sum(quantity) FROM stock_quant WHERE location_id = %s AND product_id = %s",
            self.people["van"],
            self.people["valve"],
        )
        return quantity

    def test_killed_billing(self):
        first = self._do("make", count=1, until="signed")
        statements = self._count("bill", {})
        notes = self._do("make", count=12 * TIMES, until="signed")
        # Each run dies in one of its first invoices: the others are left to the next one.
        killed = sum(self._kill("bill", {}, statements) for __ in range(8 * TIMES))
        self.assertGreater(killed, 4)
        self._do("bill")
        self.assertBilledOnce([*first, *notes])

    def test_killed_approving(self):
        notes = self._do("make", count=8 * TIMES, until="signed")
        self._do("bill")
        requests = [
            row[0] for row in self._rows("SELECT id FROM ticketing_billing_request WHERE note_id = ANY(%s)", notes)
        ]
        model, method = "ticketing.billing.request", "action_approve"
        statements = self._count(*self._rpc("accountant", model, method, [requests[0]]))
        for request in requests[1:]:
            self._kill(*self._rpc("accountant", model, method, [request]), statements - 1)
            states = self._rows(
                "SELECT move.state, request.approved_on IS NULL FROM ticketing_billing_request request "
                "JOIN account_move move ON move.id = request.invoice_id WHERE request.id = %s",
                request,
            )
            self.assertIn(states, ([("draft", True)], [("posted", False)]), "posted and approved together, or neither")
            if states == [("draft", True)]:
                self._do("rpc", **self._rpc("accountant", model, method, [request])[1])
        self.assertBilledOnce(notes)
        names = self._rows(
            "SELECT DISTINCT move.name, move.state FROM account_move move "
            "JOIN ticketing_billing_request request ON request.invoice_id = move.id WHERE request.note_id = ANY(%s)",
            notes,
        )
        self.assertEqual((len(names), {state for __, state in names}), (len(notes), {"posted"}), "a number each")

    def _write_to_customer(self, email):
        [(contact,)] = self._rows("SELECT id FROM res_partner WHERE name = 'Marta Test'")
        self._do("rpc", **self._rpc("accountant", "res.partner", "write", [contact], {"email": email})[1])

    def test_killed_sending(self):
        self._write_to_customer("marta@customer.example")
        self.addCleanup(self._write_to_customer, False)
        one = self._do("make", count=1, until="approved")
        statements = self._count("bill", {})
        notes = self._do("make", count=3, until="approved")
        for share in (0.1, 0.5, 0.95, *(self.random.random() for __ in range(2 * TIMES))):
            self._kill("bill", {}, statements, share)
        self._do("bill")
        notes += one
        self.assertBilledOnce(notes)
        sent = self._rows(
            """
            SELECT request.state, request.sent_on IS NOT NULL,
                   (SELECT count(*) FROM ir_attachment file
                     WHERE file.res_model = 'account.move' AND file.res_id = request.invoice_id
                       AND file.res_field = 'ubl_cii_xml_file'),
                   (SELECT count(*) FROM ir_attachment file
                     WHERE file.res_model = 'account.move' AND file.res_id = request.invoice_id
                       AND file.res_field = 'invoice_pdf_report_file'),
                   (SELECT count(*) FROM mail_notification told JOIN mail_message message ON message.id = mail_message_id
                     WHERE message.model = 'account.move' AND message.res_id = request.invoice_id
                       AND told.notification_type = 'email')
              FROM ticketing_billing_request request WHERE request.note_id = ANY(%s)
            """,
            notes,
        )
        self.assertEqual(sent, [("sent", True, 1, 1, 1)] * len(notes), "one XML, one PDF, one mail")
