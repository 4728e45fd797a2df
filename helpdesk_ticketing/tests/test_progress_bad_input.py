# pylint: disable=translation-required

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common_progress import ProgressCase
from .test_bad_input import BadInputCase, Row, call
from .test_contract_bad_input import told, write

WATCHED = (
    "ticketing_progress_plan",
    "project_milestone",
    "ticketing_retention_release",
    "ticketing_retention_release_line",
    "project_project",
    "project_task",
)


def plan(**values):
    return lambda case: case._make_plan(**values)


def draft(**values):
    return plan(start=False, **values)


def certified(case):
    """A plan whose first milestone is accepted."""
    given = case._make_plan(retention_percent=5)
    given.milestone_ids[0].is_reached = True
    case._accept(case._certify(given))
    return given


def waiting(case):
    """A plan whose second certificate waits for its signature."""
    given = certified(case)
    given.milestone_ids[1].is_reached = True
    case._certify(given).action_ready()
    return given


def measured(percent=0.0, **values):
    """The draft of a certificate of a percentage that is said by hand."""

    def given(case):
        made = case._make_plan(method="completion", completion_source="manual", **values)
        note = case._certify(made)
        note.percent_to_date = percent
        return note

    return given


def signed(case):
    return certified(case).certificate_ids


def milestone(number=0, **values):
    return told(lambda case, user, given: given.milestone_ids[number].with_user(user).write(values))


def milestones(*percents):
    """Write the percentages of a plan's milestones together, as its form does."""
    return told(
        lambda case, user, given: given.with_user(user).write(
            {
                "milestone_ids": [
                    Command.update(part.id, {"percentage": percent})
                    for part, percent in zip(given.milestone_ids, percents, strict=True)
                ]
            }
        )
    )


def sold(**values):
    """Change what is sold, as a salesman may."""
    return told(lambda case, user, given: given.sale_line_ids.with_user(user).write(values))


def unconfirmed(case):
    order = case.env["sale.order"].create({"partner_id": case.customer.id})
    return case.env["ticketing.progress.plan"].create(
        {"name": "Heating", "project_id": case.project.id, "sale_order_id": order.id}
    )


def taxed(case):
    given = case._make_plan(start=False)
    included = given.sale_line_ids.tax_ids.copy({"name": "21 % included", "price_include_override": "tax_included"})
    given.sale_line_ids.tax_ids = included
    return given


def sold_once(case):
    given = case._make_plan(start=False)
    given.sale_line_ids.write({"product_uom_qty": 1, "price_unit": 10000})
    return given


def with_ticket(case):
    given = case._make_plan()
    case._create_ticket(milestone_id=given.milestone_ids[0].id)
    return given


def for_project(get):
    return told(lambda case, user, given: given.with_user(user).write({"project_id": get(case).id}))


def sell_in_other_currency(case, user, given):
    dollars = case.env["res.currency"].with_context(active_test=False).search([("name", "=", "USD")])
    dollars.active = True
    prices = case.env["product.pricelist"].create({"name": "Dollars", "currency_id": dollars.id})
    given.sale_order_id.with_user(user).write({"pricelist_id": prices.id})


def sign_again(case, user, given):
    given.with_user(user).action_sign("Marta", case.signature)


