"""Cases of the alarms of promises, beside a plain UPDATE of the same rows: one in twenty is broken at once."""

import json

from measure import Case, Side
from memory import Growth

BATCH = 5000
SHARE = 20
RUNNING = BATCH * SHARE
ALARMS = [[75, "assignee", False, "inbox"], [100, "assignee", False, "inbox"], [100, "leader", False, "activity"]]


def cases(env, world):
    """Return the cases of alarms."""
    running = min(env["ticketing.sla.status"].search_count([("target", "=", "resolution")]), RUNNING)
    breached = running // SHARE
    growth = Growth()
    return [
        Case(
            f"alarms: {breached} of {running} breach",
            Side(growth.watch(_advance(breached)), prepare=_promise),
            Side(_update, prepare=_promise),
            3,
            3,
            rounds=5,
        ),
        Case(
            f"alarms: tell {2 * breached}, each",
            Side(growth.watch(_tell_all), prepare=_raise(breached), per=2 * breached),
            rounds=1,
            note=lambda: growth.tell(300),
        ),
    ]


def _promise(env):
    """Have the youngest tickets' solutions run, one in twenty of which has just been missed; return the moment.

    Other promises raise no alarm meanwhile, however old the database is.
    """
    now = env.cr.now().replace(microsecond=0)
    env.cr.execute("DELETE FROM ticketing_sla_notice")
    env.cr.execute("UPDATE ticketing_sla_status SET next_alarm_on = NULL WHERE next_alarm_on IS NOT NULL")
    env.cr.execute(
        """
        UPDATE ticketing_sla_status status
           SET around_the_clock = TRUE, sla_calendar_id = NULL, budget = 3600, alarms = %(alarms)s, state = 'running',
               is_open = TRUE, started_on = due - interval '1 hour', running_since = due - interval '1 hour',
               held_since = NULL, consumed = 0, held = 0, deadline = due, reached_on = NULL, breached_on = NULL,
               cancel_reason = NULL, next_alarm_on = due, alarmed_percent = 75,
               alarm_moments = jsonb_build_array(jsonb_build_array(due::text, 100)),
               history = jsonb_build_array(jsonb_build_array((due - interval '1 hour')::text, 'run', ''))
          FROM (SELECT id, %(now)s + CASE WHEN row_number() OVER (ORDER BY ticket_id DESC) %% %(share)s = 0
                                          THEN interval '-1 minute' ELSE interval '1 day' END AS due
                  FROM ticketing_sla_status WHERE target = 'resolution'
                 ORDER BY ticket_id DESC LIMIT %(running)s) promised
         WHERE promised.id = status.id
        """,
        {"alarms": json.dumps(ALARMS), "now": now, "share": SHARE, "running": RUNNING},
    )
    env.cr.execute("ANALYZE ticketing_sla_status")
    return now


def _advance(breached):
    def advance(env, now):
        if (count := env["ticketing.sla.status"]._advance(now, BATCH)) != breached:
            raise AssertionError(f"{count} promises are breached, not {breached}")

    return advance


def _update(env, now):
    env.cr.execute(
        "UPDATE ticketing_sla_status SET state = 'breached', breached_on = deadline, next_alarm_on = NULL, "
        "alarm_moments = '[]', alarmed_percent = 100 WHERE next_alarm_on <= %s RETURNING ticket_id",
        [now],
    )
    tickets = [row[0] for row in env.cr.fetchall()]
    env.cr.execute("UPDATE ticketing_ticket SET sla_state = 'breached' WHERE id = ANY(%s)", [tickets])


def _raise(breached):
    def prepare(env):
        now = _promise(env)
        _advance(breached)(env, now)
        return now

    return prepare


def _tell_all(env, now):
    notices = env["ticketing.sla.notice"]
    while notices._tell_due(now) == notices._get_batch_size():
        env.flush_all()
        env.invalidate_all()
