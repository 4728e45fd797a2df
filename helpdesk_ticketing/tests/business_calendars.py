"""Calendars of all kinds, for tests of working time."""

from datetime import datetime

from odoo import Command

SPLIT = [(day, start, end) for day in range(5) for start, end in ((8, 13), (15, 18.5))]
BY_WEEKDAY = [(0, 9, 17), (1, 8.25, 12.3333), (1, 12.3333, 19), (2, 6, 14), (3, 10.1, 20.9), (4, 7, 13), (5, 0, 0.5)]
ALWAYS_OPEN = [(day, 0, 24) for day in range(7)]
# Open in the hours which the change of the clocks leaves out or repeats, over midnight too.
NIGHTS = [(day, start, end) for day in range(7) for start, end in ((0, 2.5), (2.75, 3.25), (22, 24))]
WEEKS = [(day, 8, 16, "0") for day in range(4)] + [(day, 9.5, 13.75, "1") for day in range(1, 6)]


def make_calendar(env, name, tz, hours, **values):
    """Return a calendar without holidays, of no company unless one is given.

    :param hours: [(weekday from 0, from hour, to hour)] and the week ("0" or "1") if there are two
    """
    calendar = env["resource.calendar"].create(
        {
            "name": name,
            "tz": tz,
            "company_id": False,
            "two_weeks_calendar": any(len(line) > 3 for line in hours),
            "attendance_ids": [Command.clear()] + [Command.create(_attendance(*line)) for line in hours],
            **values,
        }
    )
    calendar.global_leave_ids.unlink()  # those which it copied from the company's calendar
    return calendar


def _attendance(day, start, end, week=False):
    return {
        "name": f"{day} {start}",
        "dayofweek": str(day),
        "hour_from": start,
        "hour_to": end,
        "week_type": week,
        "day_period": "full_day",
    }


def make_holiday(env, company, name, start, end, calendar=None, **values):
    """Return a holiday of a company, of all of its calendars unless one is given; start and end as text, UTC."""
    leave = env["resource.calendar.leaves"].create(
        {
            "name": name,
            "calendar_id": calendar.id if calendar else False,
            "date_from": datetime.fromisoformat(start),
            "date_to": datetime.fromisoformat(end),
            **values,
        }
    )
    leave.company_id = company
    return leave
