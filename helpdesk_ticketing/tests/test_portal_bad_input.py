import io
import os
import re

from PIL import Image

from odoo import http
from odoo.tests import tagged
from odoo.tools import mute_logger

from .access_doors import DOORS, mark
from .access_world import QUIET, AccessWorld

# What may stand in any field of any form or address.
TEXTS = {
    "null bytes": "a\0b\0",
    "digits that are none": "²٣",
    "negative": "-1",
    "huge": str(2**63),
    "endless": "1e999",
    "markup": "<script>alert(1)</script>{{7*7}}<t t-out='1'/>",
    "quotes": "'\";--\\",
    "long": "x" * 100_000,
    "half a character": "\udcff",
}
IN_ADDRESS = (  # noqa: SIM905  a list of words reads better than a column
    "page sortby filterby groupby search search_in message access_token report_type download kind type_id lot_id sent "
    "face text ids hash pid order limit offset"
).split()
IN_FORM = (  # noqa: SIM905
    "subject description type_id product_id lot_id key name email phone reason useful comment satisfaction effort "
    "access_token message website questions field_1 files"
).split()
TYPES = (None, True, -1, 2**70, 1.5, [], [1], {}, {"a": 1}, "x" * 100_000, "a\0b")
PHOTO_BYTES = 20 * 1024 * 1024


@tagged("post_install", "-at_install")
class TestPortalBadInput(AccessWorld):
    """Whatever is sent to a page of the customer's: a clear answer, no error of the server, nothing half done."""

    def setUp(self):
        super().setUp()
        self._login(self.marta)
        mute = mute_logger(*QUIET)
        mute.__enter__()
        self.addCleanup(mute.__exit__)

    def _list_doors(self, method):
        """Return [(route, address)] of what answers this method, for Marta's own documents."""
        return [
            (route, self._fill(route, door))
            for route, door in DOORS.items()
            if door.method == method and door.addon == "helpdesk_ticketing"
        ]

    def _fill(self, route, door):
        return self._get_address(route, door, "own")

    def _ask(self, url, **kwargs):
        self.env.cr.execute("DELETE FROM ticketing_throttle")
        return self.url_open(url, allow_redirects=False, timeout=30, **kwargs)

    def _check(self, answer):
        self.assertLess(answer.status_code, 500, answer.text[:500])
        self.assertNotIn("<script>alert(1)", answer.text)
        self.assertNotIn("Traceback", answer.text)
        self.assertNotIn(mark("ticket", "other"), answer.text)

    def test_addresses(self):
        """Each name that any page reads, on each page, with nonsense."""
        for kind, text in TEXTS.items():
            text = text[:2000].encode("utf-8", "surrogateescape")
            for route, address in self._list_doors("GET"):
                with self.subTest(route=route, kind=kind):
                    self._check(self._ask(address, params=dict.fromkeys(IN_ADDRESS, text)))

    def test_forms(self):
        """Each field that any form has, with nonsense; and each of them as a file."""
        doors = [*self._list_doors("POST"), *((route, route) for route in ("/my/tickets/new",))]
        for kind, text in TEXTS.items():
            text = text.encode("utf-8", "surrogateescape")
            for route, address in doors:
                data = {**dict.fromkeys(IN_FORM, text), "csrf_token": http.Request.csrf_token(self)}
                with self.subTest(route=route, kind=kind):
                    self._check(self._ask(address, data=data))
        for route, address in doors:
            with self.subTest(route=route, kind="files"):
                files = [(name, ("a\0b.txt", b"\x00\xff", "text/plain")) for name in IN_FORM]
                self._check(self._ask(address, data={"csrf_token": http.Request.csrf_token(self)}, files=files))

    def test_calls(self):
        """JSON of any type in each parameter."""
        for route, address in self._list_doors("JSON"):
            for value in TYPES:
                parameters = dict.fromkeys(("name", "signature", "signer", "face", "token"), value)
                with self.subTest(route=route, value=str(value)[:20]):
                    answer = self._ask(address, json={"params": parameters})
                    error = answer.json().get("error", {}).get("data", {}).get("name", "")
                    if error != "werkzeug.exceptions.RequestEntityTooLarge":
                        self._check(answer)
                        self.assertEqual(error, "", answer.text[:500])

    # The form of a new ticket: nothing that was written is lost

    def _new(self, files=None, **form):
        data = {"subject": "Kept words", "description": "Kept story", "csrf_token": http.Request.csrf_token(self)}
        return self.url_open("/my/tickets/new", data={**data, **form}, files=files, timeout=60)

    def _count(self):
        return self.env["ticketing.ticket"].search_count([("partner_id", "=", self.contact.id)])

    def test_long_texts_are_kept(self):
        before = self._count()
        for name in ("subject", "description"):
            page = self._new(**{name: "Long " * 20_000})
            self.assertIn("too long", page.text)
            self.assertIn("Long Long", page.text, "what was written is still there")
            self.assertIn("Kept", page.text)
        self.assertEqual(self._count(), before)

    def test_big_photos(self):
        """A photo of 20 MB is taken as it is; what is too big is refused, and the words are kept."""
        buffer = io.BytesIO()
        Image.new("RGB", (60, 40), "red").save(buffer, "JPEG")
        photo = buffer.getvalue() + os.urandom(PHOTO_BYTES)
        before = self._count()
        page = self._new(files=[("files", ("big.jpg", photo, "image/jpeg"))])
        self.assertRegex(page.url, r"/my/tickets/\d+\?message=created")
        ticket = self.env["ticketing.ticket"].search([("name", "=", "Kept words")])
        self.assertEqual(ticket.message_ids.attachment_ids.raw, photo)
        page = self._new(files=[("files", (f"{number}.jpg", photo, "image/jpeg")) for number in range(3)])
        self.assertIn("too big", page.text)
        self.assertIn("Kept story", page.text)
        self.assertEqual(self._count(), before + 1)

    def test_twice(self):
        """The same form ten times is one ticket, the same step ten times one step."""
        key = re.search(r'name="key" value="(\w+)"', self.url_open("/my/tickets/new").text).group(1)
        pages = {self._new(key=key).url for __ in range(10)}
        self.assertEqual(len(pages), 1)
        ticket = self.env["ticketing.ticket"].search([("name", "=", "Kept words")])
        self.assertEqual(len(ticket), 1)
        for __ in range(10):
            data = {"csrf_token": http.Request.csrf_token(self)}
            self._check(self._ask(f"/my/tickets/{ticket.id}/solve", data=data))
        said = ticket.message_ids.filtered(lambda message: message.message_type == "comment")
        self.assertEqual((ticket.stage_kind, len(said)), ("solved", 1))

    def test_session_is_over(self):
        """Who was logged out meanwhile is told so or led to the log-in; nothing is made in nobody's name."""
        before = self._picture()
        token = http.Request.csrf_token(self)
        self._login(None)
        for route, address in self._list_doors("POST"):
            if not route.startswith("/my/"):
                continue
            with self.subTest(route=route):
                answer = self._ask(address, data={"csrf_token": token, "subject": "x", "description": "x"})
                self.assertIn(answer.status_code, (303, 400))
                if answer.status_code == 303:
                    self.assertIn("/web/login", answer.headers["Location"])
                else:
                    self.assertIn("Session expired", answer.text)
        self.assertEqual(self._list_changed(before), [])
