from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import TicketingCase

LOGGER = "odoo.addons.helpdesk_ticketing.models.ticketing_self_check"


@tagged("post_install", "-at_install")
class TestSelfCheck(TicketingCase):
    """Data that is broken on purpose, past all rules, is found; data that is right is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, login="desk.administrator", groups="base.group_user,helpdesk_ticketing.group_admin"
        )
        group = cls.env.ref("helpdesk_ticketing.group_admin")
        (group.all_user_ids - cls.administrator).write({"group_ids": [Command.unlink(group.id)]})
        cls.check = cls.env["ticketing.self.check"]

    def _posted(self, note):
        self._run_billing()
        request = note.billing_request_ids
        request.with_user(self.accountant).action_approve()
        return request

    def _remote(self):
        ticket = self._create_ticket(service_mode="remote")
        self._add_hours(ticket, 1.25)
        self._add_hours(ticket, 0.4)
        ticket.action_solve()
        return ticket

    def _find(self):
        """Return {(model, id)} of what is found."""
        self.env.invalidate_all()
        return {(model, res_id) for model, res_id, __ in self.check._find_violations()}

    def _break(self, record, **values):
        """Write straight into the table, as a script would."""
        self.env.flush_all()
        assignments = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items())
        self.env.cr.execute(
            SQL("UPDATE %s SET %s WHERE id IN %s", SQL.identifier(record._table), assignments, record._ids)
        )
        self.assertEqual(self.env.cr.rowcount, len(record))
        self.env.invalidate_all()

    def test_nothing_is_found_where_all_is_well(self):
        """Every way through the chain: partial delivery, return, credit, billed again, remote, covered, dozens."""
        dozen = self.env.ref("uom.product_uom_dozen")
        note = self._signed_note(quantity=3)
        request = self._posted(note)
        move = note.line_ids.move_id
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=move.picking_id.id, active_ids=move.picking_id.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 2
        self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]).button_validate()
        self._run_billing()
        back = note.ticket_id.billing_request_ids - request
        back.with_user(self.accountant).action_approve()
        self.assertFalse(self._find())
        rest = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=request.invoice_id.ids
        )
        credit = self.env["account.move"].browse(
            rest.create({"journal_id": request.invoice_id.journal_id.id}).refund_moves()["res_id"]
        )
        material = credit.invoice_line_ids.filtered(lambda line: line.product_id == self.valve)
        material.quantity = 1
        credit.action_post()
        self.assertEqual(request.state, "credited")
        self.assertFalse(self._find())
        request.with_user(self.accountant).action_bill_again()
        self._run_billing()
        again = note.billing_request_ids.filtered(lambda r: not r.cancelled)
        again.with_user(self.accountant).action_approve()
        self.assertEqual(sorted(again.invoice_id.invoice_line_ids.mapped("quantity")), [1, 1], "what he kept")
        self.assertFalse(self._find())
        self._stock(self.valve, 100)
        sold = self._create_ticket()
        self._add_material(sold, quantity=1, product_uom_id=dozen.id)
        self._posted(self._sign(self._make_ready(sold)))
        remote = self._remote()
        self._run_billing()
        remote.billing_request_ids.with_user(self.accountant).action_approve()
        covered = self._create_ticket()
        self._add_hours(covered, 1, user=self.manager, covered=True, cover_reason="Contract")
        self._sign(self._make_ready(covered))
        self.assertFalse(self._find())

    def test_a_request_that_is_lost(self):
        note = self._signed_note()
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM ticketing_billing_request WHERE note_id = %s", [note.id])
        self.assertEqual(self._find(), {("ticketing.delivery.note", note.id)})

    def test_an_invoice_with_other_quantities(self):
        notes = self._signed_note() | self._signed_note()
        requests = self._posted(notes)  # both before either is broken: what is sent must be right
        for note, request, quantity in zip(notes, requests, (0.5, 7.0), strict=True):
            line = request.invoice_id.invoice_line_ids.filtered(lambda line: line.product_id == self.labour)
            self._break(line, quantity=quantity)
            found = self._find()
            self.assertIn(("ticketing.delivery.note", note.id), found)
            too_much = ("ticketing.ticket", note.ticket_id.id)
            self.assertEqual(too_much in found, quantity > 1)

    def test_an_invoice_line_that_went_missing(self):
        note = self._signed_note()
        request = self._posted(note)
        line = request.invoice_id.invoice_line_ids[:1]
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM sale_order_line_invoice_rel WHERE invoice_line_id = %s", [line.id])
        self.assertEqual(self._find(), {("ticketing.delivery.note", note.id)})

    def test_remote_hours_that_grew_after_the_invoice(self):
        ticket = self._remote()
        self._run_billing()
        ticket.billing_request_ids.with_user(self.accountant).action_approve()
        self.assertFalse(self._find())
        self._break(ticket.timesheet_ids[:1], unit_amount=9)
        self.assertEqual(self._find(), {("ticketing.billing.request", ticket.billing_request_ids.id)})

    def test_billed_twice_by_hand(self):
        note = self._signed_note()
        invoice = self._posted(note).invoice_id
        twin = invoice.copy()
        for line, original in zip(twin.invoice_line_ids, invoice.invoice_line_ids, strict=True):
            line.sale_line_ids = original.sale_line_ids
        twin.action_post()
        self.assertEqual(self._find(), {("ticketing.ticket", note.ticket_id.id)})

    def test_an_hour_on_two_notes(self):
        first, second = self._signed_note(quantity=0), self._signed_note(quantity=0)
        self._break(second.line_ids, timesheet_id=first.line_ids.timesheet_id.id)
        self.assertIn(("ticketing.delivery.note", second.id), self._find())

    def test_an_hour_of_a_note_billed_as_remote(self):
        note, ticket = self._signed_note(quantity=0), self._remote()
        self._break(note.line_ids.timesheet_id, billing_request_id=ticket.billing_request_ids.id)
        self.assertIn(("ticketing.delivery.note", note.id), self._find())

    def test_two_live_requests(self):
        note = self._signed_note()
        self.env.flush_all()
        self.env.cr.execute("DROP INDEX ticketing_billing_request_note_unique")
        twin = self.env["ticketing.billing.request"].create(
            {"kind": "note", "note_id": note.id, "ticket_id": note.ticket_id.id}
        )
        self.assertEqual(self._find(), {("ticketing.billing.request", twin.id)})

    def test_evidence_that_was_tampered_with(self):
        for column, value in (
            ("content", '{"lines": []}'),
            ("content_hash", "0" * 64),
            ("summary", "Something else was done"),
        ):
            with self.subTest(column):
                note = self._signed_note()
                self._break(note, **{column: value})
                self.assertIn(("ticketing.delivery.note", note.id), self._find())
        for column, value in (("quantity", 9), ("name", "Another work"), ("covered", True), ("lot_names", "X")):
            with self.subTest(column):
                note = self._signed_note()
                self._break(note.line_ids[:1], **{column: value})
                self.assertIn(("ticketing.delivery.note", note.id), self._find())

    def test_what_is_renamed_later_is_no_violation(self):
        """The customer moves, the company is renamed, the unit gets another name in another language."""
        note = self._signed_note()
        self.contact.name = "Marta Otra"
        self.customer.write({"name": "Hotel Nuevo, S.A.", "vat": False})
        self.company.name = "Levante Nuevo, S.L."
        self.env["res.lang"]._activate_lang("es_ES")
        self.labour.uom_id.with_context(lang="es_ES").name = "Horas"
        self.labour.uom_id.name = "Hour of work"
        self.assertFalse(self._find())
        self.assertTrue(note.with_context(lang="es_ES")._is_intact())

    def test_a_note_is_signed_in_another_language_than_it_was_written(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.labour.uom_id.with_context(lang="es_ES").name = "Horas"
        ticket = self._create_ticket()
        self._add_hours(ticket, 1)
        note = self._make_ready(ticket)
        self.technician.lang = "es_ES"
        self._sign(note.with_context(lang="es_ES"))
        self.assertEqual(note.state, "signed")

    def test_a_queue_that_nobody_works_off(self):
        note = self._signed_note()
        self._break(note.billing_request_ids, next_try_on=fields.Datetime.now() - timedelta(days=2))
        self.assertEqual(self._find(), {("ticketing.billing.request", note.billing_request_ids.id)})

    def test_an_administrator_is_told_once(self):
        note = self._signed_note()
        self._break(note, summary="Something else was done")
        for run in range(2):
            with self.assertLogs(LOGGER, "ERROR") as logs:
                self._run_cron("ir_cron_self_check")
            self.assertEqual(len(logs.output), 1)
            self.assertIn(note.name, logs.output[0])
            self.assertEqual(len(note.activity_ids), 1, f"run {run}")
        self.assertEqual(note.activity_ids.user_id, self.administrator)
        self.assertIn("changed afterwards", note.activity_ids.note)
        self.assertEqual(note.state, "signed", "the check mends nothing")

    def test_quiet_where_all_is_well(self):
        self._signed_note()
        with self.assertNoLogs(LOGGER, "WARNING"):
            self._run_cron("ir_cron_self_check")

    def test_batches_cost_the_same_whatever_there_is(self):
        """A statement for each check, not for each note."""
        self._signed_note(quantity=0)
        self._find()
        few = self._count_statements()
        for __ in range(8):
            self._signed_note(quantity=0)
        self.env.invalidate_all()
        self.assertLessEqual(self._count_statements(), few)

    def _count_statements(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with mute_logger(LOGGER):
            self.check._find_violations()
        return self.env.cr.sql_log_count - before
