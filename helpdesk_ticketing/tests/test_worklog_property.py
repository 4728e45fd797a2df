import random
from datetime import datetime, timedelta

from odoo.tests import tagged

from .test_worklog import WorklogCase

ROUNDS, STEPS = 12, 40
NIGHT = timedelta(hours=12)
INTERVAL = 6  # minutes


@tagged("post_install", "-at_install")
class TestWorklogProperty(WorklogCase):
    """Two people press what they like, in any order: what is counted is what a plain list of minutes says."""

    def setUp(self):
        super().setUp()
        self.team.billing_interval = INTERVAL
        self.people = {self.technician: self.employee, self.second: self.second_employee}
        self.tickets = self.ticket | self.other

    def test_random_days(self):
        for seed in range(ROUNDS):
            with self.subTest(seed=seed):
                savepoint = self.env.cr.savepoint()
                self._play(random.Random(seed))
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def _play(self, dice):
        """Press at random, and keep the plain list beside it: {person: [[ticket, start, end or None]]}."""
        now = datetime(2026, 3, 2, 7)
        plain = {user: [] for user in self.people}
        for __ in range(STEPS):
            now += timedelta(seconds=dice.randrange(1, 4000))
            if now.hour > 20:
                now += NIGHT
            user, ticket = dice.choice(list(plain)), dice.choice(self.tickets)
            with self._at(now):
                getattr(
                    self, dice.choice(["_press_start"] * 3 + ["_press_pause"] * 2 + ["_press_stop", "_press_correct"])
                )(dice, plain[user], user, ticket, now)
        with self._at(now + timedelta(hours=1)):
            self._finish(plain, now + timedelta(hours=1))
            self._check(plain)

    def _get_running(self, periods):
        return next((period for period in periods if period[2] is None), None)

    def _press_start(self, dice, periods, user, ticket, now):
        running = self._get_running(periods)
        self._start(ticket, user)
        if not running or running[0] != ticket:
            if running:
                running[2] = now
            periods.append([ticket, now, None])

    def _press_pause(self, dice, periods, user, ticket, now):
        running = self._get_running(periods)
        self._pause(ticket, user)
        if running and running[0] == ticket:
            running[2] = now

    def _press_stop(self, dice, periods, user, ticket, now):
        if self._state(ticket, user) == "idle":
            return
        self._press_pause(dice, periods, user, ticket, now)
        self._stop(ticket, user, description=dice.choice([None, "Repaired", "Tested"]))

    def _press_correct(self, dice, periods, user, ticket, now):
        """Make one of the ended periods shorter, or say that it was no work."""
        ended = [period for period in periods if period[2] and period[2] > period[1]]
        if not ended:
            return
        period = dice.choice(ended)
        worklog = self.env["ticketing.worklog"].search(
            [
                ("user_id", "=", user.id),
                ("started_on", "=", period[1]),
                ("state", "!=", "cancelled"),
                ("seconds", ">", 0),
            ]
        )
        if dice.random() < 0.3:
            worklog.with_user(user)._correct("was none", cancel=True)
            periods.remove(period)
        else:
            period[2] -= timedelta(seconds=dice.randrange(0, int((period[2] - period[1]).total_seconds()) + 1))
            worklog.with_user(user)._correct("went before", ended_on=period[2])

    def _finish(self, plain, now):
        for user, periods in plain.items():
            if running := self._get_running(periods):
                running[2] = now
            for ticket in self.tickets:
                if self._state(ticket, user) != "idle":
                    self._stop(ticket, user)

    def _check(self, plain):
        self.env.cr.flush()
        self.env.invalidate_all()
        for user, employee in self.people.items():
            worklogs = self.env["ticketing.worklog"].search(
                [("user_id", "=", user.id), ("state", "!=", "cancelled")], order="started_on, id"
            )
            kept = sorted((work.started_on, work.ended_on, work.ticket_id.id) for work in worklogs)
            self.assertEqual(kept, sorted((start, end, ticket.id) for ticket, start, end in plain[user]))
            for (__, end, *__), (start, *__) in zip(kept, kept[1:], strict=False):
                self.assertLessEqual(end, start, "nobody works twice at once")
            lines = self.tickets.timesheet_ids.filtered(lambda line, employee=employee: line.employee_id == employee)
            self.assertEqual(sum(lines.worklog_ids.mapped("seconds")), sum(worklogs.mapped("seconds")))
            for line in lines:
                seconds = sum(line.worklog_ids.mapped("seconds"))
                self.assertAlmostEqual(line.unit_amount * 3600 - seconds, 0, delta=INTERVAL * 60 + 1e-6)
                self.assertGreaterEqual(round(line.unit_amount * 3600), seconds, "rounded up")
        chain = self.env["ticketing.worklog.chain"]._get(self.company)
        self.assertEqual(chain._verify(), [])
        victim = random.Random(len(plain)).choice(self.env["ticketing.worklog.entry"].search([]))
        self.env.cr.execute(
            "UPDATE ticketing_worklog_entry SET started_on = started_on - interval '1 second' WHERE id = %s",
            [victim.id],
        )
        self.assertTrue(chain._verify(), "what is changed behind Odoo's back is found")
