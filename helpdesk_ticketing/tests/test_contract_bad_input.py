# pylint: disable=translation-required
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_contract import ContractCase
from .test_bad_input import BadInputCase, Row

WATCHED = (
    "ticketing_contract",
    "ticketing_contract_material",
    "ticketing_contract_period",
    "ticketing_contract_topup",
    "product_product",
    "product_template",
    "stock_lot",
)


def told(act):
    """Say what the database refuses as core says it to the web client."""

    def acted(case, user, given):
        try:
            with case.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                act(case, user, given)
                case.env.flush_all()
        except IntegrityError as error:
            found = (model._name for model in case.env.registry.values() if model._table == error.diag.table_name)
            name = next(found, "base")
            raise ValidationError(case.env[name]._sql_error_to_message(error)) from error

    return acted


def write(**values):
    return told(lambda case, user, given: given.with_user(user).write(values))


def contract(**values):
    return lambda case: case._create_contract(**values)


def create(**values):
    """Make another contract of the same customer."""

    def act(case, user, given):
        type(case).env["ticketing.contract"].with_user(user).create(
            {"name": "Another", "partner_id": given.partner_id.id, **values}
        ).action_confirm()

    return told(act)


def delete(get):
    return told(lambda case, user, given: get(case, given).with_env(given.env).unlink())


def limited(**values):
    """A contract for some records of the test alone."""

    def given(case):
        return case._create_contract(
            **{name: [Command.set(getattr(case, field).ids)] for name, field in values.items()}
        )

    return given


def material(**names):
    def act(case, user, given):
        values = {name: getattr(case, field).id for name, field in names.items()}
        given.with_user(user).write({"material_cover": "listed", "material_ids": [Command.create(values)]})

    return told(act)


def choose_contract(case, user, given):
    """Put a ticket of the other company under a contract of this one."""
    ticket = case._create_ticket(team_id=case.bare_team.id, user_id=False)
    ticket.write({"contract_id": given.id})


def ticket_about(**names):
    def act(case, user, given):
        values = {name: getattr(case, field).id for name, field in names.items()}
        given.with_user(user).write(values)

    return act


def add_hours(**values):
    def act(case, user, given):
        days = values.get("days", 0)
        case._add_hours(given, values.get("hours", 1), user=user, date=case.today + timedelta(days=days))

    return act


def override(covered, **values):
    def act(case, user, given):
        given.timesheet_ids.with_user(user).write({"covered": covered, **values})

    return act


def worked(case):
    case._create_contract()
    given = case._create_ticket()
    case._add_hours(given, 1)
    return given


def signed(case):
    given = worked(case)
    case._sign(case._make_ready(given))
    return given


def sold(case):
    """Five hours, sold in advance, of which the customer has signed for two."""
    prepaid = case._create_contract(allowance="prepaid", included_hours=0)
    pack = case._create_product("Pack", type="service", invoice_policy="order", ticketing_prepaid_hours=1)
    order = case.env["sale.order"].create(
        {
            "partner_id": case.contact.id,
            "order_line": [Command.create({"product_id": pack.id, "product_uom_qty": 5})],
        }
    )
    order.action_confirm()
    given = case._create_ticket()
    case._add_hours(given, 2)
    case._sign(case._make_ready(given))
    return prepaid


def sell_in_advance(hours):
    return told(
        lambda case, user, given: case.pack.with_env(given.env).write(
            {"ticketing_prepaid_hours": hours, "invoice_policy": "order" if hours < 0 else "delivery"}
        )
    )


def topup(**values):
    return write(topup_ids=[Command.create(values)])


