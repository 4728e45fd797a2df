# pylint: disable=translation-required
from collections import Counter
from datetime import timedelta

from .invariants_steps import step

DAYS = 40  # how far back contracts begin and work is moved
INCLUDED = (0.25, 1.0, 2.5, 6.0)
# What a contract can be changed to, also for the past.
CHANGES = (
    *({"included_hours": hours} for hours in INCLUDED),
    {"covers_labour": False},
    {"covers_labour": True},
    {"material_cover": "all"},
    {"material_cover": "none"},
    {"discount": 25},
    {"carry_over": True},
    {"carry_over": False},
    {"allowance": "month"},
    {"allowance": "term"},
)


class ContractSteps:
    """What contracts, warranties and decisions by hand do to a ticket's work, in any order with everything else."""

    def __init__(self, env):
        self.env = env
        self.contracts = env["ticketing.contract"]
        self.frozen = {}  # {hours or material on a signed note: what was decided on it}

    # Contracts

    @step(2, needs=lambda self: not self.contracts)
    def make_contract(self, number, flag):
        self._try("make_contract", lambda: self._make_contract(number))

    def _make_contract(self, number):
        terms = {
            "date_start": self.case.today - timedelta(days=DAYS),
            "date_end": False,
            "allowance": ("month", "term")[number % 2],
            "included_hours": INCLUDED[number % 4],
            "carry_over": number % 3 == 0,
            "material_cover": ("none", "all")[number // 4 % 2],
            "discount": (0, 20)[number // 2 % 2],
        }
        self.contracts += self.case._create_contract(**terms)

    @step(2, needs=lambda self: self.contracts)
    def change_contract(self, number, flag):
        contract = self.contracts.with_user(self.case.manager)
        self._try("change_contract", lambda: contract.write(CHANGES[number % len(CHANGES)]))

    @step(1, needs=lambda self: self.contracts)
    def change_dates(self, number, flag):
        """It began later, or ended before: some of the work was done outside."""
        contract = self.contracts.with_user(self.case.manager)
        start = self.case.today - timedelta(days=number * 3)
        end = self.case.today - timedelta(days=number) if flag else False
        self._try("change_dates", lambda: contract.write({"date_start": start, "date_end": end}))

    # Work

    @step(3, needs=lambda self: self.contracts and self.tickets.timesheet_ids._filter_open())
    def move_day(self, number, flag):
        lines = self.tickets.timesheet_ids if flag else self.tickets.timesheet_ids._filter_open()
        line = self._pick(lines.sorted("id"), number).with_user(self.case.technician)
        day = self.case.today - timedelta(days=DAYS * number // 15)
        self._try("move_day", lambda: line.write({"date": day}))

    @step(1, needs=lambda self: self.tickets.timesheet_ids)
    def move_to_other_ticket(self, number, flag):
        line = self._pick(self.tickets.timesheet_ids.sorted("id"), number)
        other = self.tickets - line.ticket_id
        self._try("move_to_other_ticket", lambda: line.with_user(self.case.technician).write({"ticket_id": other.id}))

    @step(1)
    def say_cause(self, number, flag):
        """Misuse, which neither contract nor warranty covers."""
        ticket, cause = self._ticket(number), self.case.misuse
        if self.contracts and number % 4 > 1:
            self.contracts.excluded_cause_ids = cause
        self._try("say_cause", lambda: ticket.write({"cause_id": not ticket.cause_id and cause.id}))

    @step(1)
    def say_unit(self, number, flag):
        """The unit is under warranty, labour included."""
        ticket = self._ticket(number)
        self._try("say_unit", lambda: ticket.write({"lot_id": not ticket.lot_id and self.case.unit.id}))

    # By hand

    @step(2, needs=lambda self: self.tickets.timesheet_ids and self.tickets.material_ids)
    def decide_by_hand(self, number, flag):
        lines = self.tickets.material_ids if flag else self.tickets.timesheet_ids
        line = self._pick(lines.sorted("id"), number).with_user(self.case.manager)
        values = {"covered": number % 2 == 0, "cover_reason": "The manager says so"}
        self._try("decide_by_hand", lambda: line.write(values))

    @step(8, needs=lambda self: self._by_hand())
    def decide_again(self, number, flag):
        line = self._pick(self._by_hand(), number).with_user(self.case.manager)
        self._try("decide_again", line.action_decide_again)

    def _by_hand(self):
        return self.tickets.timesheet_ids.filtered(lambda line: line.cover_kind == "manual").sorted("id")

    # What must hold after each step

    def contracts_hold(self):
        self.env.flush_all()
        self.allowance_is_never_overdrawn()
        self.entries_are_whole()
        self.everything_is_explained()
        self.frozen_lines_never_change()

    def _used(self, lines):
        """Return {number of the contract's period: covered minutes} of hours."""
        used = Counter()
        for line in lines.filtered(lambda line: line.cover_kind == "contract" and line.unit_amount):
            number = line.cover_contract_id._get_period(line.date)[0]
            used[number] += max(round(line.unit_amount * 60), 1)
        return used

    def allowance_is_never_overdrawn(self):
        """What is decided by now fits into what is included; what was signed before it became less, stays."""
        for contract in self.contracts.filtered(lambda contract: contract._is_counted()):
            hours = self.tickets.timesheet_ids & contract.env["account.analytic.line"].search(
                [("cover_contract_id", "=", contract.id)]
            )
            used, included = self._used(hours), round(contract.included_hours * 60)
            accounts = {contract._get_period(p.date_from)[0]: p.used_minutes for p in contract.period_ids}
            assert {n: m for n, m in accounts.items() if m} == dict(used), (accounts, used)
            for number in self._used(hours._filter_open()):
                if not contract.carry_over:
                    assert used[number] <= included, f"period {number}: {used[number]} of {included} minutes"
                    continue
                for last in range(number, max(used) + 1):
                    total = sum(used[n] for n in range(last + 1))
                    assert total <= included * (last + 1), f"up to period {last}: {total} minutes"

    def entries_are_whole(self):
        """An entry is one row, or one that is covered and one that is not; what one says of the work, both say."""
        for root, rows in self.tickets.timesheet_ids._filter_open().grouped(lambda line: line.split_id or line).items():
            assert len(rows) <= 2, f"{len(rows)} open rows of one entry"
            if len(rows) == 2 and not any(row._is_by_hand() for row in rows):
                assert sorted(rows.mapped("covered")) == [False, True], root
                assert len({(row.date, row.name, row.employee_id, row.ticket_id) for row in rows}) == 1, root

    def everything_is_explained(self):
        for line in (self.tickets.timesheet_ids, self.tickets.material_ids):
            for row in line.filtered("covered"):
                assert row.cover_reason and row.cover_kind, "covered, and nobody says why"
        for line in self.tickets.material_ids.filtered("covered"):
            assert line.discount == 100, "covered, and it costs something"

    def freeze(self, note):
        """Remember what was decided on the lines of a note that is signed now."""
        for line in note.line_ids.timesheet_id:
            self.frozen[line] = self._decided(line)

    def _decided(self, line):
        return (line.unit_amount, line.covered, line.cover_kind, line.cover_reason, line.cover_contract_id, line.date)

    def frozen_lines_never_change(self):
        for line, decided in self.frozen.items():
            assert self._decided(line) == decided, f"{decided} was signed, and is {self._decided(line)}"

    def covered_work_costs_nothing(self, invoices):
        """On posted invoices what was covered when it was signed costs nothing, and nothing else is for free."""
        for note in self.signed:
            covered = note.line_ids.filtered("covered").sale_line_id
            invoice = note.billing_request_ids.invoice_id & invoices
            for item in invoice.invoice_line_ids.filtered("sale_line_ids"):
                if item.sale_line_ids <= covered:
                    assert not item.price_subtotal, f"{item.name} was covered and costs {item.price_subtotal}"
                elif item.quantity and not item.sale_line_ids & covered:
                    assert item.price_subtotal or item.discount == 100, f"{item.name} was to be paid for"


def set_up_unit(case):
    """Give a test a unit under warranty, and a cause that ends it."""
    case.pump.product_tmpl_id.ticketing_warranty_months = 24
    case.unit = case._deliver_pump(days_ago=30)
    case.misuse = case.env["ticketing.sla.cause"].create({"name": "Misuse", "voids_warranty": True})
