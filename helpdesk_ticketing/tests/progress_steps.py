"""What people do with a billing plan, for ``test_progress_property``."""

STEPS = {}


def step(weight=2, needs=None):
    """Register a method as something that people do: how often, and what there must be for it to make sense."""

    def register(method):
        STEPS[method.__name__] = (weight, needs or (lambda contract: True))
        return method

    return register


class ProgressSteps:
    def _pick(self, records, number):
        records = records.sorted("id")
        return records[number % len(records)] if records else records

    def _notes(self, *states):
        return self.plan.certificate_ids.filtered(lambda note: note.state in states)

    def _all_requests(self):
        return self.plan.certificate_ids.billing_request_ids | self.plan.release_ids.billing_request_ids

    def _requests(self, *states):
        return self._all_requests().filtered(lambda request: request.state in states).sorted("id")

    def _invoices(self, state):
        return self._all_requests().invoice_id.filtered(lambda move: move.state == state)

    def _as_accountant(self, name, record, method):
        return self._try(name, getattr(record.with_user(self.accountant), method))

    # Work

    @step(6, needs=lambda self: self.plan.milestone_ids.filtered(lambda milestone: not milestone.is_reached))
    def reach(self, number):
        milestone = self._pick(self.plan.milestone_ids.filtered(lambda milestone: not milestone.is_reached), number)
        if milestone:
            self._try("reach", lambda: milestone.write({"is_reached": True}))

    @step(3, needs=lambda self: self.plan.milestone_ids.filtered("is_reached"))
    def unreach(self, number):
        milestone = self._pick(self.plan.milestone_ids.filtered("is_reached"), number)
        self._try("unreach", lambda: milestone.write({"is_reached": False}))

    @step(2, needs=lambda self: len(self.plan.sale_line_ids) < 4)
    def more(self, number):
        self._sell_change(self._get_part(10 + number))

    @step(2, needs=lambda self: len(self.plan.sale_line_ids) < 4)
    def less(self, number):
        self._sell_change(-self._get_part(3 + number % 9))

    def _get_part(self, percent):
        line = self.plan.sale_line_ids.sorted("id")[0]
        return self.currency.round(line.price_subtotal * percent / 100)

    def _sell_change(self, total):
        if not total:
            return

        def act():
            if not self.plan.by_amount:
                self.case._add_change(self.plan, total, (50, 50))
                return
            values = {"direction": "more" if total > 0 else "less", "amount": abs(total)}
            change = self.env["ticketing.progress.change"].create({"plan_id": self.plan.id, "name": "Change", **values})
            change.action_confirm()

        self._try("more" if total > 0 else "less", act)

    @step(1)
    def sell_for_another_price(self, number):
        """What is certified keeps its price; a new one of what is not is planned anew."""
        line = self._pick(self.plan.sale_line_ids, number)
        shown = line._get_frozen_notes()
        factor = 2 if number % 2 else 0.9
        ok = self._try("sell_for_another_price", lambda: line.write({"price_unit": line.price_unit * factor}))
        assert not (ok and shown and line.price_unit), "a certified line has another price"

    # Certificates

    @step(12)
    def work_and_certify(self, number):
        """The straight way, so that there is something to give up, to credit and to release."""
        if number % 2:
            self.reach(number)
        else:
            self.plan.milestone_ids.is_reached = True
        self.certify(number)
        if self.method == "completion" and self._notes("draft"):
            self.say_percent(number // 2)
        for __ in self._notes("draft"):
            self.ready(number)
        for __ in self._notes("ready"):
            if number % 5:
                self.sign(number)
            elif number % 2:
                self.refuse(number)
        if number % 3:
            self.bill(number)
        if not number % 4:
            for __ in self._requests("to_approve"):
                self.approve(0)

    @step(4, needs=lambda self: not self._notes("draft", "ready"))
    def certify(self, number):
        self._try("certify", self.plan.action_certify)

    @step(6, needs=lambda self: self.method == "completion" and self._notes("draft"))
    def say_percent(self, number):
        percent = (12.5, 33.33, 50, 0.01, 66.67, 99.99, 100, 7)[number % 8]
        note = self._notes("draft")
        self._try("say_percent", lambda: note.write({"percent_to_date": percent, "percent_reason": "Measured"}))

    @step(8, needs=lambda self: self._notes("draft"))
    def ready(self, number):
        note = self._pick(self._notes("draft"), number)
        if self._try("ready", note.action_ready) and note.period_amount > 0:
            other = sum((self._notes("ready") - note).mapped("period_amount"))
            certified = self.plan.certified_amount + other + note.period_amount
            assert self.currency.compare_amounts(certified, self.plan.total_amount) <= 0, "more than is sold"

    @step(1, needs=lambda self: self._notes("ready"))
    def back_to_draft(self, number):
        self._try("back_to_draft", self._pick(self._notes("ready"), number).action_draft)

    @step(8, needs=lambda self: self._notes("ready"))
    def sign(self, number):
        note = self._pick(self._notes("ready"), number)
        self._try("sign", lambda: self.case._accept(note))

    @step(4, needs=lambda self: self._notes("ready"))
    def refuse(self, number):
        note = self._pick(self._notes("ready"), number)
        self._try("refuse", lambda: note.action_refuse("Not done"))

    @step(1, needs=lambda self: self._notes("draft", "ready"))
    def cancel_note(self, number):
        self._try("cancel_note", self._pick(self._notes("draft", "ready"), number).action_cancel)

    # Money

    @step(6, needs=lambda self: self._requests("queued", "failed", "to_send"))
    def bill(self, number):
        self.case._run_billing()
        self.done["bill"] += 1

    @step(6, needs=lambda self: self._requests("to_approve"))
    def approve(self, number):
        self._as_accountant("approve", self._pick(self._requests("to_approve"), number), "action_approve")

    @step(2, needs=lambda self: self._requests("queued", "failed", "to_approve", "credited"))
    def give_up(self, number):
        requests = self._requests("queued", "failed", "to_approve", "credited")
        self._as_accountant("give_up", self._pick(requests, number), "action_cancel")

    @step(1, needs=lambda self: self._invoices("draft"))
    def cancel_draft(self, number):
        self._as_accountant("cancel_draft", self._pick(self._invoices("draft"), number), "button_cancel")

    @step(1, needs=lambda self: self._invoices("draft"))
    def delete_draft(self, number):
        self._as_accountant("delete_draft", self._pick(self._invoices("draft"), number), "unlink")

    @step(2, needs=lambda self: self._requests("failed"))
    def retry(self, number):
        self._as_accountant("retry", self._pick(self._requests("failed"), number), "action_retry")

    @step(1, needs=lambda self: self._invoices("posted"))
    def reset_to_draft(self, number):
        self._as_accountant("reset_to_draft", self._pick(self._invoices("posted"), number), "button_draft")

    @step(3, needs=lambda self: self._invoices("posted"))
    def credit_in_full(self, number):
        invoice = self._pick(self._invoices("posted"), number)
        if not self._is_credited(invoice):
            self._credit("credit_in_full", invoice)

    def _credit(self, name, invoice):
        def act():
            wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
            values = {"journal_id": invoice.journal_id.id, "date": invoice.date}
            wizard = wizard.with_user(self.accountant).create(values)
            self.env["account.move"].browse(wizard.refund_moves()["res_id"]).action_post()

        self._try(name, act)

    @step(2, needs=lambda self: self._invoices("posted"))
    def pay(self, number):
        invoice = self._pick(self._invoices("posted"), number)
        if invoice.payment_state == "not_paid" and invoice.amount_total:
            self._try("pay", lambda: self.case._pay(invoice))

    @step(6, needs=lambda self: self._requests("credited", "cancelled"))
    def bill_again(self, number):
        self._as_accountant(
            "bill_again", self._pick(self._requests("credited", "cancelled"), number), "action_bill_again"
        )

    # Retention and deposits

    @step(5, needs=lambda self: self.plan.holds_retention)
    def release(self, number):
        self._try("release", self.plan.action_release)

    @step(1)
    def final_acceptance(self, number):
        if self._try("final_acceptance", self.plan.action_accept):
            assert not self.currency.compare_amounts(self.plan.certified_amount, self.plan.total_amount)

    @step(6, needs=lambda self: self.plan.state == "done")
    def reopen(self, number):
        self._try("reopen", self.plan.action_reopen)

    @step(3, needs=lambda self: self._may_pay_in())
    def pay_in(self, number):
        """A down payment, by core's own button."""
        values = {"advance_payment_method": "percentage", "amount": 10}
        if number % 2:
            values = {"advance_payment_method": "fixed", "fixed_amount": self._get_part(15)}
        wizard = self.env["sale.advance.payment.inv"].with_context(active_ids=self.plan.sale_order_id.ids)
        self._try("pay_in", lambda: wizard.create(values)._create_invoices(self.plan.sale_order_id).action_post())

    def _may_pay_in(self):
        large = self.plan.total_amount > 1000 * float(self.step)
        left = self.plan.certified_amount < self.plan.total_amount / 2
        return large and left and not self.with_lender and not self._get_deposit_invoices()

    def _get_deposit_invoices(self):
        lines = self.plan.sale_order_id.order_line.filtered("is_downpayment").invoice_lines
        return lines.move_id.filtered(lambda move: not move.progress_plan_id and move.move_type == "out_invoice")

    @step(1, needs=lambda self: self._get_deposit_invoices())
    def pay_back(self, number):
        invoice = self._get_deposit_invoices()[:1]
        if not self._is_credited(invoice):
            self._credit("pay_back", invoice)

    # Core's own ways, which must not bill a plan

    @step(1)
    def invoice_by_core(self, number):
        order = self.plan.sale_order_id
        assert not self._try("invoice_by_core", lambda: order._create_invoices(final=bool(number % 2))), (
            "billed by core"
        )

    @step(1)
    def cancel_order(self, number):
        if self._notes("draft", "ready", "signed"):
            cancelled = self._try("cancel_order", self.plan.sale_order_id._action_cancel)
            assert not cancelled, "the order of a certified plan was cancelled"
