from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_concurrency import TIMES, ProcessCase

REPLY = """\
From: Marta Test <marta@customer.example>
To: desk@example.com
Subject: Re: Promised
Message-ID: <reply-{number}@customer.example>
In-Reply-To: {answered}
References: {answered}
Date: {date}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

It still drips, part {number}.
"""


@tagged("post_install", "-at_install")
class TestAlarmProcesses(ProcessCase):
    """The alarms of promises under crashes, two workers, and people who move the tickets meanwhile."""

    number = 0  # of the last reply

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

    def test_staff_customers_and_alarms_at_once(self):
        """No pause, answer or alarm is lost or doubled while everybody moves the same tickets."""
        for __ in range(TIMES):
            talks = self._do("talk", count=6)
            tickets = [ticket for ticket, __ in talks]
            for stage in ("waiting", "open", "waiting"):
                orders = [self._stage(stage, tickets[:3]), self._stage(stage, tickets[3:])]
                orders += [self._reply(*talk) for talk in talks]
                results = self._at_once(*orders, ("alarm", {"batch": 2}), ("alarm", {"batch": 2}))
                self.assertQuiet(*results)
                self.assertEqual([result["error"] for result in results], [None] * len(results))
                self._do("replay")  # replies that came at the same moment as a change of stage
            self._do("alarm")
            self.assertClocks(tickets)
            replies = self._rows(
                "SELECT res_id, count(*) FROM mail_message WHERE model = 'ticketing.ticket' AND res_id = ANY(%s) "
                "AND message_type = 'email' GROUP BY 1 ORDER BY 1",
                tickets,
            )
            self.assertEqual(replies, [(ticket, 3) for ticket in sorted(tickets)], "no reply is lost or doubled")
        self.assertEqual(self._do("self_check"), [])

    def _reply(self, ticket, answered):
        """A customer's reply to a ticket, as the mail gateway gets it."""
        type(self).number += 1
        raw = REPLY.format(number=f"{ticket}-{self.number}", answered=answered, date="Mon, 2 Mar 2026 10:00:00 +0000")
        return ("receive", {"raw": raw})

    def assertClocks(self, tickets):
        """What was used and what stood still make up the time since the start, and history, ticket and alarms agree."""
        now = fields.Datetime.now()
        rows = self._rows(
            """
            SELECT ticket.id, ticket.stage_kind, ticket.sla_state, status.state, status.started_on, status.running_since,
                   status.held_since, status.consumed, status.held, status.history, status.alarmed_percent,
                   (SELECT count(*) FROM ticketing_sla_notice notice WHERE notice.status_id = status.id),
                   (SELECT count(*) FROM mail_message message WHERE message.model = 'ticketing.ticket'
                       AND message.res_id = ticket.id AND message.message_type = 'user_notification'
                       AND message.subject LIKE '%% used')
              FROM ticketing_ticket ticket JOIN ticketing_sla_status status ON status.ticket_id = ticket.id
             WHERE ticket.id = ANY(%s)
            """,
            tickets,
        )
        self.assertEqual(len(rows), len(tickets))
        for ticket, kind, sla, state, started, running, since, used, held, history, percent, notices, told in rows:
            with self.subTest(ticket=ticket):
                waits = kind == "waiting"
                self.assertEqual((sla, state), ("paused", "paused") if waits else ("at_risk", "running"))
                self.assertEqual((running is None, since is not None), (waits, waits))
                self.assertEqual((percent, notices, told), (75, 1, 1), "alarmed once")
                used, held = timedelta(seconds=used), timedelta(seconds=held)
                used, held = (used, held + (now - since)) if waits else (used + (now - running), held)
                self.assertEqual(used + held, now - started, "wall time")
                self.assertPaused(history, now, used, held)

    def assertPaused(self, history, now, used, held):
        """The clock runs and stands in turns, and the history tells how long."""
        moments = [(fields.Datetime.to_datetime(event[0]), event[1]) for event in history]
        self.assertEqual({event for __, event in moments}, {"run", "pause"})
        self.assertFalse([event for event, after in zip(moments, moments[1:], strict=False) if event[1] == after[1]])
        told = {"run": timedelta(), "pause": timedelta()}
        for (start, event), (end, __) in zip(moments, [*moments[1:], (now, None)], strict=True):
            self.assertLessEqual(start, end)
            told[event] += end - start
        self.assertEqual(told["pause"], held)
        self.assertLessEqual(told["run"], used)
