import io
import logging
from unittest.mock import patch

import pypdf

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..controllers.sign_link import hide_secrets
from ..models import ticketing_asset_label_mixin, ticketing_throttle, ticketing_ticket_fault_mixin
from ..tools import asset_label
from .common_asset import PortalAssetCase, make_photo

POINTS = 72 / 25.4  # in a millimetre
FAULT = {"description": "It hums\nand shakes", "name": "Ana López", "phone": "600 11 22 33"}


@tagged("post_install", "-at_install")
class TestAssetLabelPaper(PortalAssetCase):
    """The label on paper."""

    def _open_pdf(self, action, user=None):
        self._login(user or self.technician)
        answer = self.url_open(action["url"])
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        return pypdf.PdfReader(io.BytesIO(answer.content)).pages

    def test_roll(self):
        """One label a page, as big as the label: what it is, whose desk, whom to call."""
        unit = self.unit.with_user(self.technician)
        [page] = self._open_pdf(unit.action_ticketing_label())
        size = [round(float(length) / POINTS) for length in (page.mediabox.width, page.mediabox.height)]
        self.assertEqual(size, [50, 30])
        text = page.extract_text()
        for part in ("PUMP-1", "Pump", self.company.name, self.company.phone, "Scan or call"):
            self.assertIn(part, text)
        self.assertNotIn("Hotel", text, "nothing of the customer")

    def test_sheet(self):
        """Four by nine on A4; units without a label get one, those with one keep it."""
        more = self.env["stock.lot"].create(
            [{"name": f"MANY-{number:02}", "product_id": self.pump.id} for number in range(37)]
        )
        units = (self.unit | more).with_user(self.technician)
        before = self.unit.ticketing_label_token
        pages = self._open_pdf(units.action_ticketing_label_sheet())
        self.assertEqual(len(pages), 2)
        self.assertEqual([round(float(length) / POINTS) for length in pages[0].mediabox[2:]], [210, 297])
        self.assertIn("MANY-34", pages[0].extract_text())
        self.assertIn("MANY-36", pages[1].extract_text())
        self.assertEqual(self.unit.ticketing_label_token, before)
        self.assertEqual(len(set(units.sudo().mapped("ticketing_label_token"))), 38)

    def test_long_and_foreign_names(self):
        """Nothing is too long for a label, nor in letters that stop the printer."""
        label = asset_label.Label("S" * 60, "Насос " * 30, "Ό" * 90, "+34 " * 20, "https://a.example/" + "x" * 80, "h")
        for draw in (asset_label.draw_roll, asset_label.draw_sheets):
            self.assertTrue(draw([label]).startswith(b"%PDF"))
        with patch.object(asset_label, "_get_fonts", lambda: ("Helvetica", "Helvetica-Bold")):
            self.assertTrue(asset_label.draw_roll([label]).startswith(b"%PDF"))

    def test_who_prints(self):
        """The desk prints what it may see; a customer prints nothing, and no list is longer than a page's address."""
        url = self.unit.with_user(self.technician).action_ticketing_label()["url"]
        for user in (self.marta, self.accountant):
            self._login(user)
            self.assertEqual(self.url_open(url).status_code, 404, user.login)
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                self.unit.with_user(user).action_ticketing_label()
        self._login(self.technician)
        for wrong in ("/ticketing/asset/labels/poster?ids=1", "/ticketing/asset/labels/roll?ids=x,-1,²,99999999999"):
            self.assertEqual(self.url_open(wrong).status_code, 404, wrong)
        file = [("ids", ("a.txt", b"x", "text/plain"))]
        page = self._post("/ticketing/asset/labels/roll", files=file)
        self.assertEqual(page.status_code, 404)
        with patch.object(ticketing_asset_label_mixin, "LABELS", 1), self.assertRaisesRegex(UserError, "at the most"):
            self.serials.action_ticketing_label()


