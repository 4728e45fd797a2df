from odoo.tests import tagged

from .test_concurrency import TIMES, ProcessCase


@tagged("post_install", "-at_install")
class TestCollectingProcesses(ProcessCase):
    """A customer's collection is made once, whoever works at it at the same moment, or dies of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customers = [["name", "=", "Hotel Test, S.A."]]
        arguments = {"user": cls.people["accountant"], "model": "res.partner"}
        [customer] = cls._do("rpc", **arguments, method="search", arguments=[customers])
        values = {"ticketing_billing_period": "month"}
        cls._do("rpc", **arguments, method="write", arguments=[[customer], values])

    def _make_due(self, count):
        """Return the requests of new work that is to be on one invoice."""
        notes = self._do("make", count=count, until="signed")
        requests = self._rows(
            "UPDATE ticketing_billing_request SET next_try_on = now() at time zone 'UTC' "
            "WHERE note_id = ANY(%s) AND state = 'collecting' RETURNING id",
            notes,
        )
        self.assertEqual(len(requests), count)
        return sorted(request for (request,) in requests)

    def assertCollectedOnce(self, requests):
        """All stand on one draft, each with its hour, and on no other invoice."""
        found = self._rows(
            "SELECT count(DISTINCT invoice_id), array_agg(DISTINCT state), array_agg(DISTINCT error) "
            "FROM ticketing_billing_request WHERE id = ANY(%s)",
            requests,
        )
        self.assertEqual(found, [(1, ["to_approve"], [None])])
        lines = self._rows(
            "SELECT billing_request_id, count(DISTINCT move_id), sum(quantity) FROM account_move_line "
            "WHERE billing_request_id = ANY(%s) AND display_type = 'product' GROUP BY 1 ORDER BY 1",
            requests,
        )
        self.assertEqual(lines, [(request, 1, 1) for request in requests])
        self.assertEqual(self._do("self_check"), [])

    def test_two_workers_and_an_accountant(self):
        model, method = "ticketing.billing.request", "action_invoice_now"
        for __ in range(2 * TIMES):
            requests = self._make_due(5)
            results = self._at_once(("bill", {}), ("bill", {}), self._rpc("accountant", model, method, requests))
            self.assertQuiet(*results)
            errors = [result["error"] for result in results if result["error"]]
            for kind, message in errors:  # the accountant's, if the workers were faster
                self.assertEqual(kind, "UserError")
                self.assertRegex(message, "Nothing of it waits")
            self.assertCollectedOnce(requests)

    def test_two_accountants_with_parts_of_it(self):
        """They chose different requests: two invoices, and nothing on both."""
        model, method = "ticketing.billing.request", "action_invoice_now"
        requests = self._make_due(6)
        results = self._at_once(
            self._rpc("accountant", model, method, requests[:3]), self._rpc("other", model, method, requests[3:])
        )
        self.assertQuiet(*results)
        self.assertEqual([result["error"] for result in results], [None, None])
        self.assertCollectedOnce(requests[:3])
        self.assertCollectedOnce(requests[3:])

    def test_killed_collecting(self):
        """A process dies between two lines: all are invoiced together by the next one, or were already."""
        self._make_due(1)
        first = self._make_due(4)
        [result] = self._at_once(("bill", {}))
        self.assertCollectedOnce(first)
        killed = 0
        for __ in range(4 * TIMES):
            requests = self._make_due(4)
            moment = int(result["statements"] * self.random.random()) + 1
            [died] = self._at_once(("bill", {}, moment))
            killed += died["killed"]
            states = self._rows(
                "SELECT DISTINCT state, invoice_id IS NULL FROM ticketing_billing_request WHERE id = ANY(%s)", requests
            )
            self.assertIn(states, ([("collecting", True)], [("to_approve", False)]), "all of them, or none")
            self._do("bill")
            self.assertCollectedOnce(requests)
        self.assertGreater(killed, 1)

    def test_two_workers_send_it_once(self):
        requests = self._make_due(4)
        self._do("bill")
        model, method = "ticketing.billing.request", "action_approve"
        self._do("rpc", **self._rpc("accountant", model, method, requests)[1])
        results = self._at_once(("bill", {}), ("bill", {}))
        self.assertEqual([result["error"] for result in results], [None, None])
        found = self._rows(
            "SELECT array_agg(DISTINCT state), (SELECT count(*) FROM ir_attachment file "
            "WHERE file.res_model = 'account.move' AND file.res_id = min(invoice_id) "
            "AND file.res_field = 'invoice_pdf_report_file') FROM ticketing_billing_request WHERE id = ANY(%s)",
            requests,
        )
        self.assertEqual(found, [(["by_hand"], 1)])
