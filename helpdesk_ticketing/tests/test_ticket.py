from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.priority import LEVELS, PRIORITY_MATRIX
from .common import TicketingCase

OWN = "base.group_user,helpdesk_ticketing.group_user_own"
ALL = "base.group_user,helpdesk_ticketing.group_user_all"


class DeskCase(TicketingCase):
    """A second desk with a stage of its own, and people who see more and less."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.solo = new_test_user(cls.env, login="desk.solo", groups=OWN, name="Solo")
        cls.overseer = new_test_user(cls.env, login="desk.overseer", groups=ALL, name="Overseer")
        cls.outsider = new_test_user(cls.env, login="desk.outsider", groups=OWN, name="Outsider")
        cls.team.member_ids = [Command.link(cls.solo.id)]
        cls.second = cls.env["ticketing.team"].create(
            {"name": "Second", "member_ids": [Command.set([cls.agent.id, cls.outsider.id])]}
        )
        cls.own_stage = cls.env["ticketing.stage"].create(
            {"name": "In the Workshop", "kind": "open", "sequence": 25, "team_ids": [Command.set(cls.team.ids)]}
        )

    def _stage(self, kind, team=None):
        return (team or self.team)._get_stages().filtered(lambda stage: stage.kind == kind)[:1]


@tagged("post_install", "-at_install")
class TestTicketNumber(DeskCase):
    def test_sequential_for_each_company(self):
        company = self.env["res.company"].create({"name": "Second Company", "iap_enrich_auto_done": True})
        team = self.env["ticketing.team"].create(
            {
                "name": "Theirs",
                "company_id": company.id,
                "resource_calendar_id": company.resource_calendar_id.id,
            }
        )
        mixed = self.env["ticketing.ticket"].create(
            [{"name": f"Ticket {index}", "team_id": (self.team, team)[index % 2].id} for index in range(6)]
        )
        for desk in (self.team, team):
            numbers = [int(ticket.number[1:]) for ticket in mixed.filtered(lambda t, desk=desk: t.team_id == desk)]
            self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 3)), desk.name)
        self.assertEqual(mixed.mapped("company_id"), self.company | company)

    def test_a_copy_takes_a_new_number(self):
        ticket = self._create_ticket()
        copy = ticket.with_user(self.agent).copy()
        self.assertTrue(copy.number)
        self.assertNotEqual(copy.number, ticket.number)
        self.assertEqual(copy.name, f"{ticket.name} (copy)")
        self.assertEqual(copy.stage_kind, "new", "a copy begins anew")

    def test_a_copy_takes_no_work_with_it(self):
        ticket = self._signed_note().ticket_id
        copy = ticket.with_user(self.agent).copy().sudo()
        self.assertFalse(copy.timesheet_ids | copy.sale_order_id.order_line.task_id.timesheet_ids)
        self.assertFalse(copy.sale_order_id or copy.labour_line_id or copy.note_ids or copy.billing_request_ids)
        self.assertEqual(copy.billing_state, "nothing")

    def test_a_number_is_never_given_twice(self):
        ticket = self._create_ticket()
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            self._create_ticket(number=ticket.number)
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestTicketLife(DeskCase):
    def test_the_company_is_the_teams_else_the_users(self):
        self.assertEqual(self._create_ticket().company_id, self.company)
        company = self.env["res.company"].create({"name": "Second Company", "iap_enrich_auto_done": True})
        orphan = self.env["ticketing.ticket"].with_company(company).create({"name": "No team", "team_id": False})
        self.assertEqual(orphan.company_id, company)

    def test_dates_are_set_and_cleared(self):
        ticket = self._create_ticket()
        as_technician = ticket.with_user(self.technician)
        self.assertFalse(ticket.solved_on or ticket.closed_on)
        with freeze_time("2026-03-02 10:00:00"):
            as_technician.action_solve()
            self.assertEqual(ticket.solved_on, fields.Datetime.to_datetime("2026-03-02 10:00:00"))
            self.assertFalse(ticket.closed_on, "solved is not closed")
        with freeze_time("2026-03-03 10:00:00"):
            as_technician.stage_id = self._stage("closed")
            self.assertEqual(ticket.closed_on, fields.Datetime.to_datetime("2026-03-03 10:00:00"))
            self.assertEqual(ticket.solved_on, fields.Datetime.to_datetime("2026-03-02 10:00:00"), "the first moment")
        as_technician.action_reopen()
        self.assertFalse(ticket.solved_on or ticket.closed_on)
        self.assertEqual(ticket.stage_kind, "open")
        as_technician.action_cancel()
        self.assertTrue(ticket.closed_on)

    def test_a_ticket_that_is_made_closed_has_its_date(self):
        self.assertTrue(self._create_ticket(stage_id=self._stage("closed").id).closed_on)

    def test_assigned_on_is_the_first_assignment(self):
        with freeze_time("2026-03-02 10:00:00"):
            ticket = self._create_ticket(user_id=False)
            self.assertFalse(ticket.assigned_on)
        with freeze_time("2026-03-02 11:00:00"):
            ticket.with_user(self.agent).action_assign_to_me()
            self.env.flush_all()
        with freeze_time("2026-03-02 12:00:00"):
            ticket.with_user(self.agent).user_id = self.technician
        self.assertEqual(ticket.assigned_on, fields.Datetime.to_datetime("2026-03-02 11:00:00"))

    def test_another_team_keeps_a_stage_that_it_knows(self):
        ticket = self._create_ticket(stage_id=self._stage("waiting").id)
        ticket.with_user(self.agent).team_id = self.second
        self.assertEqual(ticket.stage_kind, "waiting")

    def test_another_team_begins_at_its_first_stage_if_it_does_not_know_the_old_one(self):
        ticket = self._create_ticket(stage_id=self.own_stage.id)
        ticket.with_user(self.agent).team_id = self.second
        self.assertEqual(ticket.stage_id, self.second._get_stages()[0])
        self.assertEqual(ticket.stage_kind, "new")

    def test_the_assignee_never_resets_the_stage(self):
        ticket = self._create_ticket(stage_id=self.own_stage.id)
        for user in (self.agent, self.technician, self.env["res.users"]):
            ticket.with_user(self.agent).user_id = user
            self.assertEqual(ticket.stage_id, self.own_stage)

    def test_another_team_without_the_assignee_frees_the_ticket(self):
        ticket = self._create_ticket(user_id=self.technician.id)
        ticket.with_user(self.overseer).team_id = self.second
        self.assertFalse(ticket.user_id)
        ticket.with_user(self.overseer).write({"user_id": self.agent.id, "team_id": self.team.id})
        self.assertEqual(ticket.user_id, self.agent, "a member there, too")

    def test_a_moved_ticket_of_a_closed_stage_is_told_by_the_new_teams_stage(self):
        """A stage that a team change recomputes passes by ``write``: its dates and hooks must not miss it."""
        done = self.env["ticketing.stage"].create(
            {"name": "Done", "kind": "closed", "sequence": 1, "team_ids": [Command.set(self.second.ids)]}
        )
        odd = self._create_ticket(stage_id=self.own_stage.id)
        with self._solved() as solved:
            odd.with_user(self.agent).team_id = self.second
            self.assertEqual((odd.stage_id, odd.stage_kind), (done, "closed"), "the second desk begins with 'Done'")
            self.assertTrue(odd.closed_on)
            self.assertEqual(solved, [odd.id])
        odd.with_user(self.agent).stage_id = self._stage("open", self.second)
        self.assertFalse(odd.closed_on)

    @contextmanager
    def _solved(self):
        """Yield the list of the tickets for which the hook fires; the hook itself still runs."""
        Ticket = type(self.env["ticketing.ticket"])
        origin, seen = Ticket._on_solved, []

        def spy(tickets):
            seen.extend(tickets.ids)
            return origin(tickets)

        with patch.object(Ticket, "_on_solved", spy):
            yield seen

    def test_the_hook_fires_once_on_any_path(self):
        paths = {
            "button": lambda ticket: ticket.with_user(self.technician).action_solve(),
            "write": lambda ticket: ticket.with_user(self.technician).write({"stage_id": self._stage("solved").id}),
            "kanban": lambda ticket: ticket.with_user(self.technician).web_save(
                {"stage_id": self._stage("solved").id}, {"id": {}}
            ),
            "form": self._solve_in_form,
            "straight to closed": lambda ticket: ticket.with_user(self.technician).write(
                {"stage_id": self._stage("closed").id}
            ),
            "by kind": lambda ticket: ticket._move_to_kind("solved"),
            "the stage's kind": self._change_kind,
        }
        for name, path in paths.items():
            with self.subTest(name), self.env.cr.savepoint(), self._solved() as solved:
                ticket = self._create_ticket(stage_id=self.own_stage.id)
                path(ticket)
                self.env.flush_all()
                self.assertEqual(solved, [ticket.id])
                ticket.name = "Another subject"
                if ticket.stage_kind == "solved":
                    ticket.stage_id = self._stage("closed")
                self.assertEqual(solved, [ticket.id], "closing what was solved is nothing new")

    def _solve_in_form(self, ticket):
        with Form(ticket.with_user(self.technician)) as form:
            form.stage_id = self._stage("solved")

    def _change_kind(self, ticket):
        self.own_stage.with_user(self.manager).kind = "solved"

    def test_cancelled_is_not_solved(self):
        with self._solved() as solved:
            self._create_ticket().with_user(self.technician).action_cancel()
        self.assertEqual(solved, [])

    def test_a_colleagues_hours_are_billed_by_who_solves(self):
        """Remote work of one, solved by another, who sees neither those hours nor the billing."""
        ticket = self._create_ticket(service_mode="remote", user_id=False)
        self._add_hours(ticket, 2)
        ticket.with_user(self.solo).action_solve()
        self.assertEqual(ticket.billing_request_ids.timesheet_ids.mapped("unit_amount"), [2])

    def test_covered_remote_work_alone_makes_an_invoice_where_the_team_wants_it(self):
        for policy, state in ((False, "nothing"), (True, "queued")):
            self.team.bill_covered = policy
            ticket = self._create_ticket(service_mode="remote")
            self._add_hours(ticket, 1, user=self.manager, covered=True, cover_reason="Contract")
            ticket.action_solve()
            self.assertEqual(ticket.billing_state, state)

    def test_material_of_a_remote_ticket_waits_for_its_signature(self):
        """Solving a remote ticket bills its hours; material is billed when it is signed for."""
        ticket = self._create_ticket(service_mode="remote")
        self._add_material(ticket, quantity=1)
        ticket.action_solve()
        self.assertFalse(ticket.billing_request_ids)
        self.assertEqual(ticket.billing_state, "to_deliver")

    def test_the_matrix_of_priorities(self):
        levels = [level for level, __ in LEVELS]
        self.assertEqual(set(PRIORITY_MATRIX), set(product(levels, levels)), "each pair has its priority")
        for impact, urgency in product(levels, levels):
            with self.subTest(impact=impact, urgency=urgency):
                form = Form(self.env["ticketing.ticket"].with_user(self.agent))
                form.name = "Matrix"
                form.impact = impact
                form.urgency = urgency
                ticket = form.save()
                self.assertEqual(ticket.priority, PRIORITY_MATRIX[impact, urgency])
                for raised in levels[levels.index(impact) :]:
                    self.assertGreaterEqual(PRIORITY_MATRIX[raised, urgency], PRIORITY_MATRIX[impact, urgency])
        ticket.with_user(self.agent).priority = "3"
        self.assertEqual(ticket.priority, "3", "a person decides otherwise")

    def test_the_form_fills_in_the_customer(self):
        form = Form(self.env["ticketing.ticket"].with_user(self.agent))
        form.name = "No water"
        form.partner_id = self.contact
        ticket = form.save()
        self.assertEqual(ticket.partner_name, "Marta Test")
        self.assertIn("marta@customer.example", ticket.email_from)
        self.assertEqual(ticket.commercial_partner_id, self.customer)
        self.assertEqual((ticket.team_id, ticket.stage_kind), (self.team, "new"))


@tagged("post_install", "-at_install")
class TestTicketVisibility(DeskCase):
    """Own, team, all: as lists, as rights, and as what is counted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._create_ticket(user_id=cls.solo.id)
        cls.free = cls._create_ticket(user_id=False)
        cls.mates = cls._create_ticket(user_id=cls.technician.id)
        cls.others = cls._create_ticket(team_id=cls.second.id, user_id=cls.outsider.id)
        cls.nobodys = cls._create_ticket(team_id=False, user_id=False)
        cls.tickets = cls.mine | cls.free | cls.mates | cls.others | cls.nobodys

    def _seen(self, user):
        return self.env["ticketing.ticket"].with_user(user).search([("id", "in", self.tickets.ids)])

    def test_lists(self):
        self.assertEqual(self._seen(self.solo), (self.mine | self.free | self.nobodys).sorted())
        self.assertEqual(self._seen(self.agent), self.tickets.sorted(), "a member of both teams")
        self.agent.ticketing_team_ids = self.team
        self.assertEqual(self._seen(self.agent), (self.tickets - self.others).sorted())
        self.assertEqual(self._seen(self.overseer), self.tickets.sorted())
        self.assertEqual(self._seen(self.outsider), (self.others | self.nobodys).sorted())

    def test_a_hidden_ticket_is_not_opened_by_its_number(self):
        with self.assertRaises(AccessError):
            self.others.with_user(self.solo).read(["name"])
        found = self.env["ticketing.ticket"].with_user(self.solo).name_search(self.others.number)
        self.assertEqual(found, [])

    def test_who_joins_a_team_sees_its_tickets_at_once(self):
        self.assertNotIn(self.mates, self._seen(self.outsider))
        self.team.member_ids = [Command.link(self.outsider.id)]
        self.outsider.group_ids = [Command.link(self.env.ref("helpdesk_ticketing.group_user_team").id)]
        self.assertIn(self.mates, self._seen(self.outsider))
        self.team.member_ids = [Command.unlink(self.outsider.id)]
        self.assertNotIn(self.mates, self._seen(self.outsider))

    def test_counters_fall_when_a_ticket_is_done(self):
        team = self.team.with_user(self.overseer)
        team.invalidate_recordset()
        total, free = team.ticket_count, team.unassigned_count
        self.free.priority = "3"
        team.invalidate_recordset()
        self.assertEqual(team.urgent_count, 1)
        for kind in ("solved", "closed", "cancelled"):
            self.free._move_to_kind(kind)
            team.invalidate_recordset()
            self.assertEqual((team.ticket_count, team.unassigned_count, team.urgent_count), (total - 1, free - 1, 0))
        self.free.with_user(self.overseer).action_reopen()
        team.invalidate_recordset()
        self.assertEqual((team.ticket_count, team.unassigned_count), (total, free))

    def test_counters_count_what_the_user_sees(self):
        self.assertEqual(self.team.with_user(self.solo).ticket_count, 2)
        self.assertEqual(self.team.with_user(self.overseer).ticket_count, 3)

    def test_partner_counts_include_its_contacts(self):
        company, contact = self.customer.with_user(self.overseer), self.contact.with_user(self.overseer)
        self._create_ticket(partner_id=self.customer.id)
        self.assertEqual((company.open_ticket_count, contact.open_ticket_count), (6, 5))
        self.mine._move_to_kind("closed")
        (company | contact).invalidate_recordset()
        self.assertEqual((company.open_ticket_count, contact.open_ticket_count), (5, 4))
        history = self.env["ticketing.ticket"].with_user(self.overseer).search(company.action_view_tickets()["domain"])
        self.assertEqual(len(history), 6)

    def test_a_deep_family_is_counted_once(self):
        child = self.env["res.partner"].create({"name": "Assistant", "parent_id": self.contact.id, "type": "other"})
        self._create_ticket(partner_id=child.id)
        self.assertEqual(self.customer.with_user(self.overseer).open_ticket_count, 6)
        self.assertEqual(self.contact.with_user(self.overseer).open_ticket_count, 6)
        self.assertEqual(child.with_user(self.overseer).open_ticket_count, 1)

    def test_the_customers_history_on_the_ticket(self):
        ticket = self.mine.with_user(self.overseer)
        self.assertEqual(ticket.partner_ticket_count, 4)
        action = ticket.action_view_partner_tickets()
        self.assertEqual(
            self.env["ticketing.ticket"].with_user(self.overseer).search(action["domain"]),
            (self.tickets - self.mine).sorted(),
        )


