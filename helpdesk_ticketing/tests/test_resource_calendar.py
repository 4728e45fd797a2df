from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged

from . import business_calendars as kinds
from .business_calendars import make_calendar, make_holiday

HOUR, DAY = 3600, 8.5 * 3600
MONDAY = datetime(2026, 3, 2, 9)  # 10:00 in Madrid


class CalendarCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.other = cls.env["res.company"].create({"name": "Another company"})
        cls.env["resource.calendar.leaves"].search([]).unlink()
        cls.calendar = make_calendar(cls.env, "Office", "Europe/Madrid", kinds.SPLIT)

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(MONDAY))

    def _deadline(self, hours=3, start=MONDAY, company=None, **options):
        return self.calendar._business_deadline(start, hours * HOUR, company or self.company, **options)

    def _timeline(self):
        return self.calendar._get_business_timeline(self.company)

    def _explain(self, start, end):
        parts = self.calendar._business_explain(start, end, self.company)
        return [(f"{part.start:%d %H:%M}", f"{part.end:%d %H:%M}", part.reason) for part in parts]


@tagged("post_install", "-at_install")
class TestBusinessCalendar(CalendarCase):
    """What is asked of a calendar."""

    def test_deadline(self):
        self.assertEqual(self._deadline(0), MONDAY)
        self.assertEqual(self._deadline(3), datetime(2026, 3, 2, 12), "closing time, not the next opening")
        self.assertEqual(self._deadline(3.5), datetime(2026, 3, 2, 14, 30), "over lunch")
        self.assertEqual(self._deadline(0, datetime(2026, 3, 2, 12)), datetime(2026, 3, 2, 14), "the next opening")
        saturday = datetime(2026, 3, 28, 10)  # the clocks change in the night
        self.assertEqual(self._deadline(1, saturday), datetime(2026, 3, 30, 7))
        self.assertEqual(self._deadline(1, saturday, tz="America/New_York"), datetime(2026, 3, 30, 13))
        pairs = [(MONDAY, 3 * HOUR), (saturday, HOUR), (datetime(2015, 3, 2, 9), HOUR)]
        self.assertEqual(
            self.calendar._business_deadlines(pairs, self.company),
            [self._deadline(seconds / HOUR, start) for start, seconds in pairs],
        )

    def test_elapsed(self):
        friday, monday = datetime(2026, 3, 6, 17), datetime(2026, 3, 9, 8)
        self.assertEqual(self.calendar._business_elapsed(friday, monday, self.company), 1.5 * HOUR)
        self.assertEqual(self.calendar._business_elapsed(monday, friday, self.company), 0)
        self.assertEqual(self.calendar._business_elapsed(friday, monday, self.company, tz="UTC"), 1.5 * HOUR)
        self.assertEqual(self.calendar._business_elapsed(friday, monday, self.company, tz="Asia/Kolkata"), 5 * HOUR)

    def test_explain(self):
        make_holiday(self.env, self.company, "Fallas", "2026-03-02 23:00:00", "2026-03-03 22:59:59")
        make_holiday(self.env, self.company, "", "2026-03-04 14:00:00", "2026-03-04 15:00:00")
        make_holiday(self.env, self.other, "Not ours", "2026-03-04 09:00:00", "2026-03-04 10:00:00")
        self.assertEqual(
            self._explain(MONDAY, datetime(2026, 3, 4, 16)),
            [
                ("02 09:00", "02 12:00", "work"),
                ("02 12:00", "02 14:00", "closed"),
                ("02 14:00", "02 17:30", "work"),
                ("02 17:30", "02 23:00", "closed"),
                ("02 23:00", "03 22:59", "Fallas"),
                ("03 22:59", "04 07:00", "closed"),
                ("04 07:00", "04 12:00", "work"),
                ("04 12:00", "04 14:00", "closed"),
                ("04 14:00", "04 15:00", "holiday"),
                ("04 15:00", "04 16:00", "work"),
            ],
        )
        self.assertEqual(self._explain(MONDAY, MONDAY), [])

    def test_no_queries_once_made(self):
        self._timeline()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            self._deadline()
            self.calendar._business_deadlines([(MONDAY, HOUR)] * 100, self.company)
            self.calendar._business_elapsed(MONDAY, MONDAY + timedelta(days=300), self.company)
            self.calendar._business_explain(MONDAY, MONDAY + timedelta(days=30), self.company)

    def test_made_with_few_queries_however_long(self):
        def queries(**horizon):
            self.env.registry.clear_cache("stable")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.calendar._get_business_timeline(self.company, **horizon)
            return self.cr.sql_log_count - before

        short, long = queries(), queries(until=datetime(2040, 1, 1))
        self.assertLessEqual(short, 6)
        self.assertLessEqual(long, short + 3, "the usual one, then the longer one")

    def test_far_away(self):
        per_year = 52 * 5 * 8.5
        for hours, start in ((8 * per_year, MONDAY), (1, datetime(2001, 3, 2, 9)), (1, datetime(2090, 3, 2, 9))):
            deadline = self._deadline(hours, start)
            self.assertEqual(self.calendar._business_elapsed(start, deadline, self.company), hours * HOUR)
        self.assertFalse(self._deadline(30 * per_year), "nobody promises that")
        first, last = datetime(1990, 1, 4, 8), datetime(2026, 3, 2, 9)  # more than is kept
        days = sum(date.fromordinal(day).weekday() < 5 for day in range(first.toordinal(), last.toordinal()))
        self.assertEqual(self.calendar._business_elapsed(first, last, self.company), days * DAY + HOUR)
        parts = self.calendar._business_explain(first, last + timedelta(microseconds=5), self.company)
        self.assertEqual((parts[0].start, parts[-1].end), (first, last))

    def test_closed_for_ever(self):
        make_holiday(self.env, self.company, "Closed down", "2026-03-02 00:00:00", "2100-01-01 00:00:00")
        self.assertFalse(self._deadline())
        self.assertEqual(self.calendar._business_elapsed(MONDAY, datetime(2030, 1, 1), self.company), 0)

    def test_without_working_hours(self):
        lunch = {"name": "Lunch", "dayofweek": "0", "hour_from": 12, "hour_to": 13, "day_period": "lunch"}
        nothing = {"name": "Nothing", "dayofweek": "1", "hour_from": 12, "hour_to": 12}
        for lines in ([], [lunch, nothing]):
            self.calendar.attendance_ids.unlink()
            self.env["resource.calendar.attendance"].create(
                [{**line, "calendar_id": self.calendar.id} for line in lines]
            )
            with self.assertQueryCount(6):
                self.assertFalse(self._deadline())
            self.assertEqual(self.calendar._business_deadlines([(MONDAY, 1)], self.company), [False])
            self.assertEqual(self.calendar._business_elapsed(MONDAY, datetime(2030, 1, 1), self.company), 0)
            self.assertEqual(self._explain(MONDAY, MONDAY + timedelta(hours=1)), [("02 09:00", "02 10:00", "closed")])
            with self.assertRaisesRegex(ValidationError, "Office.*has no working hours"):
                self.calendar._check_has_hours()
        self.calendar.attendance_ids = [Command.clear(), Command.create({**nothing, "hour_to": 13})]
        self.calendar._check_has_hours()

    def test_flexible_hours_are_asked_of_core(self):
        self._deadline()
        self.calendar.write({"schedule_type": "flexible", "hours_per_day": 6, "full_time_required_hours": 30})
        make_holiday(self.env, self.other, "Not ours", "2026-03-01 00:00:00", "2026-03-20 00:00:00")
        self.assertIsNone(self._timeline())
        domain = [("time_type", "=", "leave"), ("company_id", "in", [False, self.company.id])]
        for hours in (1, 6, 10, 45):
            theirs = self.calendar.plan_hours(hours, MONDAY, compute_leaves=True, domain=domain)
            self.assertAlmostEqual(self._deadline(hours), theirs, delta=timedelta(seconds=0.5))
            self.assertFalse(self._deadline(hours).microsecond)
            self.assertEqual(
                self.calendar._business_deadlines([(MONDAY, hours * HOUR)], self.company), [self._deadline(hours)]
            )
        for days in (0.1, 1, 3, 10):
            end = MONDAY + timedelta(days=days)
            elapsed = self.calendar._business_elapsed(MONDAY, end, self.company)
            self.assertEqual(
                elapsed, round(self.calendar.get_work_hours_count(MONDAY, end, domain=domain) * HOUR), days
            )
            parts = self.calendar._business_explain(MONDAY, end + timedelta(microseconds=7), self.company)
            self.assertEqual((parts[0].start, parts[-1].end), (MONDAY, end))
            counted = sum((part.end - part.start).total_seconds() for part in parts if part.counted)
            self.assertAlmostEqual(counted, elapsed, delta=len(parts))
        self.assertNotEqual(self._deadline(6), self._deadline(6, tz="Pacific/Chatham"))
        self.calendar._check_has_hours()
        self.calendar.hours_per_day = 0
        self.env.flush_all()
        with self.assertQueryCount(3):
            self.assertFalse(self._deadline())
        with self.assertRaises(ValidationError):
            self.calendar._check_has_hours()

    def test_the_same_for_everybody(self):
        """What is kept does not depend on the rights, companies, language or zone of whoever asks first."""
        make_holiday(self.env, self.company, "Ours", "2026-03-02 00:00:00", "2026-03-03 00:00:00")
        expected = self._deadline()
        self.assertEqual(expected, datetime(2026, 3, 3, 10))
        portal = new_test_user(self.env, "calendar.portal", groups="base.group_portal")
        colleague = new_test_user(
            self.env,
            "calendar.colleague",
            groups="base.group_user",
            company_id=self.other.id,
            company_ids=[Command.set(self.other.ids)],
            tz="Asia/Kolkata",
        )
        for user in (portal, colleague):
            self.env.registry.clear_cache("stable")
            calendar = self.calendar.with_user(user).with_context(
                tz="Pacific/Chatham", employee_timezone="Asia/Tokyo", allowed_company_ids=user.company_id.ids
            )
            calendar.env.invalidate_all()
            self.assertEqual(calendar._business_deadline(MONDAY, 3 * HOUR, self.company), expected, user.login)
            self.assertEqual(self._deadline(), expected)

    def test_holidays_of_each_company(self):
        make_holiday(self.env, self.company, "Ours", "2026-03-02 00:00:00", "2026-03-03 00:00:00")
        self.assertEqual(self._deadline(), datetime(2026, 3, 3, 10))
        self.assertEqual(self._deadline(company=self.other), datetime(2026, 3, 2, 12))


