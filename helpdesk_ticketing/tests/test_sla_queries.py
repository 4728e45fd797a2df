from odoo.tests import tagged

from . import test_performance
from .common_sla import SlaCase


@tagged("post_install", "-at_install")
class TestSlaQueries(SlaCase):
    """What three promises on every ticket add to the desk's everyday steps: a few queries, whatever the number."""

    _count = test_performance.TestQueries._count
    _values = test_performance.TestQueries._values
    _tickets = test_performance.TestQueries._tickets

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_policy("First answer", "first_response", 2)
        cls._create_policy("Solution", duration=16)
        cls._create_policy("Around the clock", duration=3, unit="days", calendar_source="always")

    def test_create(self):
        one, some, more = (
            self._count(lambda env, number, count=count: env["ticketing.ticket"].create(self._values(count, number)))
            for count in (1, 10, 30)
        )
        self.assertLessEqual(one, 28)
        self.assertEqual(some, more, "the queries must not grow with the tickets")
        self.assertLessEqual(more, 40)

    def test_stage(self):
        """Up to the hundred rows that the ORM writes with one statement."""

        def count(tickets):
            stages = self.waiting, self.open
            return self._count(
                lambda env, number: tickets.with_env(env).write({"stage_id": stages[number % 2].id}), self.agent
            )

        one, some, more = count(self._tickets(1)), count(self._tickets(10)), count(self._tickets(30))
        self.assertLessEqual(one, 18)
        self.assertEqual(some, more, "the queries must not grow with the tickets")
        self.assertLessEqual(more, 30)

    def test_priority(self):
        """Matching again costs no more for many."""
        self._create_policy("Urgent", "first_response", 1, priority_from="3")

        def count(tickets):
            return self._count(
                lambda env, number: tickets.with_env(env).write(
                    {"impact": "23"[number % 2], "urgency": "23"[number % 2]}
                ),
                self.agent,
            )

        self.assertEqual(count(self._tickets(10)), count(self._tickets(30)))
