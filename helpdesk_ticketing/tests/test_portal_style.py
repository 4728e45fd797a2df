import doctest
import re
from posixpath import normpath
from urllib.parse import unquote, urljoin, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..tools import team_css
from .portal_common import PortalCase

SITE = "https://desk.example/my/tickets/1"
# Pieces of addresses, and of what takes them: put together at random they find ways that nobody thought of.
PIECES = [
    *("/web/image/", "/web/content/", "/web/session/logout", "/web", "/desk/static/", "image/", "1", "..", ".", "%2e"),
    *("%2E", "%2f", "/", "\\", "\t", "\n", " ", "'", '"', "?", "#", ":", "//", "data:", "url(", ")", ",", "/**/"),
]
TAKERS = ["url(", "URL( ", "src(", "image(", "image-set(", "-webkit-image-set(", "cross-fade(", "Image-Set( "]


@tagged("post_install", "-at_install")
class TestPortalStyle(PortalCase):
    """A team's colours and style, on its own pages alone, and nothing harmful in them."""

    def test_examples(self):
        result = doctest.testmod(team_css)
        self.assertEqual(result.failed, 0)
        self.assertEqual(result.attempted, 5)

    def test_harm_is_refused(self):
        for text, says in (
            ("@import '/x.css';", "may not stand"),
            ("h3 { background: url(https://spy.example/x) }", "may not stand"),
            ("h3 { background: url('data:image/svg+xml,x') }", "pictures of this site"),
            ("h3 { background: url(/web/session/logout) }", "pictures of this site"),
            ("h3 { background: url(/web/image/../session/logout) }", "pictures of this site"),
            ("h3 { background: url('/web/image/%2E./session/logout') }", "pictures of this site"),
            ("h3 { background: url('/web/image/.\t./session/logout') }", "pictures of this site"),
            ('h3 { background: url("/web/image/1\'/../../session/logout") }', "pictures of this site"),
            ("h3 { background: image-set('/web/session/logout' 1x) }", "may not stand"),
            ("h3 { background: -webkit-Image-Set ('/web/session/logout' 1x) }", "may not stand"),
            ("h3 { background: cross-fade(red, '/web/session/logout') }", "may not stand"),
            ("h3 { background: image('/web/session/logout') }", "may not stand"),
            ("</style><script>alert(1)</script>", "may not stand"),
            ("h3 { width: expression(alert(1)) }", "may not stand"),
            ("h3 { width: exp/**/ression(alert(1)) }", "may not stand"),
            ("h3 { background: u\\72l(x) }", "may not stand"),
            ("a { color: red } } body { display: none }", "brace"),
            ("@font-face { font-family: x }", "may not stand"),
            ("h3 { color: red", "brace"),
            ("h3 { content: 'x }", "quotes"),
            ("~ footer { display: none }", "selector"),
            ("h3 { color: red }" * 1000, "too long"),
        ):
            with self.subTest(text=text[:50]), self.assertRaisesRegex(ValidationError, says):
                self.team.portal_css = text
        with self.assertRaisesRegex(ValidationError, "no colour"):
            self.team.portal_color = "red; } body { display: none"

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(TAKERS), st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.sampled_from("'\" "))
    def test_every_address_is_a_picture_here(self, taker, address, quote):
        """Whatever an address is put together of: what is not refused, a browser fetches from the pictures of this site."""
        quote = quote.strip()
        try:
            style = team_css.scope_css(f"h3 {{ background: {taker}{quote}{address}{quote}) }}", ".team")
        except team_css.CssError:
            return
        for __, fetched in re.findall(r"""\(\s*(["']?)(.*?)\1\s*\)""", style, re.DOTALL):
            parts = urlsplit(urljoin(SITE, re.sub(r"[\t\n\r]", "", fetched)))
            self.assertEqual(parts.netloc, "desk.example")
            path = normpath(unquote(parts.path))
            self.assertRegex(f"{path}/", r"^(/web/image/|/web/content/|/\w+/static/)", style)

    def test_pictures_of_this_site(self):
        """What a company does use stays allowed."""
        for address in ("/web/image/12-3ab/logo.v2.png?unique=1", '"/web/content/7"', " '/desk/static/src/x.svg' "):
            self.team.portal_css = f".card {{ background: url({address}) no-repeat }}"
        self.team.portal_css = "h3::after { content: '...' }"

    def test_holds_on_the_teams_pages_alone(self):
        self.team.write({"portal_color": "#0a3d62", "portal_css": ".card { border-radius: 0 }"})
        ticket = self._create_ticket()
        self._login(self.marta)
        page = self.url_open(f"/my/tickets/{ticket.id}").text
        wrapper = f"o_ticketing_team_{self.team.id}"
        self.assertIn(f".{wrapper} .card {{border-radius: 0}}", page)
        self.assertIn("#0a3d62", page)
        self.assertRegex(page, rf'class="o_ticketing_ticket mx-auto {wrapper}"')
        other = self.env["ticketing.team"].create({"name": "Other"})
        ticket.team_id = other
        self.assertNotIn("#0a3d62", self.url_open(f"/my/tickets/{ticket.id}").text)

    def test_what_was_not_checked_ends_nothing(self):
        self.env.cr.execute(
            "UPDATE ticketing_team SET portal_css = %s WHERE id = %s", ("</style><b>x</b>", self.team.id)
        )
        self.team.invalidate_recordset()
        self.assertEqual(self.team._get_portal_style(), "")


@tagged("post_install", "-at_install")
class TestStageMessages(PortalCase):
    """The customer is told at each stage, in words that the manager edits, with or without the number."""

    def test_told_at_each_change(self):
        stages = self.team._get_stages()
        stages.template_id = False
        stages.with_user(self.manager).action_use_standard_messages()
        self.assertFalse(stages.filtered(lambda stage: stage.kind == "new").template_id)
        ticket = self._create_ticket(name="Boiler cold")
        self.flush_tracking()
        for kind, words in (("open", "We are working"), ("waiting", "we need an answer"), ("solved", "is solved")):
            ticket._move_to_kind(kind)
            self.flush_tracking()
            told = ticket.message_ids.filtered(lambda message: message.subtype_id == self.env.ref("mail.mt_comment"))
            self.assertIn(words, told[0].body)
            self.assertIn(ticket.number, told[0].subject)

    def test_number_is_hidden(self):
        ticket = self._create_ticket(name="Boiler cold")
        self.assertEqual(ticket._hide_number(f"[{ticket.number}] Solved"), f"[{ticket.number}] Solved")
        self.team.hide_number = True
        for subject, left in (
            (f"[{ticket.number}] Solved: Boiler cold", "Solved: Boiler cold"),
            (f"Re: {ticket.number} Boiler cold", "Re: Boiler cold"),
            (f"{ticket.number}5 is another", f"{ticket.number}5 is another"),
            (ticket.number, "Boiler cold"),
        ):
            self.assertEqual(ticket._hide_number(subject), left)
        ticket.message_post(
            body="For you",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.contact.ids,
            author_id=self.agent.partner_id.id,
        )
        mail = self.env["mail.mail"].search([("res_id", "=", ticket.id), ("model", "=", ticket._name)], limit=1)
        self.assertTrue(mail)
        self.assertNotIn(ticket.number, mail.subject)

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()
