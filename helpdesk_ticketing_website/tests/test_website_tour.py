from odoo.tests import tagged

from odoo.addons.helpdesk_ticketing.tests.common_accessibility import PageChecks

from .test_help import HelpCase


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
class TestAccessibility(PageChecks, TourCase):
    """The pages of strangers, as people use them who see little, have no mouse, or a telephone."""

    def test_pages(self):
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
        self._check_pages("/help", pages)
