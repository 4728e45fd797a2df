# pylint: disable=attribute-defined-outside-init
"""Varied work through the whole chain; the files that the invoices keep are judged by the official rules."""

import io
import logging
import os
import time
from collections import Counter, defaultdict
from unittest import SkipTest
from unittest.mock import patch

import pypdf

from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import config, mute_logger

from . import einvoice_cases as einvoice
from . import einvoice_chain as chain
from .common import TicketingCase
from .einvoice_validation import UBL, _parse, check_en16931_cii, extract_cii_from_pdf

_logger = logging.getLogger(__name__)
COUNT = 60


class ChainCase(TicketingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not (cls.env.company.chart_template or "").startswith("es_"):
            raise SkipTest("the company has no Spanish chart of accounts")
        einvoice.prepare(cls.env)
        if "es_facturae" in chain.einvoice_formats(cls.env):
            einvoice.make_certificate(cls.env)
        cls.team.bill_covered = True

    def tell(self, specs):
        """Take specifications from ticket to signed note."""
        stories, turns, self.customers = [], Counter(), {}
        for number, spec in enumerate(specs, 1):
            if number % 30 == 0:
                self.analyze()
            fit = chain.formats_for(self.env, spec.customer)
            story = chain.Story(spec, fit[turns[spec.customer] % len(fit)])
            turns[spec.customer] += 1
            with self.subTest(spec.key):
                chain.work(self, story)
                story.note = self._sign(self._make_ready(story.ticket))
                stories.append(story)
        return stories

    def bill(self, stories):
        """Draft, approve and send all of them."""
        self.analyze()
        requests = self.env["ticketing.billing.request"].union(*(story.request for story in stories))
        self.run_until_done(requests, "queued")
        self.assertFalse([(r.ticket_id.name, r.error) for r in requests if r.state != "to_approve"])
        requests.with_user(self.accountant).action_approve()
        self.run_until_done(requests, "to_send")
        self.assertFalse([(r.ticket_id.name, r.error) for r in requests if not r.sent_on])

    def analyze(self):
        """PostgreSQL believes the tables as empty as they were before the test: queries would take seconds."""
        self.env.flush_all()
        self.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_partial_reconcile, account_analytic_line, sale_order, "
            "sale_order_line, stock_move, stock_move_line, stock_picking, stock_reference, ticketing_ticket, "
            "ticketing_delivery_note, ticketing_delivery_note_line, ticketing_billing_request"
        )

    def run_until_done(self, requests, state):
        """A scheduled action stops when its time is over, and goes on in its next run."""
        waiting = requests.filtered(lambda request: request.state == state)
        while waiting:
            self._run_billing()
            self.analyze()
            left = waiting.filtered(lambda request: request.state == state)
            self.assertLess(len(left), len(waiting), "nothing was done")
            waiting = left

    def assertBilledAsSigned(self, story):
        """Quantities, prices and discounts of the invoice are those of the note, and the amount is its amount."""
        key = story.spec.key
        note, invoice = story.note, story.invoice
        billed = sorted(
            (line.sale_line_ids.id, line.price_unit, line.discount, line.quantity) for line in invoice.invoice_line_ids
        )
        groups = defaultdict(float)
        for line in note.line_ids:
            groups[line.sale_line_id.id, line.price_unit, line.discount] += line.quantity
        self.assertEqual(billed, sorted((*group, quantity) for group, quantity in groups.items()), key)
        self.assertEqual(invoice.currency_id.name, story.spec.currency, key)
        self.assertEqual(note.currency_id, invoice.currency_id, key)
        self.assertAlmostEqual(invoice.amount_untaxed, note.amount_untaxed, invoice.currency_id.decimal_places, key)
        for line in invoice.invoice_line_ids:
            self.assertEqual(line.tax_ids, line.sale_line_ids.tax_ids, key)

    def assertSpecified(self, story):
        """What the specification asks for is on the invoice: taxes mapped by the customer's position."""
        spec = story.spec
        wanted = sorted((line.quantity, line.price, line.discount) for line in spec.lines)
        lines = story.invoice.invoice_line_ids
        self.assertEqual(sorted((line.quantity, line.price_unit, line.discount) for line in lines), wanted, spec.key)
        if spec.customer.taxed:
            rates = {einvoice.TAXES[line.tax][0] for line in spec.lines}
            self.assertEqual(set(lines.tax_ids.mapped("amount")), rates, spec.key)
        else:
            self.assertFalse(story.invoice.amount_tax, spec.key)


