# ruff: noqa: E501 (SQL reads better in its columns)
"""Three promises on every ticket, frozen, with clock, alarms and history, as the add-on would have kept them."""

import json

from life import BUDGETS, HOUR

from odoo import fields

CHECKED = 300  # promises that are compared with what the add-on computes


def make_policies(env):
    """Create the three policies, which count in the desks' hours."""
    env["ticketing.sla.policy"].create(
        [
            {"name": f"Bench {target}", "target": target, "duration": seconds / HOUR, "unit": "hours"}
            for target, seconds in BUDGETS.items()
        ]
    )


def make(env):
    """Fill ``bench_promise`` from ``bench_life``: three rows for each ticket, with the columns of their statuses."""
    env.cr.execute(
        f"""
        CREATE TEMP TABLE bench_promise ON COMMIT DROP AS
        WITH {_CLOCKS}, {_TERMS}, {_STATES}
        SELECT states.*, {_HISTORY} AS history, COALESCE({_AHEAD}, '[]') AS alarm_moments FROM states
        """,
        {"rules": json.dumps(_get_rules(env)), "waiting": _get_waiting(env).name},
    )
    env.cr.execute("ANALYZE bench_promise")


def _get_rules(env):
    """Return what is frozen of each policy."""
    team = env["ticketing.team"].search([("name", "like", "Bench desk")], limit=1)
    frozen, __ = env["ticketing.sla.calendar"]._freeze(team.resource_calendar_id, team.company_id)
    return [
        {
            "policy": rule.id,
            "company": team.company_id.id,
            "calendar": frozen.id,
            "target": rule.target,
            "budget": rule.get_budget(HOUR),
            "alarms": rule.alarms,
        }
        for rule in env["ticketing.sla.policy"]._get_rules()
    ]


def _get_waiting(env):
    return env["ticketing.stage"].search([("kind", "=", "waiting")], limit=1)


# Of each promise: when it begins (as a moment, and in seconds of work), where its clock was last started and what had
# been used then, what is used by now, when it was paused, taken up again and ended.
_CLOCKS = """
clocks AS (
    SELECT n, ticket_id, kind, 'first_response' AS target, opened_on AS started_on, work_opened AS work_started,
           work_opened AS work_run, 0 AS used_before, first_used AS used, NULL::timestamp AS paused_on,
           NULL::timestamp AS resumed_on, first_on AS ended_on, FALSE AS is_running, opened_on AS run_on
      FROM bench_life
    UNION ALL
    SELECT n, ticket_id, kind, 'next_response', again_on, work_again, work_again, 0, next_used, NULL, NULL, answered_on,
           answered_on IS NULL, again_on
      FROM bench_life
    UNION ALL
    SELECT n, ticket_id, kind, 'resolution', opened_on, work_opened,
           CASE WHEN resumes THEN work_ended - recent ELSE work_opened END, CASE WHEN resumes THEN used - recent ELSE 0 END,
           used, paused_on, resumed_on, ended_on, runs, COALESCE(resumed_on, opened_on)
      FROM bench_life
)"""
_TERMS = """
terms AS (
    SELECT clocks.*, policy AS policy_id, company AS company_id, calendar AS sla_calendar_id, budget, alarms,
           used > budget AS is_late, kind = 'cancelled' AND target = 'resolution' AS is_cancelled,
           pg_temp.moment_of(CASE WHEN used_before > budget THEN work_started + budget
                                  ELSE work_run + budget - used_before END) AS due
      FROM clocks JOIN jsonb_to_recordset(%(rules)s) AS rule(policy int, company int, calendar int, target text, budget int, alarms jsonb)
           USING (target)
)"""
_STATES = """
states AS (
    SELECT *, CASE WHEN is_cancelled THEN 'cancelled' WHEN is_late THEN 'breached' WHEN ended_on IS NOT NULL THEN 'reached'
                   WHEN is_running THEN 'running' ELSE 'paused' END AS state,
           ended_on IS NULL AS is_open,
           CASE WHEN is_cancelled OR NOT (is_late OR is_running OR ended_on IS NOT NULL) THEN NULL ELSE due END AS deadline,
           CASE WHEN is_late THEN due END AS breached_on,
           (SELECT max((alarm ->> 0)::int) FROM jsonb_array_elements(alarms) alarm
             WHERE budget * (alarm ->> 0)::int / 100 <= used) AS alarmed_percent
      FROM terms
)"""
_HISTORY = """(
    SELECT jsonb_agg(jsonb_build_array(to_char(at, 'YYYY-MM-DD HH24:MI:SS'), event, detail) ORDER BY at, place)
      FROM (VALUES (started_on, 'run', '', 1), (paused_on, 'pause', %(waiting)s, 2), (resumed_on, 'run', '', 3),
                   (breached_on, 'breach', '', 4),
                   (ended_on, CASE WHEN is_cancelled THEN 'cancel' ELSE 'reach' END, CASE WHEN is_cancelled THEN 'ticket' ELSE '' END, 5)
           ) AS happened(at, event, detail, place)
     WHERE at IS NOT NULL)"""