@tagged("post_install", "-at_install")
class TestAssetLabelLink(PortalAssetCase):
    """Where the QR code leads: by who scans it."""

    def test_stranger(self):
        """He reads what stands on the label and nothing of the customer; the page tells nobody of the link."""
        self._login(None)
        page = self.url_open(self._label())
        self.assertEqual(page.status_code, 200)
        for part in ("PUMP-1", "Pump", self.company.phone, 'name="description"'):
            self.assertIn(part, page.text)
        for secret in ("Hotel", "Marta", "Cellar", "10.0.0.7", "Between us"):
            self.assertNotIn(secret, page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])

    def test_staff_come_to_the_history(self):
        self._login(self.technician)
        answer = self.url_open(self._label(), allow_redirects=False)
        self.assertTrue(answer.headers["Location"].endswith(f"/odoo/ticketing-assets/{self.unit.id}"))
        self._login(self.accountant)
        self.assertIn('name="description"', self.url_open(self._label()).text, "who may not see it is a stranger")

    def test_customer_comes_to_his_form(self):
        self._login(self.marta)
        page = self.url_open(self._label())
        self.assertTrue(page.url.endswith(f"/my/tickets/new?lot_id={self.unit.id}"))
        self.assertRegex(page.text, rf'value="{self.unit.id}" selected="(True|selected)"')
        self._login(self.stranger)
        page = self.url_open(self._label()).text
        self.assertIn('name="description"', page)
        self.assertIn('value="stranger@other.example"', page, "his own name and address are filled in")
        self.assertNotIn("Hotel", page)

    def test_dead_labels(self):
        """Wrong, revoked, replaced, another unit's, none's: one answer for all, for reading and for reporting."""
        self._login(None)
        old = self._label()
        self.unit.with_user(self.technician).action_ticketing_label_renew()
        new = self._label()
        self.assertEqual(self.url_open(new).status_code, 200)
        token = self.unit.ticketing_label_token
        never = self.foreign.id
        dead = [old, f"{new}x", f"/ticketing/asset/{never}/{token}", f"/ticketing/asset/{never}/False"]
        dead += [f"/ticketing/asset/{number}/{token}" for number in (0, 2**31 - 1, 2**40)]
        dead += [f"/ticketing/asset/{self.unit.id}/%C3%B1"]
        texts = {self._strip(self.url_open(url)) for url in dead}
        self.assertEqual(len(texts), 1)
        self.assertIn("no longer valid", texts.pop())
        self.unit.with_user(self.technician).action_ticketing_label_revoke()
        self.assertEqual(self.url_open(new).status_code, 404)
        answer = self._post(f"{new}/report", FAULT, page="/web/login")
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.env["ticketing.ticket"].search([("lot_id", "=", self.unit.id)]))

    def _strip(self, answer):
        """The answer without what differs by request."""
        self.assertEqual(answer.status_code, 404)
        __, __, page = answer.text.partition('<div class="o_ticketing_link">')
        return page.partition("</main>")[0]

    def test_guessing(self):
        """After many wrong labels an address has to wait, the right one included."""
        with patch.dict(ticketing_throttle.LIMITS, link=(2, 10)):
            self._login(None)
            for __ in range(2):
                self.url_open(f"{self._label()}x")
            answer = self.url_open(self._label())
        self.assertEqual(answer.status_code, 429)
        self.assertIn("Retry-After", answer.headers)

    def test_link_is_not_logged(self):
        record = logging.LogRecord("werkzeug", logging.INFO, "", 0, f"GET {self._label()}/report", (), None)
        hide_secrets(record)
        self.assertNotIn(self.unit.ticketing_label_token, record.getMessage())
        self.assertIn(f"/ticketing/asset/{self.unit.id}/***", record.getMessage())

    def test_in_spanish(self):
        self._install_spanish()
        self._login(None).context.pop("lang")
        http.root.session_store.save(self.session)
        self.opener.headers["Accept-Language"] = "es-ES,es;q=0.9"
        self.assertIn("Avisar de una avería", self.url_open(self._label()).text)


