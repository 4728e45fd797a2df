from odoo.tests import tagged

from . import test_self_check
from .common_progress import ProgressCase


@tagged("post_install", "-at_install")
class TestProgressSelfCheck(ProgressCase):
    """Sums of progress billing that were broken past all rules are found; what is right is not."""

    _break = test_self_check.TestSelfCheck._break

    def setUp(self):
        super().setUp()
        self.check = self.env["ticketing.self.check"]
        self.plan = self._make_plan(retention_percent=5)
        self.change = self._add_change(self.plan, -500)
        first, second = self.plan.milestone_ids[0], self.plan.milestone_ids[-1]
        (first | second).is_reached = True
        self.note = self._accept(self._certify(self.plan))
        first.is_reached = False
        self.credit = self._accept(self._certify(self.plan))
        self.plan.milestone_ids.is_reached = True
        self.rest = self._accept(self._certify(self.plan))
        self._run_billing()
        self.plan.action_release()
        self._run_billing()
        requests = self.env["ticketing.billing.request"].search([("plan_id", "=", self.plan.id)])
        requests.with_user(self.accountant).action_approve()
        self.assertEqual(set(requests.invoice_id.mapped("move_type")), {"out_invoice", "out_refund"})
        self.assertEqual(set(requests.invoice_id.mapped("state")), {"posted"})
        self.assertFalse(self._find(), "all is well")

    def _find(self):
        self.env.invalidate_all()
        return {(model, res_id) for model, res_id, __ in self.check._find_violations()}

    def _found_of(self, record):
        return (record._name, record.id) in self._find()

    def test_more_certified_than_sold(self):
        line = self.rest.line_ids.filtered(lambda line: line.amount == 4000)
        self._break(line, amount=4000.02)
        self.assertTrue(self._found_of(self.plan))

    def test_more_taken_away_than_sold(self):
        line = self.note.line_ids.filtered(lambda line: line.sale_line_id == self.change)
        self._break(line, amount=-500.02)
        self.assertTrue(self._found_of(self.plan))
        self._break(line, amount=0.02)
        self.assertTrue(self._found_of(self.plan), "of the other sign")

    def test_invoice_that_is_not_what_was_accepted(self):
        for request in (self.note | self.credit).billing_request_ids | self.plan.release_ids.billing_request_ids:
            line = request.invoice_id.invoice_line_ids[:1]
            before = line.price_subtotal
            self._break(line, price_subtotal=before + 0.01)
            self.assertTrue(self._found_of(request), request.display_name)
            self._break(line, price_subtotal=before)

    def test_more_released_than_held(self):
        line = self.plan.release_ids.line_ids.filtered(lambda line: line.sale_line_id == self.plan.sale_line_ids[0])
        self.assertEqual(line.amount, 500)
        self._break(line, amount=500.01)
        self.assertTrue(self._found_of(self.plan))

    def test_one_query_each(self):
        for check in (
            self.check._check_certified_is_sold,
            self.check._check_released_was_held,
            self.check._check_progress_is_billed_as_accepted,
        ):
            queries = self.env.cr.sql_log_count
            self.assertFalse(list(check()))
            self.assertEqual(self.env.cr.sql_log_count - queries, 1)
