from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..controllers.portal_plan import TicketingPortalPlan
from .common_progress import ProgressCase


@tagged("-at_install", "post_install")
class TestProgressMoney(ProgressCase):
    """What must be billed neither twice nor never."""

    def _reach_and_accept(self, plan, milestones):
        milestones.is_reached = True
        return self._accept(self._certify(plan))

    def _approve(self, plan):
        self._run_billing()
        requests = plan.certificate_ids.billing_request_ids | plan.release_ids.billing_request_ids
        for request in requests.filtered(lambda request: request.state == "to_approve").sorted("id"):
            request.with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertFalse(requests.filtered("error"))
        return requests.filtered(lambda request: not request.cancelled)

    def _pay_in(self, order, **values):
        wizard = self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids).with_user(self.accountant)
        invoice = (
            wizard.sudo()
            .create({"advance_payment_method": "percentage", "amount": 10, **values})
            ._create_invoices(order)
        )
        invoice.with_user(self.accountant).action_post()
        return invoice

    def _credit(self, invoice):
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
        action = wizard.create({"journal_id": invoice.journal_id.id, "date": invoice.date}).refund_moves()
        credit = self.env["account.move"].browse(action["res_id"])
        credit.action_post()
        return credit

    def _get_invoiced(self, plan):
        lines = plan.sale_order_id.order_line.invoice_lines.filtered(lambda line: line.parent_state != "cancel")
        return round(sum(line.price_subtotal * -line.move_id.direction_sign for line in lines), 2)

    def test_exact_price(self):
        """A price with two decimals would not make the amount that was accepted."""
        plan = self._make_plan(1000.33, (37.77, 62.23))
        self._reach_and_accept(plan, plan.milestone_ids[0])
        invoice = self._approve(plan).invoice_id
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 377.82))

    def test_certify_after_cancelling(self):
        """In one transaction, as by a program."""
        plan = self._make_plan()
        note = self._certify_first(plan)
        self.env.flush_all()
        note.action_cancel()
        self.assertEqual(self._certify(plan).period_amount, 3000)

    def test_worth_nothing(self):
        """A milestone to which nothing is left by rounding is certified once."""
        plan = self._make_plan(0.01, (33.33, 33.33, 33.34))
        self._reach_and_accept(plan, plan.milestone_ids[0])
        with self.assertRaisesRegex(UserError, "Nothing is due"):
            plan.action_certify()

    def test_give_back_what_is_held(self):
        """Milestones of a line give back together no more of the retention than is held back of it."""
        plan = self._make_plan(retention_percent=5)
        self._reach_and_accept(plan, plan.milestone_ids[0])
        plan.action_release()
        self._reach_and_accept(plan, plan.milestone_ids[1])
        plan.milestone_ids.is_reached = False
        note = self._accept(self._certify(plan))
        self.assertEqual((note.period_amount, note.retention_amount, plan.retained_amount), (-7000, -200, 0))

    def test_completed_quantity(self):
        plan = self._make_plan(method="completion", completion_source="manual")
        note = self._certify(plan)
        note.write({"percent_to_date": 12.5, "percent_reason": "Measured"})
        self._accept(note)
        self.assertEqual(plan.sale_line_ids.qty_delivered, 12.5)

    # Deposits

    def test_deposit_of_who_pays_first(self):
        """The customer's deposit ends with his last certificate, though the lender has still to pay."""
        plan = self._make_plan(lender_id=self.customer.copy({"name": "Bank"}).id)
        plan.milestone_ids[2].payer = "lender"
        self._pay_in(plan.sale_order_id)
        note = self._reach_and_accept(plan, plan.milestone_ids[:2])
        self.assertEqual(note.deposit_amount, 1000)

    def test_deposit_larger_than_certificates(self):
        """What certificates are too small for is deducted of what is released."""
        plan = self._make_plan(retention_percent=5)
        self._pay_in(plan.sale_order_id, amount=98)
        self._reach_and_accept(plan, plan.milestone_ids)
        plan.action_accept()
        self.assertEqual((plan.release_ids.amount, plan.release_ids.deposit_amount), (500, 300))
        self._approve(plan)
        self.assertEqual(self._get_invoiced(plan), 10000)

    def test_deposit_of_two_plans(self):
        """Two plans of an order deduct its deposit once."""
        plan = self._make_plan(deposit_method="first", start=False)
        line = self.env["sale.order.line"].create(
            {"order_id": plan.sale_order_id.id, "product_id": self.works.id, "product_uom_qty": 100, "price_unit": 100}
        )
        values = {"name": "Other", "project_id": plan.project_id.id, "sale_order_id": plan.sale_order_id.id}
        other = plan.create({**values, "deposit_method": "first"})
        self._add_item(other, line, (100,), kind="contract")
        (plan | other).action_start()
        self._pay_in(plan.sale_order_id)
        notes = [self._reach_and_accept(each, each.milestone_ids) for each in (plan, other)]
        self.assertEqual([note.deposit_amount for note in notes], [2000, 0])

    def test_deposit_taken_back(self):
        plan = self._make_plan()
        invoice = self._pay_in(plan.sale_order_id)
        self._reach_and_accept(plan, plan.milestone_ids[0])
        for take_back in (lambda: self._credit(invoice), invoice.button_draft):
            with self.assertRaisesRegex(UserError, "deduct 300"), self.env.cr.savepoint():
                take_back()
        plan.certificate_ids.billing_request_ids.with_user(self.accountant).action_cancel()
        self._credit(invoice)
        with self.assertRaisesRegex(UserError, "deduct 300"), self.env.cr.savepoint():
            plan.certificate_ids.billing_request_ids.with_user(self.accountant).action_bill_again()
        self.assertEqual(self._certify(plan).deposit_amount, 0)

    def test_deposit_too_late(self):
        """What nothing is left to deduct it from would be paid on top of the contract."""
        plan = self._make_plan(retention_percent=5)
        self._reach_and_accept(plan, plan.milestone_ids)
        with (
            self.assertRaisesRegex(UserError, "1,000.00.* would be paid in, but only .*500.00"),
            self.env.cr.savepoint(),
        ):
            self._pay_in(plan.sale_order_id)
        self._pay_in(plan.sale_order_id, amount=5)

    def _make_lender(self, **values):
        return self.customer.copy({"name": "Bank", "is_company": True, **values})

    def test_deposit_of_who_pays_nothing(self):
        """The customer's deposit is not deducted of what the lender pays."""
        plan = self._make_plan(lender_id=self._make_lender().id)
        plan.milestone_ids[1:].payer = "lender"
        with self.assertRaisesRegex(UserError, "5,000.00.* but only .*3,000.00"), self.env.cr.savepoint():
            self._pay_in(plan.sale_order_id, amount=50)
        plan = self._make_plan(lender_id=plan.lender_id.id, start=False)
        self._pay_in(plan.sale_order_id, amount=50)
        plan.milestone_ids[1:].payer = "lender"
        with self.assertRaisesRegex(UserError, "5,000.00.* but only .*3,000.00"), self.env.cr.savepoint():
            plan.action_start()
        plan.milestone_ids[1].payer = "customer"
        plan.action_start()

    def test_deposit_left_at_the_end(self):
        """What was given to the lender later leaves a deposit that is to be credited before the final acceptance."""
        plan = self._make_plan(lender_id=self._make_lender().id, retention_percent=5)
        invoice = self._pay_in(plan.sale_order_id, amount=50)
        plan.milestone_ids[1:].payer = "lender"
        self._reach_and_accept(plan, plan.milestone_ids[0])
        self._reach_and_accept(plan, plan.milestone_ids[1:])
        with self.assertRaisesRegex(UserError, "2,000.00.* are not deducted.*credit"), self.env.cr.savepoint():
            plan.action_accept()
        credit = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        credit.invoice_line_ids.filtered(lambda line: line.display_type == "product").price_unit = 2000
        credit.action_post()
        plan.action_accept()
        self.assertEqual(sum(plan.release_ids.mapped("deposit_amount")), 150)

    def test_deposit_of_a_chosen_company(self):
        """Another company that the salesman chose pays for the customer, and its deposit is deducted."""
        plan = self._make_plan()
        plan.sale_order_id.partner_invoice_id = payer = self._make_lender()
        deposit = self._pay_in(plan.sale_order_id)
        self._reach_and_accept(plan, plan.milestone_ids[0])
        invoice = self._approve(plan).invoice_id
        self.assertEqual((deposit.partner_id, invoice.partner_id, invoice.amount_untaxed), (payer, payer, 2700))

    def test_deposit_of_two_taxes(self):
        """Of each tax no more is deducted than is due with it; with the last certificate all is."""
        plan = self._make_plan(deposit_method="first")
        line = self._add_change(plan, 10000)
        line.tax_ids = self._get_tax(10)
        self._pay_in(plan.sale_order_id, amount=50)
        for milestones, deducted, untaxed in ((1, 3000, 0), (3, 2000, 5000), (4, 5000, 5000)):
            note = self._reach_and_accept(
                plan, plan.milestone_ids.sorted(lambda row: (row.sale_line_id.id, row.id))[:milestones]
            )
            self.assertEqual(note.deposit_amount, deducted)
            invoice = note.billing_request_ids.invoice_id or self._approve(plan)[:1].invoice_id
            self.assertEqual((note.billing_request_ids.invoice_id.amount_untaxed, invoice.state), (untaxed, "posted"))
        plan.action_accept()
        self.assertEqual(self._get_invoiced(plan), 20000)

    def test_deposit_of_a_tax_that_is_gone(self):
        """At the end a deposit is deducted of another tax, as long as the invoice stays positive."""
        plan = self._make_plan()
        invoice = self._pay_in(plan.sale_order_id)
        invoice.button_draft()
        plan.sale_order_id.order_line.filtered("is_downpayment").tax_ids = self._get_tax(10)
        invoice.invoice_line_ids.tax_ids = self._get_tax(10)
        invoice.action_post()
        first = self._reach_and_accept(plan, plan.milestone_ids[0])
        last = self._reach_and_accept(plan, plan.milestone_ids[1:])
        self.assertEqual((first.deposit_amount, last.deposit_amount), (0, 1000))

    # Figures

    def test_invoiced_with_deposits(self):
        """Deposits count as invoiced and paid, once for the order."""
        plan = self._make_plan()
        other = plan.copy({"name": "Other"})
        deposit = self._pay_in(plan.sale_order_id)
        self._pay(deposit)
        self._reach_and_accept(plan, plan.milestone_ids)
        invoice = self._approve(plan).invoice_id
        (plan | other).invalidate_recordset()
        self.assertEqual((plan.invoiced_amount, plan.paid_amount, plan.invoice_count), (10000, 1000, 2))
        self.assertEqual((other.invoiced_amount, other.paid_amount, other.invoice_count), (0, 0, 0))
        self.assertEqual(plan._get_paid_events(), [(fields.Date.context_today(plan), 1000)])
        shown = self.env["account.move"].search(plan.action_view_invoices()["domain"])
        self.assertEqual(shown, deposit | invoice)
        self.assertEqual(TicketingPortalPlan._get_invoices(None, plan.sudo()), deposit | invoice)

    def test_booked_on_the_project(self):
        """All that is invoiced of a plan is booked on its project, so that it adds up to the contract there."""
        self.project.account_id = account = self.env["account.analytic.account"].create(
            {"name": "Heating", "plan_id": self.env["account.analytic.plan"].search([], limit=1).id}
        )
        plan = self._make_plan(retention_percent=5)
        deposit = self._pay_in(plan.sale_order_id)
        self._reach_and_accept(plan, plan.milestone_ids)
        plan.action_accept()
        invoices = deposit | self._approve(plan).invoice_id
        lines = invoices.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        for line in lines:
            self.assertEqual(line.analytic_distribution, {str(account.id): 100}, line.name)
        self.assertEqual(sum(lines.mapped("price_subtotal")), 10000)

    def test_deposit_booked_elsewhere(self):
        """What was not booked on the project when it was paid in is not taken off there."""
        self.project.account_id = False
        plan = self._make_plan()
        self._pay_in(plan.sale_order_id)
        self.project.account_id = self.env["account.analytic.account"].create(
            {"name": "Heating", "plan_id": self.env["account.analytic.plan"].search([], limit=1).id}
        )
        self._reach_and_accept(plan, plan.milestone_ids[0])
        lines = self._approve(plan).invoice_id.invoice_line_ids.filtered("sale_line_ids")
        self.assertEqual(
            {line.is_downpayment: bool(line.analytic_distribution) for line in lines}, {False: True, True: False}
        )

    def test_profitability(self):
        """Core's panel says what is sold: certified or not, more or less."""
        plan = self._make_plan(retention_percent=5)
        self._add_change(plan, -1000)
        self._add_change(plan, 500)
        plan.sale_order_id.project_id = self.project
        self.assertEqual(self._get_revenues(), (0, 9500))
        self._pay_in(plan.sale_order_id)
        milestones = plan.milestone_ids.filtered(lambda row: abs(row.amount) >= 1000)
        for reached in (milestones[:1], milestones[1:]):
            self._reach_and_accept(plan, reached)
            self._approve(plan)
            plan.invalidate_recordset()
            self.assertEqual(self._get_revenues(), (plan.invoiced_amount, round(9500 - plan.invoiced_amount, 2)))

    def _get_revenues(self):
        total = self.project._get_profitability_items(False)["revenues"]["total"]
        return round(total["invoiced"], 2), round(total["to_invoice"], 2)

    # Who pays

    def test_lender_pays_on_his_terms(self):
        lender = self._make_lender(ref="LOAN-7")
        lender.property_payment_term_id = term = self.env.ref("account.account_payment_term_30days")
        plan = self._make_plan(lender_id=lender.id)
        plan.milestone_ids[0].payer = "lender"
        order = plan.sale_order_id
        order.write({"payment_term_id": False, "reference": "WEB-1", "client_order_ref": "PO-1"})
        method = self.env["payment.method"].with_context(active_test=False).search([], limit=1)
        provider = self.env["payment.provider"].search([], limit=1)
        values = {"provider_id": provider.id, "payment_method_id": method.id, "amount": 100, "state": "pending"}
        order.transaction_ids = self.env["payment.transaction"].create(
            {**values, "currency_id": order.currency_id.id, "partner_id": self.customer.id, "reference": "WEB-1"}
        )
        plan.milestone_ids.is_reached = True
        for note in self._certify(plan):
            self._accept(note)
        invoices = self._approve(plan).invoice_id
        of_lender = invoices.filtered(lambda move: move.partner_id == lender)
        of_customer = invoices - of_lender
        self.assertEqual(of_customer.transaction_ids, order.transaction_ids)
        self.assertEqual(of_customer._get_customer_order_number(), "PO-1")
        self.assertFalse(of_lender.transaction_ids or of_lender._get_customer_order_number())
        self.assertEqual((of_lender.invoice_payment_term_id, of_lender.buyer_reference), (term, "LOAN-7"))
        self.assertNotEqual(of_lender.payment_reference, "WEB-1")

    def test_no_certificate_of_the_future(self):
        today = fields.Date.context_today(self.env.user)
        for method, next_date, expected in (
            ("completion", today + timedelta(days=9), today),
            ("completion", today - timedelta(days=9), today - timedelta(days=9)),
            ("milestone", today - timedelta(days=9), today),
        ):
            plan = self._make_plan(method=method, next_date=next_date)
            plan.milestone_ids.is_reached = True
            self.assertEqual(self._certify(plan).period_end, expected)

    # Credit notes

    def test_credited_after_payment(self):
        """What was paid and then credited in full can be billed again; core calls its invoice paid for ever."""
        plan = self._make_plan()
        self._reach_and_accept(plan, plan.milestone_ids[0])
        request = self._approve(plan)
        self._pay(request.invoice_id)
        self._credit(request.invoice_id)
        self.assertEqual(request.state, "credited")
        request.with_user(self.accountant).action_bill_again()
        self._approve(plan)
        self.assertEqual(self._get_invoiced(plan), 3000)

    def test_given_back_in_part_by_a_certificate(self):
        """A certificate's credit note, and one by hand of the rest, do not have the whole billed again."""
        plan = self._make_plan()
        self._reach_and_accept(plan, plan.milestone_ids[:2])
        request = self._approve(plan)
        plan.milestone_ids[1].is_reached = False
        self._accept(self._certify(plan))
        credit = (self._approve(plan) - request).invoice_id
        self.assertEqual((credit.move_type, credit.reversed_entry_id), ("out_refund", request.invoice_id))
        invoice = request.invoice_id
        rest = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        rest.invoice_line_ids[1:].unlink()
        rest.action_post()
        self.assertEqual((invoice.payment_state, request.state), ("reversed", "paid"))

    def test_given_back_before_it_is_invoiced(self):
        """A credit note of what was never invoiced is not posted; made before the invoice, it names it in the end."""
        plan = self._make_plan()
        self._reach_and_accept(plan, plan.milestone_ids[0])
        plan.milestone_ids.is_reached = False
        self._accept(self._certify(plan))
        self._run_billing()
        back, first = plan.certificate_ids.sorted("id", reverse=True).billing_request_ids
        with self.assertRaisesRegex(UserError, "never invoiced"), self.env.cr.savepoint():
            back.with_user(self.accountant).action_approve()
        first.with_user(self.accountant).action_approve()
        back.with_user(self.accountant).action_approve()
        self.assertEqual(back.invoice_id.reversed_entry_id, first.invoice_id)

    def test_give_up_what_is_given_back(self):
        """What a later certificate gives back, or one that is being signed starts from, is not given up."""
        plan = self._make_plan(retention_percent=5)
        self._reach_and_accept(plan, plan.milestone_ids[0])
        request = plan.certificate_ids.billing_request_ids
        plan.milestone_ids.is_reached = False
        note = self._certify(plan)
        note.action_ready()
        for go_on, words in (
            (lambda: self._accept(note), "waits for its signature"),
            (list, "give back what this one"),
        ):
            with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                request.with_user(self.accountant).action_cancel()
            with self.assertRaisesRegex(UserError, "Nothing is held back"), self.env.cr.savepoint():
                plan.action_release()
            go_on()

    def test_give_up_what_gives_back(self):
        """Once it is certified anew, giving up what gave it back would invoice it twice; both together may go."""
        plan = self._make_plan()
        self._reach_and_accept(plan, plan.milestone_ids[0])
        plan.milestone_ids.is_reached = False
        self._accept(self._certify(plan))
        self._reach_and_accept(plan, plan.milestone_ids[0])
        anew, back, __ = plan.certificate_ids.sorted("id", reverse=True).billing_request_ids
        with self.assertRaisesRegex(UserError, f"{anew.note_id.name} certify anew"), self.env.cr.savepoint():
            back.with_user(self.accountant).action_cancel()
        (anew | back).with_user(self.accountant).action_cancel()
        self.assertEqual(plan.certified_amount, plan.milestone_ids[0].amount)

    def test_less_is_for_who_pays(self):
        """Nothing is taken away from who pays nothing; the dialog of a change offers who pays most."""
        plan = self._make_plan(10000, (100,), start=False, lender_id=self._make_lender().id)
        plan.milestone_ids.payer = "lender"
        plan.action_start()
        with self.assertRaisesRegex(ValidationError, "have the one who pays the others"), self.env.cr.savepoint():
            self._add_change(plan, -500)
        with Form(self.env["ticketing.progress.change"].with_context(default_plan_id=plan.id)) as change:
            change.name, change.direction, change.amount = "No radiator", "less", 500
            self.assertEqual(change.payer, "lender")
        change.save().action_confirm()
        self.assertEqual(plan.milestone_ids.mapped("payer"), ["lender", "lender"])
        with self.assertRaisesRegex(ValidationError, "have the one who pays the others"):
            plan.milestone_ids[-1].payer = "customer"

    def test_release_again(self):
        """A release that was given up is not billed again once certificates have given its retention back."""
        plan = self._make_plan(retention_percent=5)
        self._reach_and_accept(plan, plan.milestone_ids[0])
        plan.action_release()
        request = plan.release_ids.billing_request_ids
        request.with_user(self.accountant).action_cancel()
        plan.milestone_ids.is_reached = False
        self._accept(self._certify(plan))
        with self.assertRaisesRegex(UserError, "More than was held back"):
            request.with_user(self.accountant).action_bill_again()

    def test_release_of_what_was_given_up(self):
        """What is held back of a plan that is cancelled is owed still; the queue says how much, without deposits."""
        plan = self._make_plan(total=10000, percents=(50, 50), retention_percent=50, deposit_method="first")
        self._pay_in(plan.sale_order_id, amount=30)
        self._reach_and_accept(plan, plan.milestone_ids[0])
        plan.action_cancel()
        self.assertEqual(plan.retained_amount, 2500)
        plan.action_release()
        request = plan.release_ids.billing_request_ids
        self.assertEqual(plan.release_ids.deposit_amount, 500)
        self.assertEqual(request.amount_recorded, 2000)
        self._approve(plan)
        self.assertEqual(request.invoice_id.amount_untaxed, 2000)

    # More than is sold

    def test_sold_less(self):
        plan = self._make_plan()
        self._add_change(plan, -1000)
        plan.milestone_ids.filtered(lambda milestone: milestone.amount > 0).is_reached = True
        with self.assertRaisesRegex(UserError, "10,000.00.* would be certified of .*9,000.00"):
            self._certify(plan).action_ready()
        plan.milestone_ids.is_reached = True
        self._accept(plan.certificate_ids)
        self.assertEqual((plan.certified_amount, plan.sale_line_ids.mapped("qty_delivered")), (9000, [100, -100]))

    def test_accept_with_open_certificate(self):
        plan = self._make_plan()
        self._reach_and_accept(plan, plan.milestone_ids)
        plan.milestone_ids[0].is_reached = False
        self._certify(plan).action_ready()
        with self.assertRaisesRegex(UserError, "Cancel CERT"):
            plan.action_accept()

    # Core's own ways

    def test_core_invoices(self):
        """Core's button bills the rest of the order, and says where a plan is billed."""
        plan = self._make_plan()
        order = plan.sale_order_id
        self._pay_in(order)
        self._reach_and_accept(plan, plan.milestone_ids[0])
        for final in (False, True):
            with self.assertRaisesRegex(UserError, "accepted certificates of its billing plan Heating"):
                order._create_invoices(final=final)
        self.env["sale.order.line"].create(
            {
                "order_id": order.id,
                "product_id": self.works.id,
                "product_uom_qty": 1,
                "qty_delivered": 1,
                "price_unit": 70,
            }
        )
        wizard = self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids).create({})
        invoice = wizard._create_invoices(order)
        self.assertEqual(invoice.amount_untaxed, 70, "the deposit is the plan's to deduct")

    def test_core_cancels(self):
        plan = self._make_plan()
        note = self._certify_first(plan)
        for go_on in (note.action_ready, lambda: self._accept(note), list):
            with self.assertRaisesRegex(UserError, "can't be cancelled"):
                plan.sale_order_id._action_cancel()
            go_on()
        other = self._make_plan()
        other.sale_order_id._action_cancel()
        self.assertEqual(other.state, "cancelled")

    def _certify_first(self, plan):
        plan.milestone_ids[0].is_reached = True
        return self._certify(plan)

    def test_core_changes_the_line(self):
        plan = self._make_plan()
        line = plan.sale_line_ids
        with self.assertRaisesRegex(UserError, "quantity of 100"), self.env.cr.savepoint():
            line.product_uom_qty = 90
        line.price_unit = 200
        self.assertEqual(plan.milestone_ids.mapped("amount"), [6000, 8000, 6000])
        self._certify_first(plan).action_ready()
        changes = {"price_unit": 90, "product_uom_qty": 10, "tax_ids": False, "discount": 5, "progress_plan_id": False}
        for name, value in changes.items():
            with self.assertRaisesRegex(UserError, "can't be changed any more", msg=name):
                line[name] = value
        with self.assertRaises(UserError):
            line.unlink()
        line.write({"price_unit": 200, "name": "Heating, as agreed"})
        plan = self._make_plan(start=False)
        self.assertEqual(sum(plan.milestone_ids.mapped("amount")), 10000)
        self.env.flush_all()
        plan.by_amount = True
        plan.action_start()
        with self.assertRaisesRegex(ValidationError, "add up to"):
            plan.sale_line_ids.price_unit = 200

    def test_core_reaches_without_a_plan(self):
        """A milestone of the same line that is none of the plan's delivers nothing."""
        plan = self._make_plan()
        line = plan.sale_line_ids
        values = {"name": "Other", "project_id": plan.project_id.id, "sale_line_id": line.id, "is_reached": True}
        self.env["project.milestone"].create({**values, "quantity_percentage": 0.5})
        self.assertEqual((line.qty_delivered, line.qty_to_invoice), (0, 0))

    def test_technician_and_other_orders(self):
        """With a line of a ticket he may write, a technician reaches no line of another order."""
        foreign = self._make_plan().sale_line_ids
        own = self._add_material(self._create_ticket())
        with self.assertRaises(AccessError):
            (own | foreign).with_user(self.technician).product_uom_qty = 100