TABLE = (
    # The plan
    Row(
        "over 100 %", "planner", draft(percents=(60, 50)), call("action_start"), ValidationError, "110.00 % instead of"
    ),
    Row(
        "99.99 %",
        "planner",
        draft(percents=(33.33, 33.33, 33.33)),
        call("action_start"),
        ValidationError,
        "99.99 % instead of 100.00 %: correct their percentages",
    ),
    Row(
        "a running plan that no longer adds up",
        "planner",
        plan(),
        milestones(30, 40, 31),
        ValidationError,
        "101.00 % instead of 100.00 %: correct",
    ),
    Row(
        "one milestone of more than all",
        "planner",
        draft(),
        milestone(percentage=101),
        ValidationError,
        "between 0 and 100 %: correct it",
    ),
    Row(
        "a negative milestone",
        "planner",
        draft(),
        milestone(percentage=-1),
        ValidationError,
        "between 0 and 100 %: correct it",
    ),
    Row(
        "retention of 101 %",
        "planner",
        plan(),
        write(retention_percent=101),
        ValidationError,
        "retention is between 0 and 100 %: correct it",
    ),
    Row(
        "a milestone's retention of -1 %",
        "planner",
        plan(),
        milestone(retention_percent=-1),
        ValidationError,
        "retention is between 0 and 100 %: correct it",
    ),
    Row("no cadence", "planner", plan(), write(cadence_months=0), ValidationError, "at least a month apart: enter"),
    Row("no lender", "planner", draft(), write(payer="lender"), ValidationError, "say who that is in the field Lender"),
    Row(
        "a milestone without lender",
        "planner",
        draft(),
        lambda case, user, given: given.with_user(user).write(
            {"milestone_ids": [Command.update(given.milestone_ids[0].id, {"payer": "lender"})]}
        ),
        ValidationError,
        "say who that is in the field Lender",
    ),
    Row(
        "order not confirmed",
        "planner",
        unconfirmed,
        call("action_start"),
        UserError,
        "Confirm the quotation .* first",
    ),
    Row("started twice", "planner", plan(), call("action_start"), UserError, "is running: only a draft"),
    Row(
        "quantity 1",
        "planner",
        sold_once,
        call("action_start"),
        UserError,
        "with a quantity of 100 .* The button 'Plan Billing' of .* does it",
    ),
    Row("tax included", "planner", taxed, call("action_start"), UserError, "choose one that is added to it"),
    Row(
        "project of another customer",
        "planner",
        draft(),
        for_project(lambda case: case.other_project),
        ValidationError,
        "choose a project of the same customer",
    ),
    Row(
        "project of another company",
        "planner",
        draft(),
        for_project(lambda case: case.foreign_project),
        UserError,
        "compan",
        core=True,
    ),
    Row(
        "other currency",
        "salesman",
        plan(),
        sell_in_other_currency,
        UserError,
        "pricelist",
        core=True,
    ),
    # Changed after it was certified
    Row("other method", "planner", certified, write(method="completion"), UserError, "Sell a change instead"),
    Row("certified percentage", "planner", certified, milestone(percentage=20), UserError, "Sell a change instead"),
    Row(
        "certified milestone deleted",
        "planner",
        certified,
        told(lambda case, user, given: given.milestone_ids[0].with_user(user).unlink()),
        UserError,
        "can't be deleted any more: sell a change that takes it away",
    ),
    Row("certified price", "salesman", certified, sold(price_unit=1), UserError, "Sell a change instead"),
    Row("certified plan deleted", "planner", certified, call("unlink"), UserError, "cancel the plan instead"),
    # Certificates
    Row(
        "nothing due",
        "planner",
        plan(),
        call("action_certify"),
        UserError,
        "Nothing is due: mark a milestone as reached",
    ),
    Row(
        "two open certificates",
        "planner",
        waiting,
        call("action_certify"),
        UserError,
        "have it accepted or cancel it first",
    ),
    Row(
        "completion without reason",
        "planner",
        measured(25),
        call("action_ready"),
        UserError,
        "Write how the percentage was found",
    ),
    Row("nothing completed", "planner", measured(), call("action_ready"), UserError, "raise the percentage, or cancel"),
    Row(
        "-1 % completed",
        "planner",
        measured(),
        write(percent_to_date=-1),
        ValidationError,
        "between 0 and 100 %, not -1",
    ),
    Row(
        "101 % completed",
        "planner",
        measured(),
        write(percent_to_date=101),
        ValidationError,
        "100 %, not 101.* correct it",
    ),
    Row("signed twice", "agent", signed, sign_again, UserError, "already signed"),
    Row(
        "certificate changed once it is ready",
        "planner",
        lambda case: waiting(case).certificate_ids.filtered(lambda note: note.state == "ready"),
        write(period_end="2026-01-01"),
        UserError,
        "take it back to draft first",
    ),
    # Tickets
    Row(
        "reached with open tickets",
        "planner",
        with_ticket,
        milestone(is_reached=True),
        UserError,
        "waits for the tickets .*: solve them first",
    ),
    Row(
        "ticket of another customer",
        "planner",
        with_ticket,
        lambda case, user, given: given.milestone_ids.ticket_ids.write({"partner_id": case.stranger.id}),
        ValidationError,
        "choose a milestone of the same customer, or none",
    ),
    # The end
    Row("accepted too early", "planner", certified, call("action_accept"), UserError, "certify the rest before"),
    Row(
        "release with nothing held",
        "planner",
        plan(),
        call("action_release"),
        UserError,
        "Nothing is held back of .*: there is nothing to release",
    ),
    Row(
        "cancelled with an open certificate",
        "planner",
        waiting,
        call("action_cancel"),
        UserError,
        "Cancel .* first, or have it signed",
    ),
    Row("reopened while it runs", "planner", plan(), call("action_reopen"), UserError, "is running: only"),
)


@tagged("post_install", "-at_install")
class TestProgressBadInput(ProgressCase, BadInputCase):
    """What is done wrong with billing plans, their milestones and certificates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        planner = "project.group_project_manager,helpdesk_ticketing.group_user_all"
        cls.people["planner"] = cls._person("bad.planner", planner, cls.company | cls.bare_company)
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})
        Project = cls.env["project.project"]
        cls.other_project = Project.create({"name": "Of a stranger", "partner_id": cls.stranger.id})
        cls.foreign_project = Project.create({"name": "Elsewhere", "company_id": cls.bare_company.id})

    def _world(self):
        return super()._world() | {table: self._fingerprint(table) for table in WATCHED}

    def test_table(self):
        self._check_in_both_languages(TABLE)

    def test_what_the_payer_lacks_stands_on_the_request(self):
        """What is missing to invoice a lender stops no signature; it is said to the accountant, and mended there."""
        spain = self.env.ref("base.es")
        lender = self.env["res.partner"].create({"name": "Bank", "is_company": True, "invoice_edi_format": "ubl_bis3"})
        given = self._make_plan(lender_id=lender.id, payer="lender", acceptance="customer")
        given.milestone_ids[0].is_reached = True
        note = self._accept(self._certify(given))
        self._run_billing()
        request = note.billing_request_ids
        self.assertEqual((note.state, request.state), ("signed", "failed"))
        self.assertRegex(request.error, "Bank has no (country|tax ID)")
        self.assertTrue(request.activity_ids, "somebody is told")
        with self.assertRaisesRegex(UserError, "Bank has no"), self.env.cr.savepoint():
            request.with_user(self.accountant).action_approve()
        address = {"street": "Gran Via, 1", "zip": "46005", "city": "Valencia", "country_id": spain.id}
        lender.write({"vat": "ESB96123450", **address})
        request.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual((request.state, request.invoice_id.amount_untaxed), ("to_approve", 3000))

    def test_a_link_opens_once(self):
        given = self._make_plan()
        given.milestone_ids[0].is_reached = True
        note = self._certify(given)
        note.action_ready()
        token = note.sudo().sign_token
        self.assertEqual(note._get_by_link(note.id, token), note)
        self._accept(note)
        self.assertFalse(note._get_by_link(note.id, token))
