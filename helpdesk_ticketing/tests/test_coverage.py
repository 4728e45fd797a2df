import os
from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_contract import ContractCase

FULL = 12 if os.environ.get("HELPDESK_FULL") else 1
EXAMPLES = int(os.environ.get("HELPDESK_EXAMPLES", 30 * FULL))
DAYS = 150  # the contracts of the property test lie within so many days before today


class Specification:
    """What should be covered, in plain words and without any cleverness: one minute after the other.

    Kept apart from the program: days are looked up in a list of months, minutes are handed out singly.
    """

    def __init__(self, terms, reported):
        self.terms = terms
        self.reported = reported
        self.used = []  # the period of each minute that is covered

    def get_period(self, day):
        """Return the number of the contract's months (quarters) that began before or on a day, less one."""
        step = {"month": 1, "quarter": 3, "term": 10_000}[self.terms["allowance"]]
        number = 0
        while self.terms["date_start"] + relativedelta(months=step * (number + 1)) <= day:
            number += 1
        return number

    def is_free(self, period):
        """Tell whether one more minute of a period is included."""
        included = round(self.terms["included_hours"] * 60)
        if not self.terms["carry_over"]:
            return self.used.count(period) < included
        later = range(period, max([period, *self.used]) + 1)
        return all(sum(1 for used in self.used if used <= at) < included * (at + 1) for at in later)

    def decide(self, day, minutes):
        """Return (covered minutes, kind of the others) of an entry."""
        terms = self.terms
        if self.reported < terms["date_start"] or self.reported > terms["date_end"]:
            return 0, False  # the ticket is none of this contract
        if day < terms["date_start"] or day > terms["date_end"]:
            return 0, "outside"
        if not terms["covers_labour"]:
            return 0, "not_included"
        if terms["allowance"] == "unlimited":
            return minutes, None
        covered = 0
        period = self.get_period(day)
        while covered < minutes and self.is_free(period):
            self.used.append(period)
            covered += 1
        return covered, "exhausted"


@st.composite
def contract_terms(draw, today):
    start = today - timedelta(days=draw(st.integers(40, DAYS)))
    return {
        "date_start": start,
        "date_end": start + timedelta(days=draw(st.integers(20, 120))),
        "covers_labour": draw(st.sampled_from([True, True, True, True, False])),
        "allowance": draw(st.sampled_from(["month", "month", "quarter", "term", "unlimited"])),
        "included_hours": draw(st.sampled_from([0.25, 0.5, 1, 1.75, 2.25])),
        "carry_over": draw(st.booleans()),
    }


def carried(terms):
    """Return terms that can be: only what is counted is carried over."""
    return {**terms, "carry_over": terms["carry_over"] and terms["allowance"] != "unlimited"}


ENTRIES = st.lists(
    st.tuples(st.integers(0, DAYS), st.integers(1, 110), st.sampled_from([0, 0, 0, 1])), min_size=1, max_size=7
)


