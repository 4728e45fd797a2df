from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import AGENT
from .common_sla import HOUR, MONDAY, SlaCase


@tagged("post_install", "-at_install")
class TestSla(SlaCase):
    """What is promised, to whom, and how its clock goes."""

    def test_deadline_in_business_hours(self):
        policy = self._create_policy(duration=6)
        ticket = self._create_ticket()  # Monday, 9 in Madrid
        status = self._status(ticket, policy)
        self.assertEqual((status.state, status.budget), ("running", 6 * HOUR))
        self.assertEqual(status.deadline, MONDAY + timedelta(hours=15), "16 in Madrid: an hour of lunch between")
        self.assertEqual((ticket.sla_deadline, ticket.sla_state), (status.deadline, "running"))
        self._pass(hours=4)
        status.invalidate_recordset()
        self.assertEqual((status.remaining_hours, round(status.percent)), (3, 50))

    def test_minutes_and_days(self):
        minutes = self._create_policy("Quick", "first_response", 30, unit="minutes")
        days = self._create_policy("Slow", duration=2, unit="days")
        ticket = self._create_ticket()
        self.assertEqual(self._status(ticket, minutes).deadline, MONDAY + timedelta(hours=8, minutes=30))
        self.assertEqual(self._status(ticket, days).budget, 16 * HOUR)
        self.assertEqual(ticket.sla_target, "first_response")

    def test_whose_hours(self):
        always = self._create_policy("Always", calendar_source="always", duration=24)
        kolkata = self._create_calendar("Kolkata", "Asia/Kolkata", ((9, 18),))
        own = self._create_policy("Theirs", calendar_source="policy", calendar_id=kolkata.id, duration=1)
        theirs = self._create_policy("Customer's", calendar_source="customer", duration=1)
        self.customer.ticketing_calendar_id = kolkata
        ticket = self._create_ticket()
        self.assertEqual(self._status(ticket, always).deadline, MONDAY + timedelta(days=1, hours=8))
        # half past 13 there
        self.assertEqual(self._status(ticket, own).deadline, MONDAY + timedelta(hours=9))
        self.assertEqual(self._status(ticket, theirs).deadline, MONDAY + timedelta(hours=9))
        other = self._create_ticket(partner_id=self.env["res.partner"].create({"name": "Other"}).id)
        self.assertEqual(self._status(other, theirs).sla_calendar_id.calendar_id, self.calendar, "the team's instead")

    def test_matching(self):
        kind = self.env["ticketing.type"].create({"name": "Fault"})
        tag = self.env["ticketing.tag"].create({"name": "Gold"})
        for name, values in (
            ("team", {"team_ids": [Command.set(self.team.ids)]}),
            ("priority", {"priority_from": "3"}),
            ("type", {"type_ids": [Command.set(kind.ids)]}),
            ("tag", {"tag_ids": [Command.set(tag.ids)]}),
            ("product", {"product_ids": [Command.set(self.pump.ids)]}),
            ("customer", {"partner_ids": [Command.set(self.customer.ids)]}),
        ):
            self._create_policy(name, **values)
        plain = self._create_ticket(partner_id=False)
        self.assertEqual(plain.sla_status_ids.policy_id.mapped("name"), ["team"])
        full = self._create_ticket(
            impact="3", urgency="3", type_id=kind.id, tag_ids=[Command.set(tag.ids)], product_id=self.pump.id
        )
        self.assertEqual(
            set(full.sla_status_ids.policy_id.mapped("name")),
            {"team", "priority", "type", "tag", "product", "customer"},
        )

    def test_terms_by_the_date_of_the_contract(self):
        """Customers since 2020 have the new first response, those before the old one."""
        new = self._create_policy("New", "first_response", 2, customers_since="2020-01-01")
        old = self._create_policy("Old", "first_response", 8, customers_before="2020-01-01")
        self.customer.ticketing_customer_since = "2020-01-01"
        ticket = self._create_ticket()
        self.assertEqual(ticket.sla_status_ids.policy_id, new)
        self.customer.ticketing_customer_since = "2019-12-31"
        self.assertEqual(self._create_ticket().sla_status_ids.policy_id, old)
        self.assertEqual(ticket.sla_status_ids.policy_id, new, "what was promised stays")
        self.customer.ticketing_customer_since = False
        self.assertFalse(self._create_ticket().sla_status_ids)

    def test_first_response_is_reached_by_an_answer(self):
        policy = self._create_policy("Answer", "first_response", 1)
        ticket = self._create_ticket()
        self._pass(minutes=30)
        ticket.with_user(self.agent).message_post(
            body="We come", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        status = self._status(ticket, policy)
        self.assertEqual((status.state, status.consumed), ("reached", HOUR // 2))
        self.assertEqual((ticket.sla_state, ticket.sla_deadline), ("met", False))

    def test_next_response(self):
        self._create_policy("Every answer", "next_response", 2)
        ticket = self._create_ticket()

        def say(user, text):
            ticket.with_user(user).message_post(
                body=text, message_type="comment", subtype_xmlid="mail.mt_comment", author_id=user.partner_id.id
            )

        customer = new_test_user(self.env, "next.customer", "base.group_portal", partner_id=self.contact.id)
        say(customer, "Hello?")
        self.assertFalse(ticket.sla_status_ids, "that is what the first response is for")
        say(self.agent, "Yes?")
        say(customer, "It drips")
        say(customer, "Are you there?")
        [status] = ticket.sla_status_ids
        self.assertEqual((status.state, status.deadline), ("running", MONDAY + timedelta(hours=10)))
        self._pass(hours=1)
        say(self.agent, "We come")
        self.assertEqual((status.state, status.consumed), ("reached", HOUR))
        say(customer, "When?")
        self.assertEqual(len(ticket.sla_status_ids), 2)

    def test_pause_while_waiting(self):
        status = self._status(self._ticket_with(6))
        self._pass(hours=2)
        status.ticket_id.stage_id = self.waiting
        self.assertEqual((status.state, status.consumed, status.deadline), ("paused", 2 * HOUR, False))
        self.assertEqual(status.ticket_id.sla_state, "paused")
        self._pass(days=3)
        status.ticket_id.stage_id = self.open
        self.assertEqual(status.state, "running")
        self.assertEqual(status.held, 3 * 24 * HOUR)
        # Thursday at 11 in Madrid: four hours more, with lunch
        self.assertEqual(status.deadline, MONDAY + timedelta(days=3, hours=15))

    def _ticket_with(self, hours, **values):
        self._create_policy(duration=hours, **values)
        return self._create_ticket()

    def test_pause_in_a_stage(self):
        stage = self.env["ticketing.stage"].create({"name": "Spare part ordered", "kind": "open"})
        status = self._status(self._ticket_with(6, pause_stage_ids=[Command.set(stage.ids)], pause_waiting=False))
        status.ticket_id.stage_id = self.waiting
        self.assertEqual(status.state, "running")
        status.ticket_id.stage_id = stage
        self.assertEqual(status.state, "paused")

    def test_reached_late_stays_breached(self):
        status = self._status(self._ticket_with(1))
        self._pass(hours=3)
        status.ticket_id.stage_id = self.solved
        self.assertEqual((status.state, status.consumed), ("breached", 3 * HOUR))
        self.assertEqual(status.breached_on, MONDAY + timedelta(hours=9))
        self.assertTrue(status.reached_on)
        self.assertEqual(status.ticket_id.sla_state, "missed")

    def test_reached_on_the_second(self):
        status = self._status(self._ticket_with(1))
        self._pass(hours=1)
        status.ticket_id.stage_id = self.solved
        self.assertEqual(status.state, "reached")

    def test_rolled_back(self):
        """Reopened: the clock goes on with what was used, and the time in between does not count."""
        status = self._status(self._ticket_with(6))
        self._pass(hours=2)
        status.ticket_id.stage_id = self.solved
        self._pass(days=1)
        status.ticket_id.action_reopen()
        self.assertEqual((status.state, status.consumed, status.reached_on), ("running", 2 * HOUR, False))
        self._pass(hours=1)
        status.ticket_id.stage_id = self.solved
        self.assertEqual((status.state, status.consumed), ("reached", 3 * HOUR))

    def test_cancelled_and_reopened(self):
        status = self._status(self._ticket_with(6))
        self._pass(hours=2)
        status.ticket_id.action_cancel()
        self.assertEqual((status.state, status.cancel_reason), ("cancelled", "ticket"))
        status.ticket_id.action_reopen()
        self.assertEqual((status.state, status.consumed, status.cancel_reason), ("running", 2 * HOUR, False))

    def test_another_policy_goes_on_from_there(self):
        normal = self._create_policy("Normal", duration=8, priority_to="2")
        urgent = self._create_policy("Urgent", duration=4, priority_from="3")
        both = self._create_policy("All", "first_response", duration=4)
        ticket = self._create_ticket()
        clock = self._status(ticket, both).deadline
        self._pass(hours=2)
        ticket.write({"impact": "3", "urgency": "3"})
        gone, new = self._status(ticket, normal), self._status(ticket, urgent)
        self.assertEqual((gone.state, gone.cancel_reason), ("cancelled", "unmatched"))
        self.assertEqual((new.state, new.consumed), ("running", 2 * HOUR), "what the customer has waited counts")
        self.assertEqual(self._status(ticket, both).deadline, clock, "it still applies: its clock is kept")
        self._pass(hours=1)
        ticket.write({"impact": "2", "urgency": "2"})
        self.assertEqual((gone.state, gone.consumed), ("running", 2 * HOUR), "taken up again, as it stood")
        self.assertEqual(new.state, "cancelled")

    def test_excluded(self):
        status = self._status(self._ticket_with(6))
        self._pass(hours=1)
        ticket = status.ticket_id.with_user(self.agent)
        with self.assertRaises(UserError):
            ticket._exclude_sla(self.cause, " ")
        ticket._exclude_sla(self.cause, "They programmed it themselves")
        self.assertEqual((status.state, status.cause_id, status.excluded_by_id), ("excluded", self.cause, self.agent))
        self.assertIn("They programmed it themselves", ticket.message_ids[0].body)
        ticket.write({"impact": "3"})
        self.assertEqual(status.state, "excluded", "whatever the ticket does")
        with self.assertRaises(AccessError):
            ticket.action_include_sla()
        self._pass(hours=3)
        ticket.with_user(self.manager).action_include_sla()
        self.assertEqual((status.state, status.consumed, status.cause_id.id), ("running", HOUR, False))

    def test_promised_is_promised(self):
        """Editing policy, calendar or holidays changes no deadline, not even that of a clock that is started again."""
        policy = self._create_policy(duration=6)
        ticket = self._create_ticket()
        status = self._status(ticket, policy)
        before = status.deadline
        policy.write({"duration": 1, "pause_waiting": False, "priority_from": "3"})
        self.calendar.attendance_ids.filtered(lambda work: work.hour_from == 13).unlink()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Fallas",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": MONDAY + timedelta(hours=9),
                "date_to": MONDAY + timedelta(days=2),
            }
        )
        policy.active = False
        self.assertEqual(status.deadline, before)
        ticket.stage_id = self.waiting
        ticket.stage_id = self.open
        self.assertEqual((status.state, status.deadline), ("running", before))
        self._pass(hours=7, seconds=1)
        ticket.stage_id = self.solved
        self.assertEqual((status.state, status.consumed), ("breached", 6 * HOUR + 1))

    def test_current_terms_are_applied_on_demand(self):
        policy = self._create_policy(duration=8)
        ticket = self._create_ticket()
        old = self._status(ticket, policy)
        self._pass(hours=1)
        policy.duration = 3
        with self.assertRaises(AccessError):
            ticket.with_user(self.agent).action_reapply_sla()
        ticket.with_user(self.manager).action_reapply_sla()
        self.assertEqual((old.state, old.cancel_reason), ("cancelled", "reapplied"))
        new = self._status(ticket, policy) - old
        self.assertEqual((new.budget, new.consumed, new.state), (3 * HOUR, HOUR, "running"))
        self.assertIn("terms were applied", ticket.message_ids[0].body)

    def test_explained(self):
        status = self._status(self._ticket_with(6))
        self._pass(hours=1)
        status.ticket_id.stage_id = self.waiting
        self._pass(hours=1)
        status.ticket_id.stage_id = self.open
        self._pass(hours=4)
        stretches = [
            ((end - start).total_seconds() / 3600, what, detail) for start, end, what, detail in status._get_stretches()
        ]
        self.assertEqual(
            stretches,
            [(1, "work", ""), (1, "pause", self.waiting.name), (1, "work", ""), (1, "closed", ""), (2, "work", "")],
        )

    def test_explained_when_taken_up_again_while_waiting(self):
        """However a promise comes to hold again, the time that stands still has its reason."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.waiting.with_context(lang="es_ES").name = "Espera al cliente"
        part = self.env["ticketing.stage"].create({"name": "Part ordered", "kind": "open"})
        for name, end, again in (
            ("included", lambda ticket: ticket._exclude_sla(self.cause, "Theirs"), self._include),
            ("revived", lambda ticket: ticket.action_cancel(), self._go_on_waiting),
            ("reopened", lambda ticket: ticket.action_solve(), self._go_on_waiting),
            ("matched", lambda ticket: ticket.write({"impact": "3", "urgency": "3"}), self._lower),
        ):
            with self.subTest(name):
                ticket = self._ticket_with(6, priority_to="2", pause_stage_ids=[Command.set(part.ids)])
                status = ticket.sla_status_ids
                ticket.stage_id = self.waiting
                self._pass(hours=1)
                end(ticket)
                self._pass(hours=1)
                again(ticket)
                self.assertEqual((status.state, status.deadline), ("paused", False))
                self._pass(hours=1)
                ticket.name = "Nothing moves"
                ticket.stage_id = part
                self._pass(hours=1)
                ticket.tag_ids = self.env["ticketing.tag"].create({"name": f"Tag {name}"})
                what = {"included": "excluded"}.get(name, "ended")
                told = [(kind, detail) for __, __, kind, detail in status._get_stretches()]
                pause = ("pause", self.waiting.name)
                self.assertEqual([told[0], told[2], told[3]], [pause, pause, ("pause", "Part ordered")])
                self.assertEqual((len(told), told[1][0]), (4, what), "said once")
                spanish = status.with_context(lang="es_ES")._get_stretches()
                self.assertEqual(spanish[2][3], "Espera al cliente", "whoever moved it")
                self.Policy.search([]).active = False
        self.env["ticketing.ticket"].search([("stage_id", "=", part.id)]).stage_id = self.open
        part.unlink()
        self.assertEqual(status._get_stretches()[3][3], "Part ordered", "what is written down stays")

    def _include(self, ticket):
        ticket.with_user(self.manager).action_include_sla()

    def _go_on_waiting(self, ticket):
        ticket.stage_id = self.waiting

    def _lower(self, ticket):
        ticket.write({"impact": "2", "urgency": "2"})

    def test_next_response_under_another_policy(self):
        """The customer who waits for an answer goes on waiting, whatever becomes of his ticket."""
        normal = self._create_policy("Normal", "next_response", 8, priority_to="2")
        urgent = self._create_policy("Urgent", "next_response", 2, priority_from="3")
        ticket = self._create_ticket(first_response_on=MONDAY)
        ticket._on_customer_answer()
        self._pass(hours=1)
        ticket.write({"impact": "3", "urgency": "3"})
        old, new = self._status(ticket, normal), self._status(ticket, urgent)
        self.assertEqual((old.state, new.state, new.consumed), ("cancelled", "running", HOUR))
        ticket.with_user(self.manager).action_reapply_sla()
        again = self._status(ticket, urgent) - new
        self.assertEqual((new.cancel_reason, again.state, again.consumed), ("reapplied", "running", HOUR))
        ticket._on_desk_answer()
        self.assertEqual(again.state, "reached")
        ticket.write({"impact": "2", "urgency": "2"})
        self.assertEqual(old.state, "cancelled", "it was answered meanwhile")
        ticket._on_customer_answer()
        self.assertEqual(ticket.sla_status_ids.filtered("is_open").policy_id, normal)

    def test_terms_applied_take_up_what_had_been_cancelled(self):
        status = self._status(self._ticket_with(6, priority_to="2"))
        status.ticket_id.write({"impact": "3", "urgency": "3"})
        self.assertEqual(status.cancel_reason, "unmatched")
        status.policy_id.priority_to = "3"
        status.ticket_id.with_user(self.manager).action_reapply_sla()
        self.assertEqual((status.state, bool(status.running_since)), ("running", True))

    def test_included_when_it_is_no_promise_any_more(self):
        status = self._status(self._ticket_with(6, priority_to="2"))
        ticket = status.ticket_id
        ticket._exclude_sla(self.cause, "Theirs")
        ticket.write({"impact": "3", "urgency": "3"})
        self._include(ticket)
        self.assertEqual((status.state, status.cancel_reason), ("cancelled", "unmatched"))

    # What users may do wrong

    def test_a_policy_that_never_is_due(self):
        empty = self._create_calendar("Nobody works", "Europe/Madrid", ())
        with self.assertRaisesRegex(ValidationError, "no working hours"):
            self._create_policy(calendar_source="policy", calendar_id=empty.id)
        with self.assertRaisesRegex(ValidationError, "Choose the business hours"):
            self._create_policy(calendar_source="policy")
        self.team.resource_calendar_id = empty
        ticket = self._ticket_with(4)
        self.assertEqual((ticket.sla_state, ticket.sla_deadline), ("running", False), "no deadline, and no harm")

    @mute_logger("odoo.sql_db")
    def test_nonsense_is_refused(self):
        for values in (
            {"duration": 0},
            {"duration": -1},
            {"priority_from": "3", "priority_to": "1"},
            {"customers_since": "2020-01-01", "customers_before": "2020-01-01"},
            {"alarm_ids": [Command.create({"percent": 0})]},
            {"alarm_ids": [Command.create({"recipient": "user"})]},
        ):
            with self.subTest(values), self.assertRaises(Exception) as caught, self.env.cr.savepoint():
                self._create_policy(**values)
            self.assertIn(type(caught.exception).__name__, ("ValidationError", "CheckViolation"))

    def test_a_calendar_that_is_deleted(self):
        status = self._status(self._ticket_with(6))
        before = status.deadline
        self.team.resource_calendar_id = False
        self.calendar.unlink()
        status.ticket_id.stage_id = self.waiting
        status.ticket_id.stage_id = self.open
        self.assertEqual(status.deadline, before)

    def test_configured_in_the_form(self):
        with Form(self.Policy.with_user(self.manager)) as form:
            form.name = "Gold"
            form.target = "first_response"
            form.duration = 2
        self.assertEqual(form.record.alarm_ids.mapped("percent"), [75, 90, 100, 150])


@tagged("post_install", "-at_install")
class TestSlaOfPeers(SlaCase):
    """What other help desks get wrong, each reproduced there: ten defects, ten tests."""

    def test_01_long_on_hold_then_done_is_in_time(self):
        self._create_policy(duration=4)
        ticket = self._create_ticket()
        ticket.stage_id = self.waiting
        self._pass(days=5)
        ticket.stage_id = self.solved
        self.assertEqual(ticket.sla_status_ids.state, "reached")

    def test_02_another_team_at_once_has_its_policies(self):
        mine = self._create_policy("Mine", team_ids=[Command.set(self.team.ids)])
        other = self.team.copy({"name": "Other desk", "alias_name": "other-desk"})
        theirs = self._create_policy("Theirs", team_ids=[Command.set(other.ids)])
        ticket = self._create_ticket()
        ticket.team_id = other
        self.assertEqual(ticket.sla_status_ids.filtered("is_open").policy_id, theirs)
        self.assertEqual(self._status(ticket, mine).state, "cancelled")

    def test_03_a_stage_that_follows_the_team_stops_the_clock(self):
        closed = self.env.ref("helpdesk_ticketing.stage_closed")
        policy = self._create_policy()
        other = self.team.copy({"name": "Archive desk", "alias_name": "archive-desk"})
        ours = self.env["ticketing.stage"].create(
            {"name": "Ours", "kind": "open", "team_ids": [Command.set(self.team.ids)]}
        )
        self.env["ticketing.stage"].search([("id", "!=", closed.id), ("team_ids", "=", False)]).team_ids = self.team
        ticket = self._create_ticket(stage_id=ours.id)
        ticket.team_id = other
        self.assertEqual(ticket.stage_id, closed)
        self.assertEqual((self._status(ticket, policy).state, bool(ticket.closed_on)), ("reached", True))

    def test_04_no_team_and_no_hours_is_no_obstacle(self):
        self._create_policy()
        self.company.resource_calendar_id = self.calendar
        self.assertTrue(self._create_ticket(team_id=False).sla_deadline, "the company's hours")
        self.team.resource_calendar_id = False
        self.assertTrue(self._create_ticket())

    def test_05_another_company_promises_nothing(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self._create_policy("Other", company_id=other.id)
        shared = self._create_policy("Shared", company_id=False)
        ticket = self.env["ticketing.ticket"].sudo().create({"name": "Portal", "team_id": self.team.id})
        self.assertEqual(ticket.sla_status_ids.policy_id, shared)

    def test_06_late_tickets_are_found_and_the_others_too(self):
        self._create_policy(duration=1)
        late, early = self._create_ticket(), self._create_ticket()
        early.stage_id = self.solved
        self._pass(hours=2)
        self._run_cron("ir_cron_sla_alarm")
        both = [("id", "in", (late | early).ids)]
        found = self.env["ticketing.ticket"].search([*both, ("sla_state", "=", "breached")])
        rest = self.env["ticketing.ticket"].search([*both, ("sla_state", "!=", "breached")])
        self.assertEqual((found, rest), (late, early))

    def test_07_what_policies_name_may_go(self):
        """No domain to mistype: a policy names records. None of them is lost unawares, nor does its loss stop a ticket."""
        kind = self.env["ticketing.type"].create({"name": "Fault"})
        tag, other = self.env["ticketing.tag"].create([{"name": "Gold"}, {"name": "Silver"}])
        stage = self.env["ticketing.stage"].create({"name": "Part ordered", "kind": "open"})
        desk = self.team.copy({"name": "Other desk", "alias_name": "other-desk"})
        person = new_test_user(self.env, "sla.gone", AGENT)
        customer, product = self.customer.copy({"name": "Gone"}), self._create_product("Gone")
        for field, record in (
            ("team_ids", desk),
            ("type_ids", kind),
            ("tag_ids", tag),
            ("product_ids", product),
            ("partner_ids", customer),
        ):
            policy = self._create_policy(field, **{field: [Command.set(record.ids)]})
            with (
                self.subTest(field),
                self.assertRaisesRegex(UserError, f"the SLA policies {field} would then hold for"),
            ):
                record.unlink()
            self.assertNotIn(policy, self._create_ticket().sla_status_ids.policy_id)
        policy = self._create_policy(
            "Any",
            pause_stage_ids=[Command.set(stage.ids)],
            alarm_ids=[Command.create({"percent": 50, "recipient": "user", "user_id": person.id})],
            tag_ids=[Command.set((tag | other).ids)],
        )
        for record in (kind, desk, person):
            record.active = False
        stage.unlink()
        other.unlink()
        ticket = self.env["ticketing.ticket"].sudo().create({"name": "Portal", "tag_ids": [Command.set(tag.ids)]})
        self.assertEqual(self._status(ticket, policy).state, "running")
        self._pass(hours=6)
        self._run_cron("ir_cron_sla_alarm")
        self.assertEqual(self._status(ticket, policy).alarmed_percent, 50)

    def test_08_a_user_sees_the_promises_of_his_tickets_only(self):
        self._create_policy()
        outsider = new_test_user(self.env, "sla.outsider", AGENT)
        ticket = self._create_ticket()
        Status = self.env["ticketing.sla.status"]
        self.assertFalse(Status.with_user(outsider).search([("ticket_id", "=", ticket.id)]))
        self.assertTrue(Status.with_user(self.technician).search([("ticket_id", "=", ticket.id)]))
        with self.assertRaises(AccessError):
            ticket.sla_status_ids.with_user(outsider).read(["deadline"])
        with self.assertRaises(AccessError):
            ticket.sla_status_ids.with_user(self.manager).write({"state": "reached"})

    def test_09_the_deadline_is_sorted_and_grouped(self):
        self._create_policy(duration=1, priority_from="3")
        self._create_policy(duration=4, priority_to="2")
        slow, fast = self._create_ticket(), self._create_ticket(impact="3", urgency="3")
        both = [("id", "in", (slow | fast).ids)]
        self.assertEqual(self.env["ticketing.ticket"].search(both, order="sla_deadline"), fast | slow)
        groups = self.env["ticketing.ticket"]._read_group(both, ["sla_deadline:day"], ["__count"])
        self.assertEqual([count for __, count in groups], [2])

    def test_10_a_policy_edited_later_means_nothing_for_what_was_promised(self):
        policy = self._create_policy(duration=8)
        ticket = self._create_ticket()
        policy.write({"duration": 1, "unit": "minutes"})
        self.assertEqual(ticket.sla_status_ids.budget, 8 * HOUR)
        self.assertEqual(self._create_ticket().sla_status_ids.budget, 60)
