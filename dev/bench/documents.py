# ruff: noqa: E501 (SQL reads better in its columns)
"""As many tickets as project tasks, of the same customers and people, with the same subjects, stages and deadlines."""

from life import SPREAD
from promises import SUMMARY

WORDS = [
    *("boiler", "pump", "heating", "valve", "leak", "pressure", "alarm", "meter", "thermostat", "pipe"),
    *("router", "printer", "invoice", "access", "noise", "filter", "cooling", "sensor", "compressor", "cabinet"),
    *("fuse", "motor", "belt", "door", "lift", "panel", "inverter", "battery", "cable", "socket"),
]
SUBJECT = f"(%(words)s::text[])[1 + {SPREAD} %% 30] || ' ' || (%(words)s::text[])[1 + ({SPREAD} / 30) %% 30] || ' reported ' || n"
NUMBER = "%(prefix)s || lpad(n::text, 6, '0')"
STORY = "<p>It does not work since this morning.</p>"


def insert_tickets(env):
    """Insert the tickets of ``bench_life``, with what they keep of their promises."""
    company = env.company
    sequence = company._get_ticket_sequence()
    env.flush_all()
    env.cr.execute(
        f"""
        WITH stages AS (SELECT id, row_number() OVER (ORDER BY sequence) AS place FROM ticketing_stage),
             teams AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM ticketing_team WHERE name->>'en_US' LIKE 'Bench%%'),
             summary AS ({SUMMARY})
        INSERT INTO ticketing_ticket (id, number, name, search_text, description, company_id, partner_id, commercial_partner_id, partner_name,
            email_from, team_id, user_id, stage_id, stage_kind, impact, urgency, priority, channel_id, active, billing_state,
            service_mode, hours, create_uid, write_uid, create_date, write_date, assigned_on, first_response_on, solved_on,
            closed_on, waiting_since, sla_deadline, sla_target, sla_state)
        SELECT life.ticket_id, {NUMBER}, {SUBJECT}, lower({NUMBER} || ' ' || {SUBJECT}), %(story)s, %(company)s, partner.id,
            partner.commercial_partner_id, partner.name, partner.email, teams.id, CASE WHEN n %% 5 > 0 THEN life.user_id END,
            stages.id, life.kind, '2', '2', CASE WHEN n %% 20 = 0 THEN '3' WHEN n %% 7 = 0 THEN '2' WHEN n %% 3 = 0 THEN '0' ELSE '1' END,
            %(channel)s, TRUE, CASE WHEN n %% 100 >= 18 THEN 'paid' ELSE 'nothing' END, 'onsite', 0, 1, 1, opened_on,
            COALESCE(ended_on, resumed_on, paused_on, first_on), CASE WHEN n %% 5 > 0 THEN opened_on END, first_on, ended_on,
            CASE WHEN life.kind IN ('closed', 'cancelled') THEN ended_on END,
            CASE WHEN life.kind = 'waiting' THEN paused_on END, sla_deadline, sla_target, sla_state
        FROM bench_life life
        JOIN summary ON summary.ticket_id = life.ticket_id
        JOIN teams ON teams.place = team_place
        JOIN stages ON stages.place = life.place
        JOIN res_partner partner ON partner.id = life.partner_id
        ORDER BY n DESC
        """,
        {
            "words": WORDS,
            "story": STORY,
            "prefix": sequence.prefix,
            "company": company.id,
            "channel": env["ticketing.channel"]._get_by_code("email").id,
        },
    )
    env.cr.execute("SELECT setval(%s, (SELECT max(n) + 1 FROM bench_life))", [f"ir_sequence_{sequence.id:03d}"])


def insert_tasks(env):
    """Insert the tasks: due when their ticket is, and when it would have been if it is over. Cancelled is done here."""
    env.cr.execute(
        f"""
        WITH projects AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM project_project WHERE name->>'en_US' LIKE 'Bench%%'),
             stages AS ({TASK_STAGES}),
             summary AS ({SUMMARY})
        INSERT INTO project_task (id, sequence, name, description, company_id, partner_id, project_id, stage_id, state, priority,
            active, display_in_project, recurring_task, is_template, has_template_ancestor, create_uid, write_uid,
            create_date, write_date, date_last_stage_update, date_assign, date_end, date_deadline)
        SELECT task_id, 10, {SUBJECT}, %(story)s, project.company_id, life.partner_id, project.id, stages.id,
            CASE WHEN n %% 100 < 18 THEN '01_in_progress' ELSE '1_done' END, CASE WHEN n %% 7 = 0 THEN '1' ELSE '0' END,
            TRUE, TRUE, FALSE, FALSE, FALSE, 1, 1, opened_on, COALESCE(ended_on, resumed_on, paused_on, first_on),
            COALESCE(ended_on, resumed_on, paused_on, first_on), opened_on,
            CASE WHEN n %% 100 >= 18 THEN ended_on END, CASE WHEN n %% 100 >= 18 THEN solution_due ELSE sla_deadline END
        FROM bench_life life
        JOIN summary USING (ticket_id)
        JOIN projects ON projects.place = team_place
        JOIN project_project project ON project.id = projects.id
        JOIN stages ON stages.place = LEAST(life.place, 5)
        ORDER BY n DESC
        """,
        {"words": WORDS, "story": STORY},
    )
    # The same people as on the tickets.
    env.cr.execute(
        "INSERT INTO project_task_user_rel (task_id, user_id) SELECT task_id, user_id FROM bench_life WHERE n % 5 > 0"
    )


TASK_STAGES = """
    SELECT type.id, type.name, row_number() OVER (ORDER BY type.sequence) AS place
      FROM project_task_type type JOIN project_task_type_rel ON type_id = type.id
     WHERE project_id = (SELECT min(id) FROM project_project WHERE name->>'en_US' LIKE 'Bench%%')"""
