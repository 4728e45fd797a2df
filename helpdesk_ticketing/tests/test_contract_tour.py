from odoo.tests import HttpCase, tagged

from .common_contract import ContractCase


@tagged("post_install", "-at_install")
class TestContractTour(ContractCase, HttpCase):
    """A contract in a real browser, on a desk and on a telephone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.write({"password": cls.manager.login, "tz": "Europe/Madrid"})
        cls.ticket = cls._create_ticket()
        cls._add_hours(cls.ticket, 1.5)

    def _check(self):
        contract = self.ticket.contract_id
        self.assertEqual((contract.name, contract.state), ("Five hours", "active"))
        self.assertEqual((contract.allowance, contract.included_hours), ("month", 5))
        self.assertTrue(self.ticket.timesheet_ids.covered)

    def test_desktop(self):
        self.start_tour("/odoo/support-contracts", "ticketing_contract", login="desk.manager")
        self._check()

    def test_phone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour("/odoo/support-contracts", "ticketing_contract_phone", login="desk.manager")
        self._check()
