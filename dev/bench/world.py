# ruff: noqa: E501 (SQL reads better in its columns)
"""The company of the benchmarks: agents, teams, customers, and as many tickets as project tasks.

Tickets and tasks are inserted by SQL, a hundred thousand in seconds, each with its message of creation and its
followers, as if they had been made one by one: the distributions are the same on both sides.
"""

from dataclasses import dataclass

AGENTS = 20
TEAMS = 8
CUSTOMERS = 400  # companies, each with four contacts
WORDS = [
    "boiler",
    "pump",
    "heating",
    "valve",
    "leak",
    "pressure",
    "alarm",
    "meter",
    "thermostat",
    "pipe",
    "router",
    "printer",
    "invoice",
    "access",
    "noise",
    "filter",
    "cooling",
    "sensor",
    "compressor",
    "cabinet",
    "fuse",
    "motor",
    "belt",
    "door",
    "lift",
    "panel",
    "inverter",
    "battery",
    "cable",
    "socket",
]


@dataclass
class World:
    """Ids of what the cases use."""

    agent: int
    colleague: int
    technician: int
    dispatcher: int
    team: int
    project: int
    customer: int


def load(env):
    """Return the world of a database that has been built."""

    def user(login):
        return env["res.users"].search([("login", "=", login)]).id

    return World(
        agent=user("bench-agent-1"),
        colleague=user("bench-agent-2"),
        technician=user("bench-technician"),
        dispatcher=user("bench-dispatcher"),
        team=env["ticketing.team"].search([("name", "=", "Bench desk 1")]).id,
        project=env["project.project"].search([("name", "=", "Bench project 1")]).id,
        customer=env["res.partner"].search([("name", "=", "Bench customer 1")], limit=1).id,
    )


def build(env, size):
    """Build the world with ``size`` tickets and as many tasks."""
    quiet = env(context={**env.context, "tracking_disable": True, "no_reset_password": True, "mail_notrack": True})
    _make_mail_domain(quiet)
    agents = _make_users(quiet)
    _make_customers(quiet)
    _make_teams(quiet, agents)
    _make_products(quiet)
    env.flush_all()
    _insert_tickets(env, size)
    _insert_tasks(env, size)
    for model, author in (("ticketing.ticket", "user_id"), ("project.task", None)):
        _insert_chatter(env, model, author)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False


def _make_mail_domain(env):
    domain = env["mail.alias.domain"].search([], limit=1) or env["mail.alias.domain"].create({"name": "bench.example"})
    env.company.alias_domain_id = domain


def _make_users(env):
    groups = {
        "agent": ("helpdesk_ticketing.group_user_team", "project.group_project_user"),
        "technician": ("helpdesk_ticketing.group_user_team", "helpdesk_ticketing.group_technician"),
        "dispatcher": ("helpdesk_ticketing.group_user_all", "project.group_project_user"),
    }

    def values(login, kind):
        return {
            "name": f"Bench {login}",
            "login": f"bench-{login}",
            "email": f"{login}@bench.example",
            "tz": "Europe/Madrid",
            "notification_type": "inbox",
            "group_ids": [(6, 0, [env.ref(name).id for name in ("base.group_user", *groups[kind])])],
        }

    agents = env["res.users"].create([values(f"agent-{index}", "agent") for index in range(1, AGENTS + 1)])
    others = env["res.users"].create([values(kind, kind) for kind in ("technician", "dispatcher")])
    env["hr.employee"].create([{"name": user.name, "user_id": user.id, "hourly_cost": 20} for user in agents + others])
    return agents + others[0]


def _make_customers(env):
    spain = env.ref("base.es").id
    companies = env["res.partner"].create(
        [
            {
                "name": f"Bench customer {index}",
                "is_company": True,
                "email": f"office{index}@customer{index}.example",
                "country_id": spain,
                "city": "Valencia",
                "zip": "46001",
                "street": "Calle Mayor 1",
                "vat": "ESA12345674",
                "invoice_edi_format": "ubl_bis3",
            }
            for index in range(1, CUSTOMERS + 1)
        ]
    )
    env["res.partner"].create(
        [
            {
                "name": f"Contact {index} {company.id}",
                "parent_id": company.id,
                "email": f"c{index}.{company.id}@bench.example",
            }
            for company in companies
            for index in range(1, 5)
        ]
    )


