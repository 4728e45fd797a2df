import time

from odoo.tests import tagged

from .common_processes import TechnicianProcesses
from .test_concurrency import TIMES, ProcessCase

STATES = "SELECT ticket_id, state FROM ticketing_worklog WHERE user_id = %s AND ticket_id = ANY(%s) ORDER BY id"


@tagged("post_install", "-at_install")
class TestWorklogProcesses(TechnicianProcesses, ProcessCase):
    """Timers pressed at the same moment, on two devices or by many people."""

    def _press(self, user, method, ticket):
        return self._rpc(user, "ticketing.ticket", method, [ticket])

    def _states(self, tickets, user="technician"):
        return self._rows(STATES, self.people[user], tickets)

    def test_one_start_pressed_twice_at_once(self):
        for ticket in self._do("make", count=3 * TIMES, until="open"):
            start = self._press("technician", "action_timer_start", ticket)
            results = self._at_once(start, start, start)
            self.assertQuiet(*results)
            self.assertEqual([result["error"] for result in results], [None] * 3)
            self.assertEqual(self._states([ticket]), [(ticket, "running")])
            pause = self._press("technician", "action_timer_pause", ticket)
            self.assertEqual([result["error"] for result in self._at_once(pause, pause)], [None] * 2)
            [(events,)] = self._rows(
                "SELECT array_agg(event ORDER BY number) FROM ticketing_worklog_entry WHERE ticket_id = %s", ticket
            )
            self.assertEqual(events, ["start", "pause"])

    def test_two_tickets_started_at_once(self):
        tickets = self._do("make", count=2, until="open")
        for __ in range(3 * TIMES):
            results = self._at_once(*(self._press("technician", "action_timer_start", ticket) for ticket in tickets))
            self.assertQuiet(*results)
            self.assertEqual([result["error"] for result in results], [None] * 2)
            states = [state for __, state in self._states(tickets)]
            self.assertEqual(states.count("running"), 1, "one runs, the other one was paused")
            for ticket in tickets:
                self._at_once(self._press("technician", "action_timer_pause", ticket))

    def test_recorded_twice_at_once(self):
        [ticket] = self._do("make", count=1, until="open")
        for method in ("action_timer_start", "action_timer_pause"):
            self._at_once(self._press("technician", method, ticket))
            time.sleep(1.1)  # times are kept in seconds
        wizards = [self._do("dialog", user=self.people["technician"], ticket=ticket) for __ in range(2)]
        results = self._at_once(
            *(self._rpc("technician", "ticketing.timer.wizard", "action_confirm", [wizard]) for wizard in wizards)
        )
        self.assertQuiet(*results)
        self.assertEqual([result["error"] for result in results], [None] * 2)
        self.assertEqual(
            self._rows("SELECT count(*) FROM account_analytic_line WHERE ticket_id = %s", ticket), [(1,)], "once"
        )

    def test_many_people_at_once(self):
        """Everybody comes at eight: nobody is refused, and the register is one chain without a gap."""
        people = 12 * TIMES
        pairs = self._do("staff", count=people)
        for method in ("action_timer_start", "action_timer_pause"):
            results = self._at_once(
                *(
                    ("rpc", {"user": user, "model": "ticketing.ticket", "method": method, "arguments": [[ticket]]})
                    for user, ticket in pairs
                )
            )
            self.assertQuiet(*results)
            self.assertEqual([result["error"] for result in results], [None] * people)
        [(count, first, last, hashes)] = self._rows(
            "SELECT count(*), min(number), max(number), count(DISTINCT hash) FROM ticketing_worklog_entry"
        )
        self.assertEqual((first, last, hashes), (1, count, count))
        self.assertEqual(self._do("self_check"), [])
