import io
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from unittest import skipUnless
from unittest.mock import patch

import pypdf
from freezegun import freeze_time
from reportlab.pdfgen import canvas

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ..models.ticketing_delivery_note_pdf_mixin import PDF_TRIES
from ..tools.pdf_pages import number_pages
from .common import TicketingCase

REPORT = "helpdesk_ticketing.delivery_note_report"
LOGGER = "odoo.addons.helpdesk_ticketing.models.ticketing_delivery_note_pdf_mixin"


def renderer_folders():
    """Return the folders of the commands' path that hold a wkhtmltopdf: one with patches, one without."""
    folders = dict.fromkeys(os.environ["PATH"].split(os.pathsep))
    found = {(Path(folder) / "wkhtmltopdf").resolve(): folder for folder in folders}
    return [folder for file, folder in found.items() if os.access(file, os.X_OK)]


@tagged("post_install", "-at_install")
class TestNoteReport(TicketingCase):
    """What the paper says."""

    def _html(self, note, user=None):
        report = self.env["ir.actions.report"].with_user(user or self.env.user).sudo(bool(user))
        return report._render_qweb_html(REPORT, note.ids)[0].decode()

    def test_signed(self):
        """Customer, ticket, hours, material, total, signer, time with zone, address, fingerprint."""
        self.contact.tz = "Europe/Madrid"
        ticket = self._create_ticket(name="Boiler cold")
        self._add_hours(ticket, 1.25, name="Found the fault")
        self._add_hours(ticket, 0.5, name="Test run")
        self._add_material(ticket, quantity=2)
        note = self._make_ready(ticket)
        with freeze_time("2026-07-01 10:30:15"):
            note._sign("Marta Test", self.signature, "link", "203.0.113.9")
        page = self._html(note)
        for text in (
            note.name,
            ticket.number,
            "Boiler cold",
            "Hotel Test",
            "Found the fault",
            "Test run",
            "Valve",
            "1.75",
            "Marta Test",
            "12:30:15",
            "Europe/Madrid, UTC+02:00",
            "203.0.113.9",
            note.content_hash,
            "data:image/png;base64",
        ):
            self.assertIn(text, page)
        self.assertNotIn("Amount", page)

    def test_prices(self):
        """Where prices show, the totals are those of the invoice, taxes included."""
        self.team.show_prices = True
        note = self._signed_note(hours=1.25, quantity=3)
        totals = note._get_tax_totals()
        self._run_billing()
        invoice = note.billing_request_ids.invoice_id
        self.assertAlmostEqual(totals["total_amount_currency"], invoice.amount_total)
        self.assertAlmostEqual(totals["base_amount_currency"], invoice.amount_untaxed)
        self.assertIn("Amount", self._html(note))

    def test_refused_and_absent(self):
        """Refusal and absence are printed with their reasons."""
        ticket = self._create_ticket()
        self._add_hours(ticket)
        note = self._make_ready(ticket)
        note.absence_reason = "Nobody at the door"
        note.action_refuse("Too <b>long</b>")
        page = self._html(note)
        self.assertIn("Nobody at the door", page)
        self.assertIn("Too &lt;b&gt;long&lt;/b&gt;", page)

    def test_qr_only_from_the_desk(self):
        """The desk's paper carries the link as a QR code; what a customer downloads does not."""
        ticket = self._create_ticket()
        self._add_hours(ticket)
        note = self._make_ready(ticket)
        self.assertIn("QR code", self._html(note, self.technician))
        self.assertNotIn("QR code", self._html(note, self.env.ref("base.public_user")))

    def test_page_numbers(self):
        """Each page tells its number; what the font lacks is left out."""
        sheet = io.BytesIO()
        pen = canvas.Canvas(sheet)
        for __ in range(3):
            pen.drawString(100, 100, "text")
            pen.showPage()
        pen.save()
        pages = pypdf.PdfReader(io.BytesIO(number_pages(sheet.getvalue(), "ALB/1 山"))).pages
        self.assertEqual(len(pages), 3)
        self.assertIn("ALB/1", pages[1].extract_text())
        self.assertIn("2 / 3", pages[1].extract_text())
        self.assertIn("text", pages[2].extract_text())


