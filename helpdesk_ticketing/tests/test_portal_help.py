import re

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..controllers import portal_help
from ..tools.keystrokes import LIMIT, Keystrokes
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalHelp(PortalCase):
    """Customers find articles, say whether they were useful, and that they solved it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ticketing.article"].search([]).active = False
        cls.company_b = cls.env["res.company"].create({"name": "Company B"})
        body = "<p>Open the <b>valve</b>.</p><script>alert('x')</script><p onclick='alert(1)'>Wait.</p>"
        cls.article, cls.related, cls.internal, cls.draft, cls.foreign = cls.env["ticketing.article"].create(
            [
                {"name": "The boiler loses pressure", "body": body, "state": "published"},
                {"name": "Boiler: which pressure is right", "body": "<p>1.5 bar</p>", "state": "published"},
                {"name": "Boiler prices of our suppliers", "body": "<p>Secret</p>", "state": "internal"},
                {"name": "Boiler draft", "body": "<p>Unfinished</p>"},
                {"name": "Boiler of B", "state": "published", "company_id": cls.company_b.id},
            ]
        )
        cls.hidden = cls.internal | cls.draft | cls.foreign

    def setUp(self):
        super().setUp()
        portal_help.KEYSTROKES = Keystrokes()

    def _suggest(self, text, **kwargs):
        return self.url_open("/my/help/suggest", params={"text": text}, **kwargs)

    def test_pages(self):
        page = self._get("/my/help", self.marta).text
        self.assertIn(self.article.name, page)
        for article in self.hidden:
            self.assertNotIn(article.name, page)
        self.assertIn(self.article.name, self.url_open("/my/help?search=boyler+presure").text)
        page = self.url_open(f"/my/help/{self.article.id}").text
        self.assertIn("<b>valve</b>", page)
        self.assertIn(self.related.name, page)
        self.assertNotIn("alert(", page, "what could run is taken out of the text")

    def test_not_for_customers(self):
        self._login(self.marta)
        pages = {
            (answer.status_code, re.sub(r'csrf_token: "[^"]+"|/my/help/\d+|"\d{10,}"', "", answer.text))
            for answer in (self.url_open(f"/my/help/{number}") for number in (*self.hidden.ids, 2**31 - 1, 2**40))
        }
        self.assertEqual({status for status, __ in pages}, {404})
        self.assertEqual(len(pages), 1, "a draft looks as what does not exist")
        for article in self.hidden:
            for action in ("vote", "solved"):
                answer = self._post(
                    f"/my/help/{article.id}/{action}", {"useful": "1"}, page=f"/my/help/{self.article.id}"
                )
                self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.hidden.vote_ids)
        self.assertFalse(self.hidden.deflection_ids)

    def test_log_in_first(self):
        self._login(None)
        for url in ("/my/help", f"/my/help/{self.article.id}", "/my/help/suggest?text=boiler"):
            self.assertIn("/web/login", self.url_open(url).url)

    def test_suggest(self):
        self._login(self.marta)
        found = self._suggest("boiler presure").json()["articles"]
        self.assertEqual([row["id"] for row in found][:2], [self.article.id, self.related.id])
        self.assertEqual(found[0]["url"], f"/my/help/{self.article.id}")
        for text in ("", "\0", "' OR 1=1 --", "🔥" * 100, "& | ! :* <->", "%s %(a)s", "x" * 9000, "boiler " * 900):
            answer = self._suggest(text)
            self.assertEqual(answer.status_code, 200, text[:20])
            self.assertFalse({row["id"] for row in answer.json()["articles"]} & set(self.hidden.ids))

    def test_suggest_is_bounded(self):
        self._login(self.marta)
        codes = [self._suggest("boiler").status_code for __ in range(LIMIT + 2)]
        self.assertEqual(codes[-2:], [429, 429])
        self.assertEqual(set(codes[:LIMIT]), {200})

    def test_vote(self):
        self._login(self.marta)
        url, page = f"/my/help/{self.article.id}/vote", f"/my/help/{self.article.id}"
        self._post(url, {"useful": "1"}, page=page)
        self._post(url, {"useful": "0", "comment": "<script>alert('c')</script>" + "x" * 9000}, page=page)
        self._post(url, {"useful": "maybe"}, page=page)
        self.assertEqual((self.article.helpful_count, self.article.unhelpful_count), (0, 1))
        self.assertEqual(len(self.article.vote_ids.comment), 2000)
        self.assertIn("&lt;script&gt;alert(&#39;c&#39;)", self.url_open(page).text)
        self._login(self.colleague)
        self.assertNotIn("&lt;script&gt;", self.url_open(page).text, "another's comment")
        self._post(url, {"useful": "1"}, page=page)
        self.assertEqual((self.article.helpful_count, self.article.unhelpful_count), (1, 1))

    def test_solved(self):
        self._login(self.marta)
        for __ in range(2):
            answer = self._post(
                f"/my/help/{self.article.id}/solved", {"subject": "presure \0 gone"}, page="/my/tickets/new"
            )
            self.assertIn("/my/help/thanks", answer.url)
        row = self.article.deflection_ids
        self.assertEqual((row.subject, row.partner_id, row.channel), ("presure gone", self.contact, "portal"))
        self.assertEqual(self.article.solved_count, 1, "once a day")
        self.assertEqual(self.url_open(f"/my/help/{self.article.id}/solved").status_code, 405, "links change nothing")

    def test_attachment(self):
        own, loose = self.env["ir.attachment"].create(
            [
                {"name": "plan.txt", "raw": b"plan", "res_model": "ticketing.article", "res_id": 0},
                {"name": "secret.txt", "raw": b"secret", "res_model": "res.partner", "res_id": self.contact.id},
            ]
        )
        self.article.attachment_ids = own | loose
        self.draft.attachment_ids = own.copy({"name": "draft.txt", "res_id": 0})
        page = self._get(f"/my/help/{self.article.id}", self.marta).text
        self.assertIn("plan.txt", page)
        self.assertNotIn("secret.txt", page)
        answer = self.url_open(f"/my/help/{self.article.id}/file/{own.id}")
        self.assertEqual(answer.content, b"plan")
        self.assertIn("attachment", answer.headers["Content-Disposition"], "nothing of it is opened as a page")
        other = self.draft.attachment_ids
        for article, file in ((self.article, loose), (self.article, other), (self.draft, other), (self.related, own)):
            self.assertEqual(self.url_open(f"/my/help/{article.id}/file/{file.id}").status_code, 404)

    def test_what_a_customer_reads(self):
        """His own log-in may ask the server for records, too: not for who wrote, voted or complained."""
        article = self.article.with_user(self.marta)
        for name in ("author_id", "ticket_id", "vote_ids", "deflection_ids"):
            with self.assertRaises(AccessError, msg=name):
                article.read([name])
        self.assertEqual(article.search([]), self.article | self.related)
        ticket = self._create_ticket().with_user(self.marta)
        with self.assertRaises(AccessError):
            ticket.reply_with_article(self.article.id)

    def test_two_clicks_at_once(self):
        """The second finds the row of the first, which its transaction can't see."""
        values = {"article_id": self.article.id, "visitor": "me", "useful": True}
        self.assertTrue(self.article._insert_once("ticketing.article.vote", values))
        with mute_logger("odoo.sql_db"):
            self.assertFalse(self.article._insert_once("ticketing.article.vote", values))

    def test_queries(self):
        self._login(self.marta)
        self.assertLessEqual(self._count_queries(f"/my/help/{self.article.id}"), 22)
        self.assertLessEqual(self._count_queries("/my/help"), 22)
        few = self._count_queries("/my/help/suggest?text=boiler")
        self.article.copy({"state": "published"})
        self.assertEqual(self._count_queries("/my/help/suggest?text=boiler"), few)
