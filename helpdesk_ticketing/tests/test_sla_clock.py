import os
from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import tagged

from .common_sla import HOUR, MONDAY, SlaCase

EXAMPLES = 300 if os.environ.get("HELPDESK_FULL") else 25
EVENTS = (
    *("wait", "work", "solve", "reopen", "cancel", "exclude", "include"),
    *("raise", "lower", "calendar", "policy", "nothing"),
)
MINUTES = st.one_of(st.integers(0, 90), st.integers(0, 3 * 24 * 60))


class Story:
    """One ticket, and what its promise ought to be, told independently: when its clock ran."""

    def __init__(self, case, ticket):
        self.case, self.ticket = case, ticket
        self.status = ticket.sla_status_ids
        self.calendar = case.reference  # hours that nobody edits
        self.started = self.changed = fields.Datetime.now()
        self.runs, self.excluded, self.unmatched = [], False, False
        self.stood = Counter()  # seconds in which the clock did not run, by the reason

    def play(self, event):
        """Do what happens now, as a person does it; what makes no sense is left."""
        self._note()
        getattr(self, f"_{event}")()
        self.changed = fields.Datetime.now()

    def _note(self):
        """Write down whether the clock ran since the last event: before the next one changes it."""
        now = fields.Datetime.now()
        if self.running():
            self.runs.append((self.changed, now))
        else:
            self.stood[self.why()] += int((now - self.changed).total_seconds())

    def running(self):
        """Tell whether the clock runs, as the terms say."""
        return self.why() == "work"

    def why(self):
        """Tell why the clock stands still, or that it runs: by what happened alone."""
        if self.excluded:
            return "excluded"
        if self.unmatched:
            return "ended"
        return {"new": "work", "open": "work", "waiting": "pause"}.get(self.ticket.stage_kind, "ended")

    def _nothing(self):
        pass

    def _wait(self):
        self.ticket.stage_id = self.case.waiting

    def _work(self):
        self.ticket.stage_id = self.case.open

    def _solve(self):
        self.ticket.stage_id = self.case.solved

    def _reopen(self):
        self.ticket.action_reopen()

    def _cancel(self):
        self.ticket.action_cancel()

    def _exclude(self):
        if self.status.is_open:
            self.ticket._exclude_sla(self.case.cause, "Their own doing")
            self.excluded = True

    def _include(self):
        if self.excluded:
            self.ticket.with_user(self.case.manager).action_include_sla()
            self.excluded = False

    def _raise(self):
        """Make it urgent: no ticket of the policy any more."""
        if self.status.is_open:
            self.ticket.write({"impact": "3", "urgency": "3"})
            self.unmatched = True

    def _lower(self):
        self.ticket.write({"impact": "2", "urgency": "2"})
        self.unmatched = False

    def _calendar(self):
        """Somebody edits the calendar: of no concern for what was promised."""
        self.case.calendar.attendance_ids[-1:].hour_to -= 0.25

    def _policy(self):
        self.status.policy_id.duration += 1

    # What holds, whatever has happened

    def worked(self, runs):
        """Return the seconds of work in some periods, as core counts them."""
        return round(sum(self.calendar.get_work_hours_count(start, end) for start, end in runs if start < end) * 3600)

    def holds(self):
        """Compare the promise with the story."""
        case, status, now = self.case, self.status, fields.Datetime.now()
        runs = [*self.runs, *([(self.changed, now)] if self.running() else [])]
        used = self.worked(runs)
        case.assertEqual(status._get_consumed(now), used, "used")
        wall = sum((end - start).total_seconds() for start, end in runs)
        held = status.held + (0 if status.running_since else int((now - status.held_since).total_seconds()))
        case.assertEqual(held + wall, (now - self.started).total_seconds(), "what does not run, stands")
        case.assertEqual(bool(status.running_since), self.running())
        case.assertEqual(status.budget, case.BUDGET)
        if status.state == "running":
            left = (case.BUDGET - self.worked(self.runs)) / 3600
            expected = self.calendar.plan_hours(left, self.changed, compute_leaves=True)
            case.assertLess(abs((status.deadline - expected).total_seconds()), 1, "the deadline that core computes")
        if status.state in ("reached", "cancelled", "paused") and not status.breached_on:
            case.assertLessEqual(used, case.BUDGET)
        if status.breached_on:
            case.assertGreater(used, case.BUDGET)
        self._explained(now, used)

    def _explained(self, now, used):
        total, moment = Counter(), self.started
        for start, end, what, __ in self.status._get_stretches(now):
            self.case.assertEqual(start, moment, "without holes")
            total[what] += int((end - start).total_seconds())
            moment = end
        self.case.assertEqual(moment, now)
        self.case.assertEqual(total.pop("work", 0), used, "explained")
        total.pop("closed", None)
        stood = self.stood + Counter({} if self.running() else {self.why(): int((now - self.changed).total_seconds())})
        self.case.assertEqual(+total, +stood, "and why it stood still")


@tagged("post_install", "-at_install")
class TestSlaClock(SlaCase):
    """Used, paused and off hours make up the time that has passed, whatever happens to a ticket."""

    BUDGET = 10 * HOUR

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reference = cls._create_calendar("As it was", "Europe/Madrid")

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.sampled_from(EVENTS), MINUTES), min_size=1, max_size=12))
    def test_any_story(self, events):
        with self.env.cr.savepoint() as savepoint:
            self._go_to(MONDAY + timedelta(hours=8))
            self._create_policy(duration=10, priority_to="2")
            story = Story(self, self._create_ticket())
            story.holds()
            for event, minutes in events:
                self._pass(minutes=minutes)
                story.play(event)
                story.holds()
            savepoint.rollback()
        self.env.invalidate_all(flush=False)
        self.env.registry.clear_all_caches()
