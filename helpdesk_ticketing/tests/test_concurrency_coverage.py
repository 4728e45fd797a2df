from odoo.tests import tagged

from .test_concurrency import TIMES, ProcessCase


@tagged("post_install", "-at_install")
class TestCoverageProcesses(ProcessCase):
    """Several technicians, and real transactions, want a contract's last hour: it is given once."""

    def _hours(self, user, ticket, hours):
        values = {"ticket_id": ticket, "name": "Together", "unit_amount": hours}
        return self._rpc(user, "account.analytic.line", "create", [values])

    def assertShared(self, contract, tickets, covered, billed):
        """So many minutes of these tickets are covered and billed, and the contract's account says so."""
        found = self._rows(
            "SELECT coalesce(covered, FALSE), sum(round(unit_amount * 60))::int FROM account_analytic_line "
            "WHERE ticket_id = ANY(%s) GROUP BY 1",
            tickets,
        )
        self.assertEqual(
            dict(found), {key: value for key, value in ((True, covered), (False, billed)) if value}, "minutes"
        )
        used = self._rows("SELECT used_minutes FROM ticketing_contract_period WHERE contract_id = %s", contract)
        self.assertEqual(used, [(covered,)])

    def test_last_hour_of_two_at_once(self):
        for carry_over in (False, True):
            for __ in range(2 * TIMES):
                contract, tickets = self._do("contract", hours=1, count=2, carry_over=carry_over)
                results = self._at_once(
                    *(
                        self._hours(user, ticket, 0.75)
                        for user, ticket in zip(("technician", "second"), tickets, strict=True)
                    )
                )
                self.assertEqual([result["error"] for result in results], [None, None], "nobody's hour is lost")
                self.assertShared(contract, tickets, 60, 30)

    def test_sold_hours_taken_back_while_used(self):
        """An order is cancelled when somebody uses the first, or the next, of its hours: nothing is free of charge."""
        for used in (0, 1) * TIMES:
            contract, order, tickets = self._do("pack", hours=2, count=2)
            if used:
                self._do("rpc", **self._hours("technician", tickets[0], used)[1])
            cancel = {"user": 1, "model": "sale.order", "method": "action_cancel", "arguments": [[order]]}
            results = self._at_once(("rpc", cancel), self._hours("second", tickets[1], 0.75))
            self.assertEqual([result["error"] for result in results], [None, None])
            self.assertShared(contract, tickets, 0, 60 * used + 45)

    def test_sold_hours_taken_back_while_made_ready(self):
        """Either the customer reads that his hours are paid and the order stays, or he pays: never half of each."""
        for __ in range(2 * TIMES):
            _contract, order, [ticket] = self._do("pack", hours=2, count=1, draft=True)
            [(note,)] = self._rows("SELECT id FROM ticketing_delivery_note WHERE ticket_id = %s", ticket)
            cancel = {"user": 1, "model": "sale.order", "method": "action_cancel", "arguments": [[order]]}
            ready = self._rpc("technician", "ticketing.delivery.note", "action_ready", [note])
            cancelled, made = self._at_once(("rpc", cancel), ready)
            self.assertIsNone(made["error"])
            is_paid = bool(cancelled["error"])
            self.assertEqual(
                self._rows(
                    "SELECT line.covered IS TRUE, hours.covered IS TRUE FROM ticketing_delivery_note_line line "
                    "JOIN account_analytic_line hours ON hours.id = line.timesheet_id WHERE line.note_id = %s",
                    note,
                ),
                [(is_paid, is_paid)],
            )
            [(state,)] = self._rows("SELECT state FROM sale_order WHERE id = %s", order)
            self.assertEqual(state, "sale" if is_paid else "cancel")

    def test_contract_made_smaller_while_used(self):
        for __ in range(TIMES):
            contract, tickets = self._do("contract", hours=2, count=1)
            values = {"included_hours": 0.5}
            smaller = {"user": 1, "model": "ticketing.contract", "method": "write", "arguments": [[contract], values]}
            results = self._at_once(("rpc", smaller), self._hours("second", tickets[0], 1.5))
            self.assertEqual([result["error"] for result in results], [None, None])
            self.assertShared(contract, tickets, 30, 60)

    def test_taken_while_freed(self):
        """One deletes what another one waits for: nothing is given twice, and nothing stays unused."""
        for __ in range(2 * TIMES):
            contract, tickets = self._do("contract", hours=1, count=3)
            for ticket in tickets[:2]:
                self._do("rpc", **self._hours("technician", ticket, 1)[1])
            [(first,)] = self._rows("SELECT id FROM account_analytic_line WHERE ticket_id = %s", tickets[0])
            self.assertShared(contract, tickets, 60, 60)
            results = self._at_once(
                self._rpc("technician", "account.analytic.line", "unlink", [first]),
                self._hours("second", tickets[2], 0.5),
            )
            self.assertEqual([result["error"] for result in results], [None, None])
            self.assertShared(contract, tickets, 60, 30)
