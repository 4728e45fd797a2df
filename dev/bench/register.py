"""Case of the register of working time: four years of fifty people as a spreadsheet, under constant memory."""

import ctypes
import tempfile
import threading
from contextlib import contextmanager
from datetime import date

import psutil
from measure import Case, Side

PEOPLE, YEARS = 50, 4
FIRST = date(2021, 1, 1)
MEGABYTE = 1 << 20
LIMIT = 16  # megabytes that four years may need more than one
# A day is two periods with a pause between them: four rows of the register.
PERIODS, EVENTS = ((9, 13, "pause"), (14, 18, "stop")), (("start", "pause"), ("resume", "stop"))


def cases(env, world):
    """Return the case of the export; its note says what it needed of memory."""
    company_id, found = env.company.id, {}

    def export(env, __):
        ctypes.CDLL("libc.so.6").malloc_trim(0)  # what filling has left behind would hide what is needed
        start = psutil.Process().memory_info().rss
        for years in (1, YEARS):
            values = {"date_from": FIRST, "date_to": date(FIRST.year + years, 1, 1), "company_id": company_id}
            wizard = env["ticketing.worklog.export"].create(values)
            with tempfile.TemporaryFile() as file:
                with _peak_memory() as peak:
                    wizard._write_xlsx(file)
                found[years] = (peak["rss"] - start) / MEGABYTE, file.tell() / MEGABYTE

    def note():
        (one, small), (four, large) = found[1], found[YEARS]
        verdict = "constant" if four - one < LIMIT else "IT GROWS"
        return (
            f"    {PEOPLE} people: {small:.0f} MB of spreadsheet for a year took {one:.1f} MB of memory, "
            f"{large:.0f} MB for {YEARS} years {four:.1f} MB: {verdict}"
        )

    return [Case(f"register, export of 1 + {YEARS} years", Side(export, prepare=_fill), rounds=1, note=note)]


@contextmanager
def _peak_memory():
    """Watch the memory of this process beside what it does: the dict that is given holds the most in the end."""
    process, done, peak = psutil.Process(), threading.Event(), {"rss": 0}

    def watch():
        while not done.wait(0.02):
            peak["rss"] = max(peak["rss"], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _fill(env):
    """Give fifty people four years of work: as SQL, since it is the reading that is measured; then chain it."""
    employees = env["hr.employee"].create([{"name": f"Bench worker {number}"} for number in range(PEOPLE)])
    env.flush_all()
    for period, events in zip(PERIODS, EVENTS, strict=True):
        _insert_periods(env, employees, period)
        for event in events:
            _insert_entries(env, employees, period, event)
    env["ticketing.worklog.entry"]._seal()
    env.cr.execute("ANALYZE ticketing_worklog, ticketing_worklog_entry")


def _insert_periods(env, employees, period):
    start, end, ended_by = period
    env.cr.execute(
        """
        INSERT INTO ticketing_worklog (employee_id, company_id, kind, source, state, started_on, ended_on, ended_by, date,
            seconds, hours)
        SELECT employee, %(company)s, 'work', 'timer', 'stopped', day + %(start)s * interval '1 hour',
            day + %(end)s * interval '1 hour', %(ended_by)s, day::date, %(hours)s * 3600, %(hours)s
          FROM unnest(%(employees)s) employee
         CROSS JOIN generate_series(%(first)s::timestamp, %(first)s::timestamp + %(years)s * interval '1 year', '1 day') day
         WHERE extract(isodow FROM day) < 6
        """,
        {
            "company": env.company.id,
            "start": start,
            "end": end,
            "hours": end - start,
            "ended_by": ended_by,
            "employees": employees.ids,
            "first": FIRST,
            "years": YEARS,
        },
    )


def _insert_entries(env, employees, period, event):
    env.cr.execute(
        """
        INSERT INTO ticketing_worklog_entry (worklog_id, company_id, employee_id, event, started_on, ended_on, author_id,
            recorded_on)
        SELECT id, company_id, employee_id, %(event)s, started_on, CASE WHEN %(ends)s THEN ended_on END, 1, started_on
          FROM ticketing_worklog
         WHERE employee_id = ANY(%(employees)s) AND extract(hour FROM started_on) = %(start)s
        """,
        {
            "event": event,
            "ends": event in ("pause", "stop"),
            "employees": employees.ids,
            "start": period[0],
        },
    )