@tagged("post_install", "-at_install")
class TestAssetFault(PortalAssetCase):
    """A fault reported from a label."""

    def _report(self, user=None, files=None, **form):
        self._login(user)
        url = self._label()
        return self._post(f"{url}/report", {**FAULT, **form}, page=url, files=files)

    def _reported(self):
        return self.env["ticketing.ticket"].search([("lot_id", "=", self.unit.id)])

    def test_stranger(self):
        """His ticket names the unit and himself; whose it is the desk sees and decides."""
        page = self._report(files=[("files", ("pump.jpg", make_photo(), "image/jpeg"))])
        ticket = self._reported()
        self.assertIn(ticket.number, page.text)
        self.assertIn("We have your report", page.text)
        self.assertEqual((ticket.name, ticket.partner_name), ("It hums", "Ana López"))
        self.assertEqual((ticket.partner_phone, ticket.product_id), ("600 11 22 33", self.pump))
        self.assertFalse(ticket.partner_id or ticket.user_id)
        self.assertEqual((ticket.channel_id.code, ticket.company_id), ("portal", self.company))
        self.assertIn("and shakes", ticket.description)
        self.assertIn("belongs to Hotel Test", ticket.asset_alert)
        self.assertEqual(ticket.message_ids.attachment_ids.mapped("name"), ["pump.jpg"])
        self.assertNotIn(self.customer, ticket.message_partner_ids)

    def test_known_address(self):
        """Who leaves an address that is known at the unit's customer is him; one known elsewhere is a stranger's."""
        self._report(email="Marta@Customer.example", name="M.")
        self.assertEqual(self._reported().partner_id, self.contact)
        self._report(email="stranger@other.example")
        self.assertFalse(self._reported()[0].partner_id)
        self.assertEqual(self._reported()[0].email_from, "stranger@other.example")

    def test_mistakes(self):
        """What is missing is told, what was written stays, and no ticket is made."""
        cases = [
            ({"description": " "}, "Describe what happened"),
            ({"description": "x" * 4001}, "too long"),
            ({"name": ""}, "Say who you are"),
            ({"phone": ""}, "Leave an email address or a phone"),
            ({"email": "nobody"}, "is not complete"),
            ({"phone": "1" * 121}, "120 characters at the most"),
        ]
        for form, message in cases:
            page = self._report(**form).text
            self.assertIn(message, page)
            self.assertTrue("Ana López" in page or "and shakes" in page)
        self.assertFalse(self._reported())

    def test_photos_only(self):
        """Nothing but pictures, few and small; what calls itself one is looked at."""
        for name, content in (("a.html", b"<script>"), ("a.png", b"<svg onload='x()'/>"), ("a.jpg", b"")):
            page = self._report(files=[("files", (name, content, "image/png"))]).text
            self.assertIn("is not a photo", page)
        with patch.object(ticketing_ticket_fault_mixin, "PICTURE_COUNT", 1):
            files = [("files", (f"{n}.jpg", make_photo(), "image/jpeg")) for n in range(2)]
            self.assertIn("1 photos at the most", self._report(files=files).text)
        with patch.object(ticketing_ticket_fault_mixin, "PICTURES_BYTES", 10):
            page = self._report(files=[("files", ("big.jpg", make_photo(), "image/jpeg"))])
            self.assertIn("too big", page.text)
        self.assertFalse(self._reported())

    def test_program(self):
        """What fills in the field that nobody sees is thanked and forgotten."""
        page = self._report(website="https://spam.example")
        self.assertIn("We have your report", page.text)
        self.assertFalse(self._reported())

    def test_twice(self):
        """The same form is one ticket; its key says nothing of another unit's."""
        key = self.env["ticketing.ticket"]._new_key()
        pages = [self._report(key=key) for __ in range(2)]
        self.assertEqual(len(self._reported()), 1)
        self.assertEqual(len({page.url for page in pages}), 1)
        self.foreign._renew_label_tokens()
        page = self.url_open(f"{self._label(self.foreign)}?sent={key}").text
        self.assertNotIn(self._reported().number, page)
        for wrong in ("%00", "1", "%C3%B1" * 32):
            page = self.url_open(f"{self._label()}?sent={wrong}")
            self.assertEqual(page.status_code, 200)
            self.assertIn('name="description"', page.text, "nothing was sent with it")

    def test_flood(self):
        """By address and by unit: then the phone is left."""
        with patch.dict(ticketing_throttle.LIMITS, fault=(2, 60)):
            for text in ("One", "Two"):
                self._report(description=text)
            page = self._report(description="Three").text
        self.assertIn("please wait 60 minutes, or call us", page)
        self.assertEqual(len(self._reported()), 2)

    def test_files_are_no_texts(self):
        """A file that has the name of a text is as if it were not there."""
        for name in ("description", "name", "email", "phone", "key"):
            with self.subTest(name):
                self._login(None)
                url = self._label()
                form = {**FAULT, "email": "ana@stranger.example"}
                form.pop(name, None)
                page = self._post(f"{url}/report", form, page=url, files=[(name, ("a.txt", b"x", "text/plain"))])
                self.assertEqual(page.status_code, 200)
                self.assertNotIn("FileStorage", page.text)
        self.assertEqual(len(self._reported()), 3, "without address, number or key it is a report all the same")

    def test_needs_a_token_of_the_form(self):
        with mute_logger("odoo.http"):
            self._login(None)
            self.assertEqual(self.url_open(f"{self._label()}/report", data=FAULT).status_code, 400)
            self.assertIn(self.url_open(f"{self._label()}/report").status_code, (404, 405))
        self.assertFalse(self._reported())
