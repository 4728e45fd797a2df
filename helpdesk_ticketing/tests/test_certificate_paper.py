import doctest
import io
import subprocess
from datetime import date

import openpyxl
from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..tools import curve
from .common_progress import ProgressCase

REPORT = "helpdesk_ticketing.delivery_note_report"


@tagged("-at_install", "post_install")
class TestCertificatePaper(ProgressCase):
    """What the PDF and the spreadsheet of a certificate say, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_ES")
        cls.env["ir.module.module"]._load_module_terms(["account", "helpdesk_ticketing"], ["es_ES"])
        (cls.customer | cls.contact).lang = "es_ES"

    def _certify_part(self):
        """Return the second certificate of a contract with a change: 30 % stand on the first."""
        plan = self._make_plan(retention_percent=5)
        parts = plan.milestone_ids.sorted("id")
        self._add_change(plan, 1234.56)
        for part in parts[:2]:
            part.is_reached = True
            note = self._accept(self._certify(plan))
        return note

    def _read_pdf(self, note):
        """Return the words of the paper, as a reader sees them."""
        with mute_logger("odoo.addons.base.models.ir_actions_report"):  # unpatched: "not supported", many times
            pdf = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(REPORT, note.ids)[0]
            )
        text = subprocess.run(
            ["pdftotext", "-layout", "-", "-"], input=pdf, stdout=subprocess.PIPE, check=True
        ).stdout.decode()
        return " ".join(text.replace("\u200b", "").split())

    def _read_book(self, note, **options):
        file = io.BytesIO()
        note._write_certificate(file)
        return openpyxl.load_workbook(file, **options)

    def test_pdf_spanish(self):
        note = self._certify_part()
        text = self._read_pdf(note)
        for words in (
            "Certificación de obra n.º 2",
            "Part 2 4.000,00 0,00 4.000,00 4.000,00 100,00 %",
            "Otras partidas, como antes 7.234,56 3.000,00 0,00 3.000,00 41,47 %",
            "Total 11.234,56 3.000,00 4.000,00 7.000,00 62,31 %",
            "200,00 €",  # held back of this period
            "350,00 €",  # to date
            "4.584,56 €",  # balance, retention included
            "3.800,00 €",
            "798,00 €",
            "4.598,00 €",
            "Marta Ruiz",
            note.content_hash,
        ):
            self.assertIn(words, text)
        self.assertEqual(note._get_report_name(), f"Certificación {note.name}, n.º 2".replace("/", "-"))

    def test_evidence_of_who_has_to_accept(self):
        """A block for each, and for nobody else; who is still to accept has a place to sign."""
        lender = self.env["res.partner"].create({"name": "Bank Test", "is_company": True})
        waits = "Por aceptar y firmar por la entidad financiera Bank Test"
        done = "Aceptada y firmada por la entidad financiera Marta Ruiz, Bank Test"
        for acceptance in ("payer", "both"):
            plan = self._make_plan(payer="lender", lender_id=lender.id, acceptance=acceptance)
            plan.milestone_ids[0].is_reached = True
            note = self._certify(plan)
            note.action_ready()
            if acceptance == "both":
                note.action_sign("Marta Ruiz", self.signature)
            text = self._read_pdf(note)
            self.assertIn(waits, text)
            self.assertNotIn("la entidad financiera Marta", text)
            text = self._read_pdf(self._accept(note))
            self.assertIn(done, text)
            self.assertNotIn("Por aceptar", text)
            self.assertEqual("firmada por el cliente Marta Ruiz" in text, acceptance == "both")
            cells = [cell.value for row in self._read_book(note).worksheets[0].iter_rows() for cell in row]
            self.assertEqual("Aceptada por" in cells, acceptance == "both")

    def test_totals_are_the_invoices(self):
        """With a lender, a deposit and what is held back: the paper's total is that of the invoice."""
        lender = self.env["res.partner"].create({"name": "Bank", "is_company": True})
        plan = self._make_plan(total=9999.99, percents=(33.33, 33.33, 33.34), retention_percent=7, lender_id=lender.id)
        self._pay_deposit(plan, 1000)
        plan.milestone_ids[1].payer = "lender"
        plan.milestone_ids.is_reached = True
        plan.action_certify()
        for note in plan.certificate_ids:
            totals = self._accept(note)._get_tax_totals()
            self._run_billing()
            invoice = note.billing_request_ids.invoice_id
            for name, amount in (
                ("base", invoice.amount_untaxed),
                ("tax", invoice.amount_tax),
                ("total", invoice.amount_total),
            ):
                self.assertEqual(note.currency_id.round(totals[f"{name}_amount_currency"]), amount)
            self.assertEqual(note.amount_untaxed, invoice.amount_untaxed)
        self.assertEqual(set(plan.certificate_ids.mapped("payer")), {"customer", "lender"})
        self.assertTrue(any(plan.certificate_ids.mapped("deposit_amount")))

    def _pay_deposit(self, plan, amount):
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "fixed",
                "fixed_amount": amount,
                "sale_order_ids": [Command.set(plan.sale_order_id.ids)],
            }
        )
        invoice = wizard._create_invoices(plan.sale_order_id)
        invoice.action_post()
        return invoice

    def test_pdf_credit(self):
        """More is given back than completed: the paper says so, with negative amounts."""
        note = self._certify_part()
        note.line_ids.milestone_id.is_reached = False
        text = self._read_pdf(self._accept(self._certify(note.plan_id)))
        self.assertIn("Part 2 4.000,00 4.000,00 -4.000,00 0,00 0,00 %", text)
        self.assertIn("A abonar con esta certificación", text)
        self.assertIn("-4.598,00 €", text)

    def test_xlsx(self):
        """Numbers are numbers, with the cents of the currency; totals are formulas that say the same."""
        note = self._certify_part()
        formulas, values = self._read_book(note), self._read_book(note, data_only=True)
        positions = values["Partidas"]
        self.assertEqual(
            [row[2:] for row in positions.iter_rows(min_row=2, values_only=True)],
            [
                (4000, 0, 4000, 4000, 1, 200),
                (7234.56, 3000, 0, 3000, 0.4147, 0),
                (11234.56, 3000, 4000, 7000, 0.6231, 200),
            ],
        )
        self.assertEqual(formulas["Partidas"]["E4"].value, "=SUM(E2:E3)")
        self.assertEqual((positions["C2"].number_format, positions["G2"].number_format), ("#,##0.00", "0.00%"))
        self.assertEqual(positions.freeze_panes, "B2")
        sums = dict(values["Certificación"].iter_rows(max_col=2, values_only=True))
        self.assertEqual(sums["Pendiente de ejecutar, retención incluida"], 4584.56)
        self.assertEqual(sums["Total a facturar"], 4598)
        self._check_formulas(formulas, values)

    def _check_formulas(self, formulas, values):
        """Compute the first sheet's formulas from its cells: they make what it shows."""
        sheet, shown = formulas["Certificación"], values["Certificación"]
        counted = 0
        for row in sheet.iter_rows(min_col=2, max_col=2):
            text = row[0].value
            if isinstance(text, str) and text.startswith("=B"):
                amount = 0.0
                for part in text[1:].replace("-", "+-").split("+"):
                    amount += (-1 if part.startswith("-") else 1) * shown[part.lstrip("-")].value
                self.assertAlmostEqual(amount, shown[row[0].coordinate].value)
                counted += 1
        self.assertEqual(counted, 4)

    def test_formula_in_a_name(self):
        """What a person typed is text, whatever it looks like."""
        plan = self._make_plan()
        plan.milestone_ids[0].write({"name": "=1+1", "is_reached": True})
        self.assertEqual(self._read_book(self._certify(plan))["Partidas"]["A2"].data_type, "s")

    def test_photos(self):
        """Photos of the certificate are kept as they were when it was signed."""
        plan = self._make_plan()
        plan.milestone_ids[0].is_reached = True
        note = self._certify(plan)
        photo = {"name": "Boiler", "datas": self.signature, "res_model": note._name, "res_id": note.id}
        kept = self.env["ir.attachment"].create(photo)
        self._accept(note)
        self.env["ir.attachment"].create({**photo, "name": "Later"})
        self.assertEqual(note.photo_ids, kept)
        self.assertEqual([name for name, __ in note._get_certificate_pictures()], ["Boiler"])


