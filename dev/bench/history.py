"""What was said and what was moved: messages, tracked changes of the stage and followers, the same on both sides."""

from documents import TASK_STAGES

TICKET_STAGES = "SELECT id, name, row_number() OVER (ORDER BY sequence) AS place FROM ticketing_stage"
# A model, the column of ``bench_life`` that has its ids, its stages, its subtype for a change of the stage.
SIDES = (
    ("ticketing.ticket", "ticket_id", TICKET_STAGES, "helpdesk_ticketing.mt_ticket_stage"),
    ("project.task", "task_id", TASK_STAGES, "project.mt_task_stage"),
)


def insert(env):
    """Insert what ``bench_life`` tells, of tickets and of tasks."""
    for model, column, stages, moved in SIDES:
        _prepare(env, column)
        _insert_messages(env, model, moved)
        _insert_tracking(env, model, stages)
        _insert_followers(env, model, column)
        env.cr.execute("DROP TABLE bench_said")


def _prepare(env, column):
    """Fill ``bench_said``: messages in the order of their time, those that track a change of the stage have no text."""
    env.cr.execute(
        f"""
        CREATE TEMP TABLE bench_said AS
        SELECT nextval('mail_message_id_seq')::int AS id, said.*
          FROM (SELECT life.{column} AS res_id, life.n, said.*,
                       CASE WHEN by_customer THEN life.partner_id ELSE agent.partner_id END AS author_id
                  FROM bench_life life
                  JOIN res_users agent ON agent.id = life.user_id
                 CROSS JOIN LATERAL (
                       VALUES (opened_on, TRUE, 'It does not work.', NULL::bigint, NULL::bigint),
                              (first_on, FALSE, 'We will have a look at it.', NULL, NULL),
                              (again_on, TRUE, 'It still does not work.', NULL, NULL),
                              (answered_on, FALSE, 'Somebody will come.', NULL, NULL),
                              (CASE WHEN place > 1 OR paused_on IS NOT NULL THEN first_on END, FALSE, NULL, 1, 2),
                              (paused_on, FALSE, NULL, 2, 3),
                              (resumed_on, FALSE, NULL, 3, place),
                              (ended_on, FALSE, NULL, 2, place)
                     ) AS said(at, by_customer, text, place_before, place_after)
                 WHERE at IS NOT NULL
                 ORDER BY at, life.n DESC, place_before NULLS FIRST) said
        """
    )
    env.cr.execute("ANALYZE bench_said")


def _insert_messages(env, model, moved):
    env.cr.execute(
        """
        INSERT INTO mail_message (id, parent_id, model, res_id, message_type, subtype_id, author_id, email_from, date, body,
            is_internal, reply_to_force_new, email_add_signature, message_id, create_uid, write_uid, create_date, write_date)
        SELECT said.id, NULLIF(min(said.id) OVER (PARTITION BY res_id), said.id), %(model)s, res_id,
            CASE WHEN text IS NULL THEN 'notification' WHEN by_customer THEN 'email' ELSE 'comment' END,
            CASE WHEN text IS NULL THEN %(moved)s ELSE %(comment)s END, author_id, partner.email, at,
            CASE WHEN text IS NULL THEN '' ELSE '<p>' || text || '</p>' END, FALSE, FALSE, TRUE,
            '<' || said.id || '@bench.example>', 1, 1, at, at
          FROM bench_said said JOIN res_partner partner ON partner.id = author_id
         ORDER BY said.id
        """,
        {"model": model, "moved": env.ref(moved).id, "comment": env.ref("mail.mt_comment").id},
    )


def _insert_tracking(env, model, stages):
    env.cr.execute(
        f"""
        WITH stages AS ({stages})
        INSERT INTO mail_tracking_value (mail_message_id, field_id, old_value_integer, old_value_char, new_value_integer,
            new_value_char, create_uid, write_uid, create_date, write_date)
        SELECT said.id, %(field)s, before.id, before.name->>'en_US', after.id, after.name->>'en_US', 1, 1, at, at
          FROM bench_said said
          JOIN stages before ON before.place = place_before
          JOIN stages after ON after.place = LEAST(place_after, (SELECT max(place) FROM stages))
         ORDER BY said.id
        """,
        {"field": env["ir.model.fields"]._get(model, "stage_id").id},
    )


def _insert_followers(env, model, column):
    """The customer and the assignee follow."""
    env.cr.execute(
        f"""
        WITH followers AS (
            INSERT INTO mail_followers (res_model, res_id, partner_id)
            SELECT %(model)s, {column}, partner_id FROM bench_life
             UNION
            SELECT %(model)s, {column}, res_users.partner_id FROM bench_life JOIN res_users ON res_users.id = user_id
             WHERE n %% 5 > 0
            RETURNING id)
        INSERT INTO mail_followers_mail_message_subtype_rel SELECT id, %(subtype)s FROM followers
        """,
        {"model": model, "subtype": env.ref("mail.mt_comment").id},
    )