@tagged("post_install", "-at_install")
class TestEInvoiceChain(ChainCase):
    def test_varied_work_is_billed_as_signed(self):
        full = os.environ.get("HELPDESK_FULL")
        specs = chain.choose(einvoice.cases(), 1000 if full else COUNT)
        if full:
            self.assertGreaterEqual(len(specs), 200)
        started = time.perf_counter()
        stories = self.tell(specs)
        self.bill(stories)
        for story in stories:
            with self.subTest(story.spec.key):
                self.assertBilledAsSigned(story)
                self.assertSpecified(story)
        _logger.info("%s stories told in %.0f s", len(stories), time.perf_counter() - started)
        files = self.einvoice_files(self.env["account.move"].union(*(story.invoice for story in stories)))
        found = defaultdict(int)
        for check, *__ in files:
            found[check.__name__] += 1
        self.assertGreater(min(found.values()), COUNT / 5, found)
        # What they are worth is checked as after every test, see `TicketingCase`.

    def test_selection_shows_every_feature(self):
        specs = chain.choose(einvoice.cases(), COUNT)
        lines = [line for spec in specs for line in spec.lines]
        self.assertEqual({line.tax for line in lines}, set(einvoice.TAXES) - {"reverse", "export"})
        self.assertGreaterEqual({spec.currency for spec in specs}, {"EUR", "JPY"})
        self.assertTrue(any(line.covered for line in lines))
        self.assertGreater(len({spec.customer.country for spec in specs}), 5)
        self.assertTrue(any(not spec.customer.company for spec in specs))
        self.assertGreater(sum(chain.is_for_the_chain(spec) for spec in einvoice.cases()), 200)

    def test_salesman_changes_price_discount_and_tax_until_the_note_is_signed(self):
        ticket = self._create_ticket()
        self._add_hours(ticket, 2)
        material = self._add_material(ticket, quantity=3).sudo()
        ten = einvoice.tax_of(self.env, einvoice.material(1, 1, "10"))
        note = ticket._get_or_create_note()
        ticket.labour_line_id.write({"price_unit": 51.5, "discount": 10})
        material.write({"price_unit": 12.345, "tax_ids": ten.ids})
        note = self._sign(self._make_ready(ticket))
        self._run_billing()
        invoice = note.billing_request_ids.invoice_id
        self.assertEqual(
            sorted(invoice.invoice_line_ids.mapped(lambda line: (line.price_unit, line.discount, line.tax_ids.id))),
            sorted([(51.5, 10, self.tax.id), (12.345, 0, ten.id)]),
        )
        self.assertEqual(invoice.amount_untaxed, note.amount_untaxed)

    def test_references_find_what_is_paid_for(self):
        ticket = self._create_ticket(customer_reference="PO 4711")
        self._add_hours(ticket, 1)
        note = self._sign(self._make_ready(ticket))
        plain = self._signed_note()
        self.customer.ref = "CECO 12"
        standing = self._signed_note()
        self._run_billing()
        (note | plain | standing).billing_request_ids.with_user(self.accountant).action_approve()
        self._run_billing()
        for each, buyer, order in ((note, "PO 4711", "PO 4711"), (standing, "CECO 12", None)):
            root = _parse(each.billing_request_ids.invoice_id.ubl_cii_xml_id.raw)
            self.assertEqual(root.findtext("cbc:BuyerReference", None, UBL), buyer)
            self.assertEqual(root.findtext("cac:OrderReference/cbc:ID", None, UBL), order)
            self.assertEqual(root.findtext("cac:DespatchDocumentReference/cbc:ID", None, UBL), each.name)
        # The invoice of `plain` was drafted when the customer had his reference already.
        self.assertEqual(plain.billing_request_ids.invoice_id.buyer_reference, "CECO 12")
        self.customer.ref = False
        self.assertEqual(plain.ticket_id._get_buyer_reference(), plain.ticket_id.number)

    def test_remote_work_is_judged_too(self):
        for file_format in chain.FORMATS[:2]:
            self.customer.invoice_edi_format = file_format
            ticket = self._create_ticket(service_mode="remote")
            self._add_hours(ticket, 0.33)
            self._add_hours(ticket, 1, user=self.manager, covered=True, cover_reason="Contrato")
            ticket.action_solve()
            self._run_billing()
            ticket.billing_request_ids.with_user(self.accountant).action_approve()
            self._run_billing()
            self.assertEqual(ticket.billing_request_ids.state, "sent")
            self.assertEqual(len(self.einvoice_files(ticket.billing_request_ids.invoice_id)), 2, "file and copy")


