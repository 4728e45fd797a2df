from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_sla import MONDAY, SlaCase

CRON = "ir_cron_sla_alarm"


@tagged("post_install", "-at_install")
class TestSlaAlarm(SlaCase):
    """Who is told what, when, and that it is told once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee.resource_calendar_id = cls.calendar
        cls.employee.tz = "Europe/Madrid"
        (cls.technician | cls.manager | cls.agent).write({"tz": "Europe/Madrid", "notification_type": "inbox"})
        # Of those of the demo company nothing is to come.
        cls.env["ticketing.sla.status"].search([("next_alarm_on", "!=", False)]).next_alarm_on = False
        cls.env["ir.cron.trigger"].search([("cron_id", "=", cls._cron().id)]).unlink()

    policy = None  # of the last promise

    @classmethod
    def _cron(cls):
        return cls.env.ref(f"helpdesk_ticketing.{CRON}")

    def _promise(self, *alarms, hours=2, **values):
        """Return the promise on a new ticket, with alarms (percent, recipient, method)."""
        keys = ("percent", "recipient", "method", "user_id")
        self.policy = self._create_policy(
            duration=hours,
            alarm_ids=[Command.create(dict(zip(keys, alarm, strict=False))) for alarm in alarms],
            **values,
        )
        return self._status(self._create_ticket(), self.policy)

    def _run(self, **length):
        """Let time pass and the scheduler run."""
        if length:
            self._pass(**length)
        self.env.flush_all()
        self.env.cr.precommit.run()
        self._run_cron(CRON)
        self.env.invalidate_all()

    def _told(self, ticket, user):
        """The subjects of what a user was notified of."""
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "ticketing.ticket"),
                ("res_id", "=", ticket.id),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", user.partner_id.ids),
            ],
            order="id",
        )
        return [subject for subject in messages.mapped("subject") if "assigned" not in subject]

    def _asked(self, ticket, user):
        """The summaries of a user's activities about a ticket."""
        return ticket.activity_ids.filtered(lambda activity: activity.user_id == user).mapped("summary")

    # Advanced

    def test_warned_then_breached(self):
        status = self._promise((75, "assignee", "inbox"), (100, "leader", "activity"))
        ticket = status.ticket_id
        self._run(hours=1, minutes=29)
        self.assertEqual((status.alarmed_percent, ticket.sla_state, status.notice_ids.ids), (0, "running", []))
        self._run(minutes=1)
        self.assertEqual((status.state, status.alarmed_percent, ticket.sla_state), ("running", 75, "at_risk"))
        self.assertEqual(status.next_alarm_on, status.deadline)
        self.assertEqual(
            self._told(ticket, self.technician),
            [f"{ticket.display_name}: Resolution due at 3/2/26, 11:00\u202fAM: 75 % used"],
        )
        self._run(minutes=30)
        self.assertEqual(
            (status.state, status.breached_on, ticket.sla_state), ("breached", status.deadline, "breached")
        )
        self.assertEqual(status.history[-1], [fields.Datetime.to_string(status.deadline), "breach", ""])
        self.assertEqual((status.next_alarm_on, status.alarm_moments), (False, []))
        self.assertEqual(len(self._told(ticket, self.technician)), 1)
        [summary] = self._asked(ticket, self.manager)
        self.assertIn("SLA breached: Resolution was due at", summary)
        self.assertEqual(ticket.activity_ids.mapped("date_deadline"), [MONDAY.date()])
        self._run(hours=1)
        self.assertEqual((len(ticket.activity_ids), len(status.notice_ids)), (1, 2))

    def test_a_breach_without_alarms_is_noticed(self):
        status = self._promise()
        self.policy.alarm_ids.unlink()
        status = self._status(self._create_ticket(), self.policy)
        self._run(hours=6)
        self.assertEqual(
            (status.state, status.ticket_id.sla_state, status.notice_ids.ids), ("breached", "breached", [])
        )

    def test_levels(self):
        boss = new_test_user(self.env, "alarm.boss", "base.group_user", tz="Europe/Madrid")
        chief = self.env["hr.employee"].create({"name": "Chief", "user_id": boss.id, "tz": "Europe/Madrid"})
        self.env["hr.employee"].create(
            {"name": "Leader", "user_id": self.manager.id, "parent_id": chief.id, "tz": "Europe/Madrid"}
        ).resource_calendar_id = self.calendar
        chief.resource_calendar_id = self.calendar
        status = self._promise(
            (75, "assignee", "activity"), (100, "leader", "activity"), (150, "manager", "activity"), hours=2
        )
        ticket = status.ticket_id
        self._run(hours=1, minutes=30)
        self.assertEqual(ticket.activity_ids.user_id, self.technician)
        self._run(minutes=30)
        self.assertEqual(ticket.activity_ids.user_id, self.technician | self.manager)
        self._run(hours=2)  # at 13, after lunch
        self.assertEqual(ticket.activity_ids.user_id, self.technician | self.manager | boss)
        self.assertIn("150 % used", self._asked(ticket, boss)[0])

    def test_manager_without_a_superior(self):
        managers = self.env.ref("helpdesk_ticketing.group_manager").all_user_ids
        found = self.team._get_manager()
        self.assertIn(found, managers - self.manager - self.env.ref("base.user_root"))

    def test_one_activity_that_says_the_latest(self):
        status = self._promise((75, "leader", "activity"), (100, "leader", "activity"))
        self._run(hours=1, minutes=30)
        self._run(minutes=30)
        [summary] = self._asked(status.ticket_id, self.manager)
        self.assertIn("breached", summary)

    def test_of_several_at_once_the_last_is_told(self):
        status = self._promise((50, "assignee", "inbox"), (75, "assignee", "inbox"), (75, "leader", "inbox"))
        self._run(hours=6)
        [subject] = self._told(status.ticket_id, self.technician)
        self.assertIn("75 %", subject)
        self.assertEqual(len(self._told(status.ticket_id, self.manager)), 1)

    def test_mail_in_the_language_of_whom_it_is_for(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.agent.lang = "es_ES"
        status = self._promise((75, "user", "mail", self.agent.id), (75, "assignee", "mail"))
        self._run(hours=1, minutes=30)
        mails = self.env["mail.mail"].search([("model", "=", "ticketing.sla.notice")])
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 2, "queued")
        subjects = {mail.recipient_ids: mail.subject for mail in mails}
        self.assertIn(f"[{status.ticket_id.number}] Resolution due at", subjects[self.technician.partner_id])
        self.assertIn("vence el", subjects[self.agent.partner_id])
        self.assertIn("Auto-Submitted", mails[0].headers)

    # Whom

    def test_nobody_assigned_and_those_who_are_away(self):
        first = self._promise((75, "assignee", "inbox"))
        first.ticket_id.user_id = False
        second = self._status(self._create_ticket(), self.policy)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holidays",
                "resource_id": self.employee.resource_id.id,
                "date_from": MONDAY,
                "date_to": MONDAY + timedelta(days=3),
            }
        )
        self._run(hours=1, minutes=30)
        for status in first | second:
            self.assertEqual(status.notice_ids.told_user_id, self.manager)

    def test_nobody_at_all_is_no_obstacle(self):
        status = self._promise((75, "assignee", "inbox"))
        status.ticket_id.write({"team_id": False, "user_id": False})
        self._run(hours=1, minutes=30)
        self.assertEqual((status.alarmed_percent, status.notice_ids.state), (75, "void"))

    # When

    def test_never_at_night(self):
        """24/7 teams may promise in their hours to who sleeps: he is told when his day begins."""
        self.team.resource_calendar_id = self._create_calendar("Late", "Europe/Madrid", ((8, 23),))
        status = self._promise((75, "assignee", "inbox"), (75, "leader", "inbox"), hours=16)
        self._run(hours=12)  # Monday, 21 in Madrid
        self.assertEqual(len(self._told(status.ticket_id, self.manager)), 1, "the leader has the hours of the team")
        self.assertFalse(self._told(status.ticket_id, self.technician))
        notice = status.notice_ids.filtered("notify_on")
        self.assertEqual(notice.notify_on, MONDAY + timedelta(days=1, hours=7))
        self.assertEqual(status.ticket_id.sla_state, "at_risk", "that is shown at once")
        self._run(hours=10)
        self.assertFalse(notice.told_on)
        self._go_to(notice.notify_on)
        self._run()
        self.assertEqual((notice.state, len(self._told(status.ticket_id, self.technician))), ("told", 1))

    def test_around_the_clock(self):
        status = self._promise((75, "assignee", "inbox"), calendar_source="always", hours=16)
        self._run(hours=12)
        self.assertEqual(len(self._told(status.ticket_id, self.technician)), 1)

    def test_paused_in_the_night(self):
        """What is no longer true in the morning is not told; it is when the clock goes on."""
        self.team.resource_calendar_id = self._create_calendar("Late", "Europe/Madrid", ((8, 23),))
        status = self._promise((75, "assignee", "inbox"), hours=16)
        self._run(hours=12)
        status.ticket_id.stage_id = self.waiting
        self._go_to(MONDAY + timedelta(days=1, hours=9))
        self._run()
        self.assertEqual((status.notice_ids.state, self._told(status.ticket_id, self.technician)), ("held", []))
        status.ticket_id.stage_id = self.open
        self._run(minutes=1)
        self.assertEqual((status.notice_ids.state, len(self._told(status.ticket_id, self.technician))), ("told", 1))

    def test_paused_and_resumed_is_no_second_alarm(self):
        status = self._promise((75, "assignee", "inbox"))
        self._run(hours=1, minutes=30)
        status.ticket_id.stage_id = self.waiting
        self._pass(days=1)
        status.ticket_id.stage_id = self.open
        self._run(minutes=5)
        self.assertEqual(len(self._told(status.ticket_id, self.technician)), 1)
        self._run(hours=1, minutes=30)
        self.assertEqual(status.state, "breached")

    def test_activities_end_with_the_promise(self):
        for end in ("solution", "cancellation", "exclusion", "another_policy"):
            with self.subTest(end):
                status = self._promise((75, "assignee", "activity"))
                ticket = status.ticket_id
                self._run(hours=1, minutes=30)
                self.assertTrue(ticket.activity_ids)
                getattr(self, f"_end_by_{end}")(ticket)
                self.env.flush_all()
                self.env.cr.precommit.run()
                self.assertFalse(status.is_open)
                self.assertFalse(ticket.activity_ids)
                self.policy.active = False
                self._go_to(MONDAY + timedelta(hours=8))

    def _end_by_solution(self, ticket):
        ticket.action_solve()

    def _end_by_cancellation(self, ticket):
        ticket.action_cancel()

    def _end_by_exclusion(self, ticket):
        ticket._exclude_sla(self.cause, "Theirs")

    def _end_by_another_policy(self, ticket):
        self.policy.priority_to = "0"
        ticket.write({"impact": "3", "urgency": "3"})

    # The schedule

    def _planned(self):
        self.env.flush_all()
        self.env.cr.precommit.run()
        return sorted(self.env["ir.cron.trigger"].search([("cron_id", "=", self._cron().id)]).mapped("call_at"))

    def test_wakes_at_the_next_moment(self):
        status = self._promise((75, "assignee", "inbox"))
        self.assertEqual(self._planned(), [MONDAY + timedelta(hours=9, minutes=30)])
        self._create_ticket()
        self._pass(minutes=10)
        self.env["ticketing.ticket"].create([{"name": "Later", "team_id": self.team.id}] * 10)
        self.assertEqual(self._planned(), [MONDAY + timedelta(hours=9, minutes=30)], "it wakes early enough already")
        self._create_policy("Soon", "first_response", 1)  # warns after 45 minutes
        self._create_ticket()
        self.assertEqual(self._planned()[0], MONDAY + timedelta(hours=8, minutes=55))
        self.assertEqual(len(self._planned()), 2)
        self._go_to(MONDAY + timedelta(hours=9, minutes=30))
        self.env["ir.cron.trigger"].search([("cron_id", "=", self._cron().id)]).unlink()  # as the scheduler does
        self._run()
        self.assertEqual(self._planned(), [MONDAY + timedelta(hours=9, minutes=40)])
        self.assertEqual(status.alarmed_percent, 75)

    def test_in_batches(self):
        status = self._promise((75, "assignee", "inbox"))
        tickets = status.ticket_id
        tickets |= self.env["ticketing.ticket"].create(
            [{"name": f"Ticket {index}", "team_id": self.team.id, "user_id": self.technician.id} for index in range(6)]
        )
        self._pass(hours=1, minutes=30)
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.env.registry.cursor() as cr:
            self.env(cr=cr)["ticketing.sla.status"]._cron_alarm(batch=3)
        self.env.invalidate_all()
        self.assertEqual([len(self._told(ticket, self.technician)) for ticket in tickets], [1] * 7)

    def test_queries_do_not_grow(self):
        def count(size):
            self.env["ticketing.ticket"].create(
                [{"name": f"T{index}", "team_id": self.team.id, "user_id": self.technician.id} for index in range(size)]
            )
            self._pass(hours=1, minutes=30)
            self.env.flush_all()
            self.env.cr.precommit.run()
            self.env.invalidate_all()
            queries, now = self.env.cr.sql_log_count, fields.Datetime.now()
            Status = self.env["ticketing.sla.status"]
            self.assertEqual(Status._advance(now, 1000), size)
            advanced = self.env.cr.sql_log_count - queries
            self.assertEqual(self.env["ticketing.sla.notice"]._tell_due(now), 3 * size)
            self.env.flush_all()
            self._go_to(MONDAY + timedelta(hours=8))
            Status.search([]).unlink()
            return advanced, self.env.cr.sql_log_count - queries - advanced

        self._promise((75, "assignee", "inbox"), (75, "leader", "activity"), (75, "user", "mail", self.agent.id))
        self.env["ticketing.sla.status"].search([]).unlink()
        count(2)
        some, more = count(10), count(30)
        self.assertEqual(some, more)
        self.assertLessEqual(some[0], 3, "one statement for promises, one for alarms, one for tickets")

    # Much talk

    def _say(self, ticket, user, times=1):
        for __ in range(times):
            ticket.with_user(user).message_post(
                body="Well", message_type="comment", subtype_xmlid="mail.mt_comment", author_id=user.partner_id.id
            )

    def test_much_talk_and_no_solution(self):
        customer = new_test_user(self.env, "talk.customer", "base.group_portal", partner_id=self.contact.id)
        ticket = self._create_ticket()
        self._say(ticket, self.agent, 3)
        self._say(ticket, customer, 2)
        ticket.message_post(body="A note of ours")
        self.assertFalse(ticket.activity_ids)
        self._say(ticket, customer)
        self.assertEqual(self._asked(ticket, self.manager), ["6 messages and no solution: please look at it"])
        self._say(ticket, customer, 3)
        self.assertEqual(len(ticket.activity_ids), 1, "once")

    def test_talk_after_the_solution_or_switched_off(self):
        ticket = self._create_ticket()
        ticket.stage_id = self.solved
        self._say(ticket, self.agent, 7)
        self.assertFalse(ticket.activity_ids)
        ticket.stage_id = self.open
        self._say(ticket, self.agent)
        self.assertTrue(ticket.activity_ids, "reopened, it counts")
        self.team.escalate_after_messages = 0
        other = self._create_ticket()
        self._say(other, self.agent, 7)
        self.assertFalse(other.activity_ids)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.team.escalate_after_messages = -1
            self.env.flush_all()

    def test_a_message_costs_no_more_after_many(self):
        ticket = self._create_ticket()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            queries = self.env.cr.sql_log_count
            self._say(ticket, self.agent)
            self.env.flush_all()
            return self.env.cr.sql_log_count - queries

        self._say(ticket, self.agent, 2)
        before = count()
        self._say(ticket, self.agent, 5)
        self.assertLessEqual(count(), before)
