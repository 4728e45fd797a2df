from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..tools.courtesy import is_thanks
from .common import TicketingCase


@tagged("post_install", "-at_install")
class TestAutomation(TicketingCase):
    """What happens by itself: sorting by words, reminding, chasing, closing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["ticketing.type"].create({"name": "Leak"})
        cls.tags = cls.env["ticketing.tag"].create([{"name": "Water"}, {"name": "Mine"}])
        cls.rule = cls.env["ticketing.word.rule"].create(
            {
                "name": "Water",
                "words": "leak*, inundación, water on the floor",
                "type_id": cls.kind.id,
                "tag_ids": [Command.set(cls.tags[0].ids)],
                "impact": "3",
                "urgency": "3",
            }
        )
        cls.marta = new_test_user(cls.env, "automation.marta", "base.group_portal", partner_id=cls.contact.id)

    def _run_automations(self):
        """Run them as after a pause of six hours: the scheduler knows the real time only."""
        last = self.env.cr.now() - timedelta(hours=6)
        self.env["base.automation"].search([("trigger", "=", "on_time")]).last_run = last
        with self.enter_registry_test_mode():
            self.env.ref("base_automation.ir_cron_data_base_automation_check").method_direct_trigger()

    def _age(self, tickets, field, **length):
        """Have something happened so long ago."""
        tickets[field] = self.env.cr.now() - timedelta(**length)
        self.env.flush_all()

    def _say(self, ticket, body):
        ticket.with_user(self.marta).message_post(
            body=body, message_type="comment", subtype_xmlid="mail.mt_comment", author_id=self.contact.id
        )

    def test_words_sort_new_tickets(self):
        for name, description in (
            ("The pipe is LEAKING", False),
            ("Help", "<p>Hay una inundacion en el sótano</p>"),
            ("Kitchen", "<p>There is water on\nthe floor</p>"),
        ):
            with self.subTest(name):
                ticket = self._create_ticket(name=name, description=description)
                self.assertEqual((ticket.type_id, ticket.tag_ids, ticket.priority), (self.kind, self.tags[0], "3"))

    def test_words_that_only_look_alike(self):
        for name in ("The bleak hall", "Wateron the floor"):
            self.assertFalse(self._create_ticket(name=name).type_id)

    def test_what_somebody_chose_is_kept(self):
        other = self.env["ticketing.type"].create({"name": "Question"})
        ticket = self._create_ticket(name="Leak", type_id=other.id, impact="1", tag_ids=[Command.link(self.tags[1].id)])
        self.assertEqual((ticket.type_id, ticket.impact, ticket.urgency), (other, "1", "3"))
        self.assertEqual(ticket.tag_ids, self.tags)

    def test_rules_of_a_team_and_a_company(self):
        other = self.team.copy({"name": "Other desk", "alias_name": "other-words"})
        self.rule.team_ids = other
        self.assertFalse(self._create_ticket(name="Leak").type_id)
        self.assertTrue(self._create_ticket(name="Leak", team_id=other.id).type_id)
        self.rule.company_id = self.env["res.company"].create({"name": "Other company"})
        self.assertFalse(self._create_ticket(name="Leak", team_id=other.id).type_id)

    def test_sorting_asks_the_database_nothing(self):
        values = [{"name": "Leak", "team_id": self.team.id} for __ in range(3)]
        self.env["ticketing.ticket"].create(values)
        with self.assertQueryCount(0):
            self.env["ticketing.word.rule"]._get_values("Leak", self.team.id, self.company.id)

    def test_rules_that_say_nothing(self):
        with self.assertRaises(ValidationError):
            self.rule.words = " , *"
        with self.assertRaises(ValidationError):
            self.env["ticketing.word.rule"].create({"name": "Empty", "words": "something"})

    def test_thanks(self):
        for text, only in (
            ("Gracias", True),
            ("Muchas gracias por la ayuda, un saludo", True),
            ("Merci beaucoup !", True),
            ("Thank you, it works now", True),
            ("Gracias, pero no funciona", False),
            ("It works now", False),
            ("Thanks. Could you send the invoice?", False),
            ("", False),
            ("ok\n\nEl lunes, Elena escribió:\n> Gracias por llamar", False),
        ):
            with self.subTest(text):
                self.assertEqual(is_thanks(text), only)

    def test_thanks_open_nothing_again(self):
        ticket = self._create_ticket()
        ticket.action_solve()
        self._say(ticket, "¡Muchas gracias!")
        self.assertEqual(ticket.stage_kind, "solved")
        self._say(ticket, "It drips again")
        self.assertEqual(ticket.stage_kind, "open")

    def test_closed_after_two_days(self):
        silent, answered, unpaid = (self._create_ticket() for __ in range(3))
        self._add_hours(unpaid, 1)
        (silent | answered | unpaid).action_solve()
        self._age(silent | answered | unpaid, "solved_on", hours=47)
        self._run_automations()
        self.assertEqual(silent.stage_kind, "solved")
        self._say(answered, "No, it still drips")
        self._age(silent | unpaid, "solved_on", hours=53)
        self._run_automations()
        self.assertEqual(silent.stage_kind, "closed")
        self.assertEqual(answered.stage_kind, "open")
        self.assertEqual(unpaid.stage_kind, "solved", "there is work to bill")

    def test_reminded_then_called(self):
        ticket = self._create_ticket()
        ticket.stage_id = self.env.ref("helpdesk_ticketing.stage_waiting")
        self.assertTrue(ticket.waiting_since)
        self._age(ticket, "waiting_since", hours=40)
        self._run_automations()
        before = ticket.message_ids
        self._age(ticket, "waiting_since", hours=53)
        self._run_automations()
        [reminder] = (ticket.message_ids - before).filtered(lambda message: "wait" in (message.subject or "").lower())
        self.assertIn(self.contact, reminder.notified_partner_ids | reminder.partner_ids)
        self.assertEqual(ticket.stage_kind, "waiting", "a reminder is no answer of the desk")
        self._age(ticket, "waiting_since", hours=122)
        self._run_automations()
        self.assertEqual(ticket.activity_ids.user_id, self.technician)
        self._say(ticket, "Sorry, here it is")
        self.assertFalse(ticket.waiting_since)

    def test_longer_hours_remind_nobody_twice(self):
        """Core does again what is between the old age and the new one: the customer hears of it once for each wait."""
        waiting = self.env.ref("helpdesk_ticketing.stage_waiting")
        ticket = self._create_ticket(stage_id=waiting.id)
        for name, step, hours, longer, count in (
            (
                "remind",
                ticket._remind_customer,
                50,
                72,
                lambda: len(ticket.message_ids.filtered(lambda message: message.message_type == "auto_comment")),
            ),
            ("chase", ticket._chase_customer, 122, 240, lambda: len(ticket.activity_ids)),
        ):
            with self.subTest(name):
                self._age(ticket, "waiting_since", hours=hours)
                self._run_automations()
                self.assertEqual(count(), 1)
                self._automation(name).hours = longer
                self._age(ticket, "waiting_since", hours=longer + 2)
                self._run_automations()
                self.assertEqual(count(), 1)
                ticket.action_reopen()
                ticket.stage_id = waiting
                self._age(ticket, "waiting_since", hours=-1)  # later than what was done
                step()
                self.assertEqual(count(), 2, "another wait")

    def test_one_bad_ticket_does_not_stop_the_others(self):
        tickets = self._create_ticket() | self._create_ticket(partner_id=False, email_from=False)
        tickets.stage_id = self.env.ref("helpdesk_ticketing.stage_waiting")
        self._age(tickets, "waiting_since", hours=50)
        self._run_automations()
        self.assertTrue(tickets[0].message_ids.filtered(lambda message: message.message_type == "auto_comment"))

    def test_rules_are_kept_when_edited(self):
        rule = self.env.ref("helpdesk_ticketing.automation_close")
        rule.trg_date_range = 10
        ticket = self._create_ticket()
        ticket.action_solve()
        self._age(ticket, "solved_on", hours=12)
        self._run_automations()
        self.assertEqual(ticket.stage_kind, "closed")
        self.assertEqual(rule.trg_date_range, 10)

    # The rules, as a manager of the desk sets them

    def _automation(self, name, user=None):
        rule = self.env.ref(f"helpdesk_ticketing.automation_{name}")
        return self.env["ticketing.automation"].with_user(user or self.manager).browse(rule.id)

    def test_a_manager_reads_what_runs(self):
        remind = self._automation("remind")
        self.assertEqual((remind.hours, remind.is_active, remind.is_own), (48, True, True))
        self.assertIn("Remind the customer", remind.what)
        self.assertEqual(remind.since, "the ticket waits for the customer")
        with self.assertRaises(AccessError):
            self.env["base.automation"].with_user(self.manager).browse(remind.id).read(["name"])
        with self.assertRaises(AccessError):
            self._automation("remind", self.agent).read(["hours"])

    def test_a_manager_sets_hours_and_switches_off(self):
        with Form(self._automation("chase")) as form:
            form.hours = 24
            form.is_active = False
        rule = self.env.ref("helpdesk_ticketing.automation_chase")
        self.assertEqual((rule.trg_date_range, rule.trg_date_range_type, rule.active), (24, "hour", False))
        self.assertFalse(self._automation("chase").is_active)
        self.assertIn(self._automation("chase"), self._automation("chase").search([]), "still there to switch on")
        for hours in (0, -1, 9000):
            with self.assertRaisesRegex(ValidationError, "runs after 1 to 8760 hours"):
                self._automation("close").hours = hours

    def test_a_unit_that_an_administrator_chose(self):
        rule = self.env.ref("helpdesk_ticketing.automation_close")
        rule.write({"trg_date_range": 3, "trg_date_range_type": "day"})
        self.assertEqual(self._automation("close").hours, 72)

    def test_rules_of_an_administrator_are_his(self):
        mine = self.env["base.automation"].create(
            {
                "name": "Mine",
                "model_id": self.env["ir.model"]._get_id("ticketing.ticket"),
                "trigger": "on_time_created",
                "trg_date_range": 1,
            }
        )
        other = self.env["base.automation"].create(
            {
                "name": "Partners",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "trigger": "on_create_or_write",
            }
        )
        seen = self.env["ticketing.automation"].with_user(self.manager).search([])
        self.assertIn("Mine", seen.mapped("display_name"))
        self.assertNotIn(other.id, seen.ids)
        with self.assertRaisesRegex(UserError, "“Mine” was made by an administrator"):
            seen.browse(mine.id).is_active = False
        self.assertTrue(mine.active)

    def test_shorter_hours_find_who_came_of_age_between(self):
        """Core looks no further back than its last run: who was 30 hours old would never be closed after 24."""
        between, done = self._create_ticket(), self._create_ticket()
        (between | done).action_solve()
        self._age(between, "solved_on", hours=30)
        self._age(done, "solved_on", hours=100)
        rule = self.env.ref("helpdesk_ticketing.automation_close")
        rule.last_run = self.env.cr.now() - timedelta(minutes=1)
        self._automation("close").hours = 24
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("base_automation.ir_cron_data_base_automation_check").method_direct_trigger()
        self.assertEqual((between.stage_kind, done.stage_kind), ("closed", "solved"), "no older one is done again")
