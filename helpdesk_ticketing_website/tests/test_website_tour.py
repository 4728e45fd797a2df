import json
import os
from pathlib import Path
from unittest import SkipTest

from odoo.modules import get_module_path
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_help import HelpCase

WIDTHS = (1280, 390)


class TourCase(HelpCase):
    """A stranger finds an answer, or reports what has none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.ticketing_team_id = cls.team
        cls.lift = cls.env["ticketing.type"].create({"name": "Lift"})
        cls.env["ticketing.ticket.field"].create({"type_id": cls.lift.id, "name": "Floor", "required": True})

    def _check_search(self):
        self.start_tour("/help", "ticketing_website_search")
        self.assertEqual((self.article.helpful_count, self.article.solved_count), (1, 1))
        self.assertEqual(self.article.deflection_ids.subject, "radiater cold")

    def _check_report(self):
        self.start_tour("/help", "ticketing_website_report")
        ticket = self.env["ticketing.ticket"].search([("name", "=", "Lift stands still")])
        self.assertEqual((ticket.team_id, ticket.type_id, ticket.channel_id.code), (self.team, self.lift, "website"))
        self.assertEqual(ticket.form_answer_ids.mapped("value"), ["Third"])


@tagged("post_install", "-at_install")
class TestDesk(TourCase):
    browser_size = "1280x800"

    def test_search(self):
        self._check_search()

    def test_deflected(self):
        """What is suggested under the subject solves it before anything is sent."""
        self.start_tour("/help/report", "ticketing_website_deflect")
        self.assertEqual(self.article.deflection_ids.mapped("channel"), ["website"])
        self.assertFalse(self.env["ticketing.ticket"].search([("name", "like", "radiator is cold")]))


@tagged("post_install", "-at_install")
class TestPhone(TourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_search(self):
        self._check_search()

    def test_report(self):
        self._check_report()


@tagged("post_install", "-at_install")
class TestAccessibility(TourCase):
    """The pages as people use them who see little, have no mouse, or a telephone: as the portal's."""

    def test_pages(self):
        if not os.environ.get("HELPDESK_AXE"):
            raise SkipTest("no axe-core: dev/axe_core.sh fetches it, HELPDESK_AXE names a copy of it")
        pages = {
            "help": "/help",
            "search": "/help?search=radiator",
            "nothing": "/help?search=zzzzzz",
            "topic": f"/help/topic/{self.topic.id}",
            "article": f"{self.article.website_url}?message=voted",
            "form": f"/help/report?type_id={self.lift.id}",
            "sent": "/help/report/sent",
            "thanks": "/help/thanks",
        }
        script = Path(get_module_path("helpdesk_ticketing"), "tests", "accessibility.js").read_text(encoding="utf-8")
        axe = Path(os.environ["HELPDESK_AXE"]).read_text(encoding="utf-8")
        names = {"PAGES": pages, "WIDTHS": WIDTHS, "AXE": axe}
        code = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in names.items())
        # a frame that is closed while it still loads says so; what axe finds is an error, which no logger keeps back
        with mute_logger(f"{__name__}.TestAccessibility.test_pages.browser"):
            self.browser_js("/help", code + script, timeout=240)
