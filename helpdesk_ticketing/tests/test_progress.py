from odoo.tests import tagged

from .common_progress import ProgressCase


@tagged("-at_install", "post_install")
class TestProgress(ProgressCase):
    def test_milestones(self):
        plan = self._make_plan(retention_percent=5)
        self.assertEqual(plan.milestone_ids.mapped("amount"), [3000, 4000, 3000])
        plan.milestone_ids[0].is_reached = True
        note = self._accept(self._certify(plan))
        self.assertEqual((note.period_amount, note.retention_amount, note.amount_untaxed), (3000, 150, 2850))
        self._run_billing()
        request = note.billing_request_ids
        self.assertFalse(request.error)
        self.assertEqual(request.invoice_id.amount_untaxed, 2850)
        line = plan.sale_line_ids
        self.assertEqual((line.qty_delivered, line.qty_invoiced, line.qty_to_invoice), (30, 28.5, 0))
        plan.milestone_ids.is_reached = True
        self._accept(self._certify(plan))
        self._run_billing()
        self.assertEqual(plan.certified_amount, 10000)
        self.assertEqual(plan.retained_amount, 500)
        plan.action_accept()
        self._run_billing()
        release = plan.release_ids
        self.assertEqual(release.billing_request_ids.invoice_id.amount_untaxed, 500)
        self.assertEqual(plan.retained_amount, 0)
        self.assertEqual(line.qty_invoiced, 100)

    def test_completion(self):
        plan = self._make_plan(total=10000.01, method="completion", completion_source="manual", retention_percent=5)
        note = self._certify(plan)
        note.write({"percent_to_date": 12.5, "percent_reason": "Measured"})
        self._accept(note)
        self.assertEqual(note.period_amount, 1250)
        self.assertEqual(plan.sale_line_ids.qty_delivered, 12.5)
        note = self._certify(plan)
        note.write({"percent_to_date": 10, "percent_reason": "Measured anew"})
        self._accept(note)
        self._run_billing()
        refund = note.billing_request_ids.invoice_id
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.amount_untaxed, 237.5)
