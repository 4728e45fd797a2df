from odoo.tests import tagged

from .common_feedback import FeedbackSteps
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestFeedbackTour(FeedbackSteps, PortalCase):
    """A real browser, as wide as a phone: from the mail's link to the thanks page, and back to the open ticket."""

    browser_size = "390x844"
    touch_enabled = True

    def test_link(self):
        self._set_up_feedback()
        feedback = self._ask(self._solve())
        self.start_tour(feedback._get_link("unhappy"), "ticketing_feedback")
        self.assertEqual((feedback.satisfaction, feedback.effort), ("neutral", 2))
        self.assertEqual(feedback.comment, "It took two visits")
        self.assertEqual(feedback.ticket_id.stage_kind, "open")
        self.assertEqual(len(feedback.ticket_id.activity_ids), 1)


@tagged("post_install", "-at_install")
class TestFeedbackTourDesk(TestFeedbackTour):
    """The same on a desk."""

    browser_size = "1280x900"
    touch_enabled = False
