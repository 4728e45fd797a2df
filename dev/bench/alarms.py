"""Cases of the alarms of promises, beside a plain UPDATE of the same rows: one in twenty is broken at once."""

import json
import resource

from measure import Case, Side

BATCH = 5000
SHARE = 20
ALARMS = [[75, "assignee", False, "inbox"], [100, "assignee", False, "inbox"], [100, "leader", False, "activity"]]
KIB = 1024


def cases(env, world):
    """Return the cases of alarms."""
    count = env["ticketing.ticket"].with_context(active_test=False).search_count([])
    breached = min(count // SHARE, BATCH)
    growth = _Growth()
    return [
        Case(
            f"alarms: {breached} of {count} breach",
            Side(growth.watch(_advance), prepare=_promise),
            Side(_update, prepare=_promise),
            3,
            3,
            rounds=5,
        ),
        Case(
            f"alarms: tell {2 * breached}, each",
            Side(growth.watch(_tell_all), prepare=_raise, per=2 * breached),
            rounds=1,
            note=growth.tell,
        ),
    ]


class _Growth:
    """How much more memory the process needed at most."""

    def __init__(self):
        self.mebibytes = 0

    def watch(self, run):
        def watched(env, prepared):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            run(env, prepared)
            self.mebibytes += (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / KIB

        return watched

    def tell(self):
        return f"    memory: {self.mebibytes:.0f} MiB more (target 300)"


def _promise(env):
    """Give each ticket a running promise, one in twenty of which has just been broken; return the moment."""
    policy = env["ticketing.sla.policy"].create({"name": "Bench", "calendar_source": "always", "duration": 1})
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO ticketing_sla_status (ticket_id, company_id, policy_id, target, around_the_clock, budget, alarms,
            state, is_open, started_on, running_since, consumed, held, deadline, next_alarm_on, alarm_moments,
            alarmed_percent, history)
        SELECT id, company_id, %(policy)s, 'resolution', TRUE, 3600, %(alarms)s, 'running', TRUE, due - interval '1 hour',
            due - interval '1 hour', 0, 0, due, due, jsonb_build_array(jsonb_build_array(due::text, 100)), 75,
            jsonb_build_array(jsonb_build_array((due - interval '1 hour')::text, 'run', ''))
          FROM (
            SELECT id, company_id, %(now)s + CASE WHEN row_number() OVER (ORDER BY id) %% %(share)s = 0
                   THEN interval '-1 minute' ELSE interval '1 day' END AS due
              FROM ticketing_ticket) ticket
        """,
        {"policy": policy.id, "alarms": json.dumps(ALARMS), "now": env.cr.now().replace(microsecond=0), "share": SHARE},
    )
    env.cr.execute("ANALYZE ticketing_sla_status")
    return env.cr.now().replace(microsecond=0)


def _advance(env, now):
    env["ticketing.sla.status"]._advance(now, BATCH)


def _update(env, now):
    env.cr.execute(
        "UPDATE ticketing_sla_status SET state = 'breached', breached_on = deadline, next_alarm_on = NULL, "
        "alarm_moments = '[]', alarmed_percent = 100 WHERE next_alarm_on <= %s RETURNING ticket_id",
        [now],
    )
    tickets = [row[0] for row in env.cr.fetchall()]
    env.cr.execute("UPDATE ticketing_ticket SET sla_state = 'breached' WHERE id = ANY(%s)", [tickets])


def _raise(env):
    now = _promise(env)
    _advance(env, now)
    return now


def _tell_all(env, now):
    notices = env["ticketing.sla.notice"]
    while notices._tell_due(now) == notices._get_batch_size():
        env.flush_all()
        env.invalidate_all()
