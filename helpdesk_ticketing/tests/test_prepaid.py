import importlib.util
from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from .common_contract import ContractCase


@tagged("post_install", "-at_install")
class TestPrepaid(ContractCase):
    """Hours that are sold in advance follow what is sold, and are never taken back once they are used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract(allowance="prepaid", included_hours=0)
        cls.pack = cls._create_product(
            "Pack", type="service", invoice_policy="order", list_price=90, ticketing_prepaid_hours=2
        )
        cls.ticket = cls._create_ticket()

    def _sell(self, quantity=5, confirm=True):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.contact.id,
                "order_line": [Command.create({"product_id": self.pack.id, "product_uom_qty": quantity})],
            }
        )
        if confirm:
            order.action_confirm()
        return order

    def _use(self, hours, signed=True):
        line = self._add_hours(self.ticket, hours)
        if signed:
            self._sign(self._make_ready(self.ticket))
        return line

    def _invoice(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def _credit(self, invoice, quantity=None, step="refund_moves"):
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
        action = getattr(wizard.create({"journal_id": invoice.journal_id.id}), step)()
        move = self.env["account.move"].browse(action["res_id"])
        if quantity is not None:
            move.invoice_line_ids.quantity = quantity
        if step == "refund_moves":
            move.action_post()
        return move

    @property
    def left(self):
        return self.contract.balance.removesuffix(" h left")

    def assertRefused(self, says, step, *arguments):
        """It is refused in these words, and the contract keeps its hours."""
        before = self.left
        with self.assertRaisesRegex(UserError, says), self.env.cr.savepoint():
            step(*arguments)
        self.env.invalidate_all()
        self.assertEqual(self.left, before)

    def test_quantity(self):
        order = self._sell()
        self._use(3)
        self.assertEqual(self.left, "7:00 of 10:00")
        line = order.order_line
        line.product_uom_qty = 6
        self.assertEqual(self.left, "9:00 of 12:00")
        self.assertIn("10:00 h sold in advance are 12:00 h now", self.contract.message_ids[0].body)
        self.pack.ticketing_prepaid_hours = 3
        line.product_uom_qty = 2
        self.assertEqual(self.left, "1:00 of 4:00", "as it was sold, whatever the product says now")
        self.assertRefused("2:00 h of .* can't be taken back.* up to 1:00 h", line.write, {"product_uom_qty": 1})
        self.assertRefused("negative quantity", line.write, {"product_uom_qty": -1})
        self.assertEqual(self.contract.topup_ids.hours, 4)

    def test_quantity_in_another_unit(self):
        order = self._sell(1)
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.assertEqual(self.left, "24:00 of 24:00")

    def test_unsigned_work_is_decided_again(self):
        order = self._sell(1)
        self._use(1.5, signed=False)
        order.order_line.product_uom_qty = 0.5
        self.assertEqual(
            self._told(self.ticket.timesheet_ids), [(1.0, True, "contract"), (0.5, False, "exhausted")], "split"
        )
        order.order_line.product_uom_qty = 1
        self.assertEqual(self._told(self.ticket.timesheet_ids), [(1.5, True, "contract")])

    def test_cancelled(self):
        order = self._sell()
        other = self._sell(1)
        self._use(4)
        self.assertRefused("10:00 h of .* can't be taken back.* up to 8:00 h", order._action_cancel)
        self.assertEqual(order.state, "sale")
        other._action_cancel()
        self.assertEqual(self.left, "6:00 of 10:00")
        other.action_draft()
        other.action_confirm()
        self.assertEqual(self.left, "8:00 of 12:00")
        self.assertEqual(len(self.contract.topup_ids), 2, "a row for each sale")
        other._action_cancel()
        other.unlink()
        self.assertEqual(self.left, "6:00 of 10:00")

    def test_credited(self):
        order = self._sell()
        self._use(4)
        invoice = self._invoice(order)
        self.assertEqual(self.left, "6:00 of 10:00")
        credit = self._credit(invoice, 2)
        self.assertEqual(self.left, "2:00 of 6:00")
        self.assertRefused("4:00 h of .* up to 2:00 h", self._credit, invoice, 2)
        credit.button_draft()
        self.assertEqual(self.left, "6:00 of 10:00")
        credit.action_post()
        credit.button_draft()
        credit.button_cancel()
        self.assertEqual(self.left, "6:00 of 10:00")
        self._credit(invoice, 1)
        order.order_line.product_uom_qty = 4
        self.assertEqual(self.left, "4:00 of 8:00", "the order says what was credited, too: that is no second time")

    def test_cancelled_invoice(self):
        """What was credited is sold again as long as another invoice bills it."""
        order = self._sell()
        self._credit(self._invoice(order))
        self.assertEqual(self.left, "0:00 of 0:00")
        again = self._invoice(order)
        self.assertEqual(self.left, "10:00 of 10:00")
        again.button_draft()
        again.button_cancel()
        self.assertEqual(self.left, "0:00 of 0:00")

    def test_which_contract(self):
        """Of several it is the one that ends first, of this company."""
        values = {"allowance": "prepaid", "included_hours": 0}
        before = self.contract.date_end
        sooner = self._create_contract(
            **values, team_ids=[Command.set(self.team.ids)], date_end=before - timedelta(days=1)
        )
        company = self.env["res.company"].create({"name": "Elsewhere", "iap_enrich_auto_done": True})
        self._create_contract(**values, company_id=company.id, date_end=before - timedelta(days=2))
        self.assertEqual(self._sell().order_line.id, sooner.topup_ids.sale_line_id.id)

    def test_replaced_invoice(self):
        """An invoice that is corrected takes nothing back, though all of it is credited; one that is not, does."""
        order = self._sell()
        self._use(4)
        invoice = self._invoice(order)
        replacement = self._credit(invoice, step="modify_moves")
        self.assertEqual((replacement.state, self.left), ("draft", "6:00 of 10:00"))
        self.assertRefused("10:00 h of .* up to 6:00 h", replacement.unlink)
        replacement.action_post()
        self.assertEqual(self.left, "6:00 of 10:00")

    def test_partly_invoiced(self):
        order = self._sell()
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 2
        invoice.action_post()
        self._credit(invoice)
        self.assertEqual(self.left, "6:00 of 6:00", "what is still to be invoiced is sold")

    def test_replaced_invoice_of_a_part(self):
        """What is invoiced by and by, too: the corrected invoice takes back what it no longer bills, and no more."""
        order = self._sell()
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 2
        invoice.action_post()
        replacement = self._credit(invoice, step="modify_moves")
        self.assertEqual(self.left, "10:00 of 10:00")
        replacement.action_post()
        again = self._credit(replacement, step="modify_moves")
        self.assertEqual(self.left, "10:00 of 10:00", "corrected twice")
        again.invoice_line_ids.quantity = 1
        again.action_post()
        self.assertEqual(self.left, "8:00 of 8:00")
        again.button_draft()
        again.button_cancel()
        self.assertEqual(self.left, "6:00 of 6:00")

    def test_an_upgrade_keeps_the_hours_of_a_unit(self):
        """Hours that were sold before they followed the order have as many a unit as they were sold with."""
        order = self._sell(1)
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        self.env.flush_all()
        self.env.cr.execute("UPDATE ticketing_contract_topup SET unit_hours = NULL")
        self.env.invalidate_all()
        self.pack.ticketing_prepaid_hours = 3
        path = f"{get_module_path('helpdesk_ticketing')}/migrations/19.0.1.3.0/post-topups.py"
        spec = importlib.util.spec_from_file_location("post_topups", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertEqual(self.contract.topup_ids.unit_hours, 2)
        order.order_line.product_uom_qty = 2
        self.assertEqual(self.left, "48:00 of 48:00")

    def test_lines_of_a_confirmed_order(self):
        order = self._sell(0)
        self.assertEqual((len(self.contract.topup_ids), self.left), (1, "0:00 of 0:00"))
        order.order_line = [Command.create({"product_id": self.pack.id, "product_uom_qty": 3})]
        self.assertEqual(self.left, "6:00 of 6:00")

    def test_negative_quantity(self):
        order = self._sell(-1, confirm=False)
        self.assertRefused("can't be sold in a negative quantity", order.action_confirm)

    def test_another_kind_of_contract_by_now(self):
        """Where prepaid hours count for nothing, nothing of them is used."""
        order = self._sell()
        self._use(4)
        self.contract.allowance = "unlimited"
        order._action_cancel()
        self.assertEqual(self.contract.topup_ids.hours, 0)

    def test_without_a_contract(self):
        self.contract.action_cancel()
        order = self._sell()
        self.assertFalse(self.contract.topup_ids)
        self.assertIn("has no contract of prepaid hours", "".join(order.message_ids.mapped("body")))
        order.order_line.product_uom_qty = 1
        order._action_cancel()