_AHEAD = """(
    SELECT jsonb_agg(jsonb_build_array(
                         to_char(pg_temp.moment_of(work_run + budget * percent / 100 - used_before), 'YYYY-MM-DD HH24:MI:SS'),
                         percent) ORDER BY percent)
      FROM (SELECT DISTINCT (alarm ->> 0)::int AS percent FROM jsonb_array_elements(alarms) alarm) planned
     WHERE is_running AND percent > COALESCE(alarmed_percent, 0))"""


def insert(env):
    """Insert the statuses, and of those that were warned of the notice that told it."""
    env.cr.execute(
        """
        INSERT INTO ticketing_sla_status (ticket_id, company_id, policy_id, target, sla_calendar_id, around_the_clock, budget,
            pause_waiting, pause_stages, alarms, state, is_open, started_on, running_since, held_since, consumed, held,
            deadline, reached_on, breached_on, cancel_reason, history, alarm_moments, next_alarm_on, alarmed_percent,
            alarmed_on, create_uid, write_uid, create_date, write_date)
        SELECT ticket_id, company_id, policy_id, target, sla_calendar_id, FALSE, budget, TRUE, '[]', alarms, state, is_open,
            started_on, CASE WHEN is_running THEN run_on END, CASE WHEN NOT is_running THEN COALESCE(ended_on, paused_on) END,
            CASE WHEN is_running THEN used_before ELSE used END,
            COALESCE(extract(epoch FROM resumed_on - paused_on)::int, 0), deadline,
            CASE WHEN NOT is_cancelled THEN ended_on END, breached_on, CASE WHEN is_cancelled THEN 'ticket' END, history,
            alarm_moments, (alarm_moments -> 0 ->> 0)::timestamp, COALESCE(alarmed_percent, 0),
            CASE WHEN alarmed_percent > 0 THEN LEAST(due, ended_on) END, 1, 1, started_on, started_on
          FROM bench_promise ORDER BY ticket_id, target
        """
    )
    env.cr.execute(
        """
        INSERT INTO ticketing_sla_notice (status_id, percent, recipient, method, state, told_on, told_user_id,
            create_uid, write_uid, create_date, write_date)
        SELECT status.id, (alarm ->> 0)::int, alarm ->> 1, 'inbox', 'told', alarmed_on, ticket.user_id, 1, 1, alarmed_on, alarmed_on
          FROM ticketing_sla_status status JOIN ticketing_ticket ticket ON ticket.id = ticket_id
          CROSS JOIN LATERAL jsonb_array_elements(status.alarms) alarm
         WHERE alarmed_percent > 0 AND (alarm ->> 0)::int <= alarmed_percent
        """
    )
    env["ticketing.sla.status"]._plan_next(fields.Datetime.now(), finished=True)  # the scheduled action waits for them


# What the ticket keeps of its promises, by ticket.
SUMMARY = """
    SELECT ticket_id, min(deadline) FILTER (WHERE is_open) AS sla_deadline,
           (array_agg(target ORDER BY deadline) FILTER (WHERE is_open AND deadline IS NOT NULL))[1] AS sla_target,
           CASE WHEN bool_or(is_open AND state = 'breached') THEN 'breached'
                WHEN bool_or(state = 'running' AND alarmed_percent > 0) THEN 'at_risk'
                WHEN bool_or(state = 'running') THEN 'running'
                WHEN bool_or(is_open) THEN 'paused'
                WHEN bool_or(state = 'breached') THEN 'missed'
                WHEN bool_or(state = 'reached') THEN 'met' END AS sla_state,
           max(due) FILTER (WHERE target = 'resolution') AS solution_due
      FROM bench_promise GROUP BY ticket_id"""


def check(env):
    """Compare a sample with what the add-on itself computes: what was built by SQL must be what it would keep."""
    tickets = env["ticketing.ticket"].search([("name", "like", "reported")])
    sample = tickets[:: max(len(tickets) // CHECKED, 1)] | tickets.search([("sla_state", "!=", False)], limit=CHECKED)
    for ticket in sample:
        kept = {name: ticket[name] for name in ("sla_deadline", "sla_state", "sla_target")}
        _same(ticket, kept, ticket._get_sla_summary())
        for status in ticket.sla_status_ids:
            _same(status, *_get_clock(status))


def _get_clock(status):
    """Return the clock of a promise as it is kept, and as it is computed anew."""
    kept = {"used": status.consumed, "is_open": status.is_open}
    stretches = status._get_stretches(status.running_since or status.held_since)
    counted = sum(int((end - start).total_seconds()) for start, end, what, __ in stretches if what == "work")
    computed = {"used": counted, "is_open": not status.reached_on and status.state in ("running", "paused", "breached")}
    if status.running_since:
        terms = (status.budget, status.consumed, status.alarms, status.alarmed_percent)
        deadline, plan = status._make_plan(status.sla_calendar_id, status.running_since, *terms)
        kept |= {"plan": status.alarm_moments, "deadline": status.deadline}
        # what is breached keeps the deadline that it has missed
        computed |= {"plan": plan, "deadline": deadline if status.consumed <= status.budget else status.deadline}
    return kept, computed


def _same(record, kept, computed):
    if kept != computed:
        raise AssertionError(f"{record}: {kept} is kept, {computed} would be right")
