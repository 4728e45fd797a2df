"""Cases of progress billing: plans of two hundred milestones, beside core's own milestones and sale orders."""

from measure import Case, Side
from views import specification
from works import MILESTONES, PIXEL

PART = 20  # milestones that a certificate is about


def cases(env, world):
    """Return the cases of plans: read, certified, signed, billed."""
    planner = env(user=world.planner, su=False)
    plan = env["ticketing.progress.plan"].search([("name", "=", "Bench works 1")])
    return [
        *_read_cases(planner, plan),
        _reach_case(planner, plan),
        *_certificate_cases(planner, plan),
    ]


def _read_cases(env, plan):
    plan_id, form = plan.id, specification(env, "ticketing.progress.plan", "form")
    plans = specification(env, "ticketing.progress.plan", "list")
    milestones = specification(env, "project.milestone", "list")
    project = plan.project_id.id

    def open_form(env, __):
        env["ticketing.progress.plan"].browse(plan_id).web_read(form)

    def list_plans(env, __):
        env["ticketing.progress.plan"].web_search_read([], plans, limit=80)

    def list_milestones(env, __):
        env["project.milestone"].web_search_read([("project_id", "=", project)], milestones, limit=80)

    core = Side(list_milestones, env.uid)
    return [
        Case(f"progress: form, {MILESTONES} milestones / core's list", Side(open_form, env.uid), core, queries=28),
        Case("progress: list of 80 plans / milestones", Side(list_plans, env.uid), core, queries=14),
    ]


def _reach_case(env, plan):
    """A milestone is marked as reached: of a plan, and of an order that core bills by milestones."""

    plan_id, project_id, partner_id = plan.id, plan.project_id.id, plan.partner_id.id

    def planned(env):
        return env["project.milestone"].search([("plan_id", "=", plan_id), ("is_reached", "=", False)], limit=1).id

    def unplanned(env):
        product = env["product.product"].search([("name", "=", "Bench installation")])
        product = product.copy({"service_type": "milestones", "service_policy": "delivered_milestones"})
        line = (0, 0, {"product_id": product.id, "product_uom_qty": 1, "price_unit": 100})
        order = env["sale.order"].create({"partner_id": partner_id, "order_line": [line]})
        order.action_confirm()
        values = {"project_id": project_id, "sale_line_id": order.order_line.id, "quantity_percentage": 0.005}
        made = env["project.milestone"].create([{**values, "name": f"Core {number}"} for number in range(MILESTONES)])
        return made[0].id

    def reach(env, milestone_id):
        env["project.milestone"].browse(milestone_id).toggle_is_reached(True)

    return Case(
        f"progress: reach one of {MILESTONES}",
        Side(reach, env.uid, planned),
        Side(reach, env.uid, unplanned),
        1.3,
        33,
        rounds=3,
    )


# Of a plan: what is reached, its draft, its request


def _reached(env, plan_id):
    due = env["project.milestone"].search([("plan_id", "=", plan_id), ("is_reached", "=", False)], limit=PART)
    due.is_reached = True


def _drafted(env, plan_id):
    _reached(env, plan_id)
    plan = env["ticketing.progress.plan"].browse(plan_id)
    plan.action_certify()
    return plan.certificate_ids.filtered(lambda note: note.state == "draft").id


def _accepted(env, plan_id):
    note = env["ticketing.delivery.note"].browse(_drafted(env, plan_id))
    note.action_ready()
    note._sign("Marta Ruiz", PIXEL, "backend")
    return note.billing_request_ids


def _ordered(env, partner_id):
    """Return core's order of as many lines: a certificate bills each milestone and what is held back of it."""
    product = env["product.product"].search([("name", "=", "Bench installation")])
    values = {"product_id": product.id, "product_uom_qty": 1, "price_unit": 1000}
    lines = [(0, 0, values) for __ in range(2 * PART)]
    order = env["sale.order"].create({"partner_id": partner_id, "order_line": lines})
    order.action_confirm()
    order.order_line.qty_delivered = 1
    return order


def _sign(env, note_id):
    note = env["ticketing.delivery.note"].browse(note_id)
    note.action_ready()
    note.action_sign("Marta Ruiz", PIXEL)


def _bill(env, request):
    request._try("_bill")
    if not request.invoice_id:
        raise AssertionError(request.error)


def _certificate_cases(env, plan):
    plan_id, partner_id = plan.id, plan.partner_id.id

    def certify(env, __):
        env["ticketing.progress.plan"].browse(plan_id).action_certify()

    def of_plan(prepare):
        return lambda env: prepare(env, plan_id)

    return [
        Case(
            f"progress: certify {PART} of {MILESTONES}", Side(certify, env.uid, of_plan(_reached)), queries=60, rounds=5
        ),
        Case(f"progress: make ready and sign {PART}", Side(_sign, env.uid, of_plan(_drafted)), queries=80, rounds=5),
        Case(
            f"progress: draft invoice of {PART}",
            Side(_bill, prepare=of_plan(_accepted)),
            Side(lambda env, order: order._create_invoices(), prepare=lambda env: _ordered(env, partner_id)),
            1.0,
            rounds=5,
        ),
    ]
