from datetime import timedelta

from odoo.tests import tagged

from . import test_performance
from .common_contract import ContractCase


@tagged("post_install", "-at_install")
class TestCoverageQueries(ContractCase):
    """What contracts add to the desk's everyday steps, and the decision on many lines at once."""

    _count = test_performance.TestQueries._count
    _values = test_performance.TestQueries._values

    def test_create(self):
        """The gates of tickets without contracts, and one query for the contract."""
        self._create_contract()
        one, some, more = (
            self._count(lambda env, number, count=count: env["ticketing.ticket"].create(self._values(count, number)))
            for count in (1, 10, 30)
        )
        self.assertLessEqual(one, 26)
        self.assertEqual(some, more, "the queries must not grow with the tickets")
        self.assertLessEqual(more, 29)

    def _make_hours(self, count):
        """Return so many hours on ten tickets of as many contracts, more than is included, on which nothing is decided."""
        customers = self.env["res.partner"].create([{"name": f"Customer {index}"} for index in range(10)])
        for index, customer in enumerate(customers):
            self._create_contract(
                partner_id=customer.id,
                allowance="month",
                included_hours=count / 50,
                carry_over=index % 2 == 0,
                date_start=self.today - timedelta(days=40),
            )
        tickets = self.env["ticketing.ticket"].create(
            [{**vals, "partner_id": customer.id} for vals, customer in zip(self._values(10), customers, strict=True)]
        )
        for ticket in tickets:
            ticket._get_labour_line(True)
            ticket._get_labour_line(False)
        lines = (
            self.env["account.analytic.line"]
            ._as_deciding()
            .create(
                [
                    {
                        "ticket_id": tickets[index % 10].id,
                        "project_id": self.project.id,
                        "employee_id": self.employee.id,
                        "name": "Repair",
                        "unit_amount": 0.5,
                        "date": self.today - timedelta(days=index % 30),
                    }
                    for index in range(count)
                ]
            )
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return lines

    def _count_decision(self, count):
        """Return the queries of the decision, with its accounts, and those of writing it."""
        lines = self._make_hours(count)
        queries = self.env.cr.sql_log_count
        plan = lines._plan()
        decided = self.env.cr.sql_log_count - queries
        kinds = [values["cover_kind"] for __, wanted in plan for values in wanted]
        self.assertEqual((set(kinds), len(plan)), ({"contract", "exhausted"}, count))
        lines._apply(plan)
        self.env.flush_all()
        return decided, self.env.cr.sql_log_count - queries - decided

    def test_decide(self):
        some, more = self._count_decision(100), self._count_decision(1000)
        self.assertLessEqual(more[0], 20)
        self.assertLessEqual(more[0], some[0], "the queries must not grow with the lines")
        # the ORM writes a hundred rows with each statement
        self.assertLessEqual(more[1], some[1] + 2 * 10, "nor those of writing, but for the ORM's batches")
