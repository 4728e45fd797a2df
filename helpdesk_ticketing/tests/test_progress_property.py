# pylint: disable=translation-required
import json
import os
import random
import re
from collections import Counter
from decimal import Decimal

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_progress import ProgressCase
from .progress_steps import STEPS, ProgressSteps

FULL = 20 if os.environ.get("HELPDESK_FULL") else 1
EXAMPLES = int(os.environ.get("HELPDESK_EXAMPLES", 8 * FULL))
TOTALS = {"EUR": (10000.01, 0.01, 1000.33, 99999.99), "JPY": (1000001, 1, 3333), "TND": (10000.001, 0.003, 777.777)}
PERCENTS = (
    (12.5, 87.5),
    (33.33, 33.33, 33.33, 0.01),
    (33.33, 33.33, 33.34),
    (100,),
    (30, 40, 30),
    (0.07, 49.96, 49.97),
)


def dec(amount):
    return Decimal(str(round(amount, 6)))


def is_counted(note):
    """Whether a certificate counts: signed, and not given up by the accountant."""
    requests = note.billing_request_ids
    return note.state == "signed" and (not requests or any(not request.cancelled for request in requests))


class Contract(ProgressSteps):
    """A contract with whatever people do with it, in any order; what is said of it here is computed apart."""

    done = Counter()  # how often each step succeeded, over all examples
    refused = Counter()

    def __init__(self, case, dice, method):
        super().__init__()
        self.case, self.env = case, case.env
        self.savepoint = self.env.cr.savepoint()
        self.accountant = case.accountant
        self.currency = case.currencies[dice.choice(["EUR", "EUR", "JPY", "TND"])]
        self.step = Decimal(1).scaleb(-self.currency.decimal_places)
        self.method = method
        self.with_lender = dice.random() < 0.3
        case.customer.specific_property_product_pricelist = case.pricelists[self.currency.name]
        self.plan = self._sell(dice)
        hypothesis.note(f"{self.currency.name} {self.method} {self.plan.total_amount} {self.plan.by_amount}")

    def _sell(self, dice):
        case = self.case
        total, percents = dice.choice(TOTALS[self.currency.name]), dice.choice(PERCENTS)
        case.works.taxes_id = [Command.set(dice.choice(case.taxes).ids)]
        values = {
            "method": self.method,
            "completion_source": "manual",
            "retention_percent": dice.choice([0, 5, 7.77]),
            "deposit_method": dice.choice(["share", "first"]),
            "lender_id": case.lender.id,
        }
        plan = case._make_plan(total, percents, start=False, **values)
        if self.method == "milestone":
            if dice.random() < 0.3:
                amounts = {milestone: milestone.amount for milestone in plan.milestone_ids}
                plan.by_amount = True
                for milestone, amount in amounts.items():
                    milestone.amount = amount
            if self.with_lender:
                plan.milestone_ids[-1:].payer = "lender"
        elif self.with_lender:
            plan.payer = "lender"
        plan.action_start()
        return plan

    def play(self, dice):
        """Do one of the steps that make sense now, drawn by lot."""
        possible = [name for name, (__, needs) in STEPS.items() if needs(self)]
        [name] = dice.choices(possible, [STEPS[name][0] for name in possible])
        number = dice.randrange(64)
        hypothesis.note(f"{name}({number})")
        getattr(self, name)(number)
        self.holds()

    def close(self):
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def _try(self, name, act):
        """Do a step; a refusal must be a message."""
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                act()
                self.env.flush_all()
        except UserError as error:
            self.refused[name] += 1
            hypothesis.note(f"   {name} refused: {error}")
            assert str(error).strip(), f"{name} was refused without a word"
            self.env.invalidate_all()
            return False
        self.done[name] += 1
        return True

    # What holds after each step

    def holds(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.sums_are_what_was_accepted()
        self.held_back_is_retained_less_released()
        self.deposits_are_paid_in()
        self.nothing_is_open_twice()
        self.core_counts_the_same()

    def _content(self, note, *names):
        content = json.loads(note.content)
        return [Decimal(content[name]) for name in names]

    def _get_sums(self):
        """Return {order line id: what stands on its invoices, drafts included}, straight from the tables."""
        self.env.cr.execute(
            """
            SELECT sold.id, SUM(CASE move.move_type WHEN 'out_refund' THEN -line.price_subtotal ELSE line.price_subtotal END)
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id AND move.state IN ('draft', 'posted')
              JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
              JOIN sale_order_line sold ON sold.id = rel.order_line_id
             WHERE sold.order_id = %s
             GROUP BY sold.id
            """,
            [self.plan.sale_order_id.id],
        )
        return {line: dec(amount) for line, amount in self.env.cr.fetchall()}

    def _is_credited(self, invoice):
        """Whether somebody, and no certificate, has taken all of an invoice back."""
        refunds = invoice.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and not move.billing_request_ids
        )
        return bool(refunds) and sum(refunds.mapped("amount_untaxed")) >= invoice.amount_untaxed

    def _is_billed(self, request):
        invoice = request.invoice_id
        live = invoice and not request.cancelled and invoice.state != "cancel"
        return live and not self._is_credited(invoice)

    def _get_paid_in(self):
        lines = self.plan.sale_order_id.order_line.filtered(lambda line: line.is_downpayment and not line.display_type)
        rows = lines.invoice_lines.filtered(
            lambda row: not row.move_id.progress_plan_id and row.parent_state in ("draft", "posted")
        )
        return sum((dec(row.price_subtotal * -row.move_id.direction_sign) for row in rows), Decimal(0))

    def sums_are_what_was_accepted(self):
        """Invoiced, drafts included, is certified net of retention (and released), less deposits; these are apart."""
        expected = self._get_paid_in()
        for request in self.plan.certificate_ids.billing_request_ids.filtered(self._is_billed):
            period, retention, deposit = self._content(
                request.note_id, "period_amount", "retention_amount", "deposit_amount"
            )
            net = period - retention - deposit
            assert dec(-request.invoice_id.direction_sign * request.invoice_id.amount_untaxed) == net, (
                request.display_name
            )
            assert request.invoice_id.amount_untaxed >= 0
            expected += net
        for request in self.plan.release_ids.billing_request_ids.filtered(self._is_billed):
            expected += sum((dec(line.amount) for line in request.release_id.line_ids), Decimal(0))
        assert sum(self._get_sums().values()) == expected, (self._get_sums(), expected)

    def held_back_is_retained_less_released(self):
        certified = self.plan.certificate_ids.filtered(is_counted)
        retained = sum((self._content(note, "retention_amount")[0] for note in certified), Decimal(0))
        for release in self.plan.release_ids:
            requests = release.billing_request_ids
            if not all(requests.mapped("cancelled")):
                retained -= dec(release.amount)
        assert dec(self.plan.retained_amount) == retained, (self.plan.retained_amount, retained)
        period = sum((self._content(note, "period_amount")[0] for note in certified), Decimal(0))
        assert dec(self.plan.certified_amount) == period

    def deposits_are_paid_in(self):
        certified = self.plan.certificate_ids.filtered(is_counted)
        deducted = sum((self._content(note, "deposit_amount")[0] for note in certified), Decimal(0))
        for release in self.plan.release_ids.filtered("is_live"):
            deducted += dec(release.deposit_amount)
        assert Decimal(0) <= deducted <= self._get_paid_in(), (deducted, self._get_paid_in())

    def nothing_is_open_twice(self):
        queries = (
            "SELECT milestone_id FROM ticketing_delivery_note_line line JOIN ticketing_delivery_note note"
            " ON note.id = line.note_id WHERE note.state IN ('draft', 'ready') AND milestone_id IS NOT NULL"
            " GROUP BY 1 HAVING count(*) > 1",
            "SELECT COALESCE(note_id, -release_id) FROM ticketing_billing_request"
            " WHERE plan_id IS NOT NULL AND cancelled IS NOT TRUE GROUP BY 1 HAVING count(*) > 1",
        )
        for query in queries:
            self.env.cr.execute(query)
            assert not self.env.cr.fetchall(), query

    def core_counts_the_same(self):
        certified, sums = Counter(), self._get_sums()
        for line in self.plan.certificate_ids.filtered(is_counted).line_ids:
            certified[line.sale_line_id] += dec(line.amount)
        for line in self.plan.sale_line_ids:
            total = dec(line.price_subtotal)
            sold = 100 if total > 0 else -100
            assert 0 <= certified[line] / total <= 1, (line.name, certified[line], total)
            for field, amount in (("qty_delivered", certified[line]), ("qty_invoiced", sums.get(line.id, 0))):
                assert abs(dec(line[field]) - amount * sold / total) <= Decimal("0.005001"), (
                    field,
                    line[field],
                    amount,
                )
            assert line.qty_to_invoice == 0

    def _accept_in_the_end(self):
        """Paid in while the last certificate waited for its signature, a deposit may exceed what is left: it is paid back."""
        try:
            with self.env.cr.savepoint():
                self.plan.action_accept()
        except UserError as error:
            [left] = re.findall(r"([\d,.]+\d|\d)\D* of deposits of .* are not deducted", str(error))
            invoice = self._get_deposit_invoices().filtered(lambda move: move.state == "posted")
            back = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
            [line] = back.invoice_line_ids.filtered(lambda line: line.display_type == "product")
            line.write({"quantity": 1, "price_unit": float(left.replace(",", "")), "extra_tax_data": False})
            back.action_post()
            self.plan.action_accept()

    # At the end all of it is paid for, and nothing twice

    def finish(self):
        plan, hurry = self.plan, self._hurry
        if plan.state == "done":
            plan.action_reopen()
        plan.certificate_ids.filtered(lambda note: note.state in ("draft", "ready")).action_cancel()
        plan.milestone_ids.is_reached = True
        hurry()
        for __ in range(3):
            if self._is_all_certified():
                break
            plan.action_certify()
            for note in plan.certificate_ids.filtered(lambda note: note.state == "draft"):
                if self.method == "completion":
                    note.write({"percent_to_date": 100, "percent_reason": "Finished"})
                self.case._accept(note)
            hurry()
        self._accept_in_the_end()
        hurry()
        self.holds()
        assert dec(plan.retained_amount) == 0
        sums, paid_in = self._get_sums(), self._get_paid_in()
        for line in plan.sale_line_ids:
            assert sums.get(line.id, 0) == dec(line.price_subtotal), (line.name, sums, line.price_subtotal)
            assert (line.qty_delivered, line.qty_invoiced) == (line.product_uom_qty, line.product_uom_qty)
        assert sum(sums.values()) == dec(plan.total_amount), (sums, plan.total_amount, paid_in)
        assert not self._requests("failed", "queued", "to_approve", "credited")
        if self.currency.decimal_places < 3:  # EN 16931-1 knows no more decimals (BR-DEC-01 to 27)
            self.case._check_einvoices()
        self.done["finished"] += 1

    def _is_all_certified(self):
        return self.plan.certified_percent == 100 and not self.currency.compare_amounts(
            self.plan.certified_amount, self.plan.total_amount
        )

    def _hurry(self):
        """The accountant works off the queue to its end."""
        for __ in range(4):
            for request in self._requests("failed"):
                self._try("finish: retry", request.with_user(self.accountant).action_retry)
            for request in self._requests("credited"):
                request.with_user(self.accountant).action_bill_again()
            if not self._requests("failed", "queued", "to_approve", "to_send", "credited"):
                break
            self.case._run_billing()
            for request in self._requests("to_approve"):
                self._try("finish: approve", request.with_user(self.accountant).action_approve)


