from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

CRON = "helpdesk_ticketing.ir_cron_sla_alarm"
BATCH = 5000  # promises that one statement advances
COLLISIONS = 10  # transactions of one run that may be repeated since somebody else was faster
LOCKED = timedelta(minutes=1)  # after which rows that somebody else had locked are tried again
# A planned run that is nearer than this may be over when the transaction that counts on it is committed.
MARGIN = timedelta(minutes=1)
# What a transaction leaves for its end, where it is done once.
WAKE, RESUMED, ENDED = "ticketing.sla.wake", "ticketing.sla.resumed", "ticketing.sla.ended"


class TicketingSlaAlarmMixin(models.AbstractModel):
    """What happens at the moments that a running clock has ahead: warnings, the breach, and what is late for long.

    One scheduled action wakes at the earliest of them. It advances all promises that are due with one statement and
    leaves a row for each alarm (``ticketing.sla.notice``) in the same transaction: an alarm is neither lost nor raised
    twice, whatever crashes. Telling people is the business of those rows.
    """

    _name = "ticketing.sla.alarm.mixin"
    _description = "Alarms of a Promise"

    alarm_moments = fields.Json("Next Alarms", readonly=True, help="[moment, percent] of each that is to come.")
    next_alarm_on = fields.Datetime("Next Alarm", readonly=True)
    alarmed_percent = fields.Integer("Alarmed at (%)", readonly=True)
    alarmed_on = fields.Datetime("Last Alarm", readonly=True, help="When somebody was last told.")

    @api.model_create_multi
    def create(self, vals_list):
        if moments := [vals["next_alarm_on"] for vals in vals_list if vals.get("next_alarm_on")]:
            self._wake(fields.Datetime.to_datetime(min(moments)))
        return super().create(vals_list)

    def _set_alarms(self, plan):
        self.alarm_moments = plan
        self.next_alarm_on = plan[0][0] if plan else False
        if plan:
            self._wake(self.next_alarm_on)

    # The scheduled action

    @api.model
    def _cron_alarm(self, batch=BATCH):
        """Raise the alarms that are due and tell those whom they concern. Any worker may run it."""
        now = fields.Datetime.now()
        notices = self.env["ticketing.sla.notice"]
        finished = self._repeat(lambda: self._advance(now, batch), batch)
        finished = finished and self._repeat(lambda: notices._tell_due(now), notices._get_batch_size())
        self._plan_next(now, finished)
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _repeat(self, step, batch):
        """Repeat a step, each time in a transaction of its own, until it finds no full batch or the time is up.

        :param step: returns of how many rows it has taken care
        :return: whether all is done
        """
        cron, collisions = self.env["ir.cron"], 0
        while True:
            try:
                count = step()
                seconds = cron._commit_progress(count, remaining=count if count == batch else 0)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                collisions += 1
                if collisions > COLLISIONS:
                    raise
                continue
            self.env.invalidate_all(flush=False)  # memory, and what others have changed meanwhile
            if count < batch or not seconds:
                return count < batch

    @api.model
    def _advance(self, now, batch):
        """Take promises whose next alarm is due one step further, and keep the alarms to be told of.

        :param datetime now: naive UTC
        :param int batch: promises at the most
        :return: how many there were
        """
        self.env.flush_all()
        rows = self.env.execute_query(self._get_advance_query(now, batch))
        if rows:
            self.env["ticketing.sla.notice"]._raise(rows, now)
            self._advance_tickets([ticket_id for __, ticket_id, *__ in rows])
            self.invalidate_model(flush=False)
        return len(rows)

    @api.model
    def _get_advance_query(self, now, batch):
        """Return the statement that advances promises; it returns (id, ticket id, percent before, percent now).

        It waits for nobody: what somebody is changing is left to the next run. Moments and percents are kept in the
        order of time, so that those that have come are the first ones.
        """
        return SQL(
            """
            WITH due AS (
                SELECT status.id
                  FROM ticketing_sla_status status JOIN ticketing_ticket ticket ON ticket.id = status.ticket_id
                 WHERE status.next_alarm_on <= %(now)s AND status.state IN ('running', 'breached')
                 ORDER BY status.next_alarm_on LIMIT %(batch)s
                   FOR NO KEY UPDATE OF status, ticket SKIP LOCKED
            ), passed AS (
                SELECT status.id, status.alarmed_percent AS percent_before, plan.percent, plan.ahead,
                       status.state = 'running' AND status.deadline <= %(now)s AS breaches
                  FROM due JOIN ticketing_sla_status status ON status.id = due.id
                 CROSS JOIN LATERAL (
                       SELECT max((alarm ->> 1)::int) FILTER (WHERE (alarm ->> 0)::timestamp <= %(now)s) AS percent,
                              COALESCE(
                                  jsonb_agg(alarm ORDER BY place) FILTER (WHERE (alarm ->> 0)::timestamp > %(now)s), '[]'
                              ) AS ahead
                         FROM jsonb_array_elements(status.alarm_moments) WITH ORDINALITY AS planned(alarm, place)
                     ) plan
            )
            UPDATE ticketing_sla_status status
               SET alarmed_percent = COALESCE(passed.percent, status.alarmed_percent),
                   alarm_moments = passed.ahead,
                   next_alarm_on = (passed.ahead -> 0 ->> 0)::timestamp,
                   state = CASE WHEN passed.breaches THEN 'breached' ELSE status.state END,
                   breached_on = CASE WHEN passed.breaches THEN status.deadline ELSE status.breached_on END,
                   history = CASE WHEN passed.breaches
                       THEN COALESCE(status.history, '[]') || jsonb_build_array(
                           jsonb_build_array(to_char(status.deadline, 'YYYY-MM-DD HH24:MI:SS'), 'breach', ''))
                       ELSE status.history END
              FROM passed
             WHERE status.id = passed.id
            RETURNING status.id, status.ticket_id, COALESCE(passed.percent_before, 0), status.alarmed_percent
            """,
            now=now,
            batch=batch,
        )

    @api.model
    def _advance_tickets(self, ticket_ids):
        """Have tickets say what their promises now say: each has an open one that was warned of or breached.

        All of them are written, changed or not: whoever changes another promise of the ticket at the same time has
        then to look again.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE ticketing_ticket ticket SET sla_state = told.state
                  FROM (SELECT ticket_id,
                               CASE WHEN bool_or(state = 'breached') THEN 'breached' ELSE 'at_risk' END AS state
                          FROM ticketing_sla_status
                         WHERE ticket_id = ANY(%s) AND is_open IS TRUE
                         GROUP BY ticket_id) told
                 WHERE ticket.id = told.ticket_id
                """,
                ticket_ids,
            )
        )
        self.env["ticketing.ticket"].invalidate_model(["sla_state"], flush=False)

    # When it wakes

    @api.model
    def _plan_next(self, now, finished):
        """Have the action wake at the next moment that is kept."""
        [(at,)] = self.env.execute_query(
            SQL(
                """
                SELECT LEAST(
                    (SELECT min(next_alarm_on) FROM ticketing_sla_status
                      WHERE next_alarm_on IS NOT NULL AND state IN ('running', 'breached')),
                    (SELECT min(notify_on) FROM ticketing_sla_notice WHERE notify_on IS NOT NULL))
                """
            )
        )
        if at:
            self._wake(max(at, now + LOCKED) if finished else now)

    @api.model
    def _wake(self, at):
        """Have the action wake at a moment (naive UTC): of those of a transaction the earliest counts."""
        data = self.env.cr.precommit.data
        if WAKE not in data:
            self.env.cr.precommit.add(self._plan_wake)
        data[WAKE] = min(at, data.get(WAKE, at))

    @api.model
    def _plan_wake(self):
        """Plan a run, unless one is planned that is early enough: it will plan the next one itself."""
        at = self.env.cr.precommit.data.pop(WAKE)
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(CRON, raise_if_not_found=True)
        soon = fields.Datetime.now() + MARGIN
        planned = [("cron_id", "=", cron_id), ("call_at", ">", soon), ("call_at", "<=", at)]
        triggers = self.env["ir.cron.trigger"].sudo()  # who opens a ticket need not be allowed to see the schedule
        if not triggers.search_count(planned, limit=1):
            self.env["ir.cron"]._trigger_at_commit(CRON, at)

    # What the clock does to alarms that were raised

    def _on_clock_started(self):
        """What was not told while the clock stood still is told now."""
        self._at_end(RESUMED, self._tell_held)

    def _on_clock_ended(self):
        """What somebody was asked to do about the promise need not be done any more."""
        self._at_end(ENDED, self._withdraw)

    def _at_end(self, key, method):
        """Have a method called with these promises at the end of the transaction, those that never were alarmed apart."""
        if ids := [status.id for status in self if status.alarmed_percent]:
            data = self.env.cr.precommit.data
            if key not in data:
                self.env.cr.precommit.add(method)
            data.setdefault(key, set()).update(ids)

    @api.model
    def _tell_held(self):
        status_ids = self.env.cr.precommit.data.pop(RESUMED)
        self.env["ticketing.sla.notice"]._tell_held(list(status_ids))

    @api.model
    def _withdraw(self):
        status_ids = self.env.cr.precommit.data.pop(ENDED)
        self.env["ticketing.sla.notice"]._withdraw(list(status_ids))
