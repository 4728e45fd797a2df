"""What happens to each ticket, and to the task that is its counterpart: one row each in a table of this session.

Moments follow the desks' working hours: a ticket is opened, answered, asked about again, maybe paused and taken up
again, answered again, and ended. Promises, documents and history are all made of these rows, so that they agree. What
differs between tickets depends on their number alone: every run builds the same.
"""

from people import CLOSES, OPENS, TEAMS, TIME_ZONE

HOUR = 3600
SPAN = 360 * 24 * HOUR  # in which they are opened, evenly
BUDGETS = {"first_response": 4 * HOUR, "next_response": 8 * HOUR, "resolution": 80 * HOUR}
# Of a hundred: 6 new, 5 in progress, 3 waiting, 4 solved, 80 closed, 2 cancelled.
STAGE = """CASE WHEN n %% 100 < 6 THEN 1 WHEN n %% 100 < 11 THEN 2 WHEN n %% 100 < 14 THEN 3 WHEN n %% 100 < 18 THEN 4
           WHEN n %% 100 < 98 THEN 5 ELSE 6 END"""
# A multiplication by a number prime to the others spreads what depends on n without chance.
SPREAD = "(n * 7919)"


def make(env, size):
    """Fill ``bench_life``: as many rows as tickets, the youngest has n = 1."""
    make_clock(env)
    env.cr.execute(
        f"""
        CREATE TEMP TABLE bench_life ON COMMIT DROP AS
        WITH {_BORN}, {_USED}, {_STRETCHES}, {_ANSWERS}
        SELECT n, nextval('ticketing_ticket_id_seq')::int AS ticket_id, nextval('project_task_id_seq')::int AS task_id,
               place, kind, kind IN ('new', 'open') AS runs, team_place, partner_id, user_id, opened_on,
               GREATEST(opened_on, pg_temp.moment_of(work_opened + first_used)) AS first_on,
               GREATEST(opened_on, pg_temp.moment_of(work_ended - next_used)) AS again_on,
               CASE WHEN answered THEN GREATEST(opened_on, pg_temp.moment_of(work_ended - unanswered)) END AS answered_on,
               CASE WHEN pauses THEN GREATEST(opened_on, pg_temp.moment_of(work_opened + stretch)) END AS paused_on,
               CASE WHEN resumes THEN pg_temp.moment_of(work_ended - recent) END AS resumed_on,
               CASE WHEN kind IN ('solved', 'closed', 'cancelled')
                    THEN GREATEST(opened_on, pg_temp.moment_of(work_ended)) END AS ended_on,
               work_opened, work_ended, first_used, next_used - unanswered AS next_used, used, resumes, recent,
               work_ended - next_used AS work_again
          FROM answers ORDER BY n DESC
        """,
        {
            "size": size,
            "teams": TEAMS,
            "span": SPAN,
            "first": BUDGETS["first_response"],
            "next": BUDGETS["next_response"],
            "resolution": BUDGETS["resolution"],
        },
    )
    env.cr.execute("CREATE UNIQUE INDEX ON bench_life (n)")
    env.cr.execute("ANALYZE bench_life")


def make_clock(env):
    """Make two functions of this session: seconds of work until a moment, and the moment when so many are done.

    They count since a Monday long ago. At the end of a day's work the moment is closing time, as the add-on says too.
    """
    day = (CLOSES - OPENS) * HOUR
    env.cr.execute(
        f"""
        CREATE FUNCTION pg_temp.local_of(moment timestamp) RETURNS timestamp IMMUTABLE LANGUAGE sql AS
        $$ SELECT moment AT TIME ZONE 'UTC' AT TIME ZONE '{TIME_ZONE}' $$;
        CREATE FUNCTION pg_temp.work_of(moment timestamp) RETURNS int IMMUTABLE LANGUAGE sql AS $$
            SELECT (days / 7 * 5 + LEAST(days % 7, 5)) * {day}
                   + CASE WHEN days % 7 < 5 THEN LEAST(GREATEST(seconds - {OPENS * HOUR}, 0), {day}) ELSE 0 END
              FROM (SELECT pg_temp.local_of(moment)::date - date '2001-01-01' AS days,
                           extract(epoch FROM pg_temp.local_of(moment)::time)::int AS seconds) place
        $$;
        CREATE FUNCTION pg_temp.moment_of(work int) RETURNS timestamp IMMUTABLE LANGUAGE sql AS $$
            SELECT (date '2001-01-01' + (work - 1) / {day} / 5 * 7 + (work - 1) / {day} % 5
                    + make_interval(hours => {OPENS}, secs => (work - 1) % {day} + 1))
                   AT TIME ZONE '{TIME_ZONE}' AT TIME ZONE 'UTC'
        $$;
        """
    )


