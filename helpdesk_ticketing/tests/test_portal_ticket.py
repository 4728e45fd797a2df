import doctest
import html
import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from ..models import ticketing_throttle, ticketing_ticket_portal_mixin
from ..tools import form_values
from .portal_common import PortalCase

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install")
class TestPortalTicketList(PortalCase):
    """The customer's home and list."""

    def test_home_counts(self):
        """The home page counts the open tickets and the notes to sign of the customer's company, and no others."""
        self._ready_note()
        self._create_ticket(name="Solved")._move_to_kind("solved")
        self._create_ticket(name="Not his", partner_id=self.stranger.partner_id.id)
        counters = {"counters": ["ticket_open_count", "note_to_sign_count"]}
        for user, tickets, notes in ((self.marta, 1, 1), (self.colleague, 1, 1), (self.stranger, 1, 0)):
            self._login(user)
            self.assertIn("/my/tickets", self.url_open("/my").text)
            values = self.make_jsonrpc_request("/my/counters", counters)
            self.assertEqual((values["ticket_open_count"], values["note_to_sign_count"]), (tickets, notes))

    def test_own_company_only(self):
        """Colleagues see each other's tickets; another company's customers see nothing of them."""
        ticket = self._create_ticket(name="Boiler cold")
        for user, seen in ((self.marta, True), (self.colleague, True), (self.stranger, False)):
            page = self._get("/my/tickets", user)
            self.assertEqual("Boiler cold" in page.text, seen, user.login)
            self.assertEqual(ticket.number in page.text, seen, user.login)

    def test_empty(self):
        """A list without tickets says so and leads to the form."""
        page = self._get("/my/tickets", self.stranger).text
        self.assertIn("No open tickets", page)
        self.assertIn("/my/tickets/new", page)

    def test_search_filter_group(self):
        """Found by number and subject, filtered, grouped, sorted; nonsense in the address is no error."""
        one, two = self._create_ticket(name="Boiler 100% cold"), self._create_ticket(name="Lamp broken")
        two._move_to_kind("waiting")
        self._login(self.marta)

        def found(query):
            page = self.url_open(f"/my/tickets?{query}")
            self.assertEqual(page.status_code, 200, query)
            return {ticket.name for ticket in (one, two) if html.escape(ticket.name) in page.text}

        self.assertEqual(found(""), {one.name, two.name})
        self.assertEqual(found(f"search={one.number}"), {one.name})
        self.assertEqual(found("search=lamp&search_in=subject"), {two.name})
        self.assertEqual(found("search=lamp&search_in=number"), set())
        self.assertEqual(found("filterby=waiting"), {two.name})
        self.assertEqual(found("filterby=solved"), set())
        for query in ("groupby=stage_id", "groupby=partner_id", "sortby=stage&filterby=all", "sortby=changed"):
            self.assertEqual(found(query), {one.name, two.name}, query)
        for query in ("groupby=user_id.password", "sortby=id;drop", "filterby=x", "search_in=x&search=%25%00"):
            self.assertTrue(found(query) is not None)
        self.assertEqual(self.url_open("/my/tickets/page/99999999").status_code, 200)

    def test_waiting_for_me_includes_signing(self):
        """A note to sign waits for the customer too."""
        note = self._ready_note(name="Sign this please")
        page = self._get("/my/tickets?filterby=waiting", self.marta).text
        self.assertIn("Sign this please", page)
        self.assertIn("Delivery note to sign", page)
        self.assertTrue(note)

    def test_pager(self):
        """Twenty on a page, none lost between pages."""
        self.env["ticketing.ticket"].create(
            [{"name": f"Paged {n:02}", "partner_id": self.contact.id, "team_id": self.team.id} for n in range(25)]
        )
        self._login(self.marta)
        pages = [self.url_open(f"/my/tickets/page/{page}").text for page in (1, 2)]
        found = [set(re.findall(r"Paged \d\d", page)) for page in pages]
        self.assertEqual((len(found[0]), len(found[1])), (20, 5))
        self.assertFalse(found[0] & found[1])

    def test_queries_are_constant(self):
        """The list costs as many queries for twenty tickets as for ten, and few."""
        values = {"partner_id": self.contact.id, "team_id": self.team.id}
        users = [self.technician.id, self.agent.id, self.manager.id, False]

        def create(count):
            self.env["ticketing.ticket"].create(
                [{**values, "name": f"Counted {n}", "user_id": users[n % 4]} for n in range(count)]
            )

        create(10)
        self._login(self.marta)
        first = self._count_queries("/my/tickets?filterby=all&groupby=stage_id")
        create(10)
        second = self._count_queries("/my/tickets?filterby=all&groupby=stage_id")
        self.assertEqual(first, second)
        self.assertLessEqual(second, 22)


