"""Working time against core's own methods: equal to the second, and where not, core's defect by its name."""

import random
from collections import Counter
from datetime import datetime, timedelta

import pytz

from odoo.tests import TransactionCase, tagged

from . import business_calendars as kinds
from .business_calendars import make_calendar, make_holiday

DEADLINES = SPANS = 850  # cases for each of the calendars
CASES = 20_000  # at least, in all
YEAR = datetime(2026, 1, 1)


def rounded(moment):
    """Return what core answers in whole seconds: it calculates with binary fractions of hours."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


@tagged("post_install", "-at_install")
class TestAgainstCore(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.other = cls.env["res.company"].create({"name": "Another company"})
        cls.domain = [("time_type", "=", "leave"), ("company_id", "in", [False, cls.company.id])]
        cls.env["resource.calendar.leaves"].search([]).unlink()
        cls.calendars = cls._make_calendars()
        cls._make_holidays()

    @classmethod
    def _make_calendars(cls):
        """Return [(calendar, time zone to ask in or None)]."""
        hours = {
            "split": kinds.SPLIT,
            "by weekday": kinds.BY_WEEKDAY,
            "always": kinds.ALWAYS_OPEN,
            "nights": kinds.NIGHTS,
            "two weeks": kinds.WEEKS,
        }
        made = [
            (make_calendar(cls.env, f"{name} {zone}", zone, hours[name]), asked)
            for name, zone, asked in (
                ("split", "Europe/Madrid", None),
                ("split", "Pacific/Chatham", None),
                ("by weekday", "America/New_York", None),
                ("by weekday", "Asia/Kolkata", None),
                ("always", "UTC", None),
                ("always", "Europe/Madrid", None),
                ("nights", "Europe/Madrid", None),
                ("nights", "America/New_York", None),
                ("two weeks", "Pacific/Chatham", None),
                ("two weeks", "Europe/Madrid", None),
                ("two weeks", "UTC", "Asia/Kolkata"),
                ("split", "UTC", "America/New_York"),
            )
        ]
        made[0][0].company_id = cls.company
        return made

    @classmethod
    def _make_holidays(cls):
        def holiday(*args, company=cls.company, **values):
            return make_holiday(cls.env, company, *args, **values)

        holiday("Epiphany", "2026-01-05 23:00:00", "2026-01-06 22:59:59")
        holiday("Strike, some hours", "2026-03-12 09:17:30", "2026-03-12 11:42:10")
        holiday("Fallas", "2026-03-18 23:00:00", "2026-03-19 23:00:00")
        holiday("Night of the clocks", "2026-03-28 12:00:00", "2026-03-29 01:15:00")
        holiday("Summer", "2026-08-03 00:00:00", "2026-08-17 00:00:00")
        holiday("Within the summer", "2026-08-05 00:00:00", "2026-08-06 00:00:00")
        holiday("After the summer", "2026-08-17 00:00:00", "2026-08-18 12:00:00")
        for calendar, __ in cls.calendars[::2]:
            holiday("Of this calendar", "2026-10-09 05:00:00", "2026-10-12 20:00:00", calendar=calendar)
        holiday("Of everybody", "2026-12-24 12:00:00", "2026-12-26 12:00:00", company=cls.env["res.company"])
        # what must not count
        holiday("Another company's", "2026-05-01 00:00:00", "2026-05-20 00:00:00", company=cls.other)
        holiday("Training", "2026-06-01 00:00:00", "2026-06-10 00:00:00", time_type="other")
        somebody = cls.env["resource.resource"].create({"name": "Somebody", "calendar_id": cls.calendars[0][0].id})
        holiday("Of one person", "2026-07-01 00:00:00", "2026-07-15 00:00:00", resource_id=somebody.id)

    def _questions(self, calendar, zone, count, dice):
        """Yield (start, end): anywhere in the year, about the change of clocks, and exactly at opening and closing."""
        timeline = calendar._get_business_timeline(self.company, zone, until=datetime(2029, 1, 1), since=YEAR)
        parts = timeline.explain(YEAR, datetime(2027, 1, 1))
        edges = [part.end for part in parts[:-1]] or [YEAR]
        changes = [
            moment
            for moment in getattr(pytz.timezone(zone or calendar.tz), "_utc_transition_times", [])
            if moment.year == YEAR.year
        ] or edges
        for __ in range(count):
            kind = dice.random()
            if kind < 0.4:
                start = YEAR + timedelta(seconds=dice.randrange(365 * 86400))
            elif kind < 0.6:
                start = dice.choice(changes) + timedelta(seconds=dice.randrange(-2 * 86400, 86400))
            else:
                start = dice.choice(edges) + timedelta(seconds=dice.choice((-1, 0, 0, 0, 1)))
            span = dice.choice((8 * 3600, 86400, 86400, 3 * 86400, 20 * 86400))
            end = start + timedelta(seconds=dice.randrange(span))
            if dice.random() < 0.3:
                end = next((edge for edge in edges if edge >= end), end)
            yield start, end

    def test_equal_to_core(self):
        dice = random.Random(19)
        found, unexplained = Counter(), []
        for calendar, zone in self.calendars:
            core = calendar.with_context(employee_timezone=zone and pytz.timezone(zone))
            for start, end in self._questions(calendar, zone, SPANS, dice):
                ours = calendar._business_elapsed(start, end, self.company, zone)
                theirs = core.get_work_hours_count(start, end, domain=self.domain) * 3600
                found["spans"] += 1
                if ours != round(theirs):
                    unexplained.append((calendar.name, start, end, ours, theirs))
            for start, end in self._questions(calendar, zone, DEADLINES, dice):
                seconds = calendar._business_elapsed(start, end, self.company, zone)
                if dice.random() < 0.3:
                    seconds = dice.randrange(200) * 900
                ours = calendar._business_deadline(start, seconds, self.company, zone)
                theirs = core.plan_hours(seconds / 3600, start, compute_leaves=True, domain=self.domain)
                found["deadlines"] += 1
                if ours == rounded(theirs):
                    continue
                found["jumps"] += 1
                if not self._is_float_residue(core, ours, theirs, start, seconds):
                    unexplained.append((calendar.name, start, seconds, ours, theirs))
        self.assertFalse(unexplained[:10], f"{len(unexplained)} differ")
        self.assertGreaterEqual(found["spans"] + found["deadlines"], CASES)

    def _is_float_residue(self, core, ours, theirs, start, seconds):
        """Whether core only missed the closing time by what is left of a binary fraction: then a millisecond less of
        work is done at our deadline, and core's is the next opening."""
        zone = core.env.context["employee_timezone"]
        less = core.plan_hours((seconds - 0.001) / 3600, start, compute_leaves=True, domain=self.domain)
        opening = core._business_deadline(ours, 0, self.company, zone and zone.zone)
        return rounded(less) == ours < opening == rounded(theirs)

    # Core's defects, by name

    def test_core_leaves_a_residue_at_closing_time(self):
        """A day's work from 8:10 is done when the desk closes; core waits for the morning with 0.000000000001 of it."""
        calendar = self.calendars[0][0]
        start, seconds = datetime(2026, 3, 2, 7, 10), 8 * 3600 + 20 * 60
        theirs = calendar.plan_hours(seconds / 3600, start, compute_leaves=True, domain=self.domain)
        self.assertEqual(rounded(theirs), datetime(2026, 3, 3, 7))
        closing = datetime(2026, 3, 2, 17, 30)
        self.assertEqual(calendar._business_deadline(start, seconds, self.company), closing)
        self.assertEqual(calendar._business_elapsed(start, closing, self.company), seconds)

    def test_core_loses_a_microsecond_at_midnight(self):
        """A day that ends at 24:00 ends a microsecond earlier in core: ten days around the clock take longer."""
        calendar = next(calendar for calendar, __ in self.calendars if calendar.name == "always UTC")
        start = datetime(2026, 4, 1, 12)
        theirs = calendar.plan_hours(240, start, compute_leaves=True, domain=self.domain)
        self.assertEqual(theirs, datetime(2026, 4, 11, 12, 0, 0, 10))
        ours = calendar._business_deadline(start, 240 * 3600, self.company)
        self.assertEqual(ours, datetime(2026, 4, 11, 12))
        self.assertEqual(calendar._business_elapsed(start, ours, self.company), 240 * 3600)
        counted = calendar.get_work_hours_count(start, ours, domain=self.domain) * 3600
        self.assertAlmostEqual(counted, 240 * 3600 - 10e-6, places=6)

    def test_core_counts_the_holidays_of_every_company(self):
        calendar = next(calendar for calendar, __ in self.calendars if calendar.name == "always UTC")
        start = datetime(2026, 4, 30, 12)
        theirs = calendar.sudo().plan_hours(24, start, compute_leaves=True)
        self.assertEqual(rounded(theirs), datetime(2026, 5, 20, 12))
        self.assertEqual(calendar._business_deadline(start, 86400, self.company), datetime(2026, 5, 1, 12))
        self.assertEqual(calendar._business_deadline(start, 86400, self.other), datetime(2026, 5, 20, 12))

    def test_core_gives_up_after_1400_days(self):
        calendar = self.calendars[0][0]
        make_holiday(self.env, self.company, "Closed", "2027-01-01 00:00:00", "2031-01-01 00:00:00")
        start = datetime(2026, 12, 31, 20)
        self.assertFalse(calendar.plan_hours(1, start, compute_leaves=True, domain=self.domain))
        self.assertEqual(calendar._business_deadline(start, 3600, self.company), datetime(2031, 1, 1, 8))

    def test_core_asks_again_and_again_of_an_empty_calendar(self):
        calendar = make_calendar(self.env, "Empty", "UTC", [])
        before = self.cr.sql_log_count
        self.assertFalse(calendar.plan_hours(1, YEAR, compute_leaves=True, domain=self.domain))
        self.assertGreater(self.cr.sql_log_count - before, 100)
        before = self.cr.sql_log_count
        self.assertFalse(calendar._business_deadline(YEAR, 3600, self.company))
        self.assertLess(self.cr.sql_log_count - before, 5)

    def test_core_keeps_microseconds(self):
        """Core plans from a moment with its microseconds; we answer in the whole seconds that are stored."""
        calendar = self.calendars[0][0]
        start = datetime(2026, 3, 2, 9, 0, 0, 700000)
        theirs = calendar.plan_hours(1, start, compute_leaves=True, domain=self.domain)
        self.assertEqual(theirs, datetime(2026, 3, 2, 10, 0, 0, 700000))
        self.assertEqual(calendar._business_deadline(start, 3600, self.company), datetime(2026, 3, 2, 10))
