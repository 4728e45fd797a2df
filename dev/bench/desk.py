"""Cases of the desk: what agents see and do, beside project.task."""

from measure import Case, Side


def web_form(view):
    """Return the specification with which the web client reads a form, list or kanban: the fields of its arch."""
    return view


def cases(env, world):
    """Return the cases of tickets."""
    tickets, tasks = _documents(env, world)
    return [
        *_create_cases(env, world),
        *_stage_cases(env, world, tickets, tasks),
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
    customers = env["res.partner"].search([("parent_id", "!=", False), ("email", "like", "@bench.example")], limit=100).ids

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
    task_stage = env["project.project"].browse(world.project).type_ids.filtered(lambda stage: stage.name == "Waiting").id

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