@tagged("post_install", "-at_install")
class TestPortalTicketPage(PortalCase):
    """One ticket, by log-in and by share link."""

    def test_page(self):
        """Number, stages with their times, the customer's words, notes to sign."""
        note = self._ready_note(name="Boiler cold", description="<p>Since <b>Monday</b></p>")
        ticket = note.ticket_id
        ticket._move_to_kind("open")
        page = self._get(f"/my/tickets/{ticket.id}", self.colleague).text
        for text in (ticket.number, "Boiler cold", "Since <b>Monday</b>", note.name, "See and sign"):
            self.assertIn(text, page)
        self.assertIn('aria-current="step"', page)

    def test_few_queries(self):
        """Whom the page names is read at once."""
        ticket = self._ready_note().ticket_id
        ticket.user_id = self.agent
        self._login(self.marta)
        self.assertLessEqual(self._count_queries(f"/my/tickets/{ticket.id}"), 18)

    def test_stage_steps(self):
        """Stages reached have their time; a reopened ticket is not solved."""
        ticket = self._create_ticket()
        self._track(ticket)
        for kind in ("open", "solved", "open"):
            ticket._move_to_kind(kind)
            self._track(ticket)
        steps = {step["stage"].kind: step for step in ticket._get_stage_steps()}
        self.assertTrue(steps["new"]["done"] and steps["new"]["reached"])
        self.assertTrue(steps["open"]["current"] and steps["open"]["reached"])
        self.assertFalse(steps["solved"]["reached"])
        self.assertNotIn("waiting", steps)
        ticket._move_to_kind("cancelled")
        self._track(ticket)
        self.assertTrue(ticket._get_stage_steps()[-1]["current"])

    def _track(self, ticket):
        ticket.flush_recordset()
        self.env.cr.precommit.run()  # where tracking writes its messages

    def test_guessed_id(self):
        """Another company's ticket and one that does not exist get the same answer, logged in or not."""
        ticket = self._create_ticket(name="Secret boiler")
        for number in (ticket.id, 2**31 - 1, 2**40):
            page = self._get(f"/my/tickets/{number}", self.stranger)
            self.assertEqual(page.status_code, 404, number)
            self.assertNotIn("Secret boiler", page.text)
            answer = self._get(f"/my/tickets/{number}", None, allow_redirects=False)
            self.assertEqual(answer.status_code, 303, number)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_share_link(self):
        """A share link opens its ticket and nothing else, until it is revoked or has ended."""
        note = self._ready_note(name="Shared boiler")
        ticket = note.ticket_id
        token = ticket._portal_ensure_token()
        url = f"/my/tickets/{ticket.id}?access_token={token}"
        page = self._get(url)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Shared boiler", page.text)
        self.assertNotIn(note.name, page.text)
        self.assertNotIn("/solve", page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        other = self._create_ticket(name="Another")
        for wrong in (
            f"/my/tickets/{other.id}?access_token={token}",
            f"/my/tickets/{ticket.id}?access_token={token}x",
            f"/my/tickets/{ticket.id}?access_token=%C3%B1",
            f"/my/notes/{note.id}?access_token={token}",
        ):
            self.assertEqual(self.url_open(wrong, allow_redirects=False).status_code, 303, wrong)
        ticket.action_revoke_share()
        self.assertEqual(self.url_open(url, allow_redirects=False).status_code, 303)

    def test_share_link_ends(self):
        """Months after closing the mailed link opens nothing; the log-in still does. The chatter's routes agree."""
        ticket = self._create_ticket()
        token = ticket._portal_ensure_token()
        ticket._move_to_kind("cancelled")
        ticket.flush_recordset()
        url = f"/my/tickets/{ticket.id}?access_token={token}"
        fetch = {"thread_model": "ticketing.ticket", "thread_id": ticket.id, "token": token}
        self.assertEqual(self._get(url).status_code, 200)
        self.make_jsonrpc_request("/mail/chatter_fetch", fetch)
        ticket.closed_on = fields.Datetime.now() - timedelta(days=91)
        ticket.flush_recordset()
        self.assertEqual(self.url_open(url, allow_redirects=False).status_code, 303)
        with self.assertRaises(JsonRpcException), mute_logger(*QUIET):
            self.make_jsonrpc_request("/mail/chatter_fetch", fetch)
        self.assertEqual(self._get(f"/my/tickets/{ticket.id}", self.marta).status_code, 200)

    def test_invoices_by_right(self):
        """Invoices show to those whose rights show them: the customer, not who was only sent the ticket."""
        note = self._signed_note()
        note.billing_request_ids._try("_bill")
        invoice = note.ticket_id.invoice_ids
        self.assertTrue(invoice)
        url = f"/my/tickets/{note.ticket_id.id}"
        self.assertNotIn(f"/my/invoices/{invoice.id}", self._get(url, self.marta).text)  # a draft is nobody's yet
        invoice.action_post()
        page = self._get(url, self.marta).text
        self.assertIn(f"/my/invoices/{invoice.id}", page)
        self.assertIn(f"/my/invoices/{invoice.id}?access_token={invoice.access_token}&amp;payment=True", page)
        token = note.ticket_id._portal_ensure_token()
        self.assertNotIn("/my/invoices", self._get(f"{url}?access_token={token}").text)

    def test_staff_see_their_customers_page(self):
        """Who works on the ticket may look at the customer's page, but not act as the customer."""
        ticket = self._create_ticket()
        page = self._get(f"/my/tickets/{ticket.id}", self.technician)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("/solve", page.text)


@tagged("post_install", "-at_install")
class TestPortalTicketActions(PortalCase):
    """It works again; reopen."""

    def test_solve_and_reopen(self):
        """The customer solves and reopens; each leaves his words in the conversation."""
        ticket = self._create_ticket()
        self._login(self.marta)
        page = self._post(f"/my/tickets/{ticket.id}/solve", page=f"/my/tickets/{ticket.id}")
        self.assertIn("The ticket is solved", page.text)
        self.assertEqual(ticket.stage_kind, "solved")
        page = self._post(f"/my/tickets/{ticket.id}/reopen", {"reason": "Cold\nagain"}, page=f"/my/tickets/{ticket.id}")
        self.assertIn("open again", page.text)
        self.assertEqual(ticket.stage_kind, "open")
        message = ticket.message_ids.filtered(lambda message: message.message_type == "comment")[0]
        self.assertEqual(message.author_id, self.contact)
        self.assertIn("Cold<br>again", message.body)

    def test_twice(self):
        """A second click is told, and changes nothing."""
        ticket = self._create_ticket()
        self._login(self.marta)
        self._post(f"/my/tickets/{ticket.id}/solve")
        page = self._post(f"/my/tickets/{ticket.id}/solve")
        self.assertIn("is solved already", page.text)
        self.assertEqual(len(ticket.message_ids.filtered(lambda message: message.message_type == "comment")), 1)

    def test_reopen_too_late(self):
        """A ticket that was closed long ago stays closed."""
        ticket = self._create_ticket()
        ticket._move_to_kind("closed")
        ticket.flush_recordset()
        ticket.closed_on = fields.Datetime.now() - timedelta(days=31)
        with self.assertRaisesRegex(UserError, "too long ago"):
            ticket._reopen_as_customer(self.contact)
        self.assertNotIn("ticketing_reopen", self._get(f"/my/tickets/{ticket.id}", self.marta).text)

    def test_others_ticket(self):
        """Another company's ticket can be neither solved nor reopened, not by staff's right to read either."""
        ticket = self._create_ticket()
        for user in (self.stranger, self.technician):
            self._login(user)
            for action in ("solve", "reopen"):
                self.assertEqual(self._post(f"/my/tickets/{ticket.id}/{action}").status_code, 404)
        self.assertEqual(ticket.stage_kind, "new")

    def test_needs_post_and_token(self):
        """A link or a foreign site's form does nothing."""
        ticket = self._create_ticket()
        self._login(self.marta)
        with mute_logger(*QUIET):
            self.assertIn(self.url_open(f"/my/tickets/{ticket.id}/solve").status_code, (404, 405))
            self.assertEqual(self.url_open(f"/my/tickets/{ticket.id}/solve", data={"a": "b"}).status_code, 400)
        self._login(None)
        token = ticket._portal_ensure_token()
        answer = self.url_open(
            f"/my/tickets/{ticket.id}/solve?access_token={token}", data={"a": "b"}, allow_redirects=False
        )
        self.assertIn(answer.status_code, (303, 400))
        self.assertEqual(ticket.stage_kind, "new")

    def test_model_methods_are_closed(self):
        """The buttons of the desk stay the desk's, whatever route calls them."""
        note = self._ready_note()
        ticket = note.ticket_id.with_user(self.marta)
        for call in (ticket.action_solve, ticket.action_cancel, ticket.action_revoke_share):
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                call()
        own = note.with_user(self.marta)
        for call in (
            own.action_draft,
            own.action_send_link,
            own.action_renew_link,
            own.action_revoke_link,
            own.action_retry_pdf,
            lambda: own.action_sign("x", self.signature),
            lambda: own.action_refuse("x"),
            lambda: own.action_absent("x"),
            lambda: own.write({"summary": "x"}),
        ):
            with self.assertRaises(UserError), mute_logger(*QUIET):
                call()
        self.assertEqual(note.state, "ready")


@tagged("post_install", "-at_install")
class TestPortalTicketForm(PortalCase):
    """A ticket from the portal."""

    def _send(self, **form):
        self._login(self.marta)
        form = {"subject": "Boiler cold", "description": "Since Monday\n<b>Room</b> 2", **form}
        files = form.pop("files", None)
        return self._post("/my/tickets/new", form, files=files)

    def _mine(self):
        return self.env["ticketing.ticket"].search([("partner_id", "=", self.contact.id)])

    def test_created(self):
        """The ticket keeps the line breaks, shows markup as text, and its number is told."""
        page = self._send(type_id=str(self.env.ref("helpdesk_ticketing.type_incident").id))
        ticket = self._mine()
        self.assertEqual(len(ticket), 1)
        self.assertIn(ticket.number, page.text)
        self.assertIn("We have your request", page.text)
        self.assertEqual(ticket.channel_id.code, "portal")
        self.assertEqual(ticket.type_id, self.env.ref("helpdesk_ticketing.type_incident"))
        self.assertIn("Since Monday<br>&lt;b&gt;Room&lt;/b&gt; 2", ticket.description)
        self.assertFalse(ticket.user_id)
        self.assertIn(self.contact, ticket.message_partner_ids)
        self.assertEqual(ticket.company_id, self.company)

    def test_team_of_the_type(self):
        """A type that belongs to a team brings the ticket there, where it is assigned."""
        self.team.assign_method = "balanced"
        kind = self.env["ticketing.type"].create({"name": "Breakdown", "team_ids": self.team.ids})
        self._send(type_id=str(kind.id))
        self.assertEqual(self._mine().team_id, self.team)
        self.assertIn(self._mine().user_id, self.team.member_ids)

    def test_mistakes(self):
        """What is missing or too long is told, nothing is lost of what was written."""
        cases = [
            ({"subject": "  "}, "Say in a few words"),
            ({"description": "\n "}, "Describe what happened"),
            ({"subject": "x" * 201}, "The subject is too long"),
            ({"description": "x" * 20001}, "The description is too long"),
        ]
        for form, message in cases:
            page = self._send(**{"subject": "Kept words", "description": "Kept story", **form}).text
            self.assertIn(message, page)
            self.assertTrue("Kept words" in page or "Kept story" in page)
        self.assertFalse(self._mine())

    def test_twice(self):
        """The same form sent twice is one ticket, and both answers lead to it."""
        self._login(self.marta)
        page = self.url_open("/my/tickets/new").text
        key = re.search(r'name="key" value="(\w+)"', page).group(1)
        form = {"subject": "Once", "description": "Only", "key": key}
        pages = [self._post("/my/tickets/new", form) for __ in range(2)]
        self.assertEqual(len(self._mine()), 1)
        self.assertEqual(
            {page.url.split("?")[0] for page in pages}, {f"{self.base_url()}/my/tickets/{self._mine().id}"}
        )

    def test_twice_at_once(self):
        """Two workers at the same moment: the second insert fails on the index, and makes no error."""
        tickets = self.env["ticketing.ticket"]
        form = {"subject": "Once", "description": "Only", "key": tickets._new_key()}
        self.assertTrue(tickets._create_from_portal(self.marta, form))
        with patch.object(type(tickets), "_get_by_portal_key", lambda *args: tickets), mute_logger("odoo.sql_db"):
            self.assertFalse(tickets._create_from_portal(self.marta, form))
        self.assertEqual(len(self._mine()), 1)

    def test_key_of_another(self):
        """Another customer's key leads nowhere."""
        tickets = self.env["ticketing.ticket"]
        key = tickets._new_key()
        tickets._create_from_portal(self.marta, {"subject": "Mine", "description": "Mine", "key": key})
        page = self._get(f"/my/tickets/sent/{key}", self.stranger)
        self.assertEqual(page.url, f"{self.base_url()}/my/tickets")

    def test_files(self):
        """Photos and files stand in the conversation; a page with a script is kept as text."""
        self._send(
            files=[
                ("files", ("boiler.png", b"\x89PNG\r\n\x1a\n0000", "image/png")),
                ("files", ("evil.html", b"<script>alert(1)</script>", "text/html")),
                ("files", ("", b"", "application/octet-stream")),
            ]
        )
        files = self._mine().message_ids.attachment_ids
        self.assertEqual(set(files.mapped("name")), {"boiler.png", "evil.html"})
        self.assertEqual(files.filtered(lambda file: file.name == "evil.html").mimetype, "text/plain")
        self._login(self.stranger)
        for file in files:
            self.assertEqual(self.url_open(f"/web/content/{file.id}").status_code, 404)
        self._login(self.colleague)
        fetched = self.make_jsonrpc_request(
            "/mail/chatter_fetch", {"thread_model": "ticketing.ticket", "thread_id": self._mine().id}
        )
        shown = fetched["data"]["mail.message"][0]["attachment_ids"]
        self.assertEqual({file["name"] for file in shown}, {"boiler.png", "evil.html"})
        for file in shown:
            answer = self.url_open(f"/web/content/{file['id']}?access_token={file['raw_access_token']}")
            self.assertEqual(answer.status_code, 200)
            self.assertNotIn("text/html", answer.headers["Content-Type"])

    def test_too_many_files(self):
        """Too many or too big files are refused, and no ticket is made."""
        with patch.object(ticketing_ticket_portal_mixin, "FILE_COUNT", 1):
            page = self._send(files=[("files", (f"{n}.txt", b"x", "text/plain")) for n in range(2)])
            self.assertIn("files at the most", page.text)
        with patch.object(ticketing_ticket_portal_mixin, "FILES_BYTES", 10):
            page = self._send(files=[("files", ("big.txt", b"x" * 11, "text/plain"))])
            self.assertIn("too big", page.text)
        self.assertFalse(self._mine())

    def test_products(self):
        """The form offers what the company bought; anything else is not taken."""
        self._signed_note()
        self._login(self.marta)
        self.assertIn("Valve", self.url_open("/my/tickets/new").text)
        self._send(subject="Of mine", product_id=str(self.valve.id))
        self._send(subject="Of others", product_id=str(self.pump.id))
        self._send(subject="Nonsense", product_id="1 or 1")
        products = {ticket.name: ticket.product_id for ticket in self._mine()}
        self.assertEqual(products["Of mine"], self.valve)
        self.assertFalse(products["Of others"] or products["Nonsense"])

    def test_examples(self):
        result = doctest.testmod(form_values)
        self.assertEqual((result.failed, result.attempted), (0, 4))

    def test_what_no_browser_sends(self):
        """Files with the name of a text, digits that are no numbers, keys that are none: no error of the server's."""
        self._login(self.marta)
        for address in ("/my/tickets/new?lot_id=²", "/my/tickets/sent/%00", "/my/tickets?page=x", "/my/tickets?page=²"):
            self.assertEqual(self.url_open(address).status_code, 200, address)
        for address in ("/my/tickets", "/my/notes", "/my/equipment"):
            names = ("page", "search", "search_in", "sortby", "filterby", "groupby")
            page = self._post(address, files=[(name, ("a.txt", b"x", "text/plain")) for name in names])
            self.assertEqual(page.status_code, 200, address)
            self.assertNotIn("FileStorage", page.text)
        hidden = self.env["ticketing.ticket"].create({"name": "Of others", "partner_id": self.other_company.id})
        page = self._post(f"/my/tickets/{hidden.id}", files=[("access_token", ("a.txt", b"x", "text/plain"))])
        self.assertEqual(page.status_code, 404)
        for name in ("subject", "description", "lot_id", "type_id", "key"):
            form = {"subject": "Kept", "description": "Kept", "lot_id": "²"}
            form.pop(name, None)
            page = self._post("/my/tickets/new", form, files=[(name, ("a.txt", b"x", "text/plain"))])
            self.assertEqual(page.status_code, 200, name)
            self.assertNotIn("FileStorage", page.text)
        self.assertEqual(len(self._mine()), 3)
        ticket = self._mine()[0]
        ticket._move_to_kind("solved")
        page = self._post(f"/my/tickets/{ticket.id}/reopen", files=[("reason", ("a.txt", b"x", "text/plain"))])
        self.assertEqual((page.status_code, ticket.stage_kind), (200, "open"))

    def test_flood(self):
        """One company can't bury the desk: beyond a number an hour it is asked to wait."""
        with patch.dict(ticketing_throttle.LIMITS, ticket=(2, 60)):
            for subject in ("One", "Two"):
                self._send(subject=subject)
            page = self._send(subject="Three")
            self.assertIn("please wait 60 minutes", page.text)
        self.assertEqual(len(self._mine()), 2)

    def test_needs_login_and_token(self):
        """No form without log-in, none from a foreign site."""
        form = {"subject": "x", "description": "x"}
        self._login(self.marta)
        with mute_logger(*QUIET):
            self.assertEqual(self.url_open("/my/tickets/new", data=form).status_code, 400)
        self._login(None)
        self.assertIn("/web/login", self.url_open("/my/tickets/new").url)
        self.assertFalse(self._mine())


@tagged("post_install", "-at_install")
class TestPortalConversation(PortalCase):
    """Core's chatter routes on tickets."""

    def _post_message(self, ticket, **kwargs):
        params = {
            "thread_model": "ticketing.ticket",
            "thread_id": ticket.id,
            "post_data": {"body": "Hello", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"},
            **kwargs,
        }
        return self.make_jsonrpc_request("/mail/message/post", params)

    def test_answer(self):
        """The customer answers on his own ticket and reads the desk's answers, but not its notes."""
        ticket = self._create_ticket()
        ticket.message_post(body="For you", message_type="comment", subtype_xmlid="mail.mt_comment")
        ticket.message_post(body="Between us", message_type="comment", subtype_xmlid="mail.mt_note")
        self._login(self.marta)
        self._post_message(ticket)
        self.assertEqual(ticket.message_ids[0].author_id, self.contact)
        fetched = self.make_jsonrpc_request(
            "/mail/chatter_fetch", {"thread_model": "ticketing.ticket", "thread_id": ticket.id}
        )
        bodies = str(fetched["data"]["mail.message"])
        self.assertIn("For you", bodies)
        self.assertNotIn("Between us", bodies)

    def test_others_ticket(self):
        """Nobody posts, reads or uploads on another company's ticket, with or without a wrong token."""
        ticket = self._create_ticket()
        ticket.message_post(body="For you", message_type="comment", subtype_xmlid="mail.mt_comment")
        count = len(ticket.message_ids)
        for user in (self.stranger, None):
            self._login(user)
            for token in ({}, {"token": "x" * 36}, {"hash": "0" * 64, "pid": self.contact.id}):
                with self.assertRaises(JsonRpcException), mute_logger(*QUIET):
                    self._post_message(ticket, **token)
            with mute_logger(*QUIET):
                upload = self.url_open(
                    "/mail/attachment/upload",
                    data={"thread_id": ticket.id, "thread_model": "ticketing.ticket", "csrf_token": "x"},
                    files={"ufile": ("x.txt", b"x", "text/plain")},
                )
            self.assertGreaterEqual(upload.status_code, 400)
        self._login(self.stranger)
        fetched = self.make_jsonrpc_request(
            "/mail/chatter_fetch", {"thread_model": "ticketing.ticket", "thread_id": ticket.id}
        )
        self.assertFalse(fetched["messages"])
        self.assertEqual(len(ticket.message_ids), count)

    def test_share_link_answers(self):
        """Who was mailed the ticket answers through its link, as the ticket's customer."""
        ticket = self._create_ticket()
        token = ticket._portal_ensure_token()
        self._login(None)
        self._post_message(ticket, token=token)
        self.assertEqual(ticket.message_ids[0].author_id, self.contact)


@tagged("post_install", "-at_install")
class TestPortalOrders(PortalCase):
    """The sale order of a ticket is the desk's own: it would show the prices that its delivery notes hide."""

    def test_orders_of_tickets_are_hidden(self):
        self.team.show_prices = False
        note = self._ready_note()
        order = note.sale_order_id
        shop = self.env["sale.order"].create({"partner_id": self.contact.id, "ticket_id": False})
        shop.action_confirm()
        page = self._get("/my/orders", self.marta).text
        self.assertIn(shop.name, page)
        self.assertNotIn(order.name, page)
        self.assertTrue(self._get(f"/my/orders/{shop.id}", self.marta).url.endswith(f"/my/orders/{shop.id}"))
        for address in (f"/my/orders/{order.id}", f"/my/orders/{order.id}?report_type=pdf"):
            response = self._get(address, self.marta)
            self.assertTrue(response.url.endswith("/my"), response.url)
            self.assertNotIn(order.name, response.text)
        for records in (order, order.order_line):
            self.assertFalse(records.with_user(self.marta).search([("id", "in", records.ids)]))
            self.assertEqual(records.with_user(self.manager).search([("id", "in", records.ids)]), records)
        self.assertEqual(self._get(f"/my/tickets/{note.ticket_id.id}", self.marta).status_code, 200)
