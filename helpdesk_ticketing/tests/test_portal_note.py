import base64
import io
import json
from unittest.mock import patch

from PIL import Image

from odoo import http
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .portal_common import PortalCase

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install")
class TestPortalNote(PortalCase):
    """The customer's delivery notes: what he sees."""

    def test_list(self):
        """His company's notes, those to sign first; drafts and strangers' not."""
        signed, ready = self._signed_note(), self._ready_note()
        draft_ticket = self._create_ticket()
        self._add_hours(draft_ticket)
        draft = draft_ticket._get_or_create_note()
        page = self._get("/my/notes", self.colleague).text
        self.assertIn(signed.name, page)
        self.assertNotIn(draft.name, page)
        self.assertLess(page.index(ready.name), page.index(signed.name))
        self.assertNotIn(signed.name, self.url_open("/my/notes?filterby=ready").text)
        page = self._get("/my/notes", self.stranger).text
        self.assertNotIn(ready.name, page)
        self.assertIn("No delivery notes", page)

    def test_in_spanish(self):
        """Pages, filters and refusals, in the words of es.po."""
        self._install_spanish()
        self.marta.lang = "es_ES"
        self._login(self.marta)
        self.session.context["lang"] = "es_ES"  # as logging in does
        http.root.session_store.save(self.session)
        note = self._ready_note()
        page = self.url_open("/my/notes?filterby=ready").text
        for words in ("Albaranes", "Por firmar", "Rechazado", note.name):
            self.assertIn(words, page)
        for values, words in (
            ({"name": " "}, "Escriba el nombre de la persona que firma."),
            ({"signature": ""}, "Falta la firma: firme en el recuadro."),
            ({"signature": "aGVsbG8="}, "La firma no es una imagen: vuelva a firmar."),
        ):
            self.assertEqual(self._sign_json(f"/my/notes/{note.id}/sign", **values)["error"], words)
        page = self._post(f"/my/notes/{note.id}/refuse", {"reason": " "})
        self.assertIn("Escriba por qué el cliente lo rechaza: el jefe de equipo lo lee.", page.text)
        page = self._post("/my/tickets/new", {"subject": " ", "description": "x"})
        self.assertIn("Diga en pocas palabras de qué se trata.", page.text)

    def test_list_queries_are_constant(self):
        """As many queries for six notes as for three."""
        for __ in range(3):
            self._ready_note(quantity=0)
        self._login(self.marta)
        first = self._count_queries("/my/notes")
        for __ in range(3):
            self._ready_note(quantity=0)
        self.assertEqual(self._count_queries("/my/notes"), first)
        self.assertLessEqual(first, 22)

    def test_content(self):
        """The page shows the frozen content: work, hours, material, serial numbers, what is covered and why."""
        ticket = self._create_ticket(name="Pump loud")
        self._add_hours(ticket, 1.25, name="Changed the pump")
        line = self._add_material(ticket, self.pump)
        line.sudo().used_lot_ids = self.serials[0]
        line.with_user(self.manager).sudo().write({"covered": True, "cover_reason": "Warranty until May"})
        note = ticket._get_or_create_note()
        note.summary = "New pump,\nruns quietly"
        note.sudo().action_ready()
        page = self._get(f"/my/notes/{note.id}", self.marta).text
        for text in ("Pump loud", "Changed the pump", "PUMP-1", "Warranty until May", "New pump,\nruns quietly"):
            self.assertIn(text, page)
        self.assertIn(note.content_hash, page)
        self.assertIn("helpdesk_ticketing.signature_form", page)

    def test_prices(self):
        """Prices show only where the note shows them; otherwise no route gives them away."""
        hidden = self._ready_note(quantity=1)
        page = self._get(f"/my/notes/{hidden.id}", self.marta).text
        self.assertNotIn("Amount", page)
        self.assertNotIn("30.00", page)
        line = hidden.line_ids[0].with_user(self.marta)
        self.assertTrue(line.name)
        for field in ("price_unit", "discount", "price_subtotal", "tax_names"):
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                line.read([field])
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            hidden.with_user(self.marta).read(["amount_untaxed"])
        self.team.show_prices = True
        shown = self._ready_note(quantity=1)
        page = self._get(f"/my/notes/{shown.id}", self.marta).text
        self.assertIn("Amount", page)
        self.assertIn(f"{shown.sudo().amount_untaxed:.2f}", page.replace(",", "."))

    def test_guessed_id(self):
        """Another company's note, a draft, and one that does not exist get the same answer."""
        ready = self._ready_note()
        ticket = self._create_ticket()
        self._add_hours(ticket)
        draft = ticket._get_or_create_note()
        for user, note_id in (
            (self.stranger, ready.id),
            (self.marta, draft.id),
            (self.marta, 2**31 - 1),
            (self.marta, 2**40),
        ):
            page = self._get(f"/my/notes/{note_id}", user)
            self.assertEqual(page.status_code, 404)
            self.assertNotIn("Repair", page.text)
        token = draft._portal_ensure_token()
        answer = self._get(f"/my/notes/{draft.id}?access_token={token}", None, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)

    def test_share_link_shows_only(self):
        """A share link shows the note; it neither signs nor gives the signing link."""
        note = self._ready_note()
        token = note._portal_ensure_token()
        page = self._get(f"/my/notes/{note.id}?access_token={token}")
        self.assertEqual(page.status_code, 200)
        self.assertIn(note.name, page.text)
        self.assertNotIn("signature_form", page.text)
        self.assertNotIn("/ticketing/sign/", page.text)
        with self.assertRaises(JsonRpcException), mute_logger(*QUIET):
            self._sign_json(f"/my/notes/{note.id}/sign?access_token={token}")
        self.assertEqual(note.state, "ready")

    def test_link_is_not_the_customers(self):
        """Nobody on the portal reads the signing link, its token or its QR code."""
        note = self._ready_note().with_user(self.marta)
        self.assertFalse(note.sign_url or note.sign_qr)
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            note.read(["sign_token"])

    def test_pdf(self):
        """The file made after the signature is the one that is sent; strangers get none."""
        note = self._signed_note()
        note.pdf_id = self.env["ir.attachment"].create(
            {"name": "note.pdf", "raw": b"%PDF-1.4 the signed one", "res_model": note._name, "res_id": note.id}
        )
        url = f"/my/notes/{note.id}?report_type=pdf&download=1"
        answer = self._get(url, self.colleague)
        self.assertEqual(answer.content, b"%PDF-1.4 the signed one")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(self._get(url, self.stranger).status_code, 404)
        self.assertEqual(self._get(url, None, allow_redirects=False).status_code, 303)


