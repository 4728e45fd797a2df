from odoo.tests import tagged

from .test_concurrency import TIMES, ProcessCase


@tagged("post_install", "-at_install")
class TestCertificateProcesses(ProcessCase):
    """Two sign a certificate at once: the second is not taken for the lender, who is next."""

    def test_two_customers_at_once(self):
        for __ in range(3 * TIMES):
            note, dialogs = self._do("certificate", names=["First", "Second"])
            confirm = {"user": 1, "model": "ticketing.sign.wizard", "method": "action_confirm"}
            results = self._at_once(*(("rpc", {**confirm, "arguments": [[dialog]]}) for dialog in dialogs))
            self.assertQuiet(*results)
            self.assertEqual(sorted(bool(result["error"]) for result in results), [False, True])
            [row] = self._rows(
                "SELECT state, signer_name, lender_signer_name FROM ticketing_delivery_note WHERE id = %s", note
            )
            self.assertEqual((row[0], row[2]), ("ready", None))
            self.assertIn(row[1], ("First", "Second"))
            self.assertEqual(self._rows("SELECT id FROM ticketing_billing_request WHERE note_id = %s", note), [])