@tagged("post_install", "-at_install")
class TestNotePdfQueue(TicketingCase):
    """The PDF is made after the signature, by a job that one bad note can't stop."""

    def _run(self):
        self._run_cron("ir_cron_note_pdf")
        self.env.invalidate_all()

    def _break(self, bad, error=None):
        """Make the rendering of one note fail."""
        model = type(self.env["ir.actions.report"])
        original = model._render_qweb_pdf
        failure = error or ValueError("broken layout")

        def render(report, ref, res_ids=None, data=None):
            if bad.id in (res_ids or []):
                raise failure
            return original(report, ref, res_ids, data)

        return patch.object(model, "_render_qweb_pdf", render)

    def test_triggered_by_the_signature(self):
        """Signing wakes the job."""
        cron = self.env.ref("helpdesk_ticketing.ir_cron_note_pdf")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self._signed_note()
        self.env.cr.precommit.run()  # triggers are inserted at the end of the transaction
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_attached_and_sent(self):
        """The customer gets his copy, and the note keeps the file."""
        note = self._signed_note()
        self._run()
        self.assertFalse(note.pdf_pending)
        self.assertEqual(note.pdf_id.res_id, note.id)
        self.assertIn(self.contact, note.message_ids.filtered("attachment_ids").partner_ids)

    def test_bad_note_stops_no_other(self):
        """The error stays on its note, which is tried again later; the others get their PDF."""
        bad, good = self._signed_note(), self._signed_note()
        with self._break(bad), self.assertLogs(LOGGER, "WARNING"):
            self._run()
        self.assertFalse(good.pdf_pending)
        self.assertTrue(bad.pdf_pending)
        self.assertEqual((bad.pdf_attempts, bad.pdf_error), (1, "broken layout"))
        self.assertGreater(bad.pdf_retry_on, fields.Datetime.now())
        self.assertEqual(bad.activity_ids.user_id, self.manager)
        self.assertEqual(bad.state, "signed")

    def test_mended(self):
        """Once mended it is made at the next try, and the error is gone."""
        note = self._signed_note()
        with self._break(note, UserError("wkhtmltopdf is missing")), self.assertLogs(LOGGER, "WARNING"):
            self._run()
        self._run()
        self.assertTrue(note.pdf_pending)  # not yet due
        note.pdf_retry_on = fields.Datetime.now() - timedelta(minutes=1)
        self._run()
        self.assertFalse(note.pdf_pending or note.pdf_error or note.pdf_attempts)
        self.assertTrue(note.pdf_id)

    def test_gives_up(self):
        """It is not tried for ever; the button starts over."""
        note = self._signed_note()
        with self._break(note), mute_logger(LOGGER):
            for __ in range(PDF_TRIES + 2):
                note.pdf_retry_on = False
                self._run()
        self.assertEqual(note.pdf_attempts, PDF_TRIES)
        self.assertEqual(len(note.activity_ids), 1)
        note.with_user(self.technician).action_retry_pdf()
        self._run()
        self.assertTrue(note.pdf_id)


@tagged("post_install", "-at_install")
class TestNotePdf(TicketingCase, HttpCase):
    """A real PDF, made by each wkhtmltopdf of the machine."""

    @skipUnless(renderer_folders(), "wkhtmltopdf is not installed")
    def test_sixty_lines(self):
        """Sixty lines with names of several scripts: all there, on numbered pages, as text that can be found."""
        note = self._sixty_lines()
        self.addCleanup(_wkhtml.cache_clear)
        for folder in renderer_folders():
            with self.subTest(folder), patch.dict(os.environ, {"PATH": f"{folder}:{os.environ['PATH']}"}):
                _wkhtml.cache_clear()
                self._check_pages(note)

    def _sixty_lines(self):
        self.team.show_prices = True
        self.contact.name = "Ιωάννης Παπαδόπουλος"
        ticket = self._create_ticket(name="Обслуживание котельной")
        for number in range(60):
            self._add_hours(ticket, 0.25, name=f"Entry {number:02} Проверка насоса и замена фильтра")
        return self._sign(self._make_ready(ticket), name="Ιωάννης")

    def _check_pages(self, note):
        with mute_logger("odoo.addons.base.models.ir_actions_report"):  # unpatched: "not supported", many times
            pdf, kind = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(REPORT, note.ids)
            )
        self.assertEqual(kind, "pdf")
        command = ["pdftotext", "-layout", "-", "-"]
        paper = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()
        pages = [" ".join(page.split()) for page in paper.removesuffix("\f").split("\f")]
        text = "\n".join(pages)
        self.assertGreater(len(pages), 1)
        self.assertLess(len(pdf), 2_000_000)
        for number in range(60):
            self.assertEqual(text.count(f"Entry {number:02}"), 1)
        for words in (note.name, "Παπαδόπουλος", "Обслуживание", note.content_hash[:20]):
            self.assertIn(words, text)
        # The letterhead stands above, with its last line: it covers nothing.
        letterhead, body = pages[0].split(note.name, 1)
        self.assertIn(self.env.company.country_id.name, letterhead)
        self.assertIn(self.contact.name, body)
        for number, page in enumerate(pages, 1):
            self.assertIn(f"{number} / {len(pages)}", page)
