import doctest
from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from ..tools import coverage
from .common_contract import ContractCase


@tagged("post_install", "-at_install")
class TestContract(ContractCase):
    def test_examples(self):
        result = doctest.testmod(coverage)
        self.assertGreater(result.attempted, 10)
        self.assertFalse(result.failed)

    # Which contract

    def test_matched(self):
        general = self._create_contract()
        of_team = self._create_contract(name="Team", team_ids=[Command.set(self.team.ids)])
        of_pumps = self._create_contract(name="Pumps", product_ids=[Command.set(self.pump.ids)])
        of_unit = self._create_contract(name="Unit", lot_ids=[Command.set(self.serials[0].ids)])
        other_team = self.team.copy({"name": "Other"})
        other_customer = self.env["res.partner"].create({"name": "Stranger"})
        subsidiary = self.env["res.partner"].create(
            {"name": "Hotel Dos", "is_company": True, "parent_id": self.customer.id}
        )
        for expected, values in (
            (of_team, {}),
            (general, {"team_id": other_team.id, "user_id": False}),
            (of_pumps, {"product_id": self.pump.id}),
            (of_unit, {"product_id": self.pump.id, "lot_id": self.serials[0].id}),
            (of_pumps, {"product_id": self.pump.id, "lot_id": self.serials[1].id}),
            (of_team, {"partner_id": subsidiary.id}),
            (general.browse(), {"partner_id": other_customer.id}),
            (general.browse(), {"happened_on": self.today - timedelta(days=300)}),
        ):
            self.assertEqual(self._create_ticket(**values).contract_id, expected, values)
        ticket = self._create_ticket()
        ticket.lot_id = self.serials[0]
        self.assertEqual(ticket.contract_id, of_unit)
        ticket.contract_id = general
        self.assertEqual(ticket.contract_id, general, "it is changed by hand")

    def test_split(self):
        contract = self._create_contract(included_hours=2)
        ticket = self._create_ticket()
        first = self._add_hours(ticket, 1.5)
        second = self._add_hours(ticket, 1)
        self.assertEqual(
            self._told(ticket.timesheet_ids),
            [(1.5, True, "contract"), (0.5, True, "contract"), (0.5, False, "exhausted")],
        )
        self.assertEqual(len(second), 1)
        self.assertEqual(contract.balance, "0:00 of 2:00 h left")
        first.with_user(self.technician).unit_amount = 0.75
        self.assertEqual(self._told(ticket.timesheet_ids), [(0.75, True, "contract"), (1.0, True, "contract")])
        self.assertEqual(contract.balance, "0:15 of 2:00 h left")
        self.assertEqual(ticket.contract_balance, "0:15 of 2:00 h left")
