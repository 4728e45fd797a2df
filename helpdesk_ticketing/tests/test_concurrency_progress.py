from odoo import SUPERUSER_ID
from odoo.tests import tagged

from .test_concurrency import TIMES, ProcessCase

PLAN, NOTE, REQUEST = "ticketing.progress.plan", "ticketing.delivery.note", "ticketing.billing.request"


@tagged("post_install", "-at_install")
class TestProgressProcesses(ProcessCase):
    """Of a billing plan nothing is certified, released or invoiced twice, whoever does it at once or dies of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [admin] = cls._do(
            "rpc",
            user=SUPERUSER_ID,
            model="res.users",
            method="search",
            arguments=[[["login", "=", "admin"]]],
        )
        cls.people["admin"] = admin

    def _notes(self, plan):
        rows = self._rows("SELECT id FROM ticketing_delivery_note WHERE plan_id = %s ORDER BY id", plan)
        return [note for (note,) in rows]

    def _errors(self, results):
        self.assertQuiet(*results)
        errors = [result["error"] for result in results if result["error"]]
        for kind, __ in errors:
            self.assertIn(kind, ("UserError", "ValidationError"))
        return [message for __, message in errors]

    def assertInvoiced(self, plan, *amounts):
        """These are the plan's invoices; each request has one, and each certificate or release one live request."""
        found = self._rows(
            "SELECT amount_untaxed FROM account_move WHERE progress_plan_id = %s AND state != 'cancel' ORDER BY id",
            plan,
        )
        self.assertEqual([float(amount) for (amount,) in found], list(amounts))
        requests = self._rows(
            "SELECT note_id, release_id, invoice_id FROM ticketing_billing_request "
            "WHERE plan_id = %s AND cancelled IS NOT TRUE",
            plan,
        )
        self.assertEqual(len({(note, release) for note, release, __ in requests}), len(requests))
        self.assertEqual(len({invoice for __, __, invoice in requests}), len(amounts))

    def test_certified_by_two_at_once(self):
        for plan in self._do("plans", count=3 * TIMES, until="reached"):
            results = self._at_once(*[self._rpc("admin", PLAN, "action_certify", [plan])] * 2)
            self.assertEqual(len(self._errors(results)), 1, results)
            self.assertEqual(len(self._notes(plan)), 1)

    def test_made_ready_by_two_at_once(self):
        for plan in self._do("plans", count=2 * TIMES, until="draft"):
            results = self._at_once(*[self._rpc("admin", NOTE, "action_ready", self._notes(plan))] * 2)
            [error] = self._errors(results)
            self.assertIn("already ready", error)
            found = self._rows(
                "SELECT certificate_number, period_amount FROM ticketing_delivery_note WHERE plan_id = %s", plan
            )
            self.assertEqual(found, [(1, 3333)])

    def test_billed_by_two_workers(self):
        plans = self._do("plans", count=4 * TIMES, until="signed")
        results = self._at_once(("bill", {}), ("bill", {}))
        self.assertEqual(self._errors(results), [])
        self._do("bill")
        for plan in plans:
            self.assertInvoiced(plan, 3166.35)

    def test_signed_and_cancelled_at_once(self):
        for way in (NOTE, PLAN) * TIMES:
            [plan] = self._do("plans", count=1, until="ready")
            notes = self._notes(plan)
            cancel = self._rpc("admin", way, "action_cancel", notes if way == NOTE else [plan])
            results = self._at_once(("sign", {"user": self.people["admin"], "note": notes[0]}), cancel)
            self._errors(results)
            [(state,)] = self._rows("SELECT state FROM ticketing_delivery_note WHERE id = %s", notes[0])
            requests = self._rows("SELECT count(*) FROM ticketing_billing_request WHERE note_id = %s", notes[0])
            self.assertEqual(
                (state, requests), ("signed", [(1,)]) if not results[0]["error"] else ("cancelled", [(0,)])
            )

    def test_given_up_and_certified_at_once(self):
        """What is given up is due again, for one certificate: this one, or the next."""
        for plan in self._do("plans", count=2 * TIMES, until="signed"):
            request = self._rows("SELECT id FROM ticketing_billing_request WHERE plan_id = %s", plan)[0][0]
            results = self._at_once(
                self._rpc("accountant", REQUEST, "action_cancel", [request]),
                self._rpc("admin", PLAN, "action_certify", [plan]),
            )
            self._errors(results)
            self.assertIsNone(results[0]["error"])
            if results[1]["error"]:
                self._do("rpc", **self._rpc("admin", PLAN, "action_certify", [plan])[1])
            again = self._at_once(*[self._rpc("other", REQUEST, "action_bill_again", [request])] * 2)
            self.assertEqual(len(self._errors(again)), 2, "the new certificate has it")
            [note] = self._notes(plan)[1:]
            self._do("rpc", **self._rpc("admin", NOTE, "action_ready", [note])[1])
            self._do("sign", user=self.people["admin"], note=note)
            self._do("bill")
            self.assertInvoiced(plan, 3166.35)

    def test_accepted_and_released_by_several_at_once(self):
        for plan in self._do("plans", count=3 * TIMES, until="done"):
            names = ("action_accept", "action_accept", "action_release")
            results = self._at_once(*(self._rpc("admin", PLAN, name, [plan]) for name in names))
            self.assertGreaterEqual(len(self._errors(results)), 1, results)
            self._do("bill")
            self.assertInvoiced(plan, 9500.01, 500)

    def test_billed_again_by_two_at_once(self):
        for plan in self._do("plans", count=2 * TIMES, until="signed"):
            request = self._rows("SELECT id FROM ticketing_billing_request WHERE plan_id = %s", plan)[0][0]
            self._do("rpc", **self._rpc("accountant", REQUEST, "action_cancel", [request])[1])
            results = self._at_once(
                *(self._rpc(user, REQUEST, "action_bill_again", [request]) for user in ("accountant", "other"))
            )
            self.assertEqual(len(self._errors(results)), 1, results)
            self._do("bill")
            self.assertInvoiced(plan, 3166.35)

    def test_killed_at_any_step(self):
        """A process dies before any statement: who comes next does it, and once."""
        plans = self._do("plans", count=1 + 2 * TIMES, until="reached")
        counts = {}
        for number, plan in enumerate(plans):
            for step in ("certify", "ready", "sign", "bill"):
                notes = self._notes(plan)
                act = {
                    "certify": self._rpc("admin", PLAN, "action_certify", [plan]),
                    "ready": self._rpc("admin", NOTE, "action_ready", notes),
                    "sign": ("sign", {"user": self.people["admin"], "note": notes and notes[0]}),
                    "bill": ("bill", {}),
                }[step]
                if number:
                    [died] = self._at_once((*act, self.random.randint(counts[step] // 3, counts[step] - 1)))
                    self.assertTrue(died["killed"], died)
                    notes = self._notes(plan)
                [result] = self._at_once(act)  # has an error where the commit came before the end
                counts.setdefault(step, result["statements"])
            self.assertInvoiced(plan, 3166.35)
        self.assertEqual(self._do("self_check"), [])
