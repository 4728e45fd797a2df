from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TicketingCase


@tagged("post_install", "-at_install")
class TestChain(TicketingCase):
    """The story: each step by the person whose step it is."""

    def _approve(self, request):
        request.with_user(self.accountant).action_approve()
        self._run_billing()

    def test_from_complaint_to_paid_invoice(self):
        ticket = self._create_ticket()
        self._add_hours(ticket, 1.25)
        self._add_material(ticket, quantity=2)
        self.assertEqual(ticket.billing_state, "to_deliver")
        self.assertEqual(ticket.picking_ids.move_ids.location_id, self.van, "the material leaves from his van")
        note = self._make_ready(ticket)
        self.assertEqual(ticket.billing_state, "to_sign")
        self.assertEqual(ticket.picking_ids.state, "done")
        self._sign(note)
        self.assertEqual((note.state, ticket.billing_state), ("signed", "queued"))
        self.assertFalse(ticket.picking_ids.signature, "the signer does not wait for that")
        self._run_cron("ir_cron_note_pdf")
        self.assertTrue(ticket.picking_ids.signature)
        self.assertTrue(note.pdf_id)

        self._run_billing()
        request = note.billing_request_ids
        self.assertEqual((request.state, request.error), ("to_approve", False))
        lines = request.invoice_id.invoice_line_ids
        self.assertEqual(sorted(lines.mapped("quantity")), [1.25, 2.0])
        self.assertAlmostEqual(request.invoice_id.amount_untaxed, 1.25 * 45 + 2 * 30)

        self._approve(request)
        self.assertEqual((request.state, request.error), ("sent", False))
        self.assertTrue(request.invoice_id.ubl_cii_xml_id, "structured, not a PDF only")
        self.assertTrue(request.invoice_id.invoice_pdf_report_id)
        ticket.with_user(self.technician).action_solve()
        self.assertEqual(ticket.stage_kind, "solved")
        self._pay(request.invoice_id)
        self.assertEqual((request.state, ticket.billing_state, ticket.stage_kind), ("paid", "paid", "closed"))

    def test_remote_work_is_billed_when_solved(self):
        ticket = self._create_ticket(service_mode="remote")
        self._add_hours(ticket, 0.5)
        ticket.with_user(self.technician).action_solve()
        self.assertEqual(ticket.billing_state, "queued")
        self.assertFalse(ticket.note_ids, "remote work needs no delivery note")
        self._run_billing()
        request = ticket.billing_request_ids
        self.assertEqual(request.state, "to_approve")
        self.assertAlmostEqual(request.invoice_id.amount_untaxed, 22.5)

    def test_remote_work_after_reopening_is_billed_once(self):
        ticket = self._create_ticket(service_mode="remote")
        self._add_hours(ticket, 0.5)
        ticket.action_solve()
        self._run_billing()
        ticket.action_reopen()
        self._add_hours(ticket, 2)
        ticket.action_solve()
        self._run_billing()
        amounts = sorted(ticket.billing_request_ids.invoice_id.mapped("amount_untaxed"))
        self.assertEqual(amounts, [22.5, 90.0])

    def test_covered_work_costs_nothing_and_says_why(self):
        ticket = self._create_ticket()
        self._add_hours(ticket, 1)
        self._add_hours(ticket, 2, user=self.manager, covered=True, cover_reason="Warranty of the installation")
        material = self._add_material(ticket, quantity=2)
        material.with_user(self.manager).write({"covered": True, "cover_reason": "Warranty"})
        material.with_user(self.technician).product_uom_qty = 3
        self.assertEqual(material.sudo().discount, 100, "a changed quantity does not bring the price back")
        note = self._sign(self._make_ready(ticket))
        self._run_billing()
        invoice = note.billing_request_ids.invoice_id
        self.assertAlmostEqual(invoice.amount_untaxed, 45)
        covered = invoice.invoice_line_ids.filtered(lambda line: line.discount == 100)
        self.assertEqual(len(covered), 2)
        self.assertTrue(all(covered.mapped("tax_ids")), "an e-invoice needs a tax on every line")
        self.assertIn("Warranty of the installation", "".join(covered.mapped("name")))

    def test_fully_covered_work_makes_no_invoice_or_a_zero_one_by_policy(self):
        for policy, expected in ((False, "nothing"), (True, "queued")):
            self.team.bill_covered = policy
            ticket = self._create_ticket()
            self._add_hours(ticket, 1, user=self.manager, covered=True, cover_reason="Contract")
            self._sign(self._make_ready(ticket))
            self.assertEqual(ticket.billing_state, expected)

    def test_only_a_manager_decides_coverage(self):
        ticket = self._create_ticket()
        with self.assertRaisesRegex(UserError, "Only a helpdesk manager"):
            self._add_hours(ticket, 1, covered=True, cover_reason="because")
        material = self._add_material(ticket)
        with self.assertRaises(UserError):
            material.with_user(self.technician).write({"covered": True, "cover_reason": "because"})

    def test_partial_delivery_leaves_a_backorder_for_the_next_note(self):
        ticket = self._create_ticket()
        self._add_material(ticket, quantity=3)
        note = ticket.with_user(self.technician)._get_or_create_note().sudo()
        note.line_ids.quantity = 1
        note.with_user(self.technician).action_ready()
        self._sign(note)
        self.assertEqual(note.line_ids.quantity, 1)
        self.assertEqual(sorted(ticket.picking_ids.mapped("state")), ["assigned", "done"])
        second = self._sign(self._make_ready(ticket))
        self.assertEqual(second.line_ids.quantity, 2)
        self._run_billing()
        billed = (note | second).billing_request_ids.invoice_id.invoice_line_ids
        self.assertEqual(sorted(billed.mapped("quantity")), [1, 2])

    def test_serial_numbers_stand_on_the_note(self):
        ticket = self._create_ticket()
        material = self._add_material(ticket, self.pump)
        material.with_user(self.technician).used_lot_ids = self.serials[1]
        note = self._make_ready(ticket)
        self.assertEqual(note.line_ids.lot_names, "PUMP-2")
        self.assertEqual(ticket.picking_ids.move_ids.lot_ids, self.serials[1])

    def test_signed_content_does_not_drift(self):
        note = self._signed_note()
        ticket = note.ticket_id
        attempts = (
            lambda: note.line_ids[0].write({"quantity": 9}),
            lambda: note.write({"summary": "something else"}),
            lambda: note.line_ids.timesheet_id.write({"unit_amount": 9}),
            note.line_ids.timesheet_id.unlink,
            lambda: note.line_ids.move_id.write({"quantity": 9}),
            lambda: note.line_ids.move_id.move_line_ids.write({"quantity": 9}),
            note.unlink,
            note.action_draft,
            note.action_cancel,
        )
        for attempt in attempts:
            with self.assertRaises(UserError), self.env.cr.savepoint():
                attempt()
        self.assertTrue(note._is_intact())
        self._add_material(ticket, quantity=4)
        self.assertEqual(note.line_ids.move_id.picking_id.move_ids.mapped("quantity"), [1], "later moves stay out")

    def test_refused_work_stands_on_a_corrected_note(self):
        ticket = self._create_ticket()
        hours = self._add_hours(ticket, 3)
        note = self._make_ready(ticket)
        note.with_user(self.technician).action_refuse("It took two hours, not three")
        self.assertEqual((note.state, ticket.billing_state), ("refused", "to_deliver"))
        self.assertEqual(note.activity_ids.user_id, self.manager, "the leader is told")
        hours.unit_amount = 2
        corrected = self._sign(self._make_ready(ticket))
        self.assertEqual(corrected.line_ids.quantity, 2)
        self.assertEqual(note.line_ids.quantity, 3, "what was refused is kept")

    def test_return_after_invoicing_makes_a_linked_credit_note(self):
        note = self._signed_note(hours=0, quantity=3)
        self._run_billing()
        request = note.billing_request_ids
        self._approve(request)
        picking = note.line_ids.move_id.picking_id
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 2
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.button_validate()
        self.assertEqual(back.state, "done")
        self._run_billing()
        credit = back.ticket_id.billing_request_ids.filtered(lambda r: r.kind == "return").invoice_id
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(credit.reversed_entry_id, request.invoice_id)
        self.assertEqual(credit.invoice_line_ids.mapped("quantity"), [2])

    def test_under_the_teams_amount_nobody_has_to_approve(self):
        self.team.auto_approve_amount = 100
        cheap = self._signed_note(hours=1, quantity=0)
        dear = self._signed_note(hours=3, quantity=0)
        self._run_billing()
        self.assertEqual(cheap.billing_request_ids.state, "sent")
        self.assertEqual(dear.billing_request_ids.state, "to_approve")

    def test_a_draft_has_no_date_before_it_is_posted(self):
        cheap, dear = self._signed_note(hours=1, quantity=0), self._signed_note(hours=3, quantity=0)
        self.team.auto_approve_amount = dear.amount_untaxed  # its taxes take it over the amount
        self._run_billing()
        posted, draft = cheap.billing_request_ids.invoice_id, dear.billing_request_ids.invoice_id
        self.assertEqual((posted.state, posted.invoice_date), ("posted", self.company._get_ticketing_today()))
        self.assertEqual((draft.state, draft.invoice_date), ("draft", False))
        self.assertFalse(cheap.billing_request_ids.message_ids.tracking_value_ids, "nothing to read in its history")

    def test_a_draft_that_cannot_be_approved_has_no_date(self):
        self.customer.vat = False
        self.team.auto_approve_amount = 100000
        note = self._signed_note()
        self._run_billing()
        request = note.billing_request_ids
        self.assertEqual((request.state, request.invoice_id.invoice_date), ("failed", False))
        self.assertEqual(request.invoice_id.state, "draft")

    def test_what_the_einvoice_misses_is_said_and_mended(self):
        self.customer.write({"vat": False, "zip": False})
        note = self._signed_note()
        self._run_billing()
        request = note.billing_request_ids
        self.assertEqual((note.state, request.state), ("signed", "failed"), "the signature is not lost")
        self.assertIn("tax ID", request.error)
        self.assertTrue(request.activity_ids, "somebody is told")
        self.customer.write({"vat": "ESA46000469", "zip": "46011"})
        request.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual((request.state, request.error), ("to_approve", False))

    def test_one_bad_request_does_not_stop_the_queue(self):
        bad, good = self._signed_note(), self._signed_note()
        origin = type(bad.billing_request_ids)._get_billable_lines

        def broken(request):
            if request.note_id == bad:
                raise ZeroDivisionError("broken")
            return origin(request)

        with (
            patch.object(type(bad.billing_request_ids), "_get_billable_lines", broken),
            self.assertLogs("odoo.addons.helpdesk_ticketing.models.ticketing_billing_queue_mixin", "ERROR"),
        ):
            self._run_billing()
        self.assertEqual((bad.billing_request_ids.state, good.billing_request_ids.state), ("failed", "to_approve"))
        self.assertIn("broken", bad.billing_request_ids.error)

    def test_undone_payment_and_credit_are_followed(self):
        note = self._signed_note()
        ticket = note.ticket_id
        self._run_billing()
        request = note.billing_request_ids
        self._approve(request)
        self._pay(request.invoice_id)
        self.assertEqual(ticket.billing_state, "paid")
        self.assertNotEqual(ticket.stage_kind, "closed", "not solved yet")
        request.invoice_id.line_ids.remove_move_reconcile()
        self.assertEqual(ticket.billing_state, "invoiced")
        wrong = request.invoice_id
        self._reverse(wrong).modify_moves()
        self.assertEqual((wrong.payment_state, request.state), ("reversed", "to_approve"), "its replacement waits")
        self.assertEqual(request.invoice_id.replaced_invoice_id, wrong)
        self._approve(request)
        self.assertEqual((request.state, request.invoice_id.state), ("sent", "posted"))
        self._reverse(request.invoice_id).refund_moves()
        self.assertEqual(request.state, "sent", "a credit note counts when it is posted")
        request.invoice_id.reversal_move_ids.action_post()
        self.assertEqual(request.state, "credited")
        self.assertEqual(ticket.billing_state, "paid")

    def _reverse(self, invoice):
        return (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )

    def test_deleted_draft_invoice_waits_for_a_decision(self):
        note = self._signed_note()
        self._run_billing()
        request = note.billing_request_ids
        request.invoice_id.with_user(self.accountant).unlink()
        self.assertEqual(request.state, "failed")
        self.assertIn("deleted", request.error)
        self._run_billing()
        self.assertFalse(request.invoice_id, "not made again behind his back")
        request.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual(request.state, "to_approve")

    def test_core_cannot_bill_a_second_time(self):
        note = self._signed_note()
        with self.assertRaisesRegex(UserError, "invoiced from its signed delivery notes"):
            note.ticket_id.sale_order_id._create_invoices()
