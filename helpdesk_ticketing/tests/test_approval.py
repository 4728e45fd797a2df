from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TicketingCase


@tagged("post_install", "-at_install")
class TestApprovalOfMany(TicketingCase):
    """The accountant approves a list: each invoice stands for itself."""

    def setUp(self):
        super().setUp()
        notes = [self._signed_note(quantity=0) for __ in range(3)]
        self._run_billing()
        self.requests = self.env["ticketing.billing.request"].union(*(note.billing_request_ids for note in notes))
        self.assertEqual(self.requests.mapped("state"), ["to_approve"] * 3)
        self.good, self.bad, self.other = self.requests

    def _approve(self, requests):
        """Approve as the accountant; return what he is told."""
        return requests.with_user(self.accountant).action_approve()["params"]

    def test_all_are_good(self):
        told = self._approve(self.requests)
        self.assertEqual((told["type"], told["message"]), ("success", "Invoices approved: 3."))
        self.assertEqual(self.requests.invoice_id.mapped("state"), ["posted"] * 3)
        self.assertEqual(self.requests.approved_by_id, self.accountant)

    def test_one_bad_invoice_stops_no_other(self):
        """It stays a draft with its error on its row, is told by name, and goes with the next click once mended."""
        line = self.bad.invoice_id.invoice_line_ids[:1]
        taxes, line.tax_ids = line.tax_ids, False
        told = self._approve(self.requests)
        self.assertEqual(told["type"], "danger")
        self.assertIn("Invoices approved: 2.", told["message"])
        self.assertIn(self.bad.display_name, told["message"])
        self.assertNotIn(self.good.display_name, told["message"])
        good = self.good | self.other
        self.assertEqual(good.invoice_id.mapped("state"), ["posted", "posted"])
        self.assertEqual(good.mapped("state"), ["to_send", "to_send"])
        self.assertEqual((self.bad.invoice_id.state, self.bad.state), ("draft", "failed"))
        self.assertIn("exactly one tax", self.bad.error)
        self.assertTrue(self.bad.activity_ids, "somebody is told")
        self.assertFalse(self.bad.approved_by_id)
        with self.assertRaisesRegex(UserError, "exactly one tax"):
            self.bad.with_user(self.accountant).action_approve()
        line.tax_ids = taxes
        self.bad.with_user(self.accountant).action_approve()
        self.assertEqual((self.bad.invoice_id.state, self.bad.error), ("posted", False))

    def test_what_waits_for_nothing_is_told_and_left_alone(self):
        self.other.with_user(self.accountant).action_approve()
        told = self._approve(self.requests)
        self.assertEqual(told["type"], "warning")
        self.assertIn("Invoices approved: 2.", told["message"])
        self.assertIn(f"Not waiting for approval: {self.other.display_name}.", told["message"])
        self.assertEqual((self.other.state, self.other.error, self.other.attempts), ("to_send", False, 0))

    def test_only_an_accountant_approves_many(self):
        with self.assertRaisesRegex(UserError, "Only an accountant"):
            self.requests.with_user(self.manager).action_approve()
        self.assertEqual(self.requests.invoice_id.mapped("state"), ["draft"] * 3)


@tagged("post_install", "-at_install")
class TestLanguageOfTheQueue(TicketingCase):
    def test_the_scheduler_writes_in_the_companys_language(self):
        """Nobody is logged in when it runs: what the accountant reads is kept in his company's language."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.company.partner_id.lang = "es_ES"
        self.customer.write({"zip": False, "lang": "en_US"})
        note = self._signed_note(quantity=0)
        self._run_billing()
        request = note.billing_request_ids
        self.assertIn("no tiene código postal: indíquelo en el contacto.", request.error)
        self.assertEqual(request.activity_ids.summary, "Factura no emitida")
        self.assertFalse(request.message_ids.tracking_value_ids, "nobody needs to know which currency the invoice has")