@tagged("-at_install", "post_install")
class TestCertificateDownload(ProgressCase, HttpCase):
    def test_download(self):
        """Who may read the certificate gets its spreadsheet, its customer too; others are told that it is not theirs."""
        plan = self._make_plan()
        plan.milestone_ids[0].is_reached = True
        note = self._certify(plan)
        note.action_ready()
        url = note.action_export_xlsx()["url"]
        self._add_portal_user("signer", self.contact)
        self._add_portal_user("stranger", self.env["res.partner"].create({"name": "Stranger"}))
        for login in ("admin", "signer"):
            self.authenticate(login, login)
            response = self.url_open(url)
            self.assertIn(note.name.replace("/", "-"), response.headers["Content-Disposition"])
            self.assertEqual(len(openpyxl.load_workbook(io.BytesIO(response.content)).sheetnames), 2)
        self.authenticate("stranger", "stranger")
        with mute_logger("odoo.http"):
            self.assertNotIn("spreadsheet", self.url_open(url).headers["Content-Type"])

    def _add_portal_user(self, login, partner):
        group = self.env.ref("base.group_portal")
        values = {"login": login, "password": login, "partner_id": partner.id, "group_ids": [Command.set(group.ids)]}
        self.env["res.users"].create(values)


@tagged("-at_install", "post_install")
class TestProgressCurve(ProgressCase):
    """What was planned, certified and paid by when."""

    def test_drawing(self):
        self.assertFalse(doctest.testmod(curve).failed)

    def test_points(self):
        plan = self._make_plan(retention_percent=10)
        plan.milestone_ids[0].deadline = "2026-03-01"
        plan.milestone_ids[1].deadline = "2026-05-01"
        plan.milestone_ids[0].is_reached = True
        with freeze_time("2026-03-10 12:00:00"):
            note = self._accept(self._certify(plan))
            self._run_billing()
        invoice = note.billing_request_ids.invoice_id
        invoice.invoice_date = "2026-03-10"
        invoice.action_post()
        self._pay(invoice, invoice.amount_total / 2, "2026-03-20")
        self._pay(invoice, invoice.amount_residual, "2026-04-20")
        planned, certified, paid = plan._get_curve_lines()
        self.assertEqual(planned.points, [(date(2026, 3, 1), 3000), (date(2026, 5, 1), 7000)])
        self.assertEqual(certified.points, [(date(2026, 3, 10), 3000)])
        self.assertEqual(paid.points, [(date(2026, 3, 20), 1350), (date(2026, 4, 20), 2700)])
        self.assertEqual(paid.points[-1][1], plan.paid_amount)
        svg = etree.fromstring(str(plan.curve)).find("{*}svg")
        self.assertEqual(svg.get("role"), "img")
        self.assertIn("2,700.00", svg.find("{*}desc").text)

    def _pay(self, invoice, amount, day):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        wizard.create({"amount": amount, "payment_date": day})._create_payments()

    def test_deposit(self):
        """A deposit is paid for the plan, before anything is certified."""
        plan = self._make_plan()
        invoice = TestCertificatePaper._pay_deposit(self, plan, 1000)
        self._pay(invoice, invoice.amount_total, "2026-02-01")
        self.assertEqual(plan._get_curve_lines()[2].points, [(date(2026, 2, 1), invoice.amount_untaxed)])

    def test_nothing_planned(self):
        plan = self._make_plan()
        self.assertNotIn("<svg", plan.curve)
        plan.milestone_ids[0].deadline = "2026-03-01"
        plan.invalidate_recordset(["curve"])
        self.assertIn("<svg", plan.curve)

    def test_completion(self):
        """Without milestones the contract is planned evenly, from the project's first day to its last."""
        self.project.write({"date_start": "2026-01-01", "date": "2026-04-01"})
        plan = self._make_plan(total=100.01, method="completion", completion_source="manual")
        self.assertEqual([amount for __, amount in plan._get_curve_lines()[0].points], [33.34, 66.67, 100.01])

    def test_escaped(self):
        plan = self._make_plan()
        plan.milestone_ids[0].deadline = "2026-03-01"
        plan.name = "<script>alert(1)</script>"
        self.assertNotIn("<script", plan.curve)

    def test_access(self):
        plan = self._make_plan()
        with self.assertRaises(AccessError):
            plan.with_user(self.env.ref("base.public_user"))._draw_curve()

    def test_queries(self):
        """As many queries for 200 milestones and six certificates as for three and two."""
        few = self._count(self._make_plan(percents=(30, 40, 30)), 2)
        self.assertEqual(self._count(self._make_plan(percents=[0.5] * 200), 6), few)

    def _count(self, plan, certificates):
        plan.milestone_ids.deadline = "2026-03-01"
        for milestone in plan.milestone_ids[:certificates]:
            milestone.is_reached = True
            self._accept(self._certify(plan))
        self._run_billing()
        invoices = plan.certificate_ids.billing_request_ids.invoice_id
        invoices.filtered(lambda move: move.state == "draft").action_post()
        for invoice in invoices:
            self._pay(invoice, invoice.amount_total, "2026-03-20")
        self.env.flush_all()
        plan._draw_curve()  # what the registry keeps
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        plan._draw_curve()
        return self.env.cr.sql_log_count - before
