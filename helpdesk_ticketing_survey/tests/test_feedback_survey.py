from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.helpdesk_ticketing.tests.common_feedback import FeedbackSteps
from odoo.addons.helpdesk_ticketing.tests.portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestFeedbackSurvey(FeedbackSteps, PortalCase):
    """Who has answered with a face may answer the team's questions, too, and the ticket knows what he said."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_feedback()
        cls.survey = cls.env["survey.survey"].create(
            {"title": "Your visit", "access_mode": "token", "questions_layout": "one_page"}
        )
        cls.better, cls.explained, cls.late = cls.env["survey.question"].create(
            [
                {"survey_id": cls.survey.id, "title": "What can be better?", "question_type": "char_box"},
                {"survey_id": cls.survey.id, "title": "Was it explained?", "question_type": "scale"},
                {"survey_id": cls.survey.id, "title": "How late?", "question_type": "numerical_box"},
            ]
        )
        cls.team.feedback_survey_id = cls.survey

    def setUp(self):
        super().setUp()
        self.feedback = self._ask(self._solve())
        self.feedback._answer("happy")
        self.link = f"/ticketing/feedback/{self.feedback.access_token}"
        self._login(None)

    def test_answered(self):
        """Opened without log-in, the same one however often; the ticket keeps question and answer, and so the report."""
        self.assertFalse(self.feedback.survey_input_id, "nothing is made by looking")
        self.assertIn("Your visit", self.url_open(f"{self.link}/thanks").text)
        self.assertFalse(self.feedback.survey_input_id)
        for __ in range(2):
            page = self._post(f"{self.link}/survey", page=f"{self.link}/thanks")
            self.assertIn("Your visit", page.text)
        self.env.invalidate_all()
        given = self.feedback.survey_input_id
        self.assertEqual(self.survey.user_input_ids, given)
        self.assertEqual((given.partner_id, given.deadline), (self.contact, self.feedback.expires_on))
        base = f"/survey/{{}}/{self.survey.access_token}/{given.access_token}"
        self.make_jsonrpc_request(base.format("begin"), {})
        answers = {str(self.better.id): "<b>Nothing</b>", str(self.explained.id): "8", str(self.late.id): "0"}
        self.make_jsonrpc_request(base.format("submit"), answers)
        self.env.invalidate_all()
        self.assertEqual(given.state, "done")
        rows = self.feedback.ticket_id.survey_answer_ids
        self.assertEqual(
            [(row.question, row.answer, row.value) for row in rows.sorted("sequence")],
            [("What can be better?", "<b>Nothing</b>", 0), ("Was it explained?", "8", 8), ("How late?", "0.0", 0)],
        )
        self.better.title = "Another question"
        self.assertEqual(rows.sorted("sequence")[0].question, "What can be better?")
        self.assertEqual(rows._read_group([("id", "in", rows.ids)], [], ["value:avg"]), [(4.0,)])
        self.assertNotIn("o_ticketing_survey", self.url_open(f"{self.link}/thanks").text, "once is enough")
        self.assertIn("t be answered any more", self._post(f"{self.link}/survey", page=self.link).text)

    def test_on_the_ticket(self):
        """Who has answered finds it on his ticket until he has done it; a colleague who sees the ticket does not."""
        page = f"/my/tickets/{self.feedback.ticket_id.id}"
        self._login(self.colleague)
        seen = self.url_open(page).text
        self.assertIn(self.feedback.ticket_id.name, seen)
        self.assertNotIn("o_ticketing_survey", seen)
        self._login(self.marta)
        self.assertIn("o_ticketing_survey", self.url_open(page).text)
        self.assertIn("Your visit", self._post(f"{self.link}/survey", page=page).text)
        self.feedback.survey_input_id._mark_done()
        self.assertNotIn("o_ticketing_survey", self.url_open(page).text)

    def test_dead_link(self):
        """A link that is revoked opens no questionnaire, nor does looking at the address."""
        self.assertEqual(self.url_open(f"{self.link}/survey").status_code, 405)
        token = self._csrf(self.link)
        self.feedback.action_revoke()
        self.assertEqual(self.url_open(f"{self.link}/survey", data={"csrf_token": token}).status_code, 404)
        self.assertFalse(self.survey.user_input_ids)

    def test_begun_and_revoked(self):
        """Who has begun it can't go on once the link is revoked, and what he sends all the same is not counted."""
        self._post(f"{self.link}/survey", page=f"{self.link}/thanks")
        self.env.invalidate_all()
        given = self.feedback.survey_input_id
        base = f"/survey/{{}}/{self.survey.access_token}/{given.access_token}"
        self.make_jsonrpc_request(base.format("begin"), {})
        self.feedback.action_revoke()
        self.assertLessEqual(given.deadline, fields.Datetime.now())
        self.make_jsonrpc_request(base.format("submit"), {str(self.better.id): "Too late"})
        self.env.invalidate_all()
        self.assertNotEqual(given.state, "done")
        given._save_lines(self.better, "Too late")
        given._mark_done()
        self.assertFalse(self.feedback.survey_answer_ids)

    def test_page_for_the_desk(self):
        """Who only sends invoices can't read the answers, and has no page of them."""
        for user, shown in ((self.technician, True), (self.accountant, False)):
            arch = etree.fromstring(self.feedback.ticket_id.with_user(user).get_view(view_type="form")["arch"])
            self.assertEqual(bool(arch.xpath("//page[@name='survey']")), shown, user.name)

    def test_access(self):
        """Who works on the ticket reads the answers without a right on surveys; others, and customers, don't."""
        self.feedback._start_survey()
        given = self.feedback.survey_input_id
        given._save_lines(self.better, "Nothing")
        given._mark_done()
        rows = self.feedback.survey_answer_ids
        self.assertEqual(rows.with_user(self.technician).read(["answer"])[0]["answer"], "Nothing")
        rows.ticket_id.user_id = self.agent
        rows.ticket_id.team_id.member_ids -= self.technician
        self.assertFalse(rows.with_user(self.technician).search([("id", "in", rows.ids)]))
        with self.assertRaises(AccessError):
            rows.with_user(self.marta).read(["answer"])

    def test_survey_that_needs_a_log_in(self):
        with self.assertRaises(ValidationError):
            self.team.feedback_survey_id = self.survey.copy({"users_login_required": True})
