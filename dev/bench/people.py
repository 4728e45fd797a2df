"""People of the benchmarks: agents, customers, teams, what they sell."""

from odoo import Command

AGENTS = 20
TEAMS = 8
CUSTOMERS = 400  # companies, each with four contacts
TIME_ZONE, OPENS, CLOSES = "Europe/Madrid", 8, 17  # of every desk, Monday to Friday


def make_mail_domain(env):
    domain = env["mail.alias.domain"].search([], limit=1) or env["mail.alias.domain"].create({"name": "bench.example"})
    env.company.alias_domain_id = domain


def make_users(env):
    groups = {
        "agent": ("helpdesk_ticketing.group_user_team", "project.group_project_user"),
        "technician": ("helpdesk_ticketing.group_user_team", "helpdesk_ticketing.group_technician"),
        "planner": ("helpdesk_ticketing.group_user_all", "project.group_project_manager"),
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
    others = env["res.users"].create([values(kind, kind) for kind in ("technician", "dispatcher", "planner")])
    env["hr.employee"].create([{"name": user.name, "user_id": user.id, "hourly_cost": 20} for user in agents + others])
    return agents + others[0]


def make_customers(env):
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
    _make_busy_customer(env)


def _make_busy_customer(env):
    """The customer of whom every hundredth ticket is: five people, of whom one logs in (``life.py``, ``portal.py``)."""
    company = env["res.partner"].create({"name": "Bench busy customer", "is_company": True})
    people = env["res.partner"].create(
        [
            {"name": f"Busy {index}", "parent_id": company.id, "email": f"busy{index}@busy.example"}
            for index in range(1, 6)
        ]
    )
    env["res.users"].create(
        {
            "name": people[0].name,
            "login": "bench-customer",
            "email": people[0].email,
            "partner_id": people[0].id,
            "tz": TIME_ZONE,
            "group_ids": [(6, 0, [env.ref("base.group_portal").id])],
        }
    )


def make_teams(env, agents):
    hours = _make_calendar(env)
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
                "resource_calendar_id": hours.id,
                "member_ids": [(6, 0, _members(agents, index).ids)],
            }
        )
        project.write({"alias_name": f"bench-project-{index}"})


def _make_calendar(env):
    """Monday to Friday, in Madrid, without a break: what ``life.py`` counts by SQL."""
    days = [{"dayofweek": str(day), "hour_from": OPENS, "hour_to": CLOSES, "name": "Bench"} for day in range(5)]
    return env["resource.calendar"].create(
        {
            "name": "Bench hours",
            "tz": TIME_ZONE,
            "hours_per_day": CLOSES - OPENS,
            "attendance_ids": [Command.clear(), *(Command.create(day) for day in days)],
        }
    )


def _members(agents, index):
    """Every agent is in two or three teams; the first agent and the technician in the first."""
    own = agents[index - 1 :: TEAMS] + agents[index % TEAMS :: TEAMS]
    return own | agents[-1] if index == 1 else own


def make_products(env):
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