@tagged("post_install", "-at_install")
class TestTeam(DeskCase):
    def test_business_hours_are_those_of_its_company(self):
        """Whoever makes the team, from whichever company; hours that fit the company are kept."""
        other = self.env["res.company"].create({"name": "Another, S.L.", "iap_enrich_auto_done": True})
        other.resource_calendar_id = self.env["resource.calendar"].create({"name": "Theirs", "company_id": other.id})
        values = {"name": "Abroad", "company_id": other.id}
        team = self.env["ticketing.team"].create(values)
        self.assertEqual(team.resource_calendar_id, other.resource_calendar_id)
        shared = self.env["resource.calendar"].create({"name": "Shared", "company_id": False})
        team.resource_calendar_id = shared
        team.company_id = self.env.company
        self.assertEqual(team.resource_calendar_id, shared)
        team = self.env["ticketing.team"].create({"name": "At Home"})
        self.assertEqual(team.resource_calendar_id, self.env.company.resource_calendar_id)
        team.company_id = other
        self.assertEqual(team.resource_calendar_id, other.resource_calendar_id)
        self.assertFalse(
            self.env["ticketing.team"].create({**values, "resource_calendar_id": False}).resource_calendar_id
        )


@tagged("post_install", "-at_install")
class TestAssignment(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.users"].union(
            *(new_test_user(cls.env, login=f"desk.{name}", groups=OWN, name=name) for name in ("Ann", "Ben", "Cid"))
        )
        cls.team.write({"assign_method": "balanced", "member_ids": [Command.set(cls.people.ids)]})
        cls.ann, cls.ben, cls.cid = cls.people

    def _new(self, count, **values):
        values = {"name": "Help", "team_id": self.team.id, **values}
        return self.env["ticketing.ticket"].create([dict(values) for __ in range(count)])

    def test_counts_what_the_same_batch_assigned_before(self):
        tickets = self._new(7)
        self.assertEqual([tickets.mapped("user_id.id").count(user.id) for user in self.people], [1, 1, 1])
        self.assertEqual(
            [len(tickets.filtered(lambda t, u=user: t.user_id == u)) for user in self.people], [3, 2, 2], "ties by name"
        )

    def test_counts_open_work_only(self):
        busy = self._new(2, user_id=self.ann.id)
        self._new(1, user_id=self.ben.id)
        self.assertEqual(self._new(1).user_id, self.cid)
        self.assertEqual(self._new(1).user_id, self.ben)
        busy._move_to_kind("solved")
        self.assertEqual(self._new(1).user_id, self.ann)

    def test_counts_other_teams_work(self):
        self.second.member_ids = [Command.link(self.ann.id)]
        self._new(3, team_id=self.second.id, user_id=self.ann.id)
        self.assertNotIn(self.ann, self._new(4).user_id)

    def test_skips_who_is_absent(self):
        now = fields.Datetime.now()
        for person in (self.ann, self.ben):
            employee = self.env["hr.employee"].create({"name": person.name, "user_id": person.id})
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Holidays",
                    "resource_id": employee.resource_id.id,
                    "calendar_id": employee.resource_calendar_id.id,
                    "date_from": now - timedelta(days=1),
                    "date_to": now + timedelta(days=1 if person == self.ann else -0.5),
                }
            )
        self.assertEqual(self._new(4).user_id, self.ben | self.cid, "Ben is back")

    def test_all_absent_leaves_the_ticket_free(self):
        self.team.member_ids = [Command.clear()]
        self.assertFalse(self._new(1).user_id)

    def test_a_chosen_assignee_is_kept(self):
        self.assertEqual(self._new(1, user_id=self.cid.id).user_id, self.cid)

    def test_by_hand_leaves_it_free(self):
        self.team.assign_method = "manual"
        self.assertFalse(self._new(1).user_id)

    def test_an_archived_colleague_gets_nothing(self):
        self.ann.active = False
        self.assertNotIn(self.ann, self._new(3).user_id)

    def test_the_agent_who_balances_needs_no_rights_on_the_others_tickets(self):
        self.second.write({"assign_method": "balanced", "member_ids": [Command.link(self.ann.id)]})
        ticket = self.env["ticketing.ticket"].with_user(self.solo).create({"name": "x", "team_id": self.team.id})
        self.assertEqual(ticket.sudo().user_id, self.ann)
        self.assertEqual(ticket.name, "x", "who opened it still sees it, though it is another's now")

    def test_an_agent_hands_a_ticket_over_and_still_follows_it(self):
        form = Form(self.env["ticketing.ticket"].with_user(self.solo))
        form.name = "For the others"
        form.team_id = self.second
        ticket = form.save()
        self.assertEqual((ticket.team_id, ticket.stage_kind), (self.second, "new"))
        ticket.sudo().user_id = self.agent
        self.assertIn(ticket, self.env["ticketing.ticket"].with_user(self.solo).search([]))
