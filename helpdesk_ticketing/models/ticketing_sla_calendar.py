import hashlib
import json
from datetime import date, datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import ormcache

from ..tools.business_time import ALWAYS, CLOSED, WORK, BeyondHorizon, Timeline

# Years before and after this one that a promise keeps. What reaches further is asked of the calendar as it is then.
YEARS_BEFORE, YEARS_AFTER = 1, 3
DAY = 24 * 3600  # seconds
# What a transaction makes has the moment of its beginning, in whole seconds or finer.
UNSURE = timedelta(seconds=1)


def _new_year(year):
    return datetime.combine(date(year, 1, 1), time.min)  # naive UTC


EPOCH = _new_year(1970)


class _NotKept(Exception):
    """A frozen calendar may not be remembered; carries its id, if there is one in this transaction."""

    def __init__(self, found_id):
        super().__init__(found_id)
        self.found_id = found_id


class TicketingSlaCalendar(models.Model):
    """Working hours and holidays as they were when something was promised by them; they never change.

    One record for each version of a calendar that was ever used, told apart by a digest of its content. No record at
    all stands for 24 hours, 7 days.
    """

    _name = "ticketing.sla.calendar"
    _description = "Promised Business Hours"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    calendar_id = fields.Many2one("resource.calendar", readonly=True, ondelete="set null", index=True)
    company_id = fields.Many2one("res.company", readonly=True, required=True, ondelete="cascade")
    digest = fields.Char(readonly=True, required=True, index=True)
    start = fields.Datetime(readonly=True, required=True)
    end = fields.Datetime(readonly=True, required=True)
    content = fields.Json(
        readonly=True, help="Intervals [start, end] and holidays [start, end, name], in Unix seconds."
    )
    seconds_per_day = fields.Integer("Working Day (seconds)", readonly=True, required=True)

    @api.model
    def _freeze(self, calendar, company):
        """Return a calendar as it is now, with the holidays of a company: (its record here, seconds of a working day).

        :param calendar: resource.calendar
        :param company: res.company
        """
        content = self._get_content(calendar.id, company.id, fields.Date.today().year)
        frozen = self.sudo()  # who opens a ticket need not be allowed to see or keep calendars
        found = frozen._find(content["digest"])
        if not found:
            found = frozen.create(
                {"name": calendar.sudo().name, "calendar_id": calendar.id, "company_id": company.id, **content}
            )
        return found, content["seconds_per_day"]

    @api.model
    def _find(self, digest):
        """Return the record of a digest, maybe none."""
        try:
            return self.browse(self._get_kept_id(digest))
        except _NotKept as error:
            return self.browse(error.found_id or ())

    @api.model
    @ormcache("digest", cache="stable")
    def _get_kept_id(self, digest):
        """Return the id of a digest's record. What this very transaction has made is not remembered: it may be undone.

        :raises _NotKept: there is none, or none that outlives a rollback
        """
        found = self.search_fetch([("digest", "=", digest)], ["create_date"], limit=1)
        if not found or found.create_date + UNSURE > self.env.cr.now():
            raise _NotKept(found.id)
        return found.id

    @api.model
    @ormcache("calendar_id", "company_id", "year", cache="stable")
    def _get_content(self, calendar_id, company_id, year):
        """Return what is frozen of a calendar, as values. Forgotten when its working hours or holidays change."""
        calendar = self.env["resource.calendar"].browse(calendar_id)
        start, end = _new_year(year - YEARS_BEFORE), _new_year(year + YEARS_AFTER + 1)
        content = {"work": [], "gaps": []}
        for part in calendar._business_explain(start, end, self.env["res.company"].browse(company_id)):
            moments = [int((moment - EPOCH).total_seconds()) for moment in (part.start, part.end)]
            if part.counted:
                content["work"].append(moments)
            elif part.reason not in (WORK, CLOSED):
                content["gaps"].append([*moments, part.reason])
        seconds_per_day = round(calendar.sudo().hours_per_day * 3600) or DAY  # a number, whoever asks
        text = json.dumps([calendar_id, company_id, year, seconds_per_day, content], sort_keys=True)
        return {
            "digest": hashlib.sha256(text.encode()).hexdigest(),
            "start": start,
            "end": end,
            "content": content,
            "seconds_per_day": seconds_per_day,
        }

    @ormcache("self.id", cache="stable")
    def _get_timeline(self):
        """Return the :class:`~..tools.business_time.Timeline` that was promised; of no record the one without an end."""
        if not self:
            return ALWAYS
        frozen = self.sudo()  # times, and names of public holidays

        def moment(seconds):
            return EPOCH + timedelta(seconds=seconds)

        return Timeline(
            [(moment(first), moment(last)) for first, last in frozen.content["work"]],
            frozen.start,
            frozen.end,
            [(moment(first), moment(last), name) for first, last, name in frozen.content["gaps"]],
        )

    def _get_deadlines(self, start, lengths):
        """Return when each length of work is done: [datetime (naive UTC) or False].

        :param datetime start: naive UTC
        :param lengths: [seconds of work]
        """
        pairs = [(start, seconds) for seconds in lengths]
        try:
            return [moment or False for moment in self._get_timeline().deadlines(pairs)]
        except BeyondHorizon:
            frozen = self.sudo()  # as above
            if not frozen.calendar_id:
                return [False] * len(pairs)
            return frozen.calendar_id._business_deadlines(pairs, frozen.company_id)

    def _get_elapsed(self, start, end):
        """Return the seconds of work between two moments (naive UTC)."""
        try:
            return self._get_timeline().elapsed(start, end)
        except BeyondHorizon:
            frozen = self.sudo()  # as above
            return frozen.calendar_id._business_elapsed(start, end, frozen.company_id) if frozen.calendar_id else 0

    def _explain(self, start, end):
        """Return the :class:`~..tools.business_time.Segment` list between two moments (naive UTC)."""
        try:
            return self._get_timeline().explain(start, end)
        except BeyondHorizon:
            frozen = self.sudo()  # as above
            return frozen.calendar_id._business_explain(start, end, frozen.company_id) if frozen.calendar_id else []
