"""Cases of the chain: hours, material, signature and invoice, beside Odoo's own sale orders and deliveries."""

from measure import Case, Side

PIXEL = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
BATCH = 50


def cases(env, world):
    """Return the cases of hours, material, signature and invoice."""
    return [
        *_work_cases(env, world),
        _sign_case(env, world),
        *_invoice_cases(env, world),
    ]


# What is prepared, on both sides: three hours of labour and two products, delivered


def _products(env):
    products = env["product.product"].search([("name", "like", "Bench part")], order="id")
    return products, env["product.product"].search([("name", "=", "Bench labour")])


def _ticket(env, world, index=0):
    customers = env["res.partner"].search([("name", "like", "Bench customer"), ("is_company", "=", True)], limit=BATCH)
    technician = env["res.users"].browse(world.technician)
    return env["ticketing.ticket"].create(
        {
            "name": f"Boiler {index}",
            "partner_id": customers[index % len(customers)].id,
            "team_id": world.team,
            "user_id": technician.id,
        }
    )


def _hours(env, ticket, technician):
    values = {"ticket_id": ticket.id, "name": "Repair", "unit_amount": 1.5, "employee_id": technician.employee_id.id}
    return env["account.analytic.line"].create(values)


def _material(env, ticket, products):
    return env["sale.order.line"].create(
        [{"ticket_id": ticket.id, "product_id": product.id, "product_uom_qty": 2} for product in products]
    )


def _ready_note(env, world, index=0):
    ticket = _ticket(env, world, index)
    technician = env["res.users"].browse(world.technician)
    products, __ = _products(env)
    for __ in range(2):
        _hours(env, ticket, technician)
    _material(env, ticket, products)
    note = ticket._get_or_create_note()
    note.action_ready()
    return note


def _requests(count):
    def prepare(env, world):
        notes = [_ready_note(env, world, index) for index in range(count)]
        for note in notes:
            note._sign("Marta Ruiz", PIXEL, "backend")
        return env["ticketing.billing.request"].search([("note_id", "in", [note.id for note in notes])], order="id")

    return prepare


def _order(env, world, index=0, deliver=True):
    products, labour = _products(env)
    customers = env["res.partner"].search([("name", "like", "Bench customer"), ("is_company", "=", True)], limit=BATCH)
    order = env["sale.order"].create(
        {
            "partner_id": customers[index % len(customers)].id,
            "order_line": [
                (0, 0, {"product_id": product.id, "product_uom_qty": quantity})
                for product, quantity in [(labour, 3), *((product, 2) for product in products)]
            ],
        }
    )
    order.action_confirm()
    employee = env["res.users"].browse(world.technician).employee_id
    env["account.analytic.line"].create(
        [
            {
                "project_id": world.project,
                "so_line": order.order_line[0].id,
                "is_so_line_edited": True,
                "name": "Repair",
                "unit_amount": 1.5,
                "employee_id": employee.id,
            }
            for __ in range(2)
        ]
    )
    if deliver:
        order.picking_ids.move_ids.picked = True
        order.picking_ids._action_done()
    return order


# Hours and material


def _work_cases(env, world):
    def undelivered(env):
        return _order(env, world, deliver=False)

    return [
        Case("hours, the first (makes the order)", _hours_side(world, first=True)),
        Case("hours, a further entry", _hours_side(world, first=False), Side(_core_hours(world), prepare=undelivered)),
        Case("material, a line", _material_side(world), Side(_core_material, prepare=undelivered)),
        Case(
            "note ready: delivered and frozen",
            Side(lambda env, note: note.action_ready(), prepare=lambda env: _draft_note(env, world)),
            Side(_core_delivery, prepare=undelivered),
        ),
    ]


def _hours_side(world, first):
    def prepare(env):
        ticket = _ticket(env, world)
        if not first:
            _hours(env, ticket, env["res.users"].browse(world.technician))
        return ticket.id

    def run(env, ticket_id):
        _hours(env, env["ticketing.ticket"].browse(ticket_id), env.user)

    return Side(run, world.technician, prepare)


def _core_hours(world):
    def run(env, order):
        env["account.analytic.line"].create(
            {
                "project_id": world.project,
                "so_line": order.order_line[0].id,
                "is_so_line_edited": True,
                "name": "Repair",
                "unit_amount": 1.5,
                "employee_id": env["res.users"].browse(world.technician).employee_id.id,
            }
        )

    return run


def _material_side(world):
    def prepare(env):
        ticket = _ticket(env, world)
        _hours(env, ticket, env["res.users"].browse(world.technician))
        return ticket.id, _products(env)[0][:1].id

    def run(env, prepared):
        ticket_id, product_id = prepared
        _material(env, env["ticketing.ticket"].browse(ticket_id), env["product.product"].browse(product_id))

    return Side(run, world.technician, prepare)


def _core_material(env, order):
    env["sale.order.line"].create({"order_id": order.id, "product_id": _products(env)[0][0].id, "product_uom_qty": 2})


def _core_delivery(env, order):
    order.picking_ids.move_ids.picked = True
    order.picking_ids.button_validate()


def _draft_note(env, world):
    ticket = _ticket(env, world)
    for __ in range(2):
        _hours(env, ticket, env["res.users"].browse(world.technician))
    _material(env, ticket, _products(env)[0])
    return ticket._get_or_create_note()


# Signature: nothing of a PDF and nothing of accounting on our side, the slip as PDF on core's


def _sign_case(env, world):
    def sign(env, note_id):
        env["ticketing.delivery.note"].browse(note_id).action_sign("Marta Ruiz", PIXEL)

    def sign_core(env, order):
        order.picking_ids.signature = PIXEL

    return Case(
        "sign a delivery",
        Side(sign, world.technician, lambda env: _ready_note(env, world).id),
        Side(sign_core, prepare=lambda env: _order(env, world)),
        0.03,
        20,
        rounds=5,
    )


# Invoice: draft, post, XML


def _export(invoices):
    for invoice in invoices:
        builder = invoice.commercial_partner_id._get_edi_builder("ubl_bis3")
        __, errors = builder._export_invoice(invoice)
        if errors:
            raise AssertionError(errors)


def _invoice_cases(env, world):
    def bill(env, requests):
        env["ticketing.team"].browse(world.team).auto_approve_amount = 100000
        requests._try("_bill_and_review")  # within the team's amount: posted, and the XML made
        if set(requests.mapped("state")) != {"to_send"}:
            raise AssertionError(requests.mapped("error"))

    def bill_core(env, orders):
        invoices = orders._create_invoices(grouped=True)
        invoices.action_post()
        _export(invoices)

    def orders(count):
        def prepare(env):
            return env["sale.order"].union(*(_order(env, world, index) for index in range(count)))

        return prepare

    return [
        Case(
            f"draft + post + XML, {name}",
            Side(bill, prepare=lambda env, count=count: _requests(count)(env, world), per=count),
            Side(bill_core, prepare=orders(count), per=count),
            ratio,
            rounds=rounds,
        )
        for name, count, ratio, rounds in (("one order", 1, 0.85, 9), (f"batch of {BATCH}", BATCH, 0.75, 3))
    ]