@tagged("post_install", "-at_install")
class TestForgotten(CalendarCase):
    """What is kept follows every change of working hours and holidays, in every worker."""

    def setUp(self):
        super().setUp()
        self.assertEqual(self._deadline(), datetime(2026, 3, 2, 12))
        self.assertIs(self._timeline(), self._timeline(), "kept")
        self.env.registry.cache_invalidated.clear()

    def assertForgotten(self, deadline):
        self.assertEqual(self._deadline(), deadline)
        self.assertIn("stable", self.env.registry.cache_invalidated, "other workers are told at the commit")

    def _monday(self):
        return self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "0").sorted("hour_from")

    def test_working_hours_changed(self):
        self._monday()[0].hour_to = 12
        self.assertForgotten(datetime(2026, 3, 2, 15))

    def test_working_hours_added(self):
        line = {"name": "Lunch", "dayofweek": "0", "hour_from": 13, "hour_to": 15}
        self._monday()[0].hour_to = 12
        self.assertForgotten(datetime(2026, 3, 2, 15))
        self.env["resource.calendar.attendance"].create({**line, "calendar_id": self.calendar.id})
        self.assertForgotten(datetime(2026, 3, 2, 13))

    def test_working_hours_removed(self):
        self._monday()[1].unlink()
        self._monday()[0].unlink()
        self.assertForgotten(datetime(2026, 3, 3, 10))

    def test_time_zone(self):
        self.calendar.tz = "America/New_York"
        self.assertForgotten(datetime(2026, 3, 2, 16))

    def test_two_weeks(self):
        self.calendar.switch_calendar_type()
        first = self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "0" and not line.display_type)
        week = str(self.env["resource.calendar.attendance"].get_week_type(MONDAY.date()))
        first.filtered(lambda line: line.week_type == week).unlink()
        self.assertForgotten(datetime(2026, 3, 3, 10))

    def test_flexible(self):
        self.calendar.flexible_hours = True
        self.assertIsNone(self._timeline())

    def test_holiday_added_moved_renamed_and_removed(self):
        holiday = make_holiday(self.env, self.company, "Fallas", "2026-03-02 00:00:00", "2026-03-03 00:00:00")
        self.assertForgotten(datetime(2026, 3, 3, 10))
        holiday.date_to = datetime(2026, 3, 4)
        self.assertForgotten(datetime(2026, 3, 4, 10))
        holiday.name = "San José"
        self.assertIn("San José", [reason for __, __, reason in self._explain(MONDAY, datetime(2026, 3, 5))])
        holiday.calendar_id = make_calendar(self.env, "Elsewhere", "UTC", kinds.SPLIT)
        self.assertForgotten(datetime(2026, 3, 2, 12))
        holiday.calendar_id = False
        holiday.company_id = self.other
        self.assertForgotten(datetime(2026, 3, 2, 12))
        holiday.company_id = self.company
        self.assertForgotten(datetime(2026, 3, 4, 10))
        holiday.unlink()
        self.assertForgotten(datetime(2026, 3, 2, 12))

    def test_deleted_calendar(self):
        """Core leaves its holidays behind, as those of all calendars of the company."""
        deleted = make_calendar(self.env, "Elsewhere", "UTC", kinds.SPLIT)
        make_holiday(self.env, self.company, "Theirs", "2026-03-02 00:00:00", "2026-03-03 00:00:00", deleted)
        self.assertForgotten(datetime(2026, 3, 2, 12))
        deleted.unlink()
        self.env.invalidate_all()
        domain = [("time_type", "=", "leave"), ("company_id", "in", [False, self.company.id])]
        theirs = self.calendar.plan_hours(3, MONDAY, compute_leaves=True, domain=domain)
        self.assertForgotten(theirs)

    def test_time_off_of_a_person(self):
        """It is no holiday, and there is much of it: nothing is forgotten."""
        kept = self._timeline()
        somebody = self.env["resource.resource"].create({"name": "Somebody", "calendar_id": self.calendar.id})
        off = make_holiday(
            self.env, self.company, "Off", "2026-03-02 00:00:00", "2026-03-03 00:00:00", resource_id=somebody.id
        )
        off.date_to = datetime(2026, 3, 4)
        self.assertIs(self._timeline(), kept)
        off.resource_id = False
        off.calendar_id = self.calendar
        self.assertForgotten(datetime(2026, 3, 4, 10))
        off.resource_id = somebody
        self.assertForgotten(datetime(2026, 3, 2, 12))
        kept = self._timeline()
        off.unlink()
        self.assertIs(self._timeline(), kept)
