import doctest
from datetime import date, datetime

from freezegun import freeze_time
from lxml import etree
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import closing_day
from .common_collect import CollectCase


@tagged("post_install", "-at_install")
class TestCollect(CollectCase):
    """Customers who are invoiced once a month."""

    # Who is invoiced when

    def test_arithmetic(self):
        result = doctest.testmod(closing_day)
        self.assertGreater(result.attempted, 0)
        self.assertEqual(result.failed, 0)

    def test_waits_until_the_day_in_the_companys_zone(self):
        self.company.resource_calendar_id.tz = "Europe/Madrid"
        with freeze_time("2026-11-30 22:30:00"):  # 23:30 in Madrid
            last = self._signed_note(quantity=0).billing_request_ids
        with freeze_time("2026-11-30 23:30:00"):  # 00:30 of the next month
            first = self._signed_note(quantity=0).billing_request_ids
        self.assertEqual(
            (last.state, last.due_on, first.due_on), ("collecting", date(2026, 11, 30), date(2026, 12, 31))
        )
        self.assertEqual(last.next_try_on, datetime(2026, 11, 30, 23))
        self.assertEqual(last.ticket_id.billing_state, "collecting")
        with freeze_time("2026-11-30 22:59:00"):
            self._run_billing()
            self.assertEqual(last.state, "collecting", "work of the last day is still to come")
        with freeze_time("2026-11-30 23:31:00"):
            self._run_billing()
            self.assertEqual((last.state, first.state), ("to_approve", "collecting"))

    def test_signed_without_network_on_the_last_day(self):
        """What is received in the next month is invoiced at once, as of the month before and apart from the next."""
        self.company.resource_calendar_id.tz = "Europe/Madrid"
        with freeze_time("2026-10-31 17:00:00"):
            ticket = self._create_ticket()
            self._add_hours(ticket, 1)
            note = self._make_ready(ticket)
        with freeze_time("2026-11-01 07:00:00"):
            note._sign("Marta Test", self.signature, "backend", signed_on=datetime(2026, 10, 31, 17))
            late, next_month = note.billing_request_ids, self._signed_requests(1)
            self.assertEqual((late.due_on, late.next_try_on), (date(2026, 10, 31), datetime(2026, 10, 31, 23)))
            self.assertEqual(next_month.due_on, date(2026, 11, 30))
            self.customer.ticketing_billing_day = 30
            self.assertEqual(late.due_on, date(2026, 11, 30), "the 31st is after the 30th")
            self.customer.ticketing_billing_day = 31
            self.assertEqual((late.due_on, next_month.due_on), (date(2026, 10, 31), date(2026, 11, 30)))
        with freeze_time("2026-12-01 07:00:00"):
            self._run_billing()
        self.assertEqual((late | next_month).mapped("state"), ["to_approve"] * 2)
        self.assertNotEqual(late.invoice_id, next_month.invoice_id, "even if nothing ran for a month")

    def test_contract_then_customer_then_team(self):
        contract = self.env["ticketing.contract"].create(
            {"name": "Care", "partner_id": self.customer.id, "covers_labour": False}
        )
        contract.action_confirm()
        self.assertTrue(self._signed_requests(1).due_on, "as the customer")
        contract.ticketing_billing_period = "note"
        self.assertFalse(self._signed_requests(1).due_on, "as the contract")
        contract.ticketing_billing_period = False
        self.customer.ticketing_billing_period = False
        self.assertFalse(self._signed_requests(1).due_on, "as the team")
        self.team.write({"ticketing_billing_period": "month", "ticketing_billing_day": 15})
        self.assertEqual(self._signed_requests(1).due_on.day, 15)

    def test_what_waits_follows_a_change(self):
        request = self._signed_requests(1)
        self.customer.ticketing_billing_day = 10
        self.assertEqual(request.due_on.day, 10)
        self.customer.ticketing_billing_period = "note"
        self.assertEqual((request.state, request.due_on), ("queued", False))
        self._run_billing()
        self.assertEqual(request.state, "to_approve")
        self.customer.ticketing_billing_period = "month"
        self.assertFalse(request.due_on, "what is invoiced does not follow")

    def test_the_day_lies_in_the_month(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.customer.ticketing_billing_day = 32
            self.env.flush_all()

    def test_hours_that_come_late_join_what_waits(self):
        request = self._solved_remote()
        self._add_hours(request.ticket_id, 1)
        self.assertEqual(sum(request.timesheet_ids.mapped("unit_amount")), 1.5)
        self.assertEqual(request.ticket_id.billing_request_ids, request)
        self.assertEqual(
            request.recorded_currency_id, request.ticket_id.sale_order_id.currency_id, "what waits adds up, too"
        )

    # From several signatures to one paid invoice

    def test_one_invoice_for_all(self):
        """Each note under a title with exactly what was signed; then posted, sent, paid and closed together."""
        one = self._signed_note(hours=2, quantity=3, name="Boiler")
        two = self._signed_note(hours=1, quantity=0, customer_reference="PO 7")
        remote = self._solved_remote(0.75, name="Printer")
        one.line_ids.sale_line_id.price_unit = 99  # what was signed counts
        requests = one.billing_request_ids | two.billing_request_ids | remote
        (one | two).ticket_id.action_solve()
        self._run_billing()
        self.assertFalse(requests.invoice_id, "not before the day")
        self._let_the_day_come(requests)
        invoice = requests.invoice_id
        self.assertEqual((len(invoice), invoice.state), (1, "draft"))
        self.assertEqual(requests.mapped("state"), ["to_approve"] * 3)
        (first, of_one), (second, of_two), (third, of_remote) = self._sections(invoice)
        self.assertIn(f"{one.name}, ticket {one.ticket_id.number}", first)
        self.assertIn("signed by Marta Test", first)
        self.assertIn("your reference PO 7", second)
        self.assertIn(f"{remote.ticket_id.number}, Printer", third)
        self.assertEqual(sorted(of_one), [("Labour", 2, 45), ("Valve", 3, 30)])
        self.assertEqual((of_two, of_remote), ([("Labour", 1, 45)], [("Labour", 0.75, 45)]))
        self.assertEqual(invoice.ticket_ids, requests.ticket_id)
        for request in requests:
            self.assertEqual(request.ticket_id.invoice_ids, invoice)
        self._approve(requests[1])  # one for all
        self.assertEqual((invoice.state, requests.mapped("state")), ("posted", ["to_send"] * 3))
        self._run_billing()
        self.assertEqual(requests.mapped("state"), ["sent"] * 3)
        sent = invoice.message_ids.filtered(lambda message: message.message_type in ("comment", "email_outgoing"))
        self.assertEqual(len(sent.filtered("attachment_ids")), 1, "one mail for all of them")
        margins = self.env["ticketing.margin.report"].search([("ticket_id", "in", requests.ticket_id.ids)], order="id")
        self.assertEqual(margins.mapped("revenue"), [180, 45, 33.75])
        self.assertEqual(margins.mapped("to_bill"), [0, 0, 0])
        self._pay(invoice)
        self.assertEqual(set(requests.mapped("state")), {"paid"})
        self.assertEqual(set(requests.ticket_id.mapped("stage_kind")), {"closed"})
        self.assertFalse(self.env["ticketing.self.check"]._find_violations())

    def test_a_collection_of_one_is_an_invoice_as_ever(self):
        request = self._signed_requests(1)
        self._let_the_day_come(request)
        invoice = request.invoice_id
        self.assertEqual(invoice.invoice_line_ids.mapped("display_type"), ["product"])
        self.assertEqual(invoice.invoice_origin, request.note_id.name)

    def test_what_must_not_mix(self):
        """Another payer, payment term, currency: an invoice each. References only where the customer wants it so."""
        requests = self._signed_requests(5)
        payer = self.customer.copy({"name": "Head Office", "vat": "ESB58818501"})
        orders = requests.ticket_id.sale_order_id.sorted("id")
        orders[0].partner_invoice_id = payer
        orders[1].payment_term_id = self.env.ref("account.account_payment_term_30days")
        requests[2].ticket_id.customer_reference = "PO 3"
        self.customer.ticketing_billing_period = "reference"
        self._let_the_day_come(requests)
        self.assertEqual(len(requests.invoice_id), 4)
        self.assertEqual(requests[3].invoice_id, requests[4].invoice_id)
        self.assertEqual(requests[2].invoice_id.buyer_reference, "PO 3")

    def test_another_customer_has_another_invoice(self):
        other = self.customer.copy({"name": "Other", "vat": "ESB58818501", "ticketing_billing_period": "month"})
        requests = self._signed_requests(2) | self._signed_requests(2, partner_id=other.id)
        self._let_the_day_come(requests)
        self.assertEqual(len(requests.invoice_id), 2)
        for invoice in requests.invoice_id:
            self.assertEqual(len(invoice.ticket_ids.commercial_partner_id), 1)

    def test_covered_work_and_zero_invoices(self):
        """Covered lines stand in their section at no cost; what is covered whole is on it by policy only."""

        def covered():
            ticket = self._create_ticket()
            self._add_hours(ticket, 1, user=self.manager, covered=True, cover_reason="Contract 7")
            return self._sign(self._make_ready(ticket))

        self.assertFalse(covered().billing_request_ids)
        self.team.bill_covered = True
        requests = covered().billing_request_ids | covered().billing_request_ids
        self._let_the_day_come(requests)
        invoice = requests.invoice_id
        self.assertEqual((len(invoice), invoice.amount_total), (1, 0))
        self.assertIn("Covered: Contract 7", invoice.invoice_line_ids.filtered("product_id")[:1].name)
        self._deliver(requests)
        self.assertEqual(requests.mapped("state"), ["paid", "paid"])

    def test_the_sum_is_what_needs_approval(self):
        self.team.auto_approve_amount = 100
        requests = self._signed_requests(2)  # 54.45 each
        self._let_the_day_come(requests)
        self.assertEqual((requests.mapped("state"), requests.invoice_id.invoice_date), (["to_approve"] * 2, False))
        self.team.auto_approve_amount = 109
        requests = self._signed_requests(2)
        self._let_the_day_come(requests)
        self.assertEqual(requests.invoice_id.state, "posted")
        generous = self.team.copy({"name": "Generous", "auto_approve_amount": 1000, "alias_name": False})
        requests = self._signed_requests(2) | self._signed_requests(1, team_id=generous.id)
        self._let_the_day_come(requests)
        self.assertEqual(requests.invoice_id.state, "draft", "the other team's amount is smaller")

    def test_more_than_was_signed_is_refused_by_section(self):
        """Two notes of one ticket share an order line: what is too much in one is not less in the other."""
        ticket = self._create_ticket()
        for hours in (1, 2):
            self._add_hours(ticket, hours)
            self._sign(self._make_ready(ticket))
        requests = ticket.billing_request_ids.sorted("id")
        self._let_the_day_come(requests)
        one, two = requests.invoice_id.invoice_line_ids.filtered("product_id").sorted("sequence")
        self.assertEqual(one.sale_line_ids, two.sale_line_ids)
        one.quantity, two.quantity = 2, 1
        with self.assertRaisesRegex(UserError, "only 1 were signed"):
            self._approve(requests[0])
        one.quantity, two.quantity = 1, 2
        self._approve(requests[0])
        self.env.cr.execute("UPDATE account_move_line SET quantity = 3 - quantity WHERE id IN %s", [(one | two)._ids])
        found = self.env["ticketing.self.check"]._find_violations()
        self.assertEqual({res_id for __, res_id, __ in found}, set(requests.note_id.ids))

    def test_typed_lines_belong_to_their_section(self):
        requests = self._collected()
        invoice = requests.invoice_id
        invoice.invoice_line_ids = [
            Command.create(
                {"name": "Parking", "quantity": 1, "price_unit": 12, "sequence": 99, "tax_ids": self.tax.ids}
            )
        ]
        self._approve(requests[0])
        margins = self.env["ticketing.margin.report"].search([("ticket_id", "in", requests.ticket_id.ids)], order="id")
        self.assertEqual(margins.mapped("revenue"), [45, 57])

    def test_printed_with_titles_and_subtotals(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.customer.lang = self.contact.lang = "es_ES"
        one = self._signed_note(hours=2, quantity=1)
        requests = one.billing_request_ids | self._signed_requests(1)
        self._let_the_day_come(requests)
        html, __ = self.env["ir.actions.report"]._render_qweb_html("account.account_invoices", requests.invoice_id.ids)
        text = " ".join(etree.HTML(html).xpath("//table[@name='invoice_line_table']")[0].itertext())
        self.assertIn(f"Albarán {one.name}, ticket {one.ticket_id.number}", text)
        self.assertIn("firmado por Marta Test", text)
        self.assertRegex(text, r"120[,.]00", "the subtotal of the section")

    # What does not stay in the collection

    def test_invoice_now(self):
        """The chosen ones are invoiced at once, the others wait on."""
        requests = self._signed_requests(3)
        chosen = (requests[1] | requests[0]).with_user(self.accountant)
        invoice = self.env["account.move"].browse(chosen.action_invoice_now()["res_id"])
        self.assertEqual(invoice, requests[:2].invoice_id)
        self.assertIn(requests[0].note_id.name, self._sections(invoice)[0][0], "in the order of the signatures")
        self.assertEqual(requests.mapped("state"), ["to_approve", "to_approve", "collecting"])
        with self.assertRaisesRegex(UserError, "Nothing of it waits"):
            requests[:2].with_user(self.accountant).action_invoice_now()

    def test_invoice_the_customer_now(self):
        requests = self._signed_requests(2) | self._solved_remote()
        other = self.customer.copy({"name": "Other", "vat": "ESB58818501", "ticketing_billing_period": "month"})
        of_other = self._signed_requests(1, partner_id=other.id)
        requests[0].with_user(self.accountant).action_invoice_customer_now()
        self.assertEqual((len(requests.invoice_id), of_other.state), (1, "collecting"))

    def test_accountants_alone(self):
        requests = self._signed_requests(1)
        for method in ("action_invoice_now", "action_invoice_customer_now", "action_bill_apart"):
            with self.assertRaisesRegex(UserError, "Only an accountant"):
                getattr(requests.with_user(self.manager), method)()

    def test_bill_one_apart(self):
        """While it waits, and from the draft, whose other lines and references stay right."""
        waiting, drafted, *others = requests = self._signed_requests(4)
        waiting.with_user(self.accountant).action_bill_apart()
        self._let_the_day_come(requests)
        invoice = drafted.invoice_id
        self.assertEqual(len(invoice.billing_request_ids), 3)
        self.assertNotEqual(waiting.invoice_id, invoice)
        drafted.with_user(self.accountant).action_bill_apart()
        self.assertEqual(drafted.state, "queued")
        self.assertEqual(len(self._sections(invoice)), 2)
        self.assertEqual((invoice.amount_untaxed, invoice.ticket_id), (90, others[0].ticket_id))
        self.assertNotIn(drafted.note_id.name, invoice.ref)
        self._run_billing()
        self.assertEqual((drafted.state, drafted.invoice_id.amount_untaxed), ("to_approve", 45))
        with self.assertRaisesRegex(UserError, "neither waits"):
            drafted.with_user(self.accountant).action_bill_apart()
        self._approve(requests)
        self.assertFalse(self.env["ticketing.self.check"]._find_violations())

    def test_what_was_typed_in_is_not_left_to_another(self):
        one, two = requests = self._collected()
        invoice = requests.invoice_id
        second = invoice.invoice_line_ids.filtered(lambda line: line.billing_request_id == two)
        second.filtered(lambda line: line.display_type == "line_section").sequence = 11
        second.filtered("product_id").sequence = 12
        parking = {"name": "Parking", "price_unit": 12, "sequence": 10, "tax_ids": self.tax.ids}
        invoice.invoice_line_ids = [Command.create(parking)]
        for method in ("action_bill_apart", "action_cancel"):
            with self.assertRaisesRegex(UserError, f"section of {one.display_name}.*: Parking"):
                getattr(one.with_user(self.accountant), method)()
        self.assertEqual((requests.invoice_id, invoice.amount_untaxed), (invoice, 102))
        two.with_user(self.accountant).action_bill_apart()
        self.assertEqual((one.invoice_id, invoice.amount_untaxed), (invoice, 57), "it belongs to the other one")

    def test_give_one_up(self):
        given_up, *others = requests = self._collected(3)
        invoice = requests.invoice_id
        given_up.with_user(self.accountant).action_cancel()
        self.assertEqual((given_up.state, invoice.state, len(self._sections(invoice))), ("cancelled", "draft", 2))
        self._approve(others[0])
        self.assertEqual([request.state for request in others], ["to_send"] * 2)

    def test_a_bad_one_stays_out_with_its_reason(self):
        ticket = self._create_ticket()
        self._add_hours(ticket)
        ticket.labour_line_id.tax_ids = False
        bad = self._sign(self._make_ready(ticket)).billing_request_ids
        good = self._signed_requests(2)
        requests = bad | good
        self._let_the_day_come(requests)
        self.assertEqual((bad.state, bad.invoice_id.id), ("failed", False))
        self.assertIn("exactly one tax", bad.error)
        self.assertTrue(bad.activity_ids)
        self.assertEqual([request.state for request in good], ["to_approve"] * 2)
        self.assertEqual(len(good[0].invoice_id.billing_request_ids), 2)
        self.env.cr.execute(
            "INSERT INTO account_tax_sale_order_line_rel (sale_order_line_id, account_tax_id) VALUES (%s, %s)",
            [ticket.labour_line_id.id, self.tax.id],
        )
        self.env.invalidate_all()
        bad.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual((bad.state, bad.error), ("to_approve", False))

    def test_what_all_miss_is_said_on_all(self):
        """The draft stays, somebody is told once, and mended it goes on with the next try."""
        self.customer.zip = False
        requests = self._signed_requests(3)
        self._let_the_day_come(requests)
        self.assertEqual((len(requests.invoice_id), requests.mapped("state")), (1, ["failed"] * 3))
        self.assertEqual(len(set(requests.mapped("error"))), 1)
        self.assertIn("no postcode", requests[0].error)
        self.assertEqual(len(requests.activity_ids), 1)
        self.customer.zip = "46011"
        requests[1].with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual(requests.mapped("state"), ["to_approve"] * 3)
        self.assertFalse(requests.activity_ids)

    # Credited, cancelled, deleted, replaced, returned

    def test_credited_in_full_and_billed_again(self):
        requests = self._collected(3)
        self._deliver(requests)
        self._credit(requests.invoice_id)
        self.assertEqual(requests.mapped("state"), ["credited"] * 3)
        requests.with_user(self.accountant).action_bill_again()
        self._run_billing()
        anew = requests.ticket_id.billing_request_ids - requests
        self.assertEqual((len(anew), len(anew.invoice_id), anew.invoice_id.amount_untaxed), (3, 1, 135))
        self._approve(anew)
        self.assertFalse(self.env["ticketing.self.check"]._find_violations())

    def test_one_note_is_credited_and_billed_again(self):
        one, *others = requests = self._collected(3)
        invoice = requests.invoice_id
        self._deliver(requests)
        credit = self._credit(invoice, one)
        self.assertEqual((one.state, [request.state for request in others]), ("credited", ["sent"] * 2))
        self.assertIn(credit, one.ticket_id.invoice_ids)
        self.assertNotIn(credit, others[0].ticket_id.invoice_ids)
        one.with_user(self.accountant).action_bill_again()
        self._run_billing()
        anew = one.ticket_id.billing_request_ids - one
        self._approve(anew)
        self.assertEqual((anew.state, anew.invoice_id.amount_untaxed), ("to_send", 45))
        self._pay(invoice)
        self.assertEqual([request.state for request in others], ["paid"] * 2)
        self.assertFalse(self.env["ticketing.self.check"]._find_violations())
        with self.assertRaisesRegex(UserError, "credit or cancel its invoice first"):
            others[0].with_user(self.accountant).action_bill_again()

    def test_cancelled_and_made_again(self):
        requests = self._collected(2)
        requests.invoice_id.button_cancel()
        self.assertEqual(requests.mapped("state"), ["failed"] * 2)
        requests[0].with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual((requests.mapped("state"), len(requests.invoice_id)), (["to_approve"] * 2, 1))
        self.assertEqual(requests.invoice_id.state, "draft")

    def test_deleted_draft(self):
        requests = self._collected(2)
        requests.invoice_id.with_user(self.accountant).unlink()
        self.assertEqual(requests.mapped("state"), ["failed"] * 2)
        requests.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual((requests.mapped("state"), len(requests.invoice_id)), (["to_approve"] * 2, 1))

    def test_reversed_and_replaced(self):
        requests = self._collected(2)
        invoice = requests.invoice_id
        self._deliver(requests)
        self._reverse(invoice).modify_moves()
        replacement = requests.invoice_id
        self.assertEqual((len(replacement), replacement.state), (1, "draft"))
        self.assertNotEqual(replacement, invoice)
        self.assertEqual(replacement.invoice_line_ids.billing_request_id, requests)
        self._approve(requests[0])
        self.assertEqual(requests.mapped("state"), ["to_send"] * 2)
        self.assertFalse(self.env["ticketing.self.check"]._find_violations())

    def test_taken_back_to_draft(self):
        requests = self._collected(2)
        self._deliver(requests)
        requests.invoice_id.button_draft()
        self.assertEqual(requests.mapped("state"), ["to_approve"] * 2)
        self._approve(requests[0])
        self.assertEqual(requests.mapped("state"), ["to_send"] * 2)

    def test_returned_material(self):
        """It comes back before the invoice is made: it waits as long, and is credited to its own ticket."""
        first = self._signed_note(hours=0, quantity=2)
        second = self._signed_note(hours=0, quantity=2)
        requests = first.billing_request_ids | second.billing_request_ids
        picking = second.line_ids.move_id.picking_id
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]).button_validate()
        back = second.ticket_id.billing_request_ids - requests
        self.assertEqual((back.state, back.next_try_on), ("queued", requests[0].next_try_on))
        self._run_billing()
        self.assertFalse(back.error, "nothing is wrong")
        self._let_the_day_come(requests)
        self.assertEqual(sum(requests.invoice_id.invoice_line_ids.mapped("quantity")), 4, "as signed")
        self._deliver(requests)
        back.next_try_on = fields.Datetime.now()
        self._run_billing()
        credit = back.invoice_id
        self.assertEqual((credit.ticket_id, credit.invoice_line_ids.quantity), (second.ticket_id, 1))
        self.assertEqual(credit.invoice_line_ids.billing_request_id, second.billing_request_ids)
        self._approve(back)
        self.assertEqual(requests.mapped("state"), ["sent"] * 2)
        self.assertFalse(self.env["ticketing.self.check"]._find_violations())

    # Cost

    def test_constant(self):
        """A customer with five times as many notes takes as many queries."""
        self.team.auto_approve_amount = 100000

        def count(size):
            """Return how many statements there are, and how many of them concern the desk's own tables."""
            requests = self._signed_requests(size)
            self.env.flush_all()
            self.env.invalidate_all()
            queries = self.env.cr.sql_log_count
            with self.assertLogs("odoo.sql_db", "DEBUG") as log:
                requests._collect()
                self.env.flush_all()
            queries = self.env.cr.sql_log_count - queries
            self.assertEqual(set(requests.mapped("state")), {"to_send"}, requests.mapped("error"))
            return queries, len([line for line in log.output if "ticketing_" in line])

        count(2)
        (few, few_own), (many, many_own) = count(3), count(15)
        self.assertEqual(few_own, many_own, "the desk's queries must not grow with the notes")
        # core's own, for each line of an invoice and of its XML; an invoice for each note takes five times as many
        self.assertLessEqual((many - few) / 12, 12)
