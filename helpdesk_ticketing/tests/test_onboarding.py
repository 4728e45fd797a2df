import re
from pathlib import Path

import polib
from lxml import html

from odoo.tests import tagged
from odoo.tools.misc import file_path

from .portal_common import PortalCase

MANUAL = "helpdesk_ticketing/static/manual"
PAGES = ("index", "customer", "agent", "technician", "accountant", "manager")


@tagged("post_install", "-at_install")
class TestOnboarding(PortalCase):
    """The first visit of people at the desk and of customers, and the manual."""

    def test_tour_of_an_agent(self):
        """Its steps can be gone, from the call to the answer; it is the tour that the menu starts."""
        self.technician.password = self.technician.login
        self.start_tour("/odoo", "ticketing_onboarding", login=self.technician.login)
        tour = self.env.ref("helpdesk_ticketing.ticketing_onboarding_tour")
        self.assertTrue(self.env["ticketing.ticket"].search([("name", "=", "No hot water")]))
        self.technician.tour_enabled = True
        tours = self.env["web_tour.tour"].with_user(self.technician)
        tours.search([("id", "!=", tour.id)]).sudo().user_consumed_ids = self.technician
        self.assertEqual(tours.get_current_tour()["name"], "ticketing_onboarding")
        tours.consume(tour.name)
        self.assertFalse(tours.get_current_tour(), "once for each user")

    def test_introduction_of_a_customer(self):
        """Hint after hint by keyboard, closed for good; the next customer has his own."""
        self.start_tour("/my/tickets", "ticketing_introduction", login=self.marta.login)
        self.assertTrue(self.marta.ticketing_introduced)
        self.assertNotIn("o_ticketing_introduction", self._get("/my/tickets", self.marta).text)
        self.assertIn("o_ticketing_introduction", self._get("/my/tickets", self.colleague).text)

    def test_manual(self):
        """Each chapter in both languages, each link leads somewhere; the menu opens the user's."""
        for language in ("en", "es"):
            for name in PAGES:
                path = Path(file_path(f"{MANUAL}/{language}/{name}.html"))
                page = html.fromstring(path.read_bytes())
                self.assertEqual(page.get("lang"), language)
                for address in page.xpath("//a/@href | //img/@src | //link/@href"):
                    if not address.startswith(("http", "#", "/")):
                        self.assertTrue((path.parent / address.split("#")[0]).is_file(), f"{path}: {address}")
        action = self.env.ref("helpdesk_ticketing.ticketing_manual_action").with_user(self.agent)
        for language, folder in (("es_ES", "es"), ("en_US", "en")):
            self.env["res.lang"]._activate_lang(language)
            self.agent.lang = language
            self.assertIn(f"/manual/{folder}/", action.run()["url"])

    def test_manual_says_what_the_screen_says(self):
        """What it emphasises are menus, buttons and fields, with their words in each language."""
        terms = polib.pofile(file_path("helpdesk_ticketing/i18n/es.po"))
        read = {"en": lambda term: term.msgid, "es": lambda term: term.msgstr}
        known = {
            language: {re.sub(r"<[^>]+>", "", of(term)).strip() for term in terms} for language, of in read.items()
        }
        for language, words in known.items():
            for name in PAGES:
                page = html.parse(file_path(f"{MANUAL}/{language}/{name}.html"))
                said = {part for mark in page.iter("em") for part in mark.text_content().split(" / ")}
                self.assertFalse(said - words, f"{language}/{name}: not on the screen")
