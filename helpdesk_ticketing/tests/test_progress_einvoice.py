from collections import Counter

from odoo.tests import tagged

from . import einvoice_cases as einvoice
from . import einvoice_chain as chain
from .common_progress import ProgressCase


@tagged("-at_install", "post_install")
class TestProgressEInvoice(ProgressCase):
    """The electronic invoices of a contract from its deposit to its release keep the official rules."""

    def _run_contract(self, file_format, currency="EUR", total=10000.01):
        self.customer.invoice_edi_format = file_format
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", currency)])
        currency.active = True
        pricelist = self.env["product.pricelist"].create({"name": currency.name, "currency_id": currency.id})
        self.customer.specific_property_product_pricelist = pricelist
        plan = self._make_plan(total, (33.33, 33.33, 33.34), retention_percent=7.77)
        wizard = self.env["sale.advance.payment.inv"].with_context(active_ids=plan.sale_order_id.ids)
        wizard.create({"advance_payment_method": "percentage", "amount": 10})._create_invoices(
            plan.sale_order_id
        ).action_post()
        self._bill(plan, plan.milestone_ids[:2])
        self._add_change(plan, -1000)
        self._bill(plan, plan.milestone_ids)
        plan.milestone_ids.filtered(lambda milestone: milestone.amount > 0)[0].is_reached = False
        self._bill(plan, plan.browse().milestone_ids)
        self._bill(plan, plan.milestone_ids)
        self._credit(plan.certificate_ids.sorted("id")[-1:].billing_request_ids)
        plan.action_accept()
        self._approve(plan)
        return plan

    def _bill(self, plan, milestones):
        milestones.is_reached = True
        self._accept(self._certify(plan))
        self._approve(plan)

    def _approve(self, plan):
        self._run_billing()
        requests = plan.certificate_ids.billing_request_ids | plan.release_ids.billing_request_ids
        requests.filtered(lambda request: request.state == "to_approve").with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertFalse(requests.filtered("error"), requests.mapped("error"))

    def _credit(self, request):
        invoice = request.invoice_id
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
        action = wizard.create({"journal_id": invoice.journal_id.id, "date": invoice.date}).refund_moves()
        credit = self.env["account.move"].browse(action["res_id"])
        credit.action_post()
        send = self.env["account.move.send"]
        send._generate_and_send_invoices(
            credit, sending_methods=["manual"], invoice_edi_format=self.customer.invoice_edi_format
        )
        request.with_user(self.accountant).action_bill_again()

    def assertValid(self, plan, *checks):
        """All that was posted has its file, in which nothing is wrong; what is taken off has a negative quantity."""
        moves = self.env["account.move"].search([("progress_plan_id", "=", plan.id)])
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(sorted(set(moves.mapped("move_type"))), ["out_invoice", "out_refund"])
        files = self.einvoice_files(moves)
        self.assertEqual(Counter(check.__name__ for check, __, __ in files), {name: len(moves) for name in checks})
        self.assertEqual({name: errors for check, name, content in files if (errors := check(content))}, {})
        lines = moves.invoice_line_ids
        self.assertGreaterEqual(min(lines.mapped("price_unit")), 0)
        sums = {}
        for line in moves.invoice_line_ids | plan.sale_order_id.order_line.invoice_lines:
            sale_line = line.sale_line_ids
            sums[sale_line] = sums.get(sale_line, 0.0) + line.price_subtotal * -line.move_id.direction_sign
        for line in plan.sale_order_id.order_line.filtered(lambda line: not line.display_type):
            self.assertEqual(line.currency_id.round(sums[line]), line.price_subtotal if line.progress_plan_id else 0)

    def test_ubl(self):
        self.assertValid(self._run_contract("ubl_bis3"), "check_ubl", "check_en16931_cii")

    def test_ubl_without_decimals(self):
        self.assertValid(self._run_contract("ubl_bis3", "JPY", 1000001), "check_ubl", "check_en16931_cii")

    def test_facturae(self):
        if "es_facturae" not in chain.einvoice_formats(self.env):
            self.skipTest("the Spanish localization is not installed")
        einvoice.make_certificate(self.env)
        self.assertValid(self._run_contract("es_facturae"), "check_facturae", "check_en16931_cii")