@tagged("post_install", "-at_install")
class TestCoverageProperty(ContractCase):
    """Random contracts and entries, beside the plain specification."""

    def test_decision(self):
        names = iter(range(10**6))

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            contract_terms(self.today).map(carried), contract_terms(self.today).map(carried), ENTRIES, st.integers(0, 6)
        )
        def check(terms, other_terms, entries, signed):
            savepoint = self.env.cr.savepoint()
            try:
                self._check_entries(terms, other_terms, entries, signed, next(names))
            finally:
                savepoint.close(rollback=True)
                self.env.invalidate_all()
                self.env.registry.clear_cache("stable")

        check()

    def _check_entries(self, terms, other_terms, entries, signed, number):
        contract = self._create_contract(**terms)
        # reported on the first day, so that both belong to the contract; the second one is closed by its signature
        reported = terms["date_start"]
        happened = {"happened_on": datetime.combine(reported, time(12))}
        first, second = self._create_ticket(**happened), self._create_ticket(**happened)
        specification = Specification(terms, reported)
        expected = {}
        for index, (back, minutes, is_second) in enumerate(entries):
            day = self.today - timedelta(days=back)
            ticket = second if is_second else first
            self._add_hours(ticket, minutes / 60, date=day, name=f"{index}")
            expected[index] = (minutes, *specification.decide(day, minutes))
            note(f"{index}: {day} {minutes} {expected[index]}")
        self._check_expected(first | second, expected)
        # signed work keeps its decision, whatever becomes of the contract; the rest is decided anew, in order of its days
        if second.timesheet_ids and signed % 2:
            self._sign(self._make_ready(second))
        kept = {int(line.name): None for line in second.timesheet_ids.filtered("note_id")}
        contract.write(other_terms)
        specification = Specification(other_terms, reported)
        for index in kept:
            day = self.today - timedelta(days=entries[index][0])
            lines = second.timesheet_ids.filtered(lambda line, index=index: line.name == str(index))
            covered = [line for line in lines if line.cover_kind == "contract"]
            if other_terms["allowance"] != "unlimited":
                minutes = round(sum(line.unit_amount for line in covered) * 60)
                specification.used += [specification.get_period(day)] * minutes
        again = {index: expected[index] for index in kept}
        ids = {int(line.name): line.id for line in (first | second).timesheet_ids.sorted("id", reverse=True)}
        order = sorted(set(expected) - set(kept), key=lambda index: (-entries[index][0], ids[index]))
        for index in order:
            minutes = entries[index][1]
            again[index] = (minutes, *specification.decide(self.today - timedelta(days=entries[index][0]), minutes))
        self._check_expected(first | second, again)

    def _check_expected(self, tickets, expected):
        by_name = tickets.timesheet_ids.grouped(lambda line: int(line.name))
        for index, (minutes, covered, kind) in expected.items():
            lines = by_name[index]
            self.assertAlmostEqual(sum(lines.mapped("unit_amount")) * 60, minutes, msg="no minute is lost")
            free = lines.filtered("covered")
            self.assertAlmostEqual(sum(free.mapped("unit_amount")) * 60, covered, msg=f"entry {index}")
            self.assertEqual(set(free.mapped("cover_kind")), {"contract"} if covered else set())
            billed = lines - free
            self.assertEqual(set(billed.mapped("cover_kind")), {kind} if covered < minutes else set())
            self.assertEqual(all(lines.mapped("cover_reason")), kind is not False, "who pays it, reads why")
            self.assertLessEqual(len(lines), 2)


