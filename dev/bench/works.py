"""Works of the benchmarks: projects that are paid for by milestones, so many that no list of them is short."""

PROJECTS, MILESTONES = 500, 200
TOTAL = 200_000.0
# What a milestone is made of when it is created one by one; the amounts are what the plan would share out.
INSERT = """
    INSERT INTO project_milestone (name, sequence, project_id, plan_id, sale_line_id, percentage, amount, payer,
        retention_percent, quantity_percentage, is_reached, deadline, create_uid, create_date, write_uid, write_date)
    SELECT 'Milestone ' || number, number, plan.project_id, plan.id, line.id, 100.0 / %(count)s,
        line.price_subtotal / %(count)s, 'customer', plan.retention_percent, 1.0 / %(count)s, FALSE,
        current_date + number, 1, now() at time zone 'UTC', 1, now() at time zone 'UTC'
      FROM ticketing_progress_plan plan
      JOIN sale_order_line line ON line.progress_plan_id = plan.id
     CROSS JOIN generate_series(1, %(count)s) number
     WHERE plan.name LIKE 'Bench works%%'
"""


def make(env):
    """Make the projects, their orders and plans, with milestones that are inserted at once."""
    customers = env["res.partner"].search([("name", "like", "Bench customer"), ("is_company", "=", True)], order="id")
    product = env["product.product"].create(
        {"name": "Bench installation", "type": "service", "invoice_policy": "delivery", "service_type": "manual"}
    )
    owners = [customers[index % len(customers)] for index in range(PROJECTS)]
    projects = env["project.project"].create(
        [
            {"name": f"Bench works {index}", "partner_id": owner.id, "allow_billable": True, "allow_milestones": True}
            for index, owner in enumerate(owners, 1)
        ]
    )
    line = {"product_id": product.id, "product_uom_qty": 100, "price_unit": TOTAL / 100}
    orders = env["sale.order"].create([{"partner_id": owner.id, "order_line": [(0, 0, line)]} for owner in owners])
    env.flush_all()
    env.cr.execute("UPDATE sale_order SET state = 'sale' WHERE id = ANY(%s)", [orders.ids])
    env.cr.execute("UPDATE sale_order_line SET state = 'sale' WHERE order_id = ANY(%s)", [orders.ids])
    env.invalidate_all()
    plans = env["ticketing.progress.plan"].create(
        [
            {"name": project.name, "project_id": project.id, "sale_order_id": order.id, "retention_percent": 5}
            for project, order in zip(projects, orders, strict=True)
        ]
    )
    for plan, order in zip(plans, orders, strict=True):
        order.order_line.write({"progress_plan_id": plan.id, "progress_kind": "contract"})
    env.flush_all()
    env.cr.execute(INSERT, {"count": MILESTONES})
    env.cr.execute("UPDATE ticketing_progress_plan SET state = 'running' WHERE id = ANY(%s)", [plans.ids])
    env.invalidate_all()
    _certify_some(plans[:1])


def _certify_some(plan):
    """Give the plan that is measured a past: half of its milestones, ten at a time."""
    for start in range(0, MILESTONES // 2, 10):
        plan.milestone_ids[start : start + 10].is_reached = True
        plan.action_certify()
        note = plan.certificate_ids.filtered(lambda note: note.state == "draft")
        note.action_ready()
        note._sign("Marta Ruiz", PIXEL, "backend")
    plan.env["ticketing.billing.request"].search([("plan_id", "=", plan.id)])._try("_bill_and_review")


PIXEL = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
