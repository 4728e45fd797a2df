"""Cases of the desk: what agents see and do, beside project.task."""

from measure import Case, Side
from views import progress_bar, specification

OPEN = [("stage_kind", "in", ("new", "open", "waiting"))]
TASK_OPEN = [("is_closed", "=", False)]


def cases(env, world):
    """Return the cases of tickets."""
    tickets, tasks = _documents(env, world)
    agent = env(user=world.agent, su=False)
    dispatcher = env(user=world.dispatcher, su=False)
    return [
        *_kanban_cases(agent, dispatcher, world),
        *_list_cases(dispatcher),
        _form_case(agent, world, tickets, tasks),
        _pivot_case(world),
        *_create_cases(env, world),
        *_stage_cases(env, world, tickets, tasks),
        *_mail_cases(world),
    ]


# An agent sees the tickets of his teams, but every task. What goes through all records is measured as a dispatcher,
# who sees all tickets too: both sides read the same rows.


def _kanban_cases(agent, dispatcher, world):
    def kanban(env, model, domain, context):
        spec, bar = specification(env, model, "kanban"), progress_bar(env, model)

        def run(env, prepared):
            Model = env[model].with_context(**context)
            Model.web_read_group(
                domain,
                ["stage_id"],
                ["__count"],
                auto_unfold=True,
                unfold_read_specification=spec,
                unfold_read_default_limit=80,
                groupby_read_specification={"stage_id": {"display_name": {}, "fold": {}}},
            )
            if bar:
                Model.read_progress_bar(domain, "stage_id", bar)

        return Side(run, env.uid)

    def pair(name, env, ours, core, ratio):
        return Case(name, kanban(env, "ticketing.ticket", *ours), kanban(env, "project.task", *core), ratio, 16)

    return [
        pair(
            "kanban of a team",
            agent,
            ([("team_id", "=", world.team)], {"default_team_id": world.team}),
            ([("project_id", "=", world.project)], {"default_project_id": world.project}),
            0.25,
        ),
        pair("kanban of everything", dispatcher, ([], {}), ([("project_id", "!=", False)], {}), 0.20),
    ]


def _list_cases(env):
    def search(model, domain):
        spec = specification(env, model, "list")
        return Side(
            lambda env, prepared: env[model].web_search_read(domain, spec, limit=80, count_limit=10001), env.uid
        )

    def by_text(text):
        return Case(
            f"search by text: {'none' if 'zzz' in text else 'rare'}",
            search("ticketing.ticket", [("search_text", "ilike", text)]),
            search("project.task", [("name", "ilike", text)]),
            0.40,
            10,
        )

    return [
        Case("list of open, 80 + count", search("ticketing.ticket", OPEN), search("project.task", TASK_OPEN), 0.20, 12),
        by_text("reported 1234"),
        by_text("zzzqqq"),
    ]


def _form_case(env, world, tickets, tasks):
    def form(model, record_id):
        spec = specification(env, model, "form")
        return Side(lambda env, prepared: env[model].browse(record_id).web_read(spec), world.agent)

    return Case("form", form("ticketing.ticket", tickets[0]), form("project.task", tasks[0]), 0.50, 16, rounds=15)


def _pivot_case(world):
    def pivot(model, *groups):
        sets = [list(groups[:size]) for size in range(len(groups) + 1)]
        return Side(
            lambda env, prepared: env[model].formatted_read_grouping_sets([], sets, ["__count"]), world.dispatcher
        )

    return Case(
        "pivot month x team x user",
        pivot("ticketing.ticket", "create_date:month", "team_id", "user_id"),
        pivot("project.task", "create_date:month", "project_id", "user_ids"),
        0.35,
        4,
    )


MAIL = """From: Contact <c1.{company}@bench.example>
To: {to}
Subject: {subject}
Message-ID: <{id}@bench.example>
{headers}Date: Mon, 02 Mar 2026 09:00:00 +0100
Content-Type: text/plain; charset=utf-8

The boiler in the basement does not start since this morning. Please send somebody.
"""


def _mail_cases(world):
    def mail(alias, reply):
        def prepare(env):
            mailbox = env["mail.alias"].search([("alias_name", "=", alias)])
            values = {"company": world.customer, "to": mailbox.alias_full_name, "headers": "", "subject": "Boiler"}
            first = MAIL.format(id=f"first-{alias}", **values)
            if not reply:
                return first
            env["mail.thread"].message_process(None, first)
            values |= {"headers": f"In-Reply-To: <first-{alias}@bench.example>\n", "subject": "Re: Boiler"}
            return MAIL.format(id=f"second-{alias}", **values)

        return Side(lambda env, raw: env["mail.thread"].message_process(None, raw), prepare=prepare)

    return [
        Case(
            f"mail, {'reply' if reply else 'new, known sender'}",
            mail("bench-desk-1", reply),
            mail("bench-project-1", reply),
            0.80,
            50 if reply else 44,
        )
        for reply in (False, True)
    ]


def _documents(env, world):
    tickets = env["ticketing.ticket"].search(
        [("team_id", "=", world.team), ("stage_kind", "not in", ("waiting", "solved"))], limit=100
    )
    tasks = env["project.task"].search(
        [("project_id", "=", world.project), ("stage_id.name", "not in", ("Waiting", "Solved"))], limit=100
    )
    return tickets.ids, tasks.ids


def _create_cases(env, world):
    customers = (
        env["res.partner"].search([("parent_id", "!=", False), ("email", "like", "@bench.example")], limit=100).ids
    )

    def ticket(index):
        return {
            "name": f"The boiler does not start {index}",
            "partner_id": customers[index],
            "team_id": world.team,
            "user_id": world.colleague,
            "description": "<p>No heating since this morning.</p>",
        }

    def task(index):
        return {
            "name": f"The boiler does not start {index}",
            "partner_id": customers[index],
            "project_id": world.project,
            "user_ids": [(6, 0, [world.colleague])],
            "description": "<p>No heating since this morning.</p>",
        }

    def create(model, values, count):
        return lambda env, prepared: env[model].create([values(index) for index in range(count)])

    return [
        Case(
            f"create {count}, assigned",
            Side(create("ticketing.ticket", ticket, count), world.agent),
            Side(create("project.task", task, count), world.agent),
            ratio,
            queries,
            rounds=15 if count == 1 else 5,
        )
        for count, ratio, queries in ((1, 0.5, 28), (100, 0.25, 150))
    ]


def _stage_cases(env, world, tickets, tasks):
    waiting = env["ticketing.stage"].search([("kind", "=", "waiting")], limit=1).id
    task_stage = (
        env["project.project"].browse(world.project).type_ids.filtered(lambda stage: stage.name == "Waiting").id
    )

    def move(model, ids, stage):
        return lambda env, prepared: env[model].browse(ids).write({"stage_id": stage})

    return [
        Case(
            f"stage of {count}",
            Side(move("ticketing.ticket", tickets[:count], waiting), world.agent),
            Side(move("project.task", tasks[:count], task_stage), world.agent),
            ratio,
            queries,
            rounds=15 if count == 1 else 5,
        )
        for count, ratio, queries in ((1, 0.5, 18), (100, 0.35, 220))
    ]
