"""Cases of working time: deadlines in the company's calendar, beside resource.calendar's own plan_hours."""

import random

from measure import Case, Side

from odoo import fields
from odoo.tools.date_utils import add

CALLS = 2000
CORE_CALLS = 100  # of the same


def cases(env, world):
    """Return the cases of deadlines: one by one, and many at once."""
    pairs = _pairs()
    company = env.company.id

    def calendar(env):
        company_record = env["res.company"].browse(company)
        return company_record.resource_calendar_id, company_record

    def single(env, prepared):
        calendar, company = prepared
        for start, seconds in pairs:
            calendar._business_deadline(start, seconds, company)

    def batch(env, prepared):
        calendar, company = prepared
        calendar._business_deadlines(pairs, company)

    def core(env, prepared):
        calendar, __ = prepared
        for start, seconds in pairs[:CORE_CALLS]:
            calendar.plan_hours(seconds / 3600, start, compute_leaves=True)

    ours, theirs = {"prepare": calendar, "per": CALLS}, {"prepare": calendar, "per": CORE_CALLS}
    return [
        Case("plan_hours, a call", Side(single, **ours), Side(core, **theirs), 1 / 300, 0),
        Case("plan_hours, in a batch", Side(batch, **ours), Side(core, **theirs), 1 / 1000, 0),
    ]


def _pairs():
    """Return [(start, seconds)]: within the last year, an hour to two weeks of work."""
    dice, now = random.Random(19), fields.Datetime.now()
    return [(add(now, seconds=-dice.randrange(365 * 86400)), dice.randrange(1, 80) * 3600) for __ in range(CALLS)]