# The rows are made in steps: when it is opened and whose it is, ...
_BORN = f"""
stages AS (SELECT id, kind, row_number() OVER (ORDER BY sequence) AS place FROM ticketing_stage),
teams AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM ticketing_team WHERE name->>'en_US' LIKE 'Bench%%'),
members AS (SELECT teams.place, array_agg(res_users_id ORDER BY res_users_id) AS users
              FROM res_users_ticketing_team_rel JOIN teams ON teams.id = ticketing_team_id GROUP BY 1),
customers AS (SELECT array_agg(id ORDER BY id) AS ids FROM res_partner
               WHERE parent_id IS NOT NULL AND email LIKE '%%@bench.example'),
busy AS (SELECT array_agg(id ORDER BY id) AS ids FROM res_partner WHERE email LIKE '%%@busy.example'),
clock AS (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') AS now),
born AS (
    SELECT n, n / 100 %% 20 AS k, {SPREAD} %% 1000 / 1000.0 AS chance, stages.place, stages.kind,
           members.place AS team_place,
           CASE WHEN n %% 101 = 7 THEN busy.ids[1 + n / 101 %% cardinality(busy.ids)]
                ELSE customers.ids[1 + n %% cardinality(customers.ids)] END AS partner_id,
           members.users[1 + n %% cardinality(members.users)] AS user_id, opened_on,
           pg_temp.work_of(opened_on) AS work_opened, pg_temp.work_of(now) AS work_now
      FROM generate_series(1, %(size)s) AS n CROSS JOIN customers CROSS JOIN busy CROSS JOIN clock
     CROSS JOIN LATERAL (SELECT now - make_interval(secs => n::bigint * %(span)s / %(size)s) AS opened_on) opened
      JOIN members ON members.place = {SPREAD} %% %(teams)s
      JOIN stages ON stages.place = {STAGE}
)"""
# ... how much of the solution's time is used: of twenty two are breached, three at risk, ...
_USED = """
used AS (
    SELECT *, LEAST(work_now - work_opened, (%(resolution)s * (0.045 * chance
                    + CASE WHEN k < 2 THEN 1.5 - 0.3 * k WHEN k < 5 THEN 0.95 - 0.075 * (k - 2) ELSE 0.045 * (k - 4) END
              ))::int) AS used,
              (%(next)s * (0.1 * chance + CASE WHEN k %% 7 = 0 THEN 1.3 ELSE 0.1 + 0.1 * (k %% 7) END))::int AS next_share
      FROM born
)"""
# ... what of it before a pause and what after it: whoever is older than his time has been paused, ...
_STRETCHES = """
stretches AS (
    SELECT *, CASE WHEN resumes THEN used - LEAST(used, next_share) ELSE used END AS stretch,
              CASE WHEN resumes THEN LEAST(used, next_share) ELSE 0 END AS recent,
              resumes OR kind = 'waiting' AS pauses,
              CASE WHEN kind IN ('new', 'open') THEN work_now ELSE work_opened + used END AS work_ended
      FROM (SELECT *, kind IN ('new', 'open') AND used < work_now - work_opened AS resumes FROM used) used
)"""
# ... and when the desk answers: the customer's last question has an answer unless the clock runs and k is even.
_ANSWERS = """
answers AS (
    SELECT *, CASE WHEN answered AND kind IN ('new', 'open') THEN next_used / 2 ELSE 0 END AS unanswered
      FROM (SELECT *, CASE WHEN resumes THEN recent ELSE LEAST(next_share, (stretch - first_used) / 2) END AS next_used,
                      kind NOT IN ('new', 'open') OR k %% 2 = 1 AS answered
              FROM (SELECT *, LEAST((%(first)s * CASE WHEN k = 3 THEN 1.5 ELSE 0.1 + 0.04 * k END)::int, stretch * 2 / 5)
                              AS first_used
                      FROM stretches) first) next
)"""