def _make_teams(env, agents):
    stages = env["project.task.type"].create(
        [
            {"name": name, "sequence": index, "fold": folded}
            for index, (name, folded) in enumerate(
                [("New", False), ("In Progress", False), ("Waiting", False), ("Solved", False), ("Done", True)]
            )
        ]
    )
    labour = env["product.product"].create(
        {
            "name": "Bench labour",
            "type": "service",
            "service_policy": "delivered_timesheet",
            "list_price": 48,
            "uom_id": env.ref("uom.product_uom_hour").id,
        }
    )
    for index in range(1, TEAMS + 1):
        project = env["project.project"].create(
            {
                "name": f"Bench project {index}",
                "allow_billable": True,
                "allow_timesheets": True,
                "type_ids": [(6, 0, stages.ids)],
            }
        )
        env["ticketing.team"].create(
            {
                "name": f"Bench desk {index}",
                "alias_name": f"bench-desk-{index}",
                "project_id": project.id,
                "labour_product_id": labour.id,
                "member_ids": [(6, 0, _members(agents, index).ids)],
            }
        )
        project.write({"alias_name": f"bench-project-{index}"})


def _members(agents, index):
    """Every agent is in two or three teams; the first agent and the technician in the first."""
    own = agents[index - 1 :: TEAMS] + agents[index % TEAMS :: TEAMS]
    return own | agents[-1] if index == 1 else own


def _make_products(env):
    products = env["product.product"].create(
        [
            {
                "name": f"Bench part {index}",
                "default_code": f"BENCH{index}",
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "delivery",
                "list_price": 10 * index,
            }
            for index in (1, 2)
        ]
    )
    place = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).lot_stock_id
    for product in products:
        env["stock.quant"].with_context(inventory_mode=True).create(
            {"product_id": product.id, "location_id": place.id, "inventory_quantity": 100000}
        ).action_apply_inventory()


# Of a hundred: 6 new, 5 in progress, 3 waiting, 4 solved, 80 closed, 2 cancelled (tasks: the last two are one stage).
STAGE = """CASE WHEN n %% 100 < 6 THEN 1 WHEN n %% 100 < 11 THEN 2 WHEN n %% 100 < 14 THEN 3 WHEN n %% 100 < 18 THEN 4
           WHEN n %% 100 < 98 THEN 5 ELSE {last} END"""
# A multiplication by a number prime to the others spreads what depends on n without chance.
SPREAD = "(n * 7919)"
SUBJECT = "(%(words)s::text[])[1 + {s} %% 30] || ' ' || (%(words)s::text[])[1 + ({s} / 30) %% 30] || ' reported ' || n"
NUMBER = "%(prefix)s || lpad(n::text, 6, '0')"


def _insert_tickets(env, size):
    company = env.company
    sequence = company._get_ticket_sequence()
    env.flush_all()
    env.cr.execute(
        f"""
        WITH stages AS (SELECT id, kind, row_number() OVER (ORDER BY sequence) AS place FROM ticketing_stage),
             teams AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM ticketing_team WHERE name->>'en_US' LIKE 'Bench%%'),
             members AS (SELECT ticketing_team_id AS team, array_agg(res_users_id ORDER BY res_users_id) AS users
                         FROM res_users_ticketing_team_rel GROUP BY 1),
             customers AS (SELECT array_agg(id ORDER BY id) AS ids FROM res_partner WHERE parent_id IS NOT NULL AND email LIKE '%%@bench.example')
        INSERT INTO ticketing_ticket (number, name, search_text, description, company_id, partner_id, commercial_partner_id, partner_name,
            email_from, team_id, user_id, stage_id, stage_kind, impact, urgency, priority, channel_id, active, billing_state,
            service_mode, hours, create_uid, write_uid, create_date, write_date, assigned_on, solved_on, closed_on)
        SELECT {NUMBER}, {SUBJECT.format(s=SPREAD)}, {NUMBER} || ' ' || {SUBJECT.format(s=SPREAD)}, '<p>It does not work since this morning.</p>',
            %(company)s, partner.id, partner.commercial_partner_id, partner.name, partner.email, team.id,
            CASE WHEN n %% 5 > 0 THEN members.users[1 + n %% cardinality(members.users)] END,
            stage.id, stage.kind, '2', '2', CASE WHEN n %% 20 = 0 THEN '3' WHEN n %% 7 = 0 THEN '2' WHEN n %% 3 = 0 THEN '0' ELSE '1' END,
            %(channel)s, TRUE, CASE WHEN n %% 100 >= 18 THEN 'paid' ELSE 'nothing' END, 'onsite', 0, 1, 1,
            now() - n * interval '5 minutes', now() - n * interval '4 minutes', now() - n * interval '5 minutes',
            CASE WHEN stage.kind IN ('solved', 'closed', 'cancelled') THEN now() - n * interval '4 minutes' END,
            CASE WHEN stage.kind IN ('closed', 'cancelled') THEN now() - n * interval '4 minutes' END
        FROM generate_series(1, %(size)s) AS n
        CROSS JOIN customers
        JOIN teams team ON team.place = {SPREAD} %% %(teams)s
        JOIN members ON members.team = team.id
        JOIN stages stage ON stage.place = {STAGE.format(last=6)}
        JOIN res_partner partner ON partner.id = customers.ids[1 + n %% cardinality(customers.ids)]
        ORDER BY n DESC
        """,
        {
            "words": WORDS,
            "prefix": sequence.prefix,
            "company": company.id,
            "channel": env["ticketing.channel"]._get_by_code("email").id,
            "size": size,
            "teams": TEAMS,
        },
    )
    env.cr.execute("SELECT setval(%s, %s)", (f"ir_sequence_{sequence.id:03d}", size + 1))