@tagged("post_install", "-at_install")
class TestEInvoiceReturns(ChainCase):
    """Credit notes of each sort, each file judged."""

    def give_back(self, note, quantity):
        picking = note.line_ids.move_id.picking_id
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves[:1].quantity = quantity
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.button_validate()
        self._run_billing()
        return back.ticket_id.billing_request_ids.filtered(lambda request: request.picking_id == back)

    def test_returned_material_is_credited_in_each_format(self):
        cases = [("ubl_bis3", 2), ("ubl_bis3", 0), ("facturx", 1)]
        if "es_facturae" in chain.einvoice_formats(self.env):
            cases.append(("es_facturae", 2))
        for file_format, kept in cases:
            with self.subTest(file_format, kept=kept):
                self.customer.invoice_edi_format = file_format
                note = self._signed_note(hours=0.75, quantity=3)
                self._run_billing()
                request = note.billing_request_ids
                request.with_user(self.accountant).action_approve()
                self._run_billing()
                credit = self.give_back(note, 3 - kept)
                credit.with_user(self.accountant).action_approve()
                self._run_billing()
                self.assertEqual((credit.state, credit.error), ("paid", False), "settled with the invoice")
                self.assertTrue(credit.sent_on)
                self.assertEqual(credit.invoice_id.reversed_entry_id, request.invoice_id)
                self.assertEqual(sum(credit.invoice_id.invoice_line_ids.mapped("quantity")), 3 - kept)
                self.assertTrue(self.einvoice_files(credit.invoice_id))
                self.assertEqual(request.invoice_id.payment_state, "partial")
                self.assertEqual(note.ticket_id.billing_state, "invoiced")


@tagged("post_install", "-at_install")
class TestSending(ChainCase):
    def sent_mail(self, note):
        self._run_billing()
        request = note.billing_request_ids
        request.with_user(self.accountant).action_approve()
        with patch.object(type(self.env["mail.mail"]), "unlink", lambda mails: True):
            self._run_billing()
        message = request.invoice_id.message_ids.filtered("mail_ids")
        return request, self.env["mail.mail"].search([("mail_message_id", "in", message.ids)])

    def test_mail_carries_the_pdf_and_the_xml(self):
        for file_format, suffix in (("ubl_bis3", "_ubl_bis3.xml"), ("facturx", "_factur_x.xml")):
            self.customer.invoice_edi_format = file_format
            request, mail = self.sent_mail(self._signed_note())
            self.assertEqual(request.state, "sent")
            self.assertEqual(len(mail), 1)
            names = mail.attachment_ids.mapped("name")
            self.assertTrue(any(name.endswith(".pdf") for name in names), names)
            self.assertTrue(any(name.endswith(suffix) for name in names), names)
            self.assertEqual(mail.recipient_ids, request.invoice_id.partner_id)
            self.assertIn(request.invoice_id.name, mail.subject)

    def test_mail_goes_to_the_company_where_the_contact_has_no_address(self):
        self.contact.email = False
        request, mail = self.sent_mail(self._signed_note())
        self.assertEqual((request.state, mail.recipient_ids), ("sent", self.customer))

    def test_without_address_somebody_has_to_deliver_it(self):
        (self.contact | self.customer).email = False
        request, mail = self.sent_mail(self._signed_note())
        self.assertFalse(mail)
        self.assertEqual((request.state, request.sent_on), ("by_hand", False))
        self.assertEqual(request.ticket_id.billing_state, "invoiced")
        self.assertTrue(request.invoice_id.ubl_cii_xml_id, "there is something to deliver")
        self._run_billing()
        self.assertEqual(request.state, "by_hand", "not tried again")
        request.with_user(self.accountant).action_delivered()
        self.assertEqual(request.state, "sent")

    def test_customer_who_wants_no_mail_gets_none(self):
        self.customer.invoice_sending_method = "manual"
        request, mail = self.sent_mail(self._signed_note())
        self.assertEqual((request.state, len(mail)), ("by_hand", 0))

    def test_invoice_taken_back_to_draft_is_sent_again(self):
        request, __ = self.sent_mail(self._signed_note())
        request.invoice_id.button_draft()
        self.assertEqual(request.state, "to_approve")
        request.with_user(self.accountant).action_approve()
        self.assertEqual(request.state, "to_send")
        self._run_billing()
        self.assertEqual(request.state, "sent")
        self.assertTrue(request.invoice_id.ubl_cii_xml_id)

    def test_consumer_gets_what_he_can_read(self):
        consumer = self.env["res.partner"].create(
            {"name": "Juan Nadie", "zip": "46001", "city": "Valencia", "country_id": self.env.ref("base.es").id}
        )
        consumer.email = "juan@example.com"
        self.company.ticketing_einvoice_format = "ubl_bis3"
        request, mail = self.sent_mail(self._signed_note(partner_id=consumer.id))
        self.assertEqual((request.state, len(mail)), ("sent", 1))
        self.assertEqual(request.invoice_id._get_einvoice_format(), "facturx")

    def test_incomplete_copy_is_told_and_holds_nothing_back(self):
        withholding = self.env["account.tax"].search(
            [
                ("type_tax_use", "=", "sale"),
                ("amount", "=", -15),
                *self.env["account.tax"]._check_company_domain(self.company),
            ],
            limit=1,
        )
        ticket = self._create_ticket()
        self._add_hours(ticket, 1)
        ticket.labour_line_id.tax_ids += withholding
        self.check_copies = False
        request, __ = self.sent_mail(self._sign(self._make_ready(ticket)))
        self.assertEqual((request.state, request.error), ("sent", False))
        self.assertIn("Factur-X", "".join(request.invoice_id.message_ids.mapped("body")))