@tagged("-at_install", "post_install")
class TestProgressProperty(ProgressCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact.email = cls.customer.email = False  # nothing is mailed: its rendering would take most of the time
        cls.lender = cls.customer.copy({"name": "Banco Test, S.A.", "vat": "ESA08001851"})
        cls.taxes = [cls._get_tax(rate) for rate in (21, 10, 0)]
        cls.currencies, cls.pricelists = {}, {}
        for name in TOTALS:
            currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
            currency.active = True
            cls.currencies[name] = currency
            cls.pricelists[name] = cls.env["product.pricelist"].create({"name": name, "currency_id": currency.id})

    def test_the_money_in_any_order(self):
        """Random sequences; HELPDESK_FULL takes twenty times as many, and other ones each time."""
        Contract.done.clear()
        Contract.refused.clear()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=FULL == 1,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # shorter failures would take longer to find than they are to read
        )
        @given(st.integers(min_value=0, max_value=2**32), st.sampled_from(("milestone", "completion")))
        def play(seed, method):
            dice = random.Random(seed)
            contract = Contract(self, dice, method)
            try:
                for __ in range(dice.randrange(16, 30)):
                    contract.play(dice)
                contract.finish()
            finally:
                contract.close()

        play()
        if "HELPDESK_EXAMPLES" not in os.environ:
            idle = {"credit_in_full", "give_up", "sign", "refuse", "unreach", "release", "more", "less"}
            self.assertFalse(
                idle - Contract.done.keys(), f"steps that no sequence reached; refused: {Contract.refused}"
            )
