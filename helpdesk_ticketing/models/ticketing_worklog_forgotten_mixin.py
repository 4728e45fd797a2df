from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import LockError

from ..tools.moments import say_moment, say_time

REMINDER = "helpdesk_ticketing.activity_type_timer"


class TicketingWorklogForgottenMixin(models.AbstractModel):
    """Timers that somebody forgot: he is reminded, then they end with his working day, for him to confirm."""

    _name = "ticketing.worklog.forgotten.mixin"
    _description = "Working Time: Forgotten Timers"

    reminded_on = fields.Datetime(readonly=True)

    @api.model
    def _cron_forgotten(self):
        """Remind of timers that run long, and cap those that outlast the working day; each stands for itself."""
        now = fields.Datetime.now()
        running = self.search([("state", "=", "running"), ("kind", "=", "work")])
        self.env["ir.cron"]._commit_progress(remaining=len(running))
        for worklog in running:
            try:
                worklog.lock_for_update(allow_referencing=True)
            except LockError:  # its person is at it
                continue
            worklog.invalidate_recordset(["state"])
            if worklog.state == "running":
                worklog._care_for(now)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _care_for(self, now):
        """Cap a running timer, or remind of it, if it is time."""
        end, team = self._get_day_end(), self.ticket_id.team_id
        if end <= now - timedelta(hours=team.timer_cap_hours):
            self._end(end, "cap", to_confirm=True)
            self._tell_capped(end)
        elif not self.reminded_on and team.timer_remind_hours:
            if now >= min(end, self.started_on + timedelta(hours=team.timer_remind_hours)):
                self.sudo().reminded_on = now  # a scheduled action runs as superuser
                self._tell_running()

    def _get_day_end(self):
        """Return when the working day in which it was begun ends (naive UTC).

        Work begun after hours or on a holiday has no working day: it ends when its person would be reminded.
        """
        employee, company = self.employee_id, self.company_id
        zone = timezone(self._get_zone())
        local = utc.localize(self.started_on).astimezone(zone)
        midnight = zone.localize(datetime.combine(local.date() + timedelta(days=1), time.min))
        midnight = midnight.astimezone(utc).replace(tzinfo=None)
        calendar = employee.resource_calendar_id or company.resource_calendar_id
        segments = calendar._business_explain(self.started_on, midnight, company, zone.zone) if calendar else []
        ends = [segment.end for segment in segments if segment.counted]
        return max(ends, default=self.started_on + timedelta(hours=max(self.ticket_id.team_id.timer_remind_hours, 1)))

    # Telling, in the person's language and time zone

    def _in_words_of_person(self):
        return self.with_context(lang=self.user_id.lang or self.env.lang, tz=self._get_zone())

    def _tell_running(self):
        worklog = self._in_words_of_person()
        since = say_moment(worklog.env, self.started_on)
        worklog._remind(
            worklog.env._("Your timer is still running"),
            worklog.env._("It has been running since %s. Stop it if you have finished.", since),
        )

    def _tell_capped(self, end):
        worklog = self._in_words_of_person()
        worklog._withdraw_reminder()
        worklog._remind(
            worklog.env._("Your timer was capped at %s", say_time(worklog.env, end)),
            worklog.env._(
                "It had been running since %s, beyond the end of your working day. Press 'Stop' to confirm the time, or "
                "correct it in 'My Working Time'.",
                say_moment(worklog.env, self.started_on),
            ),
        )
        self.sudo().reminded_on = fields.Datetime.now()  # so that it is withdrawn once it is confirmed

    def _remind(self, summary, note):
        self.ticket_id.activity_schedule(REMINDER, summary=summary, note=note, user_id=self.user_id.id)

    def _withdraw_reminder(self):
        """What was asked of the person is done."""
        for worklog in self.sudo().filtered("reminded_on"):  # the activity is the add-on's own
            worklog.ticket_id.activity_unlink([REMINDER], user_id=worklog.user_id.id)
