from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import MANAGER, TicketingCase
from .common_feedback import FeedbackSteps


@tagged("post_install", "-at_install")
class TestFeedback(FeedbackSteps, TicketingCase):
    """Customers are asked how it went, and what they say reaches whom it concerns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_feedback()

    def _contact(self, number, **values):
        return self.contact.copy({"name": f"Contact {number}", "email": f"contact{number}@customer.example", **values})

    def _mail_of(self, feedback):
        return self.env["mail.mail"].search([("body_html", "ilike", feedback.access_token)])

    # Asked

    def test_asked_by_the_scheduler(self):
        """One mail with three links in the customer's language, which is in nobody's chatter; it says who it is from."""
        ticket = self._solve()
        self.assertFalse(ticket.feedback_ids, "nothing is asked while the ticket is being solved")
        self._run_cron("ir_cron_feedback")
        feedback = ticket.feedback_ids
        self.assertEqual(
            (feedback.state, feedback.partner_id, feedback.user_id), ("asked", self.contact, self.technician)
        )
        mail = self._mail_of(feedback)
        self.assertEqual(mail.recipient_ids, self.contact)
        for face in ("happy", "neutral", "unhappy"):
            self.assertIn(f"/ticketing/feedback/{feedback.access_token}?face={face}", mail.body_html)
        self.assertIn("Auto-Submitted", mail.headers)
        self.assertTrue(mail.auto_delete)
        self.assertNotIn(feedback.access_token, str(ticket.message_ids.mapped("body")))

    def test_not_asked(self):
        """No address, no wish for mail, a machine, a colleague, an alarm, a cancelled ticket, a team that does not ask."""
        alarm = self.env["ticketing.channel"].create({"name": "Monitoring", "code": "monitoring"})
        refuser = self._contact(1)
        self.env["mail.blacklist"].create({"email": refuser.email})
        quiet = self.team.copy({"feedback_ask": False})
        for values in (
            {"partner_id": self._contact(2, email=False).id},
            {"partner_id": refuser.id},
            {"partner_id": self._contact(3, email="no-reply@customer.example").id},
            {"partner_id": self.agent.partner_id.id},
            {"partner_id": self._contact(4).id, "channel_id": alarm.id},
            {"partner_id": self._contact(5).id, "team_id": quiet.id},
            {"partner_id": False},
        ):
            self._solve(**values)
        cancelled = self._create_ticket(partner_id=self._contact(6).id)
        cancelled.action_cancel()
        cancelled.solved_on = fields.Datetime.now() - timedelta(minutes=1)
        self.assertFalse(self._ask())

    def test_once_in_some_days(self):
        """The first of two tickets; another one only when the days are over. A colleague is asked for himself."""
        first, second = self._solve(), self._solve()
        self.assertEqual(self._ask().ticket_id, first)
        self.assertEqual(self._ask().ticket_id, first)
        other = self._solve(partner_id=self._contact(1).id)
        self.assertEqual(self._ask().ticket_id, first | other)
        later = fields.Datetime.now() + timedelta(days=30)
        second.solved_on = later
        self.feedbacks._ask_due(later)
        self.assertTrue(second.feedback_ids)

    def test_delay(self):
        """Not before the team's hours are over, nor of what was solved long ago; who reopened meanwhile is not asked."""
        self.team.feedback_delay = 4
        now = fields.Datetime.now()
        ticket, old = self._solve(), self._solve(partner_id=self._contact(1).id)
        old.solved_on = now - timedelta(days=5)
        self.feedbacks._ask_due(now + timedelta(hours=3))
        self.assertFalse(self.feedbacks.search([]))
        ticket.action_reopen()
        self.feedbacks._ask_due(now + timedelta(hours=5))
        self.assertFalse(self.feedbacks.search([]))

    def test_queries(self):
        """A hundred questions and mails take as many queries as ten."""

        def count(size, start):
            for number in range(start, start + size):
                self._solve(partner_id=self._contact(number).id)
            self.env.cr.flush()  # also what solving leaves to the end of the transaction
            self.env.invalidate_all()
            queries = self.env.cr.sql_log_count
            self.assertEqual(self.feedbacks._ask_due(fields.Datetime.now()), size)
            self.env.flush_all()
            return self.env.cr.sql_log_count - queries

        count(2, 0)
        few, more = count(10, 10), count(30, 30)
        self.assertEqual(few, more, "the queries must not grow with the customers")

    def test_asked_anew(self):
        """A ticket has one link: what was answered before stays, and can't be changed any more."""
        ticket = self._solve()
        first = self._ask(ticket)
        first._answer("happy")
        ticket.action_reopen()
        ticket.action_solve()
        later = fields.Datetime.now() + timedelta(days=31)
        ticket.solved_on = later
        first.expires_on = later + timedelta(days=1)
        self.feedbacks._ask_due(later)
        self.assertEqual(len(ticket.feedback_ids), 2)
        self.assertEqual((first.state, first.has_link), ("answered", False))

    def test_template_that_fails(self):
        """The other teams' customers get their mails; who was not mailed finds the question in his account."""
        team = self.team.copy({"name": "Another desk", "feedback_ask": True})
        self.team.feedback_template_id.subject = (
            "{{ object.nothing_like_it if object.team_id.name == 'Another desk' else 'How did it go?' }}"
        )
        tickets = [self._solve(team_id=team.id, partner_id=self._contact(number).id) for number in (1, 2)]
        mailed = self._solve()
        with self.assertLogs("odoo.addons.helpdesk_ticketing", "WARNING"):
            self._ask()
        self.assertTrue(self._mail_of(mailed.feedback_ids))
        self.assertFalse(self._mail_of(tickets[0].feedback_ids))
        self.assertEqual([ticket.feedback_ids.state for ticket in tickets], ["asked", "asked"])
        activity = self.env["mail.activity"].search([("res_id", "in", [ticket.id for ticket in tickets])])
        self.assertEqual((activity.user_id, activity.res_model), (self.manager, "ticketing.ticket"))
        self.assertIn("nothing_like_it", activity.note)

    def test_customer_who_fails(self):
        """The other customers of his team get their mails."""
        self.team.feedback_template_id.subject = "How did it go? {{ object.user_id.name.split()[0] }}"
        mailed = [self._solve(partner_id=self._contact(number).id, user_id=self.agent.id) for number in (1, 2, 3)]
        nobodys = self._solve()
        nobodys.user_id = False
        with self.assertLogs("odoo.addons.helpdesk_ticketing", "WARNING"):
            self._ask()
        self.assertFalse(self._mail_of(nobodys.feedback_ids))
        for ticket in mailed:
            self.assertTrue(self._mail_of(ticket.feedback_ids))

    def test_team_that_is_gone(self):
        """The answer is kept, and a manager calls who is unhappy."""
        feedback = self._ask(self._solve())
        feedback.team_id = False
        feedback._answer("unhappy")
        self.assertEqual(feedback.state, "answered")
        self.assertTrue(feedback.activity_id.user_id.has_group("helpdesk_ticketing.group_manager"))

    def test_number_is_hidden(self):
        numbered = self._solve()
        self.assertIn(numbered.number, self._mail_of(self._ask(numbered)).subject)
        self.team.hide_number = True
        ticket = self._solve(partner_id=self._contact(1).id)
        mail = self._mail_of(self._ask(ticket))
        self.assertEqual(mail.subject, "How did it go?")
        self.assertNotIn(ticket.number, mail.body_html)

    def test_last_day(self):
        """The mail and the page name the day that the customer's calendar has then."""
        self.contact.tz = "Europe/Madrid"
        feedback = self._ask(self._solve())
        feedback.expires_on = "2026-12-06 23:30:00"
        self.assertEqual(str(feedback._get_last_day()), "2026-12-07")
        self.contact.tz = "America/New_York"
        self.assertEqual(str(feedback._get_last_day()), "2026-12-06")

    # Answered

    def test_answer(self):
        """Core's ratings, the ticket and the team know the answer; changed, it is still one rating."""
        ticket = self._solve()
        feedback = self._ask(ticket)
        feedback._answer("neutral")
        feedback._answer("happy", 6, "  Quick.  ")
        self.assertEqual((ticket.satisfaction, ticket.effort, ticket.rating_last_value), ("happy", 6, 5))
        rating = ticket.rating_ids
        self.assertEqual((rating.rating, rating.feedback, rating.consumed), (5, False, True))
        self.assertEqual(feedback.comment, "Quick.")
        self.assertEqual((rating.partner_id, rating.rated_partner_id), (self.contact, self.technician.partner_id))
        self.assertFalse(rating.access_token)
        self.env.invalidate_all()
        self.assertEqual((self.team.rating_percentage_satisfaction, self.team.rating_count), (100, 1))
        self.assertEqual(self.customer.ticketing_satisfied, 100)
        with self.assertRaises(UserError):
            feedback._answer("happy", 8)
        with self.assertRaises(UserError):
            feedback._answer("furious")

    def test_share_of_the_happy(self):
        """Who is not happy counts, who has said nothing doesn't."""
        asked = [self._ask(self._solve(partner_id=self._contact(number).id)) for number in range(4)]
        for feedback, face in zip(asked, ("happy", "neutral", "unhappy"), strict=False):
            feedback._answer(face)
        found = self.feedbacks._read_group([("id", "in", [row.id for row in asked])], [], ["satisfied:avg", "__count"])
        self.assertAlmostEqual(found[0][0], 100 / 3, 1)
        self.assertEqual(found[0][1], 4)

    def test_follow_up(self):
        """The leader has one activity, with what the customer said last; a score at the limit is a reason, too."""
        feedback = self._ask(self._solve())
        feedback._answer("unhappy")
        activity = feedback.activity_id
        self.assertEqual((activity.user_id, activity.res_id), (self.manager, feedback.ticket_id.id))
        feedback._answer("unhappy", 2, "<script>Nobody came</script>")
        self.assertEqual(feedback.ticket_id.activity_ids, activity)
        self.assertIn("&lt;script&gt;Nobody came", activity.note)
        self.assertIn(f"/odoo/ticketing.feedback/{feedback.id}", activity.note)

        hard, easy = (self._ask(self._solve(partner_id=self._contact(number).id)) for number in (1, 2))
        hard._answer("neutral", 3, "")
        easy._answer("neutral", 4, "")
        self.assertTrue(hard.activity_id)
        self.assertFalse(easy.activity_id)

    def test_expires_and_is_revoked(self):
        feedback = self._ask(self._solve())
        token = feedback.access_token
        self.assertEqual(self.feedbacks._get_by_token(token), feedback)
        feedback.with_user(self.technician).action_revoke()
        self.assertEqual(feedback.state, "revoked")
        self.assertFalse(self.feedbacks._get_by_token(token))
        with self.assertRaises(UserError):
            feedback._answer("happy")

        late = self._ask(self._solve(partner_id=self._contact(1).id))
        late.expires_on = fields.Datetime.now()
        self.assertFalse(self.feedbacks._get_by_token(late.access_token))
        self.feedbacks._expire()
        self.assertEqual(late.state, "expired")

    # Seen

    def test_access(self):
        """Feedback is seen with its ticket, and written by nobody; its token is for nobody to read."""
        feedback = self._ask(self._solve())
        stranger = new_test_user(
            self.env, "desk.stranger", "base.group_user,helpdesk_ticketing.group_user_team", name="Stranger"
        )
        abroad = self.env["res.company"].create({"name": "Abroad", "iap_enrich_auto_done": True})
        foreigner = new_test_user(
            self.env, "desk.foreigner", MANAGER, name="Foreigner", company_id=abroad.id, company_ids=[abroad.id]
        )
        for user, sees in ((self.technician, True), (self.manager, True), (stranger, False), (foreigner, False)):
            found = self.feedbacks.with_user(user).search([("id", "=", feedback.id)])
            self.assertEqual(bool(found), sees, user.name)
        for name in ("write", "unlink"):
            with self.assertRaises(AccessError):
                feedback.with_user(self.manager).check_access(name)
        with self.assertRaises(AccessError):
            feedback.with_user(self.manager).read(["access_token"])
        self.assertNotIn(feedback.access_token, feedback.with_user(self.manager)._get_link())
        with self.assertRaises(AccessError):
            feedback.ticket_id.with_user(self.technician).satisfaction = "happy"
