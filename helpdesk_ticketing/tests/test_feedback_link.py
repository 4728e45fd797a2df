import re
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models.ticketing_throttle import LIMITS
from .common_feedback import FeedbackSteps
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestFeedbackLink(FeedbackSteps, PortalCase):
    """What a stranger with the link can do, one without it can't, and a mail scanner does not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_feedback()

    def setUp(self):
        super().setUp()
        self.feedback = self._ask(self._solve())
        self.link = f"/ticketing/feedback/{self.feedback.access_token}"
        self._login(None)

    def _said(self):
        self.env.invalidate_all()
        return self.feedback.state, self.feedback.satisfaction, self.feedback.effort, self.feedback.comment

    def _face(self, face, link=None):
        return self.make_jsonrpc_request(f"{link or self.link}/face", {"face": face})

    def test_get_changes_nothing(self):
        """The face is chosen on the page and not stored; the page tells nobody of the link."""
        page = self.url_open(f"{self.link}?face=unhappy")
        self.assertRegex(page.text, r'id="face_unhappy"[^>]*checked="checked"')
        self.assertIn("made it easy for me to handle my issue", page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", page.headers["X-Robots-Tag"])
        self.assertEqual(self.url_open(f"{self.link}/thanks").status_code, 200)
        self.assertEqual(self.url_open(f"{self.link}/reopen").status_code, 405)
        self.assertEqual(self._said(), ("asked", False, 0, False))
        self.assertEqual(self.feedback.ticket_id.stage_kind, "solved")

    def test_answered_and_changed(self):
        """One click, then the rest of it; answered again, it is still one rating and one follow-up."""
        self.assertEqual(self._face("happy"), {"saved": "happy"})
        self.assertEqual(self._said(), ("answered", "happy", 0, False))
        words = "<script>alert(1)</script> Nobody came"
        for __ in range(2):
            answer = {"satisfaction": "unhappy", "effort": "1", "comment": words}
            page = self._post(self.link, answer, page=self.link)
            self.assertIn("Thank you", page.text)
        self.assertEqual(self._said(), ("answered", "unhappy", 1, words))
        self.assertEqual(len(self.feedback.ticket_id.rating_ids), 1)
        self.assertEqual(len(self.feedback.ticket_id.activity_ids), 1)
        again = self.url_open(self.link).text
        self.assertNotIn("<script>alert", again)
        self.assertIn("we have your answer", again)

    def test_dead_links(self):
        """Expired, revoked, wrong, and never there: one answer, word for word."""
        answers = []
        own = self.feedback.access_token

        def refuse(link):
            response = self.url_open(link)
            self.assertEqual(response.status_code, 404)
            answers.append(re.sub(r'(csrf_token: "|value=")[^"]+|\b[0-9a-f]{40}o\d+', "", response.text))
            self.assertIn("error", self._face("happy", link))

        refuse(f"{self.link}x")
        refuse("/ticketing/feedback/0")
        refuse("/ticketing/feedback/%C3%A9%00")
        self.feedback.expires_on = fields.Datetime.now() - timedelta(seconds=1)
        refuse(self.link)
        self.feedback.expires_on = fields.Datetime.now() + timedelta(days=1)
        self.feedback.with_user(self.manager).action_revoke()
        refuse(self.link)
        refuse(f"/ticketing/feedback/{own}")
        self.assertEqual(len(set(answers)), 1)
        self.assertEqual(self._said()[1:], (False, 0, False))

    def test_guessing(self):
        """After too many wrong links the address is not answered, not even with the right one."""
        for __ in range(LIMITS["link"][0]):
            self.url_open("/ticketing/feedback/guess")
        response = self.url_open(self.link)
        self.assertEqual(response.status_code, 429)
        self.assertIn("Retry-After", response.headers)
        self.assertIn("error", self._face("happy"))
        self.assertEqual(self._said()[0], "asked")

    def test_bad_input(self):
        """Wrong types, other faces, a file, 20 MB: a clear answer, and nothing is stored."""
        for face in ("furious", "", 5, ["happy"], {"a": 1}, None):
            self.assertIn("error", self._face(face))
        for form in (
            {"satisfaction": "furious"},
            {"effort": "4"},
            {"satisfaction": "happy", "effort": "0x7"},
            {"satisfaction": "happy", "effort": "8"},
        ):
            page = self._post(self.link, form, page=self.link)
            self.assertIn("Choose ", page.text, form)
        page = self._post(self.link, {}, page=self.link, files={"satisfaction": ("a.txt", b"happy")})
        self.assertIn("Choose one of the three faces.", page.text)
        self.assertEqual(self._said(), ("asked", False, 0, False))
        token = self._csrf(self.link)
        big = {"csrf_token": token, "satisfaction": "happy", "comment": "x" * 20_000_000}
        self.assertEqual(self.url_open(self.link, data=big).status_code, 413)
        self.assertEqual(self._said(), ("asked", False, 0, False))

    def test_reopened(self):
        """The customer reopens the ticket from the thanks page, in his name; a second time he is told."""
        self._face("unhappy")
        thanks = f"{self.link}/thanks"
        page = self._post(f"{self.link}/reopen", {"reason": "It drips again"}, page=thanks)
        self.assertIn("The ticket is open again", page.text)
        ticket = self.feedback.ticket_id
        self.env.invalidate_all()
        self.assertEqual(ticket.stage_kind, "open")
        said = ticket.message_ids.filtered(lambda message: "It drips again" in message.body)
        self.assertEqual(said.author_id, self.contact)
        page = self._post(f"{self.link}/reopen", page=self.link)
        self.assertIn("is open already", page.text)

    def test_portal(self):
        """The faces are on the ticket's page and on the list of who was asked, and of nobody else."""
        ticket_page = f"/my/tickets/{self.feedback.ticket_id.id}"
        for user, sees in ((self.marta, True), (self.colleague, False), (self.stranger, False)):
            self._login(user)
            for url in (ticket_page, "/my/feedback"):
                self.assertEqual(self.feedback.access_token in self.url_open(url).text, sees, (user.name, url))
            counters = self.make_jsonrpc_request("/my/counters", {"counters": ["feedback_count"]})
            self.assertEqual(counters.get("feedback_count"), 1 if sees else 0)
        shared = f"{ticket_page}?access_token={self.feedback.ticket_id._portal_ensure_token()}"
        self.assertNotIn(self.feedback.access_token, self._get(shared).text)
