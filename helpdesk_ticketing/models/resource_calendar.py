from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from pytz import timezone, utc

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools.date_utils import localized

from ..tools.business_time import BeyondHorizon, Timeline

BASE = 2  # years before and after this one for which a timeline is made at first
CHUNK = 5  # years by which further ones grow, so that there are few of them
SEARCHED = (5, 20)  # years in which a deadline is looked for until there is none
LONGEST = 30  # years that are kept
FORGOTTEN = "ticketing.business.timelines"
NAMED = 3  # of each kind, who counts in a calendar
HOLIDAY = "holiday"  # the reason where nobody wrote one
# What a timeline is made of; the working hours themselves are records of their own.
TIMELINE_FIELDS = {"tz", "two_weeks_calendar", "flexible_hours", "schedule_type"}


class ResourceCalendar(models.Model):
    """Working time in seconds, as naive UTC datetimes, for a company (its holidays) in a time zone.

    Asked of a timeline that is kept until working hours or holidays change, so that a question costs no query.
    Flexible calendars have no intervals of their own - what core answers depends on the period asked for - and are
    asked of core each time.
    """

    _inherit = "resource.calendar"

    # What others call

    def _business_deadline(self, start, seconds, company, tz=None):
        """Return the moment at which a length of work is done.

        It is at closing time where work ends with the working hours; no work at all is done at the start, or at the
        next opening if the start is outside of the working hours.

        :param datetime start: naive UTC; microseconds are cut off
        :param int seconds: of work
        :param company: res.company whose holidays count
        :param str tz: time zone of the working hours, default that of the calendar
        :return: datetime (naive UTC), False if that much is not worked within twenty years
        """
        timeline = self._get_business_base(company.id, tz)
        if timeline is None:
            return self._business_deadline_flexible(start, seconds, company, tz)
        try:
            return timeline.deadline(start, seconds) or False
        except BeyondHorizon:
            return self._business_deadline_far(start, seconds, company, tz)

    def _get_next_opening(self, moment, company, tz=None):
        """Return a moment itself within working time, or where nothing tells when work is done; else the next opening.

        :param datetime moment: naive UTC
        :param company: res.company whose holidays count
        :param str tz: time zone of the working hours, default that of the calendar
        :return: datetime (naive UTC)
        """
        if not self or self.sudo().flexible_hours:  # see _get_business_core
            return moment
        return self._business_deadline(moment, 0, company, tz or None) or moment

    def _business_deadlines(self, pairs, company, tz=None):
        """Return the moments at which lengths of work are done, see :meth:`_business_deadline`.

        :param pairs: [(start, seconds)], naive UTC datetimes and seconds of work
        :return: [datetime (naive UTC) or False]
        """
        timeline = self._get_business_base(company.id, tz)
        if timeline is None:
            return self._business_deadlines_singly(pairs, company, tz)
        try:
            return [moment or False for moment in timeline.deadlines(pairs)]
        except BeyondHorizon:  # one of them is far
            return self._business_deadlines_singly(pairs, company, tz)

    def _business_elapsed(self, start, end, company, tz=None):
        """Return the seconds of work between two moments; 0 if the end is not after the start.

        :param datetime start: naive UTC; microseconds are cut off
        :param datetime end: naive UTC; microseconds are cut off
        :param company: res.company whose holidays count
        :param str tz: time zone of the working hours, default that of the calendar
        """
        if start >= end:
            return 0
        timeline = self._get_business_timeline(company, tz, until=end, since=start)
        if timeline is not None:
            return timeline.elapsed(start, end)
        calendar, domain = self._get_business_core(company.id, tz)
        start, end = start.replace(microsecond=0), end.replace(microsecond=0)
        return round(calendar.get_work_hours_count(start, end, domain=domain) * 3600)

    def _business_explain(self, start, end, company, tz=None):
        """Return what the time between two moments consists of.

        :param datetime start: naive UTC; microseconds are cut off
        :param datetime end: naive UTC; microseconds are cut off
        :param company: res.company whose holidays count
        :param str tz: time zone of the working hours, default that of the calendar
        :return: list of :class:`~..tools.business_time.Segment`; their reason is "work", "closed", the name of a holiday,
            or "holiday" if it has none
        """
        if start >= end:
            return []
        timeline = self._get_business_timeline(company, tz, until=end, since=start)
        if timeline is None:
            timeline = self._make_business_timeline(company.id, tz, start, end)
        return timeline.explain(start, end)

    def _get_business_timeline(self, company, tz=None, until=None, since=None):
        """Return the timeline of this calendar, kept until working hours or holidays change.

        :param company: res.company whose holidays count
        :param str tz: time zone of the working hours, default that of the calendar
        :param datetime until: its horizon reaches at least this moment (naive UTC)
        :param datetime since: its horizon begins at this moment at the latest (naive UTC)
        :return: :class:`~..tools.business_time.Timeline`, None for a flexible calendar
        """
        base = self._get_business_base(company.id, tz)
        if base is None or base.end is None:
            return base
        if (until is None or until <= base.end) and (since is None or since >= base.start):
            return base
        first, last = (since or base.start).year, (until or base.end).year
        first, last = max(first - first % CHUNK, 1), last - last % CHUNK + CHUNK
        if last - first > LONGEST:  # nobody's service level: answered, not kept
            return self._make_business_timeline(company.id, tz, since or base.start, until or base.end)
        return self._get_business_years(company.id, tz, first, last)

    def _check_has_hours(self):
        """Refuse calendars in which nobody ever works, where a deadline would never come."""
        for calendar in self:
            if not calendar._has_business_hours():
                raise ValidationError(
                    self.env._(
                        "“%s” has no working hours, so nothing would ever be due in it. "
                        "Add working hours to it, or choose another calendar.",
                        calendar.name,
                    )
                )

    def _has_business_hours(self):
        self.ensure_one()
        calendar = self.sudo()  # whether there are any is the same for everybody
        if calendar.flexible_hours:
            return calendar.hours_per_day > 0 and calendar.full_time_required_hours > 0
        return any(
            attendance._is_work_period() and attendance.hour_from < attendance.hour_to
            for attendance in calendar.attendance_ids
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_promised(self):
        """What is counted in it would silently be counted in other hours."""
        for calendar in self:
            if users := calendar._get_promise_users():
                raise UserError(
                    self.env._(
                        "“%(calendar)s” can't be deleted, for %(users)s count in it. "
                        "Choose other business hours there first, or archive these.",
                        calendar=calendar.name,
                        users=", ".join(users),
                    )
                )

    def _get_promise_users(self):
        """Return the names of the policies, teams and customers that count in these business hours."""
        self.ensure_one()
        everything = self.sudo().with_context(active_test=False).env  # nobody loses hours for being out of sight
        names = []
        for model, name in (
            ("ticketing.sla.policy", "calendar_id"),
            ("ticketing.team", "resource_calendar_id"),
            ("res.partner", "ticketing_calendar_id"),
        ):
            names += everything[model].search([(name, "=", self.id)], limit=NAMED).mapped("display_name")
        return names

    # How it is answered

    def _business_deadlines_singly(self, pairs, company, tz):
        return [self._business_deadline(start, seconds, company, tz) for start, seconds in pairs]

    def _business_deadline_far(self, start, seconds, company, tz):
        """Look for a deadline beyond the usual horizon, in steps."""
        for years in SEARCHED:
            until = start + relativedelta(years=years)
            try:
                return self._get_business_timeline(company, tz, until, since=start).deadline(start, seconds) or False
            except BeyondHorizon:
                continue
        return False

    def _business_deadline_flexible(self, start, seconds, company, tz):
        if not self._has_business_hours():
            return False
        calendar, domain = self._get_business_core(company.id, tz)
        start = start.replace(microsecond=0)
        moment = calendar.plan_hours(seconds / 3600, start, compute_leaves=True, domain=domain)
        return moment and _round(moment)

    def _get_business_core(self, company_id, tz):
        """Return this calendar and the domain of holidays as core's methods want them."""
        self.ensure_one()
        # The answer is kept for everybody, so it must not depend on who asks first: not on his companies, nor on his
        # rights. It is times, and names of public holidays; who may see those is decided where they are shown.
        calendar = self.sudo().with_context(employee_timezone=timezone(tz) if tz else None)
        # Without the company, and all the more in sudo, core counts the holidays of every company.
        return calendar, [("time_type", "=", "leave"), ("company_id", "in", [False, company_id])]

    @tools.ormcache("self.id", "company_id", "tz", cache="stable")
    def _get_business_base(self, company_id, tz):
        if self.sudo().flexible_hours:  # see _get_business_core
            return None
        if not self._has_business_hours():
            return Timeline((), None, None)
        year = fields.Date.today().year
        return self._make_business_timeline(company_id, tz, _new_year(year - BASE), _new_year(year + BASE + 1))

    @tools.ormcache("self.id", "company_id", "tz", "first", "last", cache="stable")
    def _get_business_years(self, company_id, tz, first, last):
        return self._make_business_timeline(company_id, tz, _new_year(first), _new_year(last))

    def _make_business_timeline(self, company_id, tz, start, end):
        """Make a timeline of core's intervals.

        :param datetime start: of its horizon (naive UTC)
        :param datetime end: of its horizon (naive UTC)
        """
        start, end = start.replace(microsecond=0), end.replace(microsecond=0)
        calendar, domain = self._get_business_core(company_id, tz)
        options = {"domain": domain, "tz": timezone(tz or calendar.tz)}
        low, high = localized(start), localized(end)
        work = calendar._work_intervals_batch(low, high, **options)[False]
        holidays = calendar._leave_intervals_batch(low, high, **options)[False]
        return Timeline(
            [(_to_utc(first), _to_utc(last)) for first, last, __ in work],
            start,
            end,
            [
                (_round(leave.date_from), _round(leave.date_to), leave.name or HOLIDAY)
                for __, __, leaves in holidays
                for leave in leaves
            ],
        )

    # When it is forgotten

    @api.model
    def _forget_business_timelines(self):
        """Have every worker make its timelines anew: those that ask from now on, and those that asked until the commit.

        Until then another thread of this process sees the old hours, and could keep what it makes of them for good.
        """
        self.env.registry.clear_cache("stable")
        postcommit = self.env.cr.postcommit
        if not postcommit.data.get(FORGOTTEN):
            postcommit.data[FORGOTTEN] = True
            postcommit.add(lambda: self.env.registry.clear_cache("stable"))

    def write(self, vals):
        if "tz" in vals and not vals["tz"]:
            raise UserError(
                self.env._(
                    "“%s” needs a time zone: without it nobody knows when its working hours begin. Choose one.",
                    ", ".join(self.mapped("name")),
                )
            )
        result = super().write(vals)
        if not TIMELINE_FIELDS.isdisjoint(vals):
            self._forget_business_timelines()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_business_timelines()  # its holidays lose it in the database and become those of every calendar
        return result


def _new_year(year):
    return datetime.combine(date(year, 1, 1), time.min)


def _round(moment):
    """Return a moment in whole seconds: the end of a day is a microsecond short of midnight in core."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def _to_utc(moment):
    return _round(moment.astimezone(utc).replace(tzinfo=None))
