from datetime import timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

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
