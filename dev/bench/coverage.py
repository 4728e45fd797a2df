"""Cases of coverage: a thousand entries of work decided at once, by contracts of so many hours a month."""

from datetime import timedelta

import chain
from measure import Case, Side

from odoo import fields

LINES, TICKETS = 1000, 20


def cases(env, world):
    """Return the cases of the decision: made, and made and written."""

    def prepare(env):
        return _undecided(env, world)

    return [
        Case(f"coverage: decide {LINES} entries", Side(_decide, prepare=prepare), queries=20),
        Case(f"coverage: decide and write {LINES}", Side(_write, prepare=prepare), rounds=3),
    ]


def _undecided(env, world):
    """Return hours on tickets of as many contracts, half of them more than is included, on which nothing is decided."""
    env.registry.clear_cache("stable")  # contracts of a round that was rolled back
    today = fields.Date.today()
    tickets = env["ticketing.ticket"].union(*(chain._ticket(env, world, index) for index in range(TICKETS)))
    employee = env["res.users"].browse(world.technician).employee_id
    for ticket in tickets:
        ticket._get_labour_line(True)
        ticket._get_labour_line(False)
    values = {"name": "Bench", "allowance": "month", "included_hours": 10, "date_start": today - timedelta(days=60)}
    contracts = env["ticketing.contract"].create(
        [{**values, "partner_id": customer.id} for customer in tickets.commercial_partner_id]
    )
    contracts.action_confirm()
    lines = env["account.analytic.line"]._as_deciding()
    project = tickets.team_id.project_id
    return lines.create(
        [
            {
                "ticket_id": tickets[index % TICKETS].id,
                "project_id": project.id,
                "employee_id": employee.id,
                "name": "Repair",
                "unit_amount": 0.5,
                "date": today - timedelta(days=index % 30),
            }
            for index in range(LINES)
        ]
    )


def _decide(env, lines):
    lines._plan()


def _write(env, lines):
    lines._decide_coverage()