@tagged("post_install", "-at_install")
class TestCreditByHand(ChainCase):
    """What the accountant does with core's own wizard: the queue follows, and nothing is billed twice."""

    def setUp(self):
        super().setUp()
        self.ticket = self._create_ticket(service_mode="remote")
        self.hours = self._add_hours(self.ticket, 2)
        self.ticket.action_solve()
        self._run_billing()
        self.request = self.ticket.billing_request_ids
        self.request.with_user(self.accountant).action_approve()
        self._run_billing()
        self.invoice = self.request.invoice_id

    def reverse(self, method="refund_moves"):
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        getattr(wizard, method)()
        return wizard.new_move_ids.sudo()

    def assertState(self, request_state, billing_state):
        self.assertEqual((self.request.state, self.ticket.billing_state), (request_state, billing_state))

    def solve_again(self):
        """What must not bill the same hours once more."""
        self.ticket.action_reopen()
        self.ticket.action_solve()
        self._run_billing()
        return self.ticket.billing_request_ids - self.request

    def test_partial_credit(self):
        credit = self.reverse()
        credit.invoice_line_ids.quantity = 0.5
        credit.action_post()
        self.assertEqual(credit.ticket_id, self.ticket)
        self.assertState("sent", "invoiced")
        self.assertEqual(self.hours.timesheet_invoice_id, self.invoice, "not free to be billed again")
        self.assertFalse(self.solve_again())
        with self.assertRaisesRegex(UserError, "credit or cancel its invoice first"):
            self.request.with_user(self.accountant).action_bill_again()
        self._pay(self.invoice)
        self.assertState("paid", "paid")

    def test_full_credit_then_billed_again(self):
        credit = self.reverse()
        self.assertState("sent", "invoiced")
        credit.action_post()
        self.assertState("credited", "paid")
        self.assertFalse(self.solve_again())
        self.request.with_user(self.accountant).action_bill_again()
        self.assertEqual(self.request.state, "cancelled")
        self._run_billing()
        again = self.ticket.billing_request_ids - self.request
        self.assertEqual((again.state, again.invoice_id.amount_untaxed), ("to_approve", self.invoice.amount_untaxed))
        self.assertEqual(self.hours.timesheet_invoice_id, again.invoice_id)
        self.assertEqual(self.ticket.billing_state, "to_approve")

    def test_reversed_and_made_anew(self):
        new = self.reverse("modify_moves")
        self.assertEqual((new.replaced_invoice_id, new.ticket_id, new.state), (self.invoice, self.ticket, "draft"))
        self.assertEqual(self.request.invoice_id, new)
        self.assertEqual(self.hours.timesheet_invoice_id, new)
        self.assertState("to_approve", "to_approve")
        new.invoice_line_ids.price_unit = 30
        self.assertFalse(self.solve_again())
        self.request.with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertState("sent", "invoiced")
        net = sum(self.ticket.invoice_ids.filtered(lambda m: m.state == "posted").mapped("amount_untaxed_signed"))
        self.assertEqual(net, 60)

    def test_cancelled_invoice_is_made_again(self):
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.assertState("failed", "failed")
        self.request.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertState("to_approve", "to_approve")
        self.assertNotEqual(self.request.invoice_id, self.invoice)
        self.assertEqual(self.hours.timesheet_invoice_id, self.request.invoice_id)

    def test_deleted_draft_frees_remote_hours(self):
        ticket = self._create_ticket(service_mode="remote")
        hours = self._add_hours(ticket, 1)
        ticket.action_solve()
        self._run_billing()
        ticket.billing_request_ids.invoice_id.unlink()
        self.assertFalse(hours.timesheet_invoice_id)
        ticket.billing_request_ids.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual(hours.timesheet_invoice_id, ticket.billing_request_ids.invoice_id)

    def test_nothing_is_left_to_bill_of_what_came_back(self):
        note = self._signed_note(hours=0, quantity=2)
        self._run_billing()
        request = note.billing_request_ids
        request.with_user(self.accountant).action_approve()
        self._run_billing()
        picking = note.line_ids.move_id.picking_id
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 2
        self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]).button_validate()
        self._run_billing()
        credit = note.ticket_id.billing_request_ids - request
        credit.with_user(self.accountant).action_approve()
        self.assertEqual(request.state, "credited")
        with self.assertRaisesRegex(UserError, "came back"):
            request.with_user(self.accountant).action_bill_again()