@tagged("post_install", "-at_install")
class TestCoverage(ContractCase):
    """Examples of what is covered, and of what becomes of it when something changes."""

    def test_month(self):
        start = self.today - relativedelta(months=2)
        contract = self._create_contract(allowance="month", included_hours=5, date_start=start)
        ticket = self._create_ticket()
        self._add_hours(ticket, 1.5)
        self._add_hours(ticket, 4, date=start + relativedelta(months=2, days=-1))  # the month before, on a 31st too
        self.assertEqual(
            self._told(ticket.timesheet_ids), [(1.5, True, "contract"), (4.0, True, "contract")], "of two months"
        )
        self.assertEqual(ticket.contract_balance, "3:30 of 5:00 h left this month")
        self.assertEqual(contract.period_ids.mapped("used_minutes"), [0, 240, 90])
        contract.write({"allowance": "term", "included_hours": 2})
        self.assertEqual(contract.period_ids.mapped("used_minutes"), [120], "accounts of other periods")

    def test_first_and_last_day(self):
        contract = self._create_contract(date_start=self.today, date_end=self.today)
        ticket = self._create_ticket()
        self.assertEqual(ticket.contract_id, contract)
        for days in (0, -1, 1):
            self._add_hours(ticket, 0.5, date=self.today + timedelta(days=days))
        self.assertEqual(ticket.timesheet_ids.sorted("id").mapped("cover_kind"), ["contract", "outside", "outside"])

    def test_entry_of_two_rows(self):
        """What is changed on one of its rows holds for the entry."""
        contract = self._create_contract(included_hours=1)
        ticket = self._create_ticket()
        row = self._add_hours(ticket, 1.5)
        other = ticket.timesheet_ids - row
        self.assertEqual(self._told(row | other), [(1.0, True, "contract"), (0.5, False, "exhausted")])
        row.with_user(self.technician).name = "Another text"
        self.assertEqual(other.name, "Another text")
        other.with_user(self.technician).unit_amount = 0.25
        self.assertEqual(self._told(row | other), [(1.0, True, "contract"), (0.25, False, "exhausted")])
        row.with_user(self.technician).unit_amount = 0.5
        self.assertEqual(self._told(ticket.timesheet_ids), [(0.75, True, "contract")], "one row again: all fits")
        self.assertEqual(ticket.timesheet_ids, row, "the one that was changed stays")
        self.assertEqual(contract.balance, "0:15 of 1:00 h left")

    def test_what_is_freed(self):
        """Deleted, moved or reduced hours are free for those that came too late."""
        self._create_contract(included_hours=1)
        ticket, late = self._create_ticket(), self._create_ticket()
        hour = self._add_hours(ticket, 1)
        self._add_hours(late, 0.75)
        self.assertEqual(self._told(late.timesheet_ids), [(0.75, False, "exhausted")])
        hour.with_user(self.technician).unit_amount = 0.5
        self.assertEqual(self._told(late.timesheet_ids), [(0.5, True, "contract"), (0.25, False, "exhausted")])
        hour.with_user(self.technician).unlink()
        self.assertEqual(self._told(late.timesheet_ids), [(0.75, True, "contract")])

    def test_by_hand(self):
        contract = self._create_contract(included_hours=1)
        ticket = self._create_ticket()
        hour, waiting = self._add_hours(ticket, 1), self._add_hours(ticket, 0.5)
        self.assertEqual(waiting.cover_kind, "exhausted")
        with self.assertRaisesRegex(Exception, "Only a helpdesk manager"):
            hour.with_user(self.technician).write({"covered": False, "cover_reason": "Misuse"})
        with self.assertRaisesRegex(Exception, "Say why you decide otherwise"):
            hour.with_user(self.manager).covered = False
        hour.with_user(self.manager).write({"covered": False, "cover_reason": "Misuse"})
        self.assertEqual(self._told(hour), [(1.0, False, "manual")])
        self.assertEqual(self._told(waiting), [(0.5, True, "contract")], "what it used is free")
        self.assertIn("Misuse", ticket.message_ids[0].body)
        self.assertEqual(ticket.message_ids[0].author_id, self.manager.partner_id)
        contract.included_hours = 10
        hour.with_user(self.technician).unit_amount = 1.25
        self.assertEqual(self._told(hour), [(1.25, False, "manual")], "it stays, whatever changes")
        with self.assertRaisesRegex(Exception, "Only a helpdesk manager"):
            hour.with_user(self.technician).action_decide_again()
        hour.with_user(self.manager).action_decide_again()
        self.assertEqual(self._told(hour), [(1.25, True, "contract")])

    def test_material(self):
        contract = self._create_contract(
            covers_labour=False,
            material_cover="listed",
        )
        spare = self.env["product.category"].create({"name": "Spares"})
        valves = self.env["product.category"].create({"name": "Valves", "parent_id": spare.id})
        self.valve.categ_id = valves
        bare = self._create_product("Bare", is_storable=False)
        bare.categ_id = False
        contract.material_ids = [Command.create({"categ_id": spare.id})]
        ticket = self._create_ticket()
        valve, without = self._add_material(ticket), self._add_material(ticket, bare)
        hour = self._add_hours(ticket)
        self.assertEqual((valve.covered, valve.cover_kind, valve.discount), (True, "contract", 100))
        self.assertEqual((without.covered, without.cover_kind, without.discount), (False, "not_included", 0))
        self.assertIn("Bare is not included in contract", without.cover_reason)
        self.assertEqual((hour.covered, hour.cover_kind), (False, "not_included"))
        contract.material_ids = [Command.clear(), Command.create({"lot_id": self.serials[0].id})]
        self.assertEqual((valve.covered, valve.discount), (False, 0), "decided anew with the contract")
        ticket.lot_id = self.serials[0]
        self.assertEqual((valve.covered, without.covered), (True, True), "all that is fitted into the unit")
        contract.material_cover = "none"
        self.assertFalse(valve.covered)
        contract.material_cover = "all"
        self.assertTrue(valve.covered)
        valve.with_user(self.manager).write({"covered": False, "cover_reason": "Wear"})
        self.assertEqual((valve.cover_kind, valve.discount), ("manual", 0))
        contract.material_cover = "none"
        contract.material_cover = "all"
        self.assertFalse(valve.covered)

    def test_cause(self):
        contract = self._create_contract(discount=20, material_cover="all")
        cause = self.env["ticketing.sla.cause"].create({"name": "Lightning"})
        contract.excluded_cause_ids = cause
        ticket = self._create_ticket()
        hour, valve = self._add_hours(ticket), self._add_material(ticket)
        self.assertTrue(hour.covered and valve.covered)
        ticket.cause_id = cause
        self.assertEqual((valve.covered, valve.cover_kind), (False, "excluded"))
        self.assertEqual(self._told(hour), [(1.0, False, "excluded")])
        self.assertIn("does not cover: Lightning.", hour.cover_reason)
        self.assertEqual(ticket.labour_line_id.discount, 0)

    def test_discount_beyond(self):
        contract = self._create_contract(included_hours=1, discount=15)
        ticket = self._create_ticket()
        self._add_hours(ticket, 3)
        self.assertEqual(ticket.labour_line_id.discount, 15)
        paper = self._make_ready(ticket)
        self.assertEqual(paper.labour_line_ids.sorted("id").mapped("discount"), [100, 15])
        self._sign(paper)
        contract.discount = 30
        self.assertEqual(ticket.labour_line_id.discount, 30)
        self._run_billing()
        invoice = paper.billing_request_ids.invoice_id
        self.assertEqual(sorted(invoice.invoice_line_ids.mapped("discount")), [15, 100], "as it was signed")

    def test_warranty(self):
        self.pump.product_tmpl_id.ticketing_warranty_months = 6
        serial = self._deliver_pump(days_ago=100)
        old = self._deliver_pump(days_ago=300, serial=self.serials[1])
        self._create_contract(covers_labour=False)
        ticket = self._create_ticket(product_id=self.pump.id, lot_id=serial.id)
        hour, valve = self._add_hours(ticket), self._add_material(ticket)
        self.assertEqual((hour.cover_kind, valve.cover_kind), ("warranty", "warranty"))
        self.assertIn("PUMP-1", valve.cover_reason)
        self.assertEqual(ticket.warranty_until, self.today - timedelta(days=100) + relativedelta(months=6, days=-1))
        self.pump.product_tmpl_id.ticketing_warranty_labour = False
        hour = self._add_hours(ticket)
        self.assertEqual(hour.cover_kind, "not_included", "material alone")
        ticket.lot_id = old
        self.assertEqual(valve.cover_kind, "not_included", "its warranty has ended")
        ticket.happened_on = ticket.create_date - timedelta(days=150)
        self.assertEqual(valve.cover_kind, "warranty", "but not when it went wrong")
        ticket.cause_id = self.env["ticketing.sla.cause"].create({"name": "Misuse", "voids_warranty": True})
        self.assertFalse(valve.covered)
        stranger = self.env["res.partner"].create({"name": "Second hand"})
        sold = self._create_ticket(partner_id=stranger.id, product_id=self.pump.id, lot_id=serial.id)
        self.assertFalse(self._add_material(sold).covered, "it was delivered to somebody else")

    def test_call_out(self):
        fee = self._create_product("Call-out", list_price=99)
        self._create_contract(call_out_product_id=fee.id, call_out_price=35)
        ticket = self._create_ticket()
        self._add_hours(ticket)
        paper = self._make_ready(ticket)
        found = paper.line_ids.filtered(lambda line: line.product_id == fee)
        self.assertEqual((len(found), found.price_unit, found.quantity), (1, 35, 1))
        paper.with_user(self.technician).action_refuse("Too dear")
        paper = self._make_ready(ticket)
        self.assertEqual(len(paper.line_ids.filtered(lambda line: line.product_id == fee)), 1, "once")
        self._sign(paper)
        self._add_hours(ticket)
        paper = self._make_ready(ticket)
        self.assertEqual(len(paper.line_ids.filtered(lambda line: line.product_id == fee)), 1, "another visit")
        remote = self._create_ticket(service_mode="remote")
        self._add_hours(remote, 4)  # not all of it is covered
        self.assertEqual(self._make_ready(remote).line_ids.product_id, self.labour, "nobody came")

    def test_signed_is_billed(self):
        """What is covered and what is not goes from the hours to the invoice, with its reason."""
        self._create_contract(included_hours=0.5, material_cover="all")
        ticket = self._create_ticket()
        self._add_hours(ticket, 2)
        self._add_material(ticket, quantity=2)
        paper = self._sign(self._make_ready(ticket))
        self.assertEqual(
            [
                (line.kind, line.quantity, line.covered)
                for line in paper.line_ids.sorted(lambda line: (line.kind, line.id))
            ],
            [("labour", 0.5, True), ("labour", 1.5, False), ("material", 2, True)],
        )
        self.assertIn("used up", paper.line_ids.filtered(lambda line: not line.covered).cover_reason)
        self._run_billing()
        invoice = paper.billing_request_ids.invoice_id
        self.assertEqual(invoice.amount_untaxed, 1.5 * 45)
        self.assertEqual(sum(invoice.invoice_line_ids.mapped("quantity")), 4)
        self.assertIn("Included in the 0:30 h", "".join(invoice.invoice_line_ids.mapped("name")))

    def test_covered_work_stays_billed_when_the_paid_part_comes_back(self):
        """Its material returned, the invoice is settled; the hours that cost nothing stay on it, and on no other one."""
        self._create_contract(material_cover="none")
        paper = self._signed_note(hours=1, quantity=2)
        self._run_billing()
        request = paper.billing_request_ids
        request.with_user(self.accountant).action_approve()
        picking = paper.line_ids.move_id.picking_id
        wizard = (
            self.env["stock.return.picking"].with_context(active_model="stock.picking", active_id=picking.id).create({})
        )
        wizard.product_return_moves.quantity = 2
        self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"]).button_validate()
        self._run_billing()
        credit = paper.ticket_id.billing_request_ids.filtered(lambda request: request.kind == "return")
        credit.with_user(self.accountant).action_approve()
        self.assertEqual((request.invoice_id.payment_state, request.state), ("reversed", "paid"))
        with self.assertRaisesRegex(UserError, "is billed"):
            request.with_user(self.accountant).action_bill_again()

    def test_only_unsigned_changes(self):
        contract = self._create_contract(included_hours=1)
        signed, open_ticket = self._create_ticket(), self._create_ticket()
        hour = self._add_hours(signed, 0.75)
        self._sign(self._make_ready(signed))
        self._add_hours(open_ticket, 1)
        self.assertEqual(self._told(open_ticket.timesheet_ids), [(0.25, True, "contract"), (0.75, False, "exhausted")])
        contract.covers_labour = False
        self.assertEqual(self._told(hour), [(0.75, True, "contract")])
        self.assertEqual(self._told(open_ticket.timesheet_ids), [(1.0, False, "not_included")])
        contract.write({"covers_labour": True, "included_hours": 0.5})
        self.assertEqual(self._told(open_ticket.timesheet_ids), [(1.0, False, "exhausted")], "less than was signed")

    def test_signed_or_billed_keeps_its_decision(self):
        """What becomes of the ticket changes neither signed hours nor those of remote work that are to be billed."""
        self.team.bill_covered = True
        cause = self.env["ticketing.sla.cause"].create({"name": "Lightning"})
        self._create_contract(excluded_cause_ids=[Command.set(cause.ids)])
        signed, remote = self._create_ticket(), self._create_ticket(service_mode="remote")
        hours = self._add_hours(signed) | self._add_hours(remote)
        self._sign(self._make_ready(signed))
        remote.action_solve()
        self.assertTrue(remote.timesheet_ids.billing_request_id)
        (signed | remote).cause_id = cause
        self.assertEqual(self._told(hours), [(1.0, True, "contract")] * 2)

    def test_retroactive(self):
        """A contract that is confirmed later, or renewed, covers what was not signed yet."""
        ticket = self._create_ticket()
        hour = self._add_hours(ticket)
        self.assertEqual(self._told(hour), [(1.0, False, False)])
        contract = self._create_contract()
        self.assertEqual((ticket.contract_id, hour.cover_kind), (contract, "contract"))
        contract.with_user(self.manager).action_cancel()
        self.assertTrue(hour.covered, "it was done before")
        self._add_hours(ticket, date=self.today + timedelta(days=1))
        self.assertEqual(ticket.timesheet_ids.sorted("id")[1:].mapped("cover_kind"), ["outside"])

    def test_refused_note_lets_go_of_hours(self):
        """What a customer refused stays as it was shown, and nobody has to keep its hours for it."""
        contract = self._create_contract(included_hours=1)
        ticket = self._create_ticket()
        self._add_hours(ticket, 1.5)
        paper = self._make_ready(ticket)
        paper.with_user(self.technician).action_refuse("Too much")
        contract.included_hours = 2
        self.assertEqual(self._told(ticket.timesheet_ids), [(1.5, True, "contract")], "one row again")
        ticket.timesheet_ids.with_user(self.technician).unlink()
        self.assertEqual(sorted(paper.line_ids.mapped("quantity")), [0.5, 1])
        self.assertTrue(paper._is_intact())
