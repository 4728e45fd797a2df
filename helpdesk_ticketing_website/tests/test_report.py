import io
import re
from datetime import timedelta

from PIL import Image

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import email_normalize

from odoo.addons.helpdesk_ticketing.tests.common import TicketingCase

STORY = {"name": "Vera Visitor", "email": "vera@visitor.example", "consent": "yes"}
STORY |= {"subject": "Lift stands still", "description": "Since eight, <b>between</b> two floors."}


def make_photo(size=(8, 8)):
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, "PNG")
    return buffer.getvalue()


class ReportCase(TicketingCase, HttpCase):
    """A website of the desk, and a stranger on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()
        cls.website.ticketing_team_id = cls.team
        cls.env["ticketing.throttle"].search([]).unlink()

    def setUp(self):
        super().setUp()
        self.first_id = self.env["ticketing.inbound"].search([], limit=1).id or 0

    def _send(self, files=(), **changes):
        page = self.url_open("/help/report").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        key = re.search(r'name="key" value="([^"]+)"', page).group(1)
        form = {**STORY, "csrf_token": token, "key": key, **changes}
        form = {name: value for name, value in form.items() if value is not None}
        return self.url_open("/help/report", data=form, files=[("files", file) for file in files])

    def _journal(self):
        return self.env["ticketing.inbound"].search([("id", ">", self.first_id)], order="id")

    def _refused(self, text, **changes):
        answer = self._send(**changes)
        self.assertIn(text, answer.text)
        self.assertIn("Nothing was sent yet", answer.text)
        self.assertFalse(self._journal())


@tagged("post_install", "-at_install")
class TestReport(ReportCase):
    """The public form."""

    def test_report_is_a_ticket(self):
        """It is in the journal, is a ticket of the website's team, with photos, and is acknowledged as mail is."""
        kind = self.env["ticketing.type"].create({"name": "Standstill"})
        answer = self._send([("lift.png", make_photo(), "image/png")], type_id=kind.id)
        self.assertTrue(answer.url.endswith("/help/report/sent"))
        inbound = self._journal()
        self.assertEqual((inbound.state, inbound.channel_id.code), ("processed", "website"))
        ticket = inbound.ticket_id
        self.assertEqual((ticket.name, ticket.partner_name), ("Lift stands still", "Vera Visitor"))
        self.assertEqual((email_normalize(ticket.email_from), ticket.partner_id.id), ("vera@visitor.example", False))
        self.assertEqual((ticket.team_id, ticket.type_id), (self.team, kind))
        self.assertEqual(ticket.channel_id.code, "website")
        self.assertIn("&lt;b&gt;between&lt;/b&gt;", ticket.description)
        self.assertEqual(ticket.message_ids.attachment_ids.mapped("name"), ["lift.png"])
        self.assertEqual(inbound.acknowledgement, "due")
        self.assertNotIn(ticket.number, answer.text)

    def test_sent_twice(self):
        """A double click, or the browser's "back", makes one ticket; the visitor sees the same."""
        pages = [self._send(key="0123456789abcdef" * 2).text for __ in range(2)]
        self.assertEqual(self._journal().mapped("state"), ["processed", "duplicate"])
        self.assertEqual(len(set(map(self._strip, pages))), 1)

    def test_tells_nothing_of_customers(self):
        """A customer's address, a stranger's, and one that is held back: the same answer."""
        pages = [self._send(email=email).text for email in ("marta@customer.example", "vera@visitor.example")]
        self.env["ir.config_parameter"].set_param("helpdesk_ticketing.mail_sender_limit", 0)
        pages.append(self._send(email="held@visitor.example").text)
        self.assertEqual(self._journal().mapped("state"), ["processed", "processed", "quarantined"])
        self.assertEqual(self._journal()[0].ticket_id.partner_id, self.contact)
        self.assertEqual(len(set(map(self._strip, pages))), 1)

    def _strip(self, page):
        return re.sub(
            r'csrf_token: "[^"]+"|data-oe-[^=]+="[^"]*"', "", re.search("<main>.*</main>", page, re.S).group()
        )

    def test_another_customers_ticket(self):
        """A number in the subject and a customer's address are no answer to his ticket; nobody's user acts."""
        ticket = self._create_ticket()
        before = ticket.message_ids
        self._send(email=self.agent.email, subject=f"[{ticket.number}] it is solved")
        self._send(email=self.contact.email, subject=f"[{ticket.number}] it is solved")
        self.assertEqual(ticket.message_ids, before)
        made = self._journal().ticket_id
        self.assertEqual(len(made), 2)
        self.assertNotIn(ticket, made)
        self.assertEqual(set(made.mapped("create_uid.id")), {1})

    def test_robots(self):
        """Who fills in what nobody sees is told what everybody is told, and nothing is kept."""
        answer = self._send(homepage="http://spam.example")
        self.assertTrue(answer.url.endswith("/help/report/sent"))
        self.assertFalse(self._journal())

    def test_what_has_to_be_corrected(self):
        """Each mistake is told, what was typed stays, and nothing is sent."""
        self._refused("Say in a few words", subject=" ")
        self._refused("The subject is too long", subject="x" * 201)
        self._refused("Describe what happened", description="\n")
        self._refused("The email address is not complete", email="vera@")
        self._refused("Say who you are", name=" ")
        self._refused("Please agree", consent=None)

    def test_hostile_input(self):
        """A header in a name, markup, and a type that is not offered change nothing but themselves."""
        self._send(name="Vera\r\nBcc: all", subject="</script><script>alert(1)</script>", type_id="9999999")
        inbound = self._journal()
        self.assertEqual((inbound.state, inbound.recipients), ("processed", "report@website-form.invalid"))
        self.assertFalse(inbound.ticket_id.type_id)
        self.assertEqual(inbound.ticket_id.partner_name, "Vera Bcc: all")

    def test_photos(self):
        """Neither 20 MB nor something that only calls itself a photo."""
        big = make_photo() + b"\0" * 20 * 1024 * 1024
        self.assertIn("The photos are too big", self._send([("big.png", big, "image/png")]).text)
        page = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        self.assertIn("is not a photo", self._send([("page.png", page, "image/png")]).text)
        self.assertFalse(self._journal())

    def test_too_much(self):
        """From one network address only so much; the others go on."""
        for __ in range(5):
            self._send()
        self.assertIn("Too much was reported from here", self._send().text)
        self.assertEqual(len(self._journal()), 5)
        self.env["ticketing.throttle"].search([]).happened_on = fields.Datetime.now() - timedelta(hours=2)
        self._send()
        self.assertEqual(len(self._journal()), 6)

    def test_customers_have_their_own_form(self):
        """Who is logged in as a customer comes to the form that knows him."""
        new_test_user(self.env, login="vera.portal", groups="base.group_portal", partner_id=self.contact.id)
        self.authenticate("vera.portal", "vera.portal")
        self.assertTrue(self.url_open("/help/report").url.endswith("/my/tickets/new"))
