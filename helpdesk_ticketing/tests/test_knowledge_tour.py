from odoo.tests import tagged

from .portal_common import PortalCase


class KnowledgeTourCase(PortalCase):
    """A customer and an agent with one article."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ticketing.article"].search([]).active = False
        cls.article = cls.env["ticketing.article"].create(
            {"name": "The boiler loses pressure", "body": "<p>Open the valve.</p>", "state": "published"}
        )

    def _check_form(self):
        self.start_tour("/my/tickets/new", "ticketing_knowledge_form", login=self.marta.login)
        self.assertEqual(self.article.deflection_ids.subject, "The boiler looses presure")
        self.assertFalse(self.env["ticketing.ticket"].search([("partner_id", "=", self.contact.id)]))


@tagged("post_install", "-at_install")
class TestKnowledgeTour(KnowledgeTourCase):
    """On a desk."""

    def test_search(self):
        self.start_tour("/my", "ticketing_knowledge_search", login=self.marta.login)
        self.assertEqual(self.article.vote_ids.comment, "Where is the valve?")
        self.assertEqual((self.article.solved_count, self.article.unhelpful_count), (1, 1))

    def test_form(self):
        self._check_form()

    def test_reply(self):
        ticket = self._create_ticket(name="Boiler without pressure", user_id=self.agent.id)
        url = f"/odoo/action-helpdesk_ticketing.ticketing_ticket_action/{ticket.id}"
        self.start_tour(url, "ticketing_knowledge_reply", login=self.agent.login)
        self.assertEqual(self.article.used_count, 1)


@tagged("post_install", "-at_install")
class TestKnowledgePhoneTour(KnowledgeTourCase):
    """As wide as a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_form(self):
        self._check_form()
