from odoo import api, fields, models

from .ticketing_sla_alarm import BREACH
from .ticketing_sla_calendar import DAY
from .ticketing_sla_policy import TARGETS
from .ticketing_stage import SOLVED_KINDS

STATES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("reached", "Reached"),
    ("breached", "Breached"),
    ("excluded", "Excluded"),
    ("cancelled", "Cancelled"),
]
CANCEL_REASONS = [
    ("unmatched", "The ticket is no longer one of this policy"),
    ("ticket", "The ticket was cancelled"),
    ("reapplied", "The current terms were applied instead"),
]


class TicketingSlaStatus(models.Model):
    """One promise on one ticket: its terms as they were, its clock, and what became of it.

    The clock counts seconds of working time. While it runs, ``running_since`` and ``consumed`` (until then) tell where
    it stands, and ``deadline`` when the time will be up; what happens at other moments is computed, not stored. What
    was breached stays so: "reached late" is breached with a date of reaching.
    """

    _name = "ticketing.sla.status"
    _description = "SLA Promise"
    _inherit = [
        "ticketing.sla.alarm.mixin",
        "ticketing.sla.status.explain.mixin",
        "ticketing.sla.status.export.mixin",
    ]
    _order = "deadline, id"
    _rec_name = "policy_id"

    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, precompute=True, index=True)
    policy_id = fields.Many2one("ticketing.sla.policy", required=True, readonly=True, index=True, ondelete="restrict")

    # Terms, frozen
    target = fields.Selection(TARGETS, required=True, readonly=True)
    sla_calendar_id = fields.Many2one(
        "ticketing.sla.calendar", "Business Hours", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    around_the_clock = fields.Boolean("24 Hours, 7 Days", readonly=True)
    budget = fields.Integer("Promised Time (seconds)", required=True, readonly=True)
    pause_waiting = fields.Boolean("Pauses While Waiting", readonly=True)
    pause_stages = fields.Json("Pauses in Stages", readonly=True)
    alarms = fields.Json(readonly=True, help="[percent, recipient, user, method] of each.")

    # Clock
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    is_open = fields.Boolean("Open", compute="_compute_is_open", store=True, precompute=True)
    started_on = fields.Datetime("Started", required=True, readonly=True)
    running_since = fields.Datetime("Running since", readonly=True)
    held_since = fields.Datetime("Stands Still since", readonly=True)
    consumed = fields.Integer("Used Time (seconds)", readonly=True, help="Working time, until the clock last started.")
    held = fields.Integer("Paused Time (seconds)", readonly=True, help="Until the clock last started, day and night.")
    deadline = fields.Datetime(readonly=True)
    notice_ids = fields.One2many(
        "ticketing.sla.notice",
        "status_id",
        string="Alarms Raised",
        readonly=True,
        groups="helpdesk_ticketing.group_manager",
    )
    reached_on = fields.Datetime("Reached on", readonly=True)
    breached_on = fields.Datetime("Breached on", readonly=True)
    cancel_reason = fields.Selection(CANCEL_REASONS, readonly=True)
    cause_id = fields.Many2one("ticketing.sla.cause", "Cause of Exclusion", readonly=True, ondelete="restrict")
    excluded_by_id = fields.Many2one("res.users", "Excluded by", readonly=True)
    exclude_note = fields.Char("Why Excluded", readonly=True)
    history = fields.Json(readonly=True, help="[moment, event, detail, id of the detail] of each change, oldest first.")

    # What it means now: exact, and sortable through the deadline
    remaining_hours = fields.Float(
        "Working Time Left (hours)", compute="_compute_remaining", help="Below zero: by how much it is late."
    )
    percent = fields.Float("Used (%)", compute="_compute_remaining")

    _alarm_index = models.Index("(next_alarm_on) WHERE next_alarm_on IS NOT NULL")
    _open_index = models.Index("(deadline) WHERE is_open IS TRUE")

    @api.depends("state", "reached_on")
    def _compute_is_open(self):
        for status in self:
            status.is_open = not status.reached_on and status.state in ("running", "paused", "breached")

    @api.depends("consumed", "running_since", "budget")
    def _compute_remaining(self):
        now = fields.Datetime.now()
        for status in self:
            left = status.budget - status._get_consumed(now)
            status.remaining_hours = left / 3600
            status.percent = 100 * (status.budget - left) / status.budget if status.budget else 0

    # Steps of the clock. Moments are naive UTC, whole seconds.

    @api.model
    def _prepare(self, rule, ticket, at, consumed=0, calendars=None):
        """Return the values of a new promise, its clock running if the ticket lets it.

        :param rule: ticketing_sla_policy.Rule
        :param datetime at: when it begins
        :param int consumed: seconds of work that were used of the promise that it replaces
        :param dict calendars: of a batch, what was frozen for it already
        """
        always = rule.calendar_source == "always"
        frozen, seconds_per_day = self.env["ticketing.sla.calendar"], DAY
        if not always and (calendar := rule.get_calendar(ticket)):
            calendars = {} if calendars is None else calendars
            key = (calendar.id, ticket.company_id.id)
            if key not in calendars:
                calendars[key] = frozen._freeze(calendar, ticket.company_id)
            frozen, seconds_per_day = calendars[key]
        values = {
            "ticket_id": ticket.id,
            "policy_id": rule.id,
            "target": rule.target,
            "sla_calendar_id": frozen.id,
            "around_the_clock": always,
            "budget": rule.get_budget(seconds_per_day),
            "pause_waiting": rule.pause_waiting,
            "pause_stages": list(rule.pause_stage_ids),
            "alarms": [list(alarm) for alarm in rule.alarms],
            "started_on": at,
            "consumed": consumed,
        }
        return {**values, **self._prepare_clock(values, frozen, ticket, at)}

    @api.model
    def _prepare_clock(self, terms, frozen, ticket, at):
        """Return how the clock of a new promise begins."""
        when = fields.Datetime.to_string(at)
        waits = terms["pause_waiting"] and ticket.stage_kind == "waiting"
        if waits or ticket.stage_id.id in terms["pause_stages"]:
            stage = ticket.stage_id
            return {"state": "paused", "held_since": at, "history": [[when, "pause", stage.name, stage.id]]}
        deadline, plan = False, []
        if frozen or terms["around_the_clock"]:
            deadline, plan = self._make_plan(frozen, at, terms["budget"], terms["consumed"], terms["alarms"], 0)
        return {
            "state": "running",
            "running_since": at,
            "deadline": deadline,
            "alarm_moments": plan,
            "next_alarm_on": plan[0][0] if plan else False,
            "history": [[when, "run", ""]],
        }

    def _follow(self, ticket, at):
        """Bring the clock to what the ticket says: reached, rolled back, standing or running.

        :param ticket: the ticket, in an environment that may read everything
        :param datetime at: when it came to be so
        """
        self.ensure_one()
        if self.state == "excluded":
            return
        if ticket.stage_kind == "cancelled":
            self._cancel(at, "ticket")
            return
        if self.state == "cancelled":
            if self.cancel_reason != "ticket":
                return
            self._revive(at)
        self._follow_target(ticket, at)
        if self.is_open:
            if self._pauses_in(ticket):
                self._hold(at, ticket.stage_id)
            else:
                self._run(at)

    def _follow_target(self, ticket, at):
        solved = ticket.stage_kind in SOLVED_KINDS
        answered = self.target == "first_response" and ticket.first_response_on
        if self.is_open and (solved or answered):
            self._reach(at)
        elif self.target == "resolution" and self.reached_on and not solved:
            self._roll_back(at)

    def _pauses_in(self, ticket):
        waits = self.pause_waiting and ticket.stage_kind == "waiting"
        return waits or ticket.stage_id.id in (self.pause_stages or ())

    def _run(self, at):
        """Start the clock, unless it runs."""
        if self.running_since:
            return
        self._log(at, "run")
        self.held += int((at - self.held_since).total_seconds())
        self.held_since = False
        self.running_since = at
        if self.state != "breached":
            self.state = "running"
        self._plan(at)
        self._on_clock_started()

    def _plan(self, at):
        """Compute the deadline and the alarms of a clock that has just started."""
        deadline, plan = False, []
        if self._has_hours():
            terms = (self.budget, self.consumed, self.alarms or (), self.alarmed_percent)
            deadline, plan = self._make_plan(self.sla_calendar_id, at, *terms)
        if self.state != "breached":
            self.deadline = deadline
        self._set_alarms(plan)

    @api.model
    def _make_plan(self, frozen, at, budget, consumed, alarms, alarmed_percent):
        """Return (deadline, [[moment, percent] of each alarm that is to come]) of a clock that starts now."""
        percents = sorted({BREACH, *(alarm[0] for alarm in alarms)})
        ahead = [percent for percent in percents if percent > alarmed_percent]
        lengths = [max(budget * percent // 100 - consumed, 0) for percent in [BREACH, *ahead]]
        deadline, *moments = frozen._get_deadlines(at, lengths)
        plan = zip(moments, ahead, strict=True)
        return deadline, [[fields.Datetime.to_string(moment), percent] for moment, percent in plan if moment]

    def _stop(self, at):
        """Add what the clock has counted, and note the breach that nobody has noticed yet."""
        if self.running_since:
            self.consumed = self._get_consumed(at)
            self.running_since = False
            self.held_since = at
        if self.consumed > self.budget and not self.breached_on:
            self._breach(self.deadline or at)
        self._set_alarms([])

    def _breach(self, at):
        self.state = "breached"
        self.breached_on = at
        self._log(at, "breach")

    def _hold(self, at, stage):
        """Stop the clock, or say for which stage it stands still from now on: it may, since it was taken up again."""
        if self.running_since:
            self._stop(at)
            if self.state != "breached":
                self.state = "paused"
                self.deadline = False
        __, event, *details = next(
            (event for event in reversed(self.history or ()) if event[1] != "breach"), (None, None)
        )
        if event != "pause" or details[1:] != [stage.id]:
            self._log(at, "pause", stage)

    def _reach(self, at):
        self._stop(at)
        self._log(at, "reach")
        self.reached_on = at
        if self.state != "breached":
            self.state = "reached"
        self._on_clock_ended()

    def _roll_back(self, at):
        """What was reached is not any more: the clock goes on from where it stood."""
        self._log(at, "reopen")
        self.reached_on = False
        if self.state != "breached":
            self.state = "paused"
            self.deadline = False

    def _cancel(self, at, reason):
        """End an open promise that no longer holds, and say why."""
        if not self.is_open:
            return
        self._stop(at)
        self._log(at, "cancel", reason)
        self.state = "cancelled"
        self.cancel_reason = reason
        self.deadline = False
        self._on_clock_ended()

    def _revive(self, at):
        """Let a cancelled promise hold again, with what had been used of it."""
        self._log(at, "revive")
        self.state = "breached" if self.breached_on else "paused"
        self.deadline = self.breached_on
        self.cancel_reason = False

    def _exclude(self, at, cause, note):
        """Stop an open promise for which we do not answer."""
        if not self.is_open:
            return
        self._stop(at)
        self._log(at, "exclude", cause)
        self.state = "excluded"
        self.cause_id = cause
        self.excluded_by_id = self.env.user
        self.exclude_note = note
        self.deadline = False
        self._on_clock_ended()

    def _include(self, at):
        """Undo an exclusion: the clock goes on from where it stood."""
        self._log(at, "include")
        self.state = "breached" if self.breached_on else "paused"
        self.deadline = self.breached_on
        self.cause_id = self.excluded_by_id = self.exclude_note = False

    def _log(self, at, event, detail=""):
        """Add to the history.

        :param detail: a text, or a record: its name is kept, and its id for those who read it in another language
        """
        details = [detail] if isinstance(detail, str) else [detail.name, detail.id]
        self.history = [*(self.history or ()), [fields.Datetime.to_string(at), event, *details]]

    # Working time, as it was promised

    def _has_hours(self):
        return bool(self.sla_calendar_id) or self.around_the_clock

    def _get_consumed(self, at):
        """Return the seconds of work that are used at a moment."""
        self.ensure_one()
        if not self.running_since or not self._has_hours():
            return self.consumed
        return self.consumed + self.sla_calendar_id._get_elapsed(self.running_since, at)

    def _get_stretches(self, until=None):
        """Return what the time since the start consists of, without holes: [(start, end, what, detail)].

        :param datetime until: default now, also if the promise has ended before
        :return: ``what`` is "work" (counted), "closed" (night, weekend), "holiday" (detail: its name), "pause" (detail:
            the stage), "excluded" (detail: the cause), "ended" (reached or cancelled, until it was taken up again), or
            "hourless" (the clock runs, but there are no business hours to count)
        """
        self.ensure_one()
        until = until or fields.Datetime.now()
        events = [event for event in self.history or () if event[1] != "breach"]
        moments = [*(fields.Datetime.to_datetime(at) for at, *__ in events), until]
        names = self._get_names(events)
        stretches = []
        for start, end, (__, event, detail, *ids) in zip(moments, moments[1:], events, strict=False):
            if start < end:
                stretches += self._split(start, end, event, names.get((event, *ids), detail))
        return stretches

    def _split(self, start, end, event, detail):
        """Return the stretches between two events."""
        if event == "run" and not self._has_hours():
            return [(start, end, "hourless", "")]
        if event == "run":
            names = {"work": "work", "closed": "closed"}
            return [
                (part.start, part.end, names.get(part.reason, "holiday"), "" if part.reason in names else part.reason)
                for part in self.sla_calendar_id._explain(start, end)
            ]
        what = {"pause": "pause", "exclude": "excluded"}.get(event, "ended")
        return [(start, end, what, detail)]

    def _get_names(self, events):
        """Return what stages and causes are called in the language of who reads: {(event, id): name}.

        Those that are no longer there keep the name that was written down.
        """
        names = {}
        for event, model in (("pause", "ticketing.stage"), ("exclude", "ticketing.sla.cause")):
            ids = {event_id for __, name, __, *ids in events if name == event for event_id in ids}
            for record in self.env[model].browse(ids).exists():
                names[event, record.id] = record.name
        return names
