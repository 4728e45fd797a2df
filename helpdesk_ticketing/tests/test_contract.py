import doctest
import io
from datetime import timedelta

import openpyxl
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

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

    def test_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere", "iap_enrich_auto_done": True})
        self._create_contract(company_id=company.id)
        self.assertFalse(self._create_ticket().contract_id)

    def test_closed_tickets_stay_as_they_were(self):
        closed, solved = self._create_ticket(), self._create_ticket()
        closed._move_to_kind("closed")
        solved._move_to_kind("solved")
        contract = self._create_contract()
        self.assertEqual((closed.contract_id, solved.contract_id), (contract.browse(), contract))

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

    def test_expired(self):
        """A contract that has ended can be chosen; what is done then is billed, and says why."""
        contract = self._create_contract(date_end=self.today - timedelta(days=3))
        self.assertEqual(contract.state, "expired")
        ticket = self._create_ticket()
        self.assertFalse(ticket.contract_id)
        ticket.contract_id = contract
        hours = self._add_hours(ticket) + self._add_hours(ticket, date=self.today - timedelta(days=3))
        self.assertEqual(hours.mapped("cover_kind"), ["outside", "contract"])
        self.assertIn("is valid from", hours[0].cover_reason)
        contract.material_cover = "all"
        self.assertEqual(self._add_material(ticket).cover_kind, "outside")

    def test_rights(self):
        contract = self._create_contract()
        hours = self._add_hours(self._create_ticket())
        for user in (self.agent, self.technician, self.accountant):
            self.assertEqual(contract.with_user(user).name, "Maintenance")
            with self.assertRaises(AccessError):
                contract.with_user(user).included_hours = 100
        for values in ({"cover_kind": "manual"}, {"cover_contract_id": False}, {"split_id": False}):
            with self.assertRaises(AccessError):
                hours.with_user(self.manager).write(values)
        with self.assertRaises(UserError):
            hours.with_user(self.technician).with_context(ticketing_deciding=True).write({"covered": False})
        portal = new_test_user(self.env, login="contract.portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            contract.with_user(portal).read(["name"])
        with self.assertRaises(AccessError):
            contract.with_user(self.technician)._get_statement(self.today, self.today)

    # In time

    def test_renewal(self):
        contract = self._create_contract(
            renewal="automatic", date_start=self.today - timedelta(days=300), date_end=self.today + timedelta(days=10)
        )
        self._run_cron("ir_cron_contracts")
        self._run_cron("ir_cron_contracts")
        self.assertEqual(len(contract.activity_ids), 1, "one reminder")
        ticket = self._create_ticket()
        self._add_hours(ticket, 6)
        end = contract.date_end
        with freeze_time(end):
            self._run_cron("ir_cron_contracts")
            self.assertEqual(contract.renewal_count, 1, "on its last day: no day is without")
        with freeze_time(end + timedelta(days=1)):
            self._run_cron("ir_cron_contracts")
            self.assertEqual((contract.state, contract.renewal_count), ("active", 1))
            self.assertGreater(contract.date_end, end + timedelta(days=300))
            self._add_hours(ticket, 4, date=end + timedelta(days=1))
        kinds = ticket.timesheet_ids.sorted("id").mapped("cover_kind")
        self.assertEqual(kinds, ["contract", "exhausted", "contract"], "the next term has its own hours")

    def test_ends(self):
        contract = self._create_contract(date_end=self.today)
        with freeze_time(self.today + timedelta(days=2)):
            self._run_cron("ir_cron_contracts")
            self.assertEqual(contract.state, "expired")

    def test_prepaid(self):
        contract = self._create_contract(allowance="prepaid", included_hours=0)
        ticket = self._create_ticket()
        hour = self._add_hours(ticket, 1.5)
        self.assertEqual(hour.cover_kind, "exhausted")
        product = self._create_product("Voucher", type="service", invoice_policy="order", ticketing_prepaid_hours=1)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.contact.id,
                "order_line": [Command.create({"product_id": product.id, "product_uom_qty": 2})],
            }
        )
        order.action_confirm()
        self.assertEqual((contract.balance, hour.covered), ("0:30 of 2:00 h left", True))
        order._action_cancel()
        self.assertEqual((contract.balance, hour.covered), ("0:00 of 0:00 h left", False))

    # For the customer

    def test_statement(self):
        contract = self._create_contract(included_hours=2)
        ticket = self._create_ticket()
        self._add_hours(ticket, 1.5, date=self.today - timedelta(days=2))
        self._add_hours(ticket, 1)
        entries = contract.with_user(self.manager)._get_statement(self.today - timedelta(days=9), self.today)
        told = [(entry.minutes, entry.line.covered, entry.balance) for entry in entries]
        self.assertEqual(told, [(90, True, 30), (30, True, 0), (30, False, 0)])
        file = io.BytesIO()
        contract._write_statement(file, contract.date_start, self.today)
        rows = list(openpyxl.load_workbook(file).active.values)
        self.assertEqual([row[9] for row in rows], ["Left", "0:30", "0:00", "0:00"])
        self.assertEqual(rows[3][6], "Billed")
        statement = (
            self.env["ticketing.contract.statement"].with_user(self.manager).create({"contract_id": contract.id})
        )
        html, __ = self.env["ir.actions.report"]._render_qweb_html(
            "helpdesk_ticketing.report_contract_statement", statement.ids
        )
        self.assertIn(ticket.number, html.decode())
        self.assertIn("are used up", html.decode())

    def test_policy(self):
        """What is promised depends on the contract, and on its first day."""
        contract = self._create_contract()
        of_contract, old = self.env["ticketing.sla.policy"].create(
            [
                {"name": "Of the contract", "contract_ids": [Command.set(contract.ids)]},
                {"name": "Of old ones", "customers_before": self.today - timedelta(days=100)},
            ]
        )
        ticket = self._create_ticket()
        self.assertEqual(ticket.sla_status_ids.policy_id & (of_contract | old), of_contract | old)
        ticket.contract_id = False
        open_policies = ticket.sla_status_ids.filtered("is_open").policy_id
        self.assertFalse(open_policies & (of_contract | old))

    # What is no error, and what it means

    def test_what_the_form_hides_is_emptied(self):
        """Nobody could take back what he does not see."""
        fee = self._create_product("Call-out", invoice_policy="delivery")
        contract = self._create_contract(carry_over=True, call_out_product_id=fee.id, call_out_price=35)
        contract.write({"allowance": "unlimited", "call_out_product_id": False})
        self.assertEqual((contract.carry_over, contract.call_out_price), (False, 0))

    def test_notice_longer_than_the_contract(self):
        """Its responsible is reminded at once."""
        contract = self._create_contract(notice_days=4000)
        self._run_cron("ir_cron_contracts")
        self.assertEqual(contract.activity_ids.date_deadline, self.today)

    def test_several_contracts_of_one_customer(self):
        """What the form says of them is what a ticket gets."""
        general = self._create_contract(name="General")
        for name, says, values, about in (
            (
                "Unit",
                "it names the unit",
                {"lot_ids": [Command.set(self.serials[0].ids)]},
                {"lot_id": self.serials[0].id},
            ),
            (
                "Pumps",
                "it names the equipment",
                {"product_ids": [Command.set(self.pump.ids)]},
                {"product_id": self.pump.id},
            ),
            ("Desk", "it names the team", {"team_ids": [Command.set(self.team.ids)]}, {}),
        ):
            savepoint = self.env.cr.savepoint()
            with self.subTest(name):
                other = self._create_contract(name=name, confirm=False, **values)
                self.assertIn(f"General fits, too, this one applies: {says}.", other.overlap_note)
                other.action_confirm()
                self.assertIn(f"{name} fits, too, ", general.overlap_note)
                self.assertIn(f"{name} applies: {says}.", general.overlap_note)
                self.assertEqual(self._create_ticket(**about).contract_id, other)
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.env.registry.clear_cache("stable")
        later = self._create_contract(
            name="Later", date_start=general.date_end + timedelta(days=1), date_end=False, confirm=False
        )
        self.assertFalse(later.overlap_note, "not on the same days")

    def test_the_unit_counts_more_than_its_product(self):
        first = self._create_contract(name="Unit", lot_ids=[Command.set(self.serials[0].ids)])
        self._create_contract(
            name="Product", product_ids=[Command.set(self.pump.ids)], date_start=first.date_start + timedelta(days=1)
        )
        told = [
            self._create_ticket(product_id=self.pump.id, lot_id=serial.id).contract_id.name for serial in self.serials
        ]
        self.assertEqual(told, ["Unit", "Product"])

    def test_the_last_day_is_one_of_both(self):
        """A contract may begin on the day after the last one's end, and on no earlier day."""
        last = self._create_contract().date_end
        with self.assertRaisesRegex(ValidationError, "for the same tickets and days"), self.env.cr.savepoint():
            self._create_contract(date_start=last, date_end=last)
        self._create_contract(date_start=last + timedelta(days=1), date_end=last + timedelta(days=1))

    def test_later_of_two_that_fit_alike(self):
        other_team = self.team.copy({"name": "Other"})
        third = self.team.copy({"name": "Third"})
        first = self._create_contract(name="First", team_ids=[Command.set((self.team | other_team).ids)])
        second = self._create_contract(
            name="Second",
            team_ids=[Command.set((self.team | third).ids)],
            date_start=first.date_start + timedelta(days=1),
        )
        self.assertIn("this one applies: it is the later one", second.overlap_note)
        self.assertIn("Second applies: it is the later one", first.overlap_note)
        self.assertEqual(self._create_ticket().contract_id, second)
        second.team_ids = third
        self.assertFalse(first.overlap_note, "no ticket fits both")