@tagged("post_install", "-at_install")
class TestPortalSign(PortalCase):
    """The customer signs and refuses when he is logged in."""

    def test_sign(self):
        """Name, image, time, address and method are kept; billing waits in its queue, the PDF for its job."""
        note = self._ready_note()
        self._login(self.colleague)
        answer = self._sign_json(f"/my/notes/{note.id}/sign", name="  Marta \n Test ")
        self.assertEqual(answer["redirect_url"], f"/my/notes/{note.id}?message=signed")
        self.assertEqual(note.state, "signed")
        self.assertEqual(note.signer_name, "Marta Test")
        self.assertEqual((note.sign_method, note.sign_address), ("portal", "127.0.0.1"))
        self.assertTrue(note.signature and note.signed_on and note.pdf_pending)
        self.assertFalse(note.sign_token or note.pdf_id)
        self.assertEqual(note.billing_request_ids.state, "queued")
        page = self.url_open(answer["redirect_url"]).text
        self.assertIn("Signed by", page)
        self.assertNotIn("signature_form", page)

    def test_queries(self):
        """Signing costs few queries: no PDF, no invoice."""
        note = self._ready_note()
        self._sign(self._ready_note())  # warm
        self.env.flush_all()
        self.env.invalidate_all()
        # What any request has read before it comes to signing: user, company, access to the note
        self.assertTrue(note._may_be_signed_by(self.marta) and note.company_id.vat)
        with patch.object(type(self.env["ir.actions.report"]), "_render_qweb_pdf", side_effect=AssertionError):
            before = self.env.cr.sql_log_count
            note._sign_as_customer("Marta", self.signature, "portal", "127.0.0.1")
            self.env.flush_all()
            self.assertLessEqual(self.env.cr.sql_log_count - before, 20)

    def test_twice(self):
        """A second signature is refused and leaves the first one."""
        note = self._ready_note()
        self._login(self.marta)
        self._sign_json(f"/my/notes/{note.id}/sign", name="First")
        answer = self._sign_json(f"/my/notes/{note.id}/sign", name="Second")
        self.assertIn("already", answer["error"])
        self.assertEqual(note.signer_name, "First")
        self.assertEqual(len(note.billing_request_ids), 1)

    def test_bad_input(self):
        """Each mistake is told in words, and nothing is signed."""
        note = self._ready_note()
        svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>").decode()
        gif = io.BytesIO()
        Image.new("P", (9, 9)).save(gif, "GIF")
        cases = [
            ({"name": " "}, "Write the name"),
            ({"name": None}, "Write the name"),
            ({"name": ["x"]}, "Write the name"),
            ({"signature": ""}, "signature is missing"),
            ({"signature": "not base64!"}, "not a picture"),
            ({"signature": svg}, "not a picture"),
            ({"signature": base64.b64encode(gif.getvalue()).decode()}, "not a picture"),
            ({"signature": "A" * (4 * 1024 * 1024 + 4)}, "too big"),
        ]
        self._login(self.marta)
        for values, message in cases:
            answer = self._sign_json(f"/my/notes/{note.id}/sign", **values)
            self.assertIn(message, answer["error"])
        self.assertEqual(note.state, "ready")

    def test_altered_content(self):
        """What is signed is what was shown: content changed behind the add-on's back is refused."""
        note = self._ready_note()
        self.env.cr.execute("UPDATE ticketing_delivery_note_line SET quantity = 99 WHERE note_id = %s", (note.id,))
        self.env.invalidate_all()
        self._login(self.marta)
        answer = self._sign_json(f"/my/notes/{note.id}/sign")
        self.assertIn("not what was shown", answer["error"])
        self.assertEqual(note.state, "ready")

    def test_who_may(self):
        """Only the customer's own people: no stranger, nobody of the desk, nobody without log-in."""
        note = self._ready_note()
        url = f"/my/notes/{note.id}/sign"
        for user in (self.stranger, self.technician):
            self._login(user)
            self.assertIn("not yours", self._sign_json(url)["error"])
        self._login(self.marta)
        self.assertIn("not yours", self._sign_json("/my/notes/2147483647/sign")["error"])
        self._login(None)
        with self.assertRaises(JsonRpcException), mute_logger(*QUIET):
            self._sign_json(url)
        self.assertEqual(note.state, "ready")

    def test_cross_site(self):
        """A foreign site can only send what browsers send without asking: forms and plain text. Neither signs."""
        note = self._ready_note()
        self._login(self.marta)
        url = f"/my/notes/{note.id}/sign"
        params = {"name": "Evil", "signature": self.signature.decode()}
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            with mute_logger(*QUIET, "werkzeug"):
                answer = self.url_open(url, data=body, headers={"Content-Type": kind})
            self.assertGreaterEqual(answer.status_code, 400, kind)
        answer = self.url_open(url, headers={"Origin": "https://evil.example"}, method="OPTIONS")
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
        self.assertEqual(note.state, "ready")

    def test_refuse(self):
        """A refusal keeps the reason, frees the work and tells the leader; it is the customer's, and needs a reason."""
        note = self._ready_note()
        url = f"/my/notes/{note.id}/refuse"
        self._login(self.stranger)
        self.assertEqual(self._post(url, {"reason": "x"}).status_code, 404)
        self._login(self.marta)
        with mute_logger(*QUIET):
            self.assertEqual(self.url_open(url, data={"reason": "x"}).status_code, 400)
        self.assertIn("Write why", self._post(url, {"reason": " "}).text)
        self.assertEqual(note.state, "ready")
        page = self._post(url, {"reason": "Only one hour"}).text
        self.assertIn("You have refused", page)
        self.assertEqual((note.state, note.refuse_reason), ("refused", "Only one hour"))
        self.assertEqual(note.activity_ids.user_id, self.manager)
        self.assertFalse(note.billing_request_ids)
        self.assertIn("already", self._post(url, {"reason": "Again"}).text)
