import random
from datetime import datetime, timedelta

from odoo.models import BaseModel
from odoo.tests import tagged

from .common import TicketingCase

SETS = [
    [(), ("create_date:month",), ("create_date:month", "team_id"), ("create_date:month", "team_id", "user_id")],
    [("team_id", "user_id"), ("user_id",), ("team_id",), ()],
    [("user_id", "create_date:week"), ("create_date:week",)],
    [("solved_on:year",), ("solved_on:year", "stage_id"), ("stage_id",)],
]


@tagged("post_install", "-at_install")
class TestGrouping(TicketingCase):
    """Groups are what core makes of them, in core's order, whatever they are made of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = cls.env["res.users"].create(
            [
                {"name": name, "login": f"grouping-{index}", "group_ids": [(6, 0, cls.agent.group_ids.ids)]}
                for index, name in enumerate(("Álvaro", "alba", "Zoe", "Ana Belén", "ángel"))
            ]
        )
        other = cls.team.copy({"name": "Ábaco", "member_ids": [(6, 0, people.ids)]})
        cls.team.member_ids |= people
        chance = random.Random(19)
        stages = cls.env["ticketing.stage"].search([])
        tickets = cls.env["ticketing.ticket"].create(
            [
                {
                    "name": f"Ticket {index}",
                    "team_id": chance.choice([cls.team.id, other.id]),
                    "user_id": chance.choice([False, *people.ids]),
                }
                for index in range(60)
            ]
        )
        for ticket in tickets:
            ticket.stage_id = chance.choice(stages)
        tickets.flush_recordset()
        for ticket in tickets:
            created = datetime(2026, 1, 1) + timedelta(hours=chance.randrange(8000))
            hours = chance.choice([0, 1.5, 0.25, None])
            cls.env.cr.execute(
                "UPDATE ticketing_ticket SET create_date = %s, hours = %s WHERE id = %s", [created, hours, ticket.id]
            )
        tickets.invalidate_recordset()
        cls.domain = [("id", "in", tickets.ids)]
        cls.Ticket = cls.env["ticketing.ticket"].with_user(cls.manager)

    def test_one_level(self):
        for field in ("stage_id", "team_id", "user_id", "type_id", "channel_id"):
            for window in ({}, {"limit": 2}, {"limit": 2, "offset": 1}, {"offset": 2}):
                arguments = (self.domain, [field], ["__count", "hours:sum"])
                wanted = BaseModel._read_group(self.Ticket, *arguments, order=field, **window)
                self.assertEqual(self.Ticket._read_group(*arguments, order=field, **window), wanted, (field, window))

    def test_other_orders_and_conditions_are_left_to_core(self):
        for order in ("user_id DESC", "__count DESC, user_id", None):
            arguments = (self.domain, ["user_id"], ["__count"], [("__count", ">", 3)])
            wanted = BaseModel._read_group(self.Ticket, *arguments, order=order)
            self.assertEqual(self.Ticket._read_group(*arguments, order=order), wanted)

    def test_conditions_on_the_groups_hold(self):
        arguments = (self.domain, ["user_id"], ["__count"], [("__count", ">", 12)])
        wanted = BaseModel._read_group(self.Ticket, *arguments, order="user_id")
        self.assertTrue(0 < len(wanted) < 6)
        self.assertEqual(self.Ticket._read_group(*arguments, order="user_id"), wanted)

    def test_levels_of_a_pivot(self):
        for sets in SETS:
            for aggregates in (["__count"], ["__count", "hours:sum"], ["hours:max"]):
                order = ", ".join(dict.fromkeys(spec for specs in sets for spec in specs))
                wanted = BaseModel._read_grouping_sets(self.Ticket, self.domain, sets, aggregates, order=order)
                found = self.Ticket._read_grouping_sets(self.domain, sets, aggregates, order=order)
                self.assertEqual(found, wanted, (sets, aggregates))

    def test_levels_of_nothing(self):
        nothing = [("name", "=", "no ticket has this subject")]
        wanted = BaseModel._read_grouping_sets(self.Ticket, nothing, SETS[1], ["__count"], order="team_id, user_id")
        found = self.Ticket._read_grouping_sets(nothing, SETS[1], ["__count"], order="team_id, user_id")
        self.assertEqual(found, wanted)

    def test_stages_are_not_joined_to_what_is_counted(self):
        statement = """SELECT "ticketing_ticket"."stage_id", COUNT(*) FROM "ticketing_ticket"
            WHERE "ticketing_ticket"."active" IS TRUE
            GROUP BY "ticketing_ticket"."stage_id" ORDER BY "ticketing_ticket"."stage_id" ASC"""
        Ticket = self.env["ticketing.ticket"].sudo()
        self.env["ticketing.stage"].search([]).fetch(["sequence"])
        with self.assertQueries([statement]):
            Ticket._read_group([], ["stage_id"], ["__count"], order="stage_id")

    def test_a_pivot_of_many_tickets_is_expected_to_have_few_groups(self):
        """Ten thousand moments are a few months: else the planner sorts a big table on disk to count them."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO ticketing_ticket (name, company_id, team_id, user_id, stage_id, stage_kind, impact, urgency,
                                          priority, active, create_uid, create_date)
            SELECT name, company_id, team_id, user_id, stage_id, stage_kind, impact, urgency, priority, TRUE,
                   create_uid, create_date + series.row * interval '17 minutes'
              FROM ticketing_ticket pattern, generate_series(1, 10000) AS series(row)
             WHERE pattern.id = %s
            """,
            self.Ticket.search(self.domain, limit=1).ids,
        )
        self.env.cr.execute("ANALYZE ticketing_ticket")
        month = "date_trunc('month', timezone('Europe/Madrid', timezone('UTC', create_date)))"
        self.env.cr.execute(
            f"""EXPLAIN (FORMAT JSON)
                SELECT {month}, team_id, user_id, COUNT(*) FROM ticketing_ticket GROUP BY {month}, team_id, user_id"""
        )
        [[[plan]]] = self.env.cr.fetchall()
        self.assertLess(plan["Plan"]["Plan Rows"], 2000)
