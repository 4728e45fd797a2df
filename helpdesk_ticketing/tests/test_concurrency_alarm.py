from odoo.tests import tagged

from .test_concurrency import TIMES, ProcessCase


@tagged("post_install", "-at_install")
class TestAlarmProcesses(ProcessCase):
    """The alarms of promises under crashes, two workers, and people who move the tickets meanwhile."""

    def _stage(self, name, tickets):
        [(stage,)] = self._rows(
            "SELECT res_id FROM ir_model_data WHERE module = 'helpdesk_ticketing' AND name = %s", f"stage_{name}"
        )
        return self._rpc("technician", "ticketing.ticket", "write", tickets, {"stage_id": stage})

    def assertTold(self, tickets, warned, breached):
        """Of each ticket people were told so many times, all alarms are told, and promise and ticket agree."""
        found = self._rows(
            """
            SELECT ticket.id,
                   (SELECT count(*) FROM mail_message message WHERE message.model = 'ticketing.ticket'
                       AND message.res_id = ticket.id AND message.message_type = 'user_notification'
                       AND message.subject LIKE '%% used'),
                   (SELECT count(*) FROM mail_activity activity
                     WHERE activity.res_model = 'ticketing.ticket' AND activity.res_id = ticket.id),
                   (SELECT count(*) FROM jsonb_array_elements(status.history) event WHERE event ->> 1 = 'breach'),
                   (SELECT string_agg(DISTINCT notice.state, ',') FROM ticketing_sla_notice notice
                     WHERE notice.status_id = status.id),
                   ticket.sla_state
              FROM ticketing_ticket ticket JOIN ticketing_sla_status status ON status.ticket_id = ticket.id
             WHERE ticket.id = ANY(%s) ORDER BY ticket.id
            """,
            tickets,
        )
        state = "breached" if breached else "at_risk"
        expected = [(ticket, warned, breached, breached, "told", state) for ticket in sorted(tickets)]
        self.assertEqual(found, expected)

    def test_two_workers(self):
        tickets = self._do("promise", count=150, used=120)
        results = self._at_once(("alarm", {}), ("alarm", {}))
        self.assertQuiet(*results)
        self.assertEqual([result["error"] for result in results], [None, None])
        self.assertGreater(min(result["statements"] for result in results), 20, "both of them worked")
        self._do("alarm")
        self.assertTold(tickets, 1, 1)

    def test_killed(self):
        first = self._do("promise", count=12, used=120)
        [result] = self._at_once(("alarm", {}))
        self.assertIsNone(result["error"])
        tickets = first
        killed = 0
        for __ in range(12 * TIMES):
            tickets = tickets + self._do("promise", count=4, used=120)
            moment = self.random.randint(1, result["statements"])
            [victim] = self._at_once(("alarm", {}, moment))
            killed += victim["killed"]
        self.assertGreater(killed, 6)
        self._do("alarm")
        self.assertTold(tickets, 1, 1)

    def test_paused_meanwhile(self):
        """No pause is lost, whoever comes first; what was held back is told when the clock goes on."""
        for used in (80, 120) * TIMES:
            tickets = self._do("promise", count=12, used=used)
            pauses = [self._stage("waiting", tickets[index : index + 4]) for index in (0, 4, 8)]
            results = self._at_once(("alarm", {"batch": 2}), *pauses, ("alarm", {"batch": 2}))
            self.assertQuiet(*results)
            self.assertEqual([result["error"] for result in results], [None] * 5)
            found = self._rows(
                """
                SELECT status.state, status.running_since, status.held_since IS NOT NULL, status.next_alarm_on,
                       (SELECT count(*) FROM jsonb_array_elements(history) event WHERE event ->> 1 = 'pause'),
                       ticket.sla_state
                  FROM ticketing_sla_status status JOIN ticketing_ticket ticket ON ticket.id = status.ticket_id
                 WHERE status.ticket_id = ANY(%s)
                """,
                tickets,
            )
            state = "paused" if used < 100 else "breached"
            self.assertEqual(found, [(state, None, True, None, 1, state)] * 12)
            results = self._at_once(self._stage("open", tickets), ("alarm", {}), ("alarm", {}))
            self.assertEqual([result["error"] for result in results], [None] * 3)
            self._do("alarm")
            self.assertTold(tickets, 1, int(used > 100))

    def test_solved_meanwhile(self):
        """No activity stays about a promise that has ended."""
        tickets = self._do("promise", count=12, used=120)
        ends = [self._stage("solved", tickets[index : index + 3]) for index in (0, 3, 6, 9)]
        results = self._at_once(("alarm", {"batch": 2}), *ends)
        self.assertQuiet(*results)
        self.assertEqual([result["error"] for result in results], [None] * 5)
        self._do("alarm")
        self.assertEqual(
            self._rows(
                "SELECT count(*) FROM mail_activity WHERE res_model = 'ticketing.ticket' AND res_id = ANY(%s)", tickets
            ),
            [(0,)],
        )
        self.assertEqual(
            self._rows("SELECT DISTINCT sla_state FROM ticketing_ticket WHERE id = ANY(%s)", tickets), [("missed",)]
        )
