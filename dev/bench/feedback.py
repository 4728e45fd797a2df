"""Cases of feedback: asking a hundred customers, beside core's rating requests, and the effort audit beside core's tasks."""

from datetime import timedelta

from measure import Case, Side
from views import specification

ASKED = 100
REPORT = "ticketing.effort.report"


def count(env):
    """Count what solved tickets took of their customers, as the scheduled action does, batch by batch."""
    now = env.cr.now().replace(microsecond=0)
    while env["ticketing.effort"]._count_due(now):
        env.cr.commit()
    env.cr.execute("ANALYZE ticketing_effort")
    env.cr.commit()


def cases(env, world):
    """Return the cases of feedback."""
    return [
        Case(f"feedback: ask {ASKED} customers", Side(_ask, prepare=_solve), Side(_request, prepare=_close), 0.3, 36),
        Case("effort audit: list", _list(env, world, REPORT), _list(env, world, "project.task"), 0.5, 9),
        Case(
            "effort audit: pivot team x user",
            _pivot(
                world, REPORT, "team_id", "user_id", ["contacts:avg", "agents:avg", "waiting_share:avg", "effort:avg"]
            ),
            _pivot(world, "project.task", "project_id", "user_ids", ["allocated_hours:avg", "rating_last_value:avg"]),
            1.0,
            4,
        ),
    ]


def _solve(env):
    """Have one ticket of each of so many customers be solved just now, and no other."""
    now = env.cr.now().replace(microsecond=0)
    env["ticketing.team"].search([]).write({"feedback_ask": True, "feedback_delay": 0})
    env.flush_all()
    env.cr.execute(
        "UPDATE ticketing_ticket SET solved_on = %s WHERE solved_on > %s", [now - timedelta(90), now - timedelta(9)]
    )
    env.cr.execute(
        """
        UPDATE ticketing_ticket SET solved_on = %s
         WHERE id IN (SELECT min(ticket.id)
                        FROM ticketing_ticket ticket JOIN res_partner partner ON partner.id = ticket.partner_id
                       WHERE ticket.stage_kind IN ('solved', 'closed') AND ticket.active AND ticket.team_id IS NOT NULL
                         AND partner.email_normalized IS NOT NULL AND partner.partner_share
                       GROUP BY ticket.partner_id ORDER BY 1 LIMIT %s)
        """,
        [now - timedelta(minutes=1), ASKED],
    )
    return now


def _ask(env, now):
    if (asked := env["ticketing.feedback"]._ask_due(now)) != ASKED:
        raise AssertionError(f"{asked} customers are due, not {ASKED}")


def _close(env):
    """Return as many tasks, whose stages ask for a rating."""
    env["project.task.type"].search([]).rating_template_id = env.ref("project.rating_project_request_email_template")
    return env["project.task"].search([("partner_id.email", "!=", False)], limit=ASKED)


def _request(env, tasks):
    tasks._send_task_rating_mail()


def _list(env, world, model):
    spec = specification(env, model, "list")
    return Side(
        lambda env, prepared: env[model].web_search_read([], spec, limit=80, count_limit=10001), world.dispatcher
    )


def _pivot(world, model, rows, columns, measures):
    sets = [[], [rows], [rows, columns]]
    return Side(lambda env, prepared: env[model].formatted_read_grouping_sets([], sets, measures), world.dispatcher)
