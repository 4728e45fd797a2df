import base64
import io
import logging
import re
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from PIL import Image

from odoo import fields, http
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from ..controllers.sign_link import hide_secrets
from ..models import ticketing_throttle
from ..models.ticketing_share_mixin import SHARE_DAYS
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestSignLink(PortalCase):
    """A delivery note is signed on the customer's own phone."""

    def setUp(self):
        super().setUp()
        self.note = self._ready_note()
        self.link = self._link(self.note)
        self._login(None)

    def _link(self, note):
        return f"/ticketing/sign/{note.id}/{note.sign_token}"

    def test_page(self):
        """The page shows the note and tells nobody of the link: no cache, no referrer, no search engine, no frame."""
        page = self.url_open(self.link)
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.note.name, page.text)
        self.assertIn("signature_form", page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", page.headers["X-Robots-Tag"])
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        places = set(re.findall(r"\S*" + re.escape(self.note.sign_token) + r"/\w+", page.text))
        self.assertEqual({place.rsplit("/", 1)[1] for place in places}, {"accept", "refuse"})

    def test_language(self):
        """The page speaks the customer's language."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.contact.lang = "es_ES"
        self.assertIn('lang="es', self.url_open(self.link).text)

    def test_everything_speaks_it(self):
        """Browser in English, customer in Spanish: page, errors and thanks are in Spanish; so is the dead link then."""
        self._install_spanish()
        self.contact.lang = "es_ES"
        page = self.url_open(self.link)
        self.assertIn("Este enlace es personal y caduca el", page.text)
        self.assertIn("Nombre de la persona que firma", self.url_open("/website/translations?lang=es_ES").text)
        self.assertEqual(
            self._sign_json(f"{self.link}/accept", signature="")["error"], "Falta la firma: firme en el recuadro."
        )
        page = self._post(f"{self.link}/refuse", {"reason": ""}, page=self.link)
        self.assertIn("Escriba por qué el cliente lo rechaza", page.text)
        answer = self._sign_json(f"{self.link}/accept")
        self.assertIn("Puede cerrar esta página.", self.url_open(answer["redirect_url"]).text)
        self.assertIn("Este enlace ya no es válido", self.url_open(self.link).text)

    def test_dead_link_speaks_the_browsers_language(self):
        self._install_spanish()
        for language, words in (("es-ES,es;q=0.9", "Este enlace ya no es válido"), ("en", "This link is no longer")):
            self._login(None).context.pop("lang")  # what the tests' sessions begin with, and no visitor's
            http.root.session_store.save(self.session)
            self.opener.headers["Accept-Language"] = language
            page = self.url_open(f"{self.link}x")
            self.assertEqual(page.status_code, 404)
            self.assertIn(words, page.text)
            self.assertIn(words, self._sign_json(f"{self.link}x/accept")["error"])

    def test_sign(self):
        """Signed without log-in; the link is used up, and only this browser still sees what was signed."""
        answer = self._sign_json(f"{self.link}/accept", name="José 山田")
        self.assertEqual(answer["redirect_url"], "/ticketing/sign/thanks")
        self.assertEqual((self.note.state, self.note.sign_method), ("signed", "link"))
        self.assertEqual((self.note.signer_name, self.note.sign_address), ("José 山田", "127.0.0.1"))
        self.assertFalse(self.note.sign_token)
        thanks = self.url_open(answer["redirect_url"])
        self.assertEqual(thanks.status_code, 200)
        self.assertIn("José 山田", thanks.text)
        self.assertEqual(self.url_open(self.link).status_code, 404)
        self.assertEqual(set(self._sign_json(f"{self.link}/accept")), {"error", "wait"})
        self._login(None)
        elsewhere = self.url_open("/ticketing/sign/thanks")
        self.assertEqual(elsewhere.status_code, 404)
        self.assertNotIn("José", elsewhere.text)

    def test_refuse(self):
        """Refused without log-in, with a reason; the link is used up."""
        page = self._post(f"{self.link}/refuse", {"reason": ""}, page=self.link)
        self.assertIn("Write why", page.text)
        page = self._post(f"{self.link}/refuse", {"reason": "Not done"}, page=self.link)
        self.assertIn("You have refused", page.text)
        self.assertEqual((self.note.state, self.note.refuse_reason), ("refused", "Not done"))
        self.assertEqual(self.url_open(self.link).status_code, 404)

    def test_one_answer_to_all_that_is_wrong(self):
        """Wrong, ended, revoked, used links and notes that don't exist can't be told apart."""
        expired, revoked, used, draft = (self._ready_note(quantity=0) for __ in range(4))
        links = [self._link(note) for note in (expired, revoked, used, draft)]
        expired.sign_token_expires_on = fields.Datetime.now() - timedelta(seconds=1)
        revoked.action_revoke_link()
        self._sign(used)
        draft.action_draft()
        renewed = self._ready_note(quantity=0)
        links.append(self._link(renewed))
        renewed.action_renew_link()
        links += [
            f"{self.link}x",
            f"/ticketing/sign/{self.note.id}/{renewed.sign_token}",
            f"/ticketing/sign/{self.note.id}/{self.note._portal_ensure_token()}",
            f"/ticketing/sign/{self.note.id}/False",
            f"/ticketing/sign/{self.note.id}/%C3%B1",
            "/ticketing/sign/2147483647/x",
            "/ticketing/sign/99999999999999/x",
            "/ticketing/sign/0/x",
        ]
        self.env.flush_all()
        answers = set()
        for link in links:
            page = self.url_open(link)
            self.assertEqual(page.status_code, 404, link)
            body = re.sub(r'csrf_token: "\w+"', "", page.text)
            answers.add(body)
            self.assertEqual(set(self._sign_json(f"{link}/accept")), {"error", "wait"})
            self.env["ticketing.throttle"].search([]).unlink()
        self.assertEqual(len(answers), 1)
        self.assertEqual((expired | revoked | draft | self.note).mapped("signer_name"), [False] * 4)

    def test_cancelled_note(self):
        """A cancelled note's link opens nothing."""
        self.note.action_cancel()
        self.assertEqual(self.url_open(self.link).status_code, 404)

    def test_guessing_is_stopped(self):
        """After some wrong links an address has to wait, for right ones too; an hour later all is forgotten."""
        with patch.dict(ticketing_throttle.LIMITS, link=(3, 10)):
            for __ in range(3):
                self.assertEqual(self.url_open(f"{self.link}x").status_code, 404)
            for link in (f"{self.link}x", self.link):
                page = self.url_open(link)
                self.assertEqual(page.status_code, 429)
                self.assertEqual(page.headers["Retry-After"], "600")
            self.assertEqual(self.env["ticketing.throttle"].search_count([]), 3)  # no more rows once it is full
            self.assertIn("error", self._sign_json(f"{self.link}/accept"))
            self.assertEqual(self.note.state, "ready")
            self.env["ticketing.throttle"].search([]).happened_on = fields.Datetime.now() - timedelta(minutes=11)
            self.env.flush_all()
            self.assertEqual(self.url_open(self.link).status_code, 200)
        self.env["ticketing.throttle"].search([]).happened_on = fields.Datetime.now() - timedelta(minutes=61)
        self.env["ticketing.throttle"]._gc_old()
        self.assertFalse(self.env["ticketing.throttle"].search_count([]))

    def test_share_links_are_counted_too(self):
        """Guessing share links ends the same way."""
        ticket = self.note.ticket_id
        token = ticket._portal_ensure_token()
        with patch.dict(ticketing_throttle.LIMITS, link=(2, 10)):
            for __ in range(2):
                self.url_open(f"/my/tickets/{ticket.id}?access_token=x", allow_redirects=False)
            answer = self.url_open(f"/my/tickets/{ticket.id}?access_token={token}", allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            self.assertEqual(self._get(f"/my/tickets/{ticket.id}", self.marta).status_code, 200)

    def test_qr(self):
        """The desk shows the link as a QR code, as long as there is a link."""
        picture = Image.open(io.BytesIO(base64.b64decode(self.note.with_user(self.technician).sign_qr)))
        self.assertEqual(picture.format, "PNG")
        self.note.with_user(self.technician).action_revoke_link()
        self.assertFalse(self.note.sign_qr)
        self.assertIn("Signing link revoked", self.note.message_ids[:1].body)

    def test_an_ended_link_is_not_shown(self):
        self.assertTrue(self.note.with_user(self.technician).sign_url)
        self.note.sign_token_expires_on = fields.Datetime.now() - timedelta(seconds=1)
        self.assertFalse(self.note.with_user(self.technician).sign_url)

    def test_share_link_is_revoked_where_there_is_one(self):
        """Only who may change the document revokes; the button shows while a link works."""
        self._sign(self.note)
        for document in (self.note, self.note.ticket_id):
            document.access_token = False
            desk = document.with_user(self.technician)
            self.assertFalse(desk.has_share_link)
            document._portal_ensure_token()
            self.assertTrue(desk.has_share_link)
            with self.assertRaises(AccessError):
                document.with_user(self.accountant).action_revoke_share()
            desk.action_revoke_share()
            self.assertEqual((desk.has_share_link, document.access_token), (False, False))
            self.assertIn("Share link revoked", document.message_ids[:1].body)
        document._portal_ensure_token()
        with freeze_time(fields.Datetime.now() + timedelta(days=SHARE_DAYS + 1)):
            self.note.access_token = "ended"
            self.assertFalse(self.note.with_user(self.technician).has_share_link)


@tagged("post_install", "-at_install")
class TestSecrets(TransactionCase):
    """What strangers send, and what the log shows of it."""

    def test_log(self):
        """The web server's log shows which page was asked for, not the secret in it."""
        for line, expected in (
            ("GET /ticketing/sign/12/aB-_9 HTTP/1.1", "GET /ticketing/sign/12/*** HTTP/1.1"),
            ("POST /ticketing/sign/12/aB-_9/accept HTTP/1.1", "POST /ticketing/sign/12/***/accept HTTP/1.1"),
            ("GET /my/notes/1?access_token=ab-c&x=1 HTTP/1.1", "GET /my/notes/1?access_token=***&x=1 HTTP/1.1"),
            ("GET /my/notes/1 HTTP/1.1", "GET /my/notes/1 HTTP/1.1"),
        ):
            record = logging.LogRecord("werkzeug", logging.INFO, "", 0, '"%s" %s', (line, "200"), None)
            self.assertTrue(hide_secrets(record))
            self.assertEqual(record.getMessage(), f'"{expected}" 200')

    def test_address_key(self):
        """An IPv6 customer owns a whole network, which counts as one address."""
        key = self.env["ticketing.throttle"]._get_address_key
        self.assertEqual(key("203.0.113.9"), "203.0.113.9")
        self.assertEqual(key("::ffff:203.0.113.9"), "203.0.113.9")
        self.assertEqual(key("2001:db8:1:2::9"), key("2001:db8:1:2:ffff::1"))
        self.assertNotEqual(key("2001:db8:1:2::9"), key("2001:db8:1:3::9"))
        self.assertEqual(key(None), "unknown")