def _insert_tasks(env, size):
    env.cr.execute(
        f"""
        WITH projects AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM project_project WHERE name->>'en_US' LIKE 'Bench%%'),
             stages AS (SELECT type_id AS id, row_number() OVER (ORDER BY type.sequence) AS place FROM project_task_type_rel
                        JOIN project_task_type type ON type.id = type_id WHERE project_id = %(project)s),
             customers AS (SELECT array_agg(id ORDER BY id) AS ids FROM res_partner WHERE parent_id IS NOT NULL AND email LIKE '%%@bench.example')
        INSERT INTO project_task (sequence, name, description, company_id, partner_id, project_id, stage_id, state, priority,
            active, display_in_project, recurring_task, is_template, has_template_ancestor, create_uid, write_uid,
            create_date, write_date, date_last_stage_update, date_assign)
        SELECT 10, {SUBJECT.format(s=SPREAD)}, '<p>It does not work since this morning.</p>', project.company_id, partner.id,
            project.id, stage.id, CASE WHEN n %% 100 < 18 THEN '01_in_progress' ELSE '1_done' END,
            CASE WHEN n %% 7 = 0 THEN '1' ELSE '0' END, TRUE, TRUE, FALSE, FALSE, FALSE, 1, 1,
            now() - n * interval '5 minutes', now() - n * interval '4 minutes', now() - n * interval '4 minutes',
            now() - n * interval '5 minutes'
        FROM generate_series(1, %(size)s) AS n
        CROSS JOIN customers
        JOIN projects place ON place.place = {SPREAD} %% %(teams)s
        JOIN project_project project ON project.id = place.id
        JOIN stages stage ON stage.place = {STAGE.format(last=5)}
        JOIN res_partner partner ON partner.id = customers.ids[1 + n %% cardinality(customers.ids)]
        ORDER BY n DESC
        """,
        {
            "words": WORDS,
            "size": size,
            "teams": TEAMS,
            "project": env["project.project"].search([("name", "=", "Bench project 1")]).id,
        },
    )
    env.cr.execute("ANALYZE project_task, ticketing_ticket")
    # The same people as on the tickets.
    env.cr.execute(
        """
        INSERT INTO project_task_user_rel (task_id, user_id)
        SELECT task.id, ticket.user_id FROM project_task task
        JOIN ticketing_ticket ticket ON ticket.name = task.name WHERE ticket.user_id IS NOT NULL
        """
    )


def _insert_chatter(env, model, author):
    """Give each record its message of creation; the customer and the assignee follow it."""
    table = env[model]._table
    env.cr.execute(
        f"""
        INSERT INTO mail_message (model, res_id, message_type, subtype_id, author_id, date, body, is_internal,
            reply_to_force_new, email_add_signature, create_uid, write_uid, create_date, write_date, message_id, email_from)
        SELECT %(model)s, id, 'email', %(subtype)s, partner_id, create_date, '<p>It does not work.</p>', FALSE, FALSE, TRUE,
            1, 1, create_date, create_date, '<' || id || %(domain)s, 'someone@bench.example'
        FROM "{table}"
        """,
        {"model": model, "subtype": env.ref("mail.mt_comment").id, "domain": f"-{model}@bench.example>"},
    )
    assignees = (
        f'SELECT id, {author} FROM "{table}"' if author else "SELECT task_id AS id, user_id FROM project_task_user_rel"
    )
    env.cr.execute(
        f"""
        INSERT INTO mail_followers (res_model, res_id, partner_id)
        SELECT %(model)s, id, partner_id FROM "{table}" WHERE partner_id IS NOT NULL
        UNION SELECT %(model)s, a.id, u.partner_id FROM ({assignees}) a JOIN res_users u ON u.id = a.user_id
        ON CONFLICT DO NOTHING
        """,
        {"model": model},
    )
    env.cr.execute(
        """
        INSERT INTO mail_followers_mail_message_subtype_rel
        SELECT id, %(subtype)s FROM mail_followers WHERE res_model = %(model)s ON CONFLICT DO NOTHING
        """,
        {"model": model, "subtype": env.ref("mail.mt_comment").id},
    )