@tagged("post_install", "-at_install")
class TestAccountantsView(ChainCase):
    def test_invoice_is_approved_on_its_form(self):
        note = self._signed_note()
        self._run_billing()
        request = note.billing_request_ids
        request.invoice_id.with_user(self.accountant).action_ticketing_approve()
        self.assertEqual((request.state, request.approved_by_id), ("to_send", self.accountant))
        self._run_billing()
        self.assertEqual(request.state, "sent")

    def test_invoice_posted_on_its_form_is_sent_when_approved(self):
        note = self._signed_note()
        self._run_billing()
        request = note.billing_request_ids
        request.invoice_id.with_user(self.accountant).action_post()
        self._run_billing()
        self.assertEqual(request.state, "to_send", "posted, and nobody said to send it")
        request.with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertEqual(request.state, "sent")

    def test_draft_says_what_it_misses_while_it_is_mended(self):
        self.customer.write({"vat": False, "peppol_endpoint": False, "invoice_edi_format": "ubl_bis3"})
        note = self._signed_note()
        self._run_billing()
        request = note.billing_request_ids
        self.assertEqual(request.state, "failed")
        invoice = request.invoice_id.with_user(self.accountant)
        self.assertEqual(invoice.einvoice_gaps, request.error)
        self.customer.write({"vat": "ESA46000469"})
        invoice.invalidate_recordset()
        self.assertFalse(invoice.einvoice_gaps)
        with Form(invoice) as form, mute_logger("odoo.tests.form.onchange"):
            with form.invoice_line_ids.edit(0) as line:
                line.tax_ids.clear()
            self.assertIn("exactly one tax", form.einvoice_gaps)
            with form.invoice_line_ids.edit(0) as line:
                line.tax_ids.add(self.tax)
            self.assertFalse(form.einvoice_gaps)


@tagged("post_install", "-at_install")
class TestPrintedInvoice(ChainCase, HttpCase):
    def _run_cron(self, xmlid):
        """An HTTP test has its registry in test mode already."""
        self.env.ref(f"helpdesk_ticketing.{xmlid}").method_direct_trigger()

    def test_printed_invoice_carries_its_data(self):
        """The real PDF, by wkhtmltopdf: Factur-X inside, in either format."""
        for file_format in ("facturx", "ubl_bis3"):
            self.customer.invoice_edi_format = file_format
            note = self._signed_note()
            self._run_billing()
            request = note.billing_request_ids
            request.with_user(self.accountant).action_approve()
            sending = self.env(context=dict(self.env.context, force_report_rendering=True))
            with (
                patch.dict(config.options, {"test_enable": False}),
                mute_logger("odoo.addons.base.models.ir_actions_report"),  # switches that Debian's build ignores
            ):
                request.with_env(sending)._send()
            pdf = request.invoice_id.invoice_pdf_report_id.raw
            self.assertTrue(pdf.startswith(b"%PDF"))
            self.assertEqual(check_en16931_cii(extract_cii_from_pdf(pdf)), [])
            pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
            self.assertEqual(len(pages), 1)
            text = " ".join(pages[0].extract_text().split())
            self.assertIn(self.company.name, text, "whose invoice it is")