TABLE = (
    # Dates
    Row(
        "end before start",
        "manager",
        contract(),
        write(date_end="2001-01-01"),
        ValidationError,
        "can't end before it starts: correct its dates",
    ),
    Row(
        "notice after the end",
        "manager",
        contract(),
        write(notice_days=-1),
        ValidationError,
        "Notice can't be given after the end: enter how many days before",
    ),
    Row(
        "renewed for no time",
        "manager",
        contract(),
        write(renewal_months=0),
        ValidationError,
        "renewed for one month at least: enter",
    ),
    # What it includes
    Row(
        "negative allowance",
        "manager",
        contract(),
        write(included_hours=-1),
        ValidationError,
        "can't be negative: enter how many are free of charge",
    ),
    Row("allowance of nothing", "manager", contract(), write(included_hours=0), ValidationError, "Say how many hours"),
    Row(
        "carry-over of what is not counted",
        "manager",
        contract(),
        write(allowance="unlimited", carry_over=True),
        ValidationError,
        "Only hours per month, quarter, year or term are carried over: choose",
    ),
    Row(
        "carry-over of prepaid hours",
        "manager",
        contract(allowance="prepaid"),
        write(carry_over=True),
        ValidationError,
        "Only hours per month, quarter, year or term are carried over: choose",
    ),
    Row("discount over 100", "manager", contract(), write(discount=120), ValidationError, "0 and 100 %: correct it"),
    Row("negative discount", "manager", contract(), write(discount=-1), ValidationError, "0 and 100 %: correct it"),
    Row(
        "prepaid hours of nothing",
        "manager",
        contract(allowance="prepaid"),
        topup(hours=0),
        ValidationError,
        "must be more than nothing: enter how many were paid",
    ),
    Row(
        "prepaid pack paid afterwards",
        "manager",
        contract(),
        sell_in_advance(2),
        ValidationError,
        "sells hours in advance: set its invoicing policy",
    ),
    Row(
        "prepaid pack of less than nothing",
        "manager",
        contract(),
        sell_in_advance(-2),
        ValidationError,
        "can't be negative: enter what each unit sold adds",
    ),
    Row(
        "prepaid hours taken back once used",
        "salesman",
        sold,
        lambda case, user, given: given.topup_ids.sale_line_id.order_id.with_user(user)._action_cancel(),
        UserError,
        "5:00 h of .* can't be taken back: .* up to 3:00 h",
    ),
    Row(
        "sold hours typed over",
        "manager",
        sold,
        lambda case, user, given: given.topup_ids.with_user(user).write({"hours": 50}),
        UserError,
        "were sold: correct their sale order",
    ),
    # Call-out fee
    Row(
        "call-out fee without product",
        "manager",
        contract(),
        write(call_out_price=35),
        ValidationError,
        "no product that stands for them on delivery notes: choose one",
    ),
    Row(
        "call-out fee from stock",
        "manager",
        contract(),
        told(lambda case, user, given: given.with_user(user).write({"call_out_product_id": case.valve.id})),
        ValidationError,
        "can't be a call-out fee: it must be",
    ),
    Row(
        "call-out fee of less than nothing",
        "manager",
        contract(),
        told(
            lambda case, user, given: given.with_user(user).write(
                {"call_out_product_id": case._create_product("Call-out").id, "call_out_price": -1}
            )
        ),
        ValidationError,
        "can't cost less than nothing: enter its price",
    ),
    # Material and equipment
    Row(
        "covered material of no kind",
        "manager",
        contract(),
        material(),
        ValidationError,
        "Say which material is covered",
    ),
    Row(
        "covered product of another category",
        "manager",
        contract(),
        material(product_id="valve", categ_id="spares"),
        ValidationError,
        "Valve is not in the category Spares: this row would cover nothing",
    ),
    Row(
        "covered product without category",
        "manager",
        contract(),
        material(product_id="bare", categ_id="spares"),
        ValidationError,
        "Bare is not in the category Spares: this row would cover nothing",
    ),
    Row(
        "unit of another product",
        "manager",
        worked,
        ticket_about(product_id="valve", lot_id="serial"),
        ValidationError,
        "Serial number PUMP-1 is of Pump, not of Valve: correct one of them",
    ),
    Row(
        "the only product deleted",
        "manager",
        limited(product_ids="bare"),
        delete(lambda case, given: case.bare),
        UserError,
        "can't be deleted: contracts name it .*Archive it, or take it out",
    ),
    Row(
        "the only unit deleted",
        "manager",
        limited(lot_ids="spare_serial"),
        delete(lambda case, given: case.spare_serial),
        UserError,
        "can't be deleted: contracts name it .*Archive it, or take it out",
    ),
    Row(
        "covered category deleted",
        "manager",
        lambda case: case._create_contract(
            material_cover="listed", material_ids=[Command.create({"categ_id": case.spares.id})]
        ),
        delete(lambda case, given: case.spares),
        UserError,
        "can't be deleted: contracts name it .*Archive it, or take it out",
    ),
    # Whose, and which
    Row(
        "overlapping contracts",
        "manager",
        contract(),
        create(),
        ValidationError,
        "is for the same tickets and days as .*: change its dates, or say for which teams or equipment",
    ),
    Row(
        "named contact of somebody else",
        "manager",
        contract(),
        told(lambda case, user, given: given.with_user(user).write({"contact_ids": [Command.set(case.stranger.ids)]})),
        ValidationError,
        "only the customer's own people are named",
    ),
    Row(
        "draft contract chosen",
        "manager",
        lambda case: case._create_contract(confirm=False),
        lambda case, user, given: case._create_ticket(contract_id=given.id),
        ValidationError,
        "is a draft: confirm it first",
    ),
    Row(
        "contract of somebody else",
        "manager",
        contract(),
        lambda case, user, given: case._create_ticket(partner_id=case.stranger.id, contract_id=given.id),
        ValidationError,
        "not of the customer of ticket",
    ),
    Row(
        "contract of another company",
        "commuter",
        contract(),
        choose_contract,
        UserError,
        "compan",
        core=True,
    ),
    Row(
        "confirmed twice", "manager", contract(), lambda case, user, given: given.action_confirm(), UserError, "already"
    ),
    Row(
        "contract in use deleted",
        "manager",
        contract(),
        lambda case, user, given: given.with_user(user).unlink(),
        UserError,
        "is in force or was: cancel it instead",
    ),
    # Work
    Row(
        "hours in the future",
        "technician",
        worked,
        add_hours(days=3),
        ValidationError,
        "lies in the future: only work that was done",
    ),
    Row("negative hours", "technician", worked, add_hours(hours=-1), ValidationError, "correct the entry itself"),
    Row("covered without a reason", "manager", worked, override(False), UserError, "Say why you decide otherwise"),
    Row(
        "covered by a technician",
        "technician",
        worked,
        override(False, cover_reason="No"),
        UserError,
        "Only a helpdesk manager",
    ),
    Row(
        "signed work decided anew",
        "manager",
        signed,
        lambda case, user, given: given.timesheet_ids.with_user(user).action_decide_again(),
        UserError,
        "signed for, or billed: what is covered of it stays",
    ),
    # Costs
    Row(
        "costs that nobody has entered",
        "manager",
        worked,
        lambda case, user, given: case._row_of(given, user).action_apply_costs(),
        UserError,
        "have no hourly cost yet: have the personnel department enter it",
    ),
)


@tagged("post_install", "-at_install")
class TestContractBadInput(BadInputCase, ContractCase):
    """What is done wrong with contracts, coverage and costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})
        cls.spares = cls.env["product.category"].create({"name": "Spares"})
        cls.bare = cls._create_product("Bare")
        cls.bare.categ_id = False
        cls.pack = cls._create_product("Voucher", type="service", invoice_policy="order")
        cls.gauge = cls._create_product("Gauge", tracking="serial", is_storable=True)
        cls.spare_serial = cls.env["stock.lot"].create({"name": "GAUGE-1", "product_id": cls.gauge.id})
        cls.serial = cls.serials[0]
        cls.employee.hourly_cost = 0

    def _world(self):
        return super()._world() | {table: self._fingerprint(table) for table in WATCHED}

    def _row_of(self, ticket, user):
        self.env.flush_all()
        return self.env["ticketing.margin.report"].with_user(user).search([("ticket_id", "=", ticket.id)])

    def test_table(self):
        self._check_in_both_languages(TABLE)
