from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_duration

from ..tools.moments import get_zone, say_day, say_moment, say_time


class TicketingSlaStatusExplainMixin(models.AbstractModel):
    """Shows which time counted for a promise and which did not, and why, in the user's language and time zone."""

    _name = "ticketing.sla.status.explain.mixin"
    _description = "SLA Promise, Explained"

    promised_hours = fields.Float("Promised (hours)", compute="_compute_promised_hours", help="Working time.")

    @api.depends("budget")
    def _compute_promised_hours(self):
        for status in self:
            status.promised_hours = status.budget / 3600

    def action_explain(self):
        """Open the explanation. All it needs is in the action: the page asks no more."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "ticketing_sla_explain",
            "name": self.env._("%(policy)s: what counted", policy=self.policy_id.name),
            "target": "new",
            "context": {"dialog_size": "large"},
            "params": self._get_explanation(),
        }

    def _get_explanation(self):
        """Return what the dialog shows, ready to read.

        :return: {promise, facts: [(name, value)], rows: [{start, end, what, label, counted, length, total, late}], note}
        """
        self.ensure_one()
        rows = self._get_explained_rows()
        used = rows[-1]["seconds"] if rows else self.consumed
        targets = dict(self._fields["target"]._description_selection(self.env))
        states = dict(self._fields["state"]._description_selection(self.env))
        left = self.budget - used
        return {
            "promise": self.env._(
                "%(target)s within %(hours)s h, counted in: %(calendar)s",
                target=targets[self.target],
                hours=_hours(self.budget),
                calendar=self._get_hours_name(),
            ),
            "facts": [
                [self.env._("State"), states["breached" if self.state == "running" and left < 0 else self.state]],
                [self.env._("Used"), _hours(used)],
                [self.env._("Late by") if left < 0 else self.env._("Left"), _hours(abs(left))],
                *([[self.env._("Deadline"), say_moment(self.env, self.deadline)]] if self.deadline else []),
            ],
            "rows": rows,
            "note": self.env._("Times in %s; lengths in hours and minutes.", get_zone(self.env)),
        }

    def _get_hours_name(self):
        if self.around_the_clock:
            return self.env._("24 hours, 7 days")
        return self.sla_calendar_id.name or self.env._("no business hours")

    def _get_explained_rows(self):
        """Return a row for each stretch. What an earlier policy had used is the first of them."""
        stretches = self._get_stretches()
        if stretches and stretches[-1][2] == "ended":
            stretches.pop()  # since it is over
        worked = sum(_seconds(start, end) for start, end, what, __ in stretches if what == "work")
        total = max(self._get_consumed(fields.Datetime.now()) - worked, 0)
        rows = [self._row("before", self.env._("Used of the promise before this one"), total, total)] if total else []
        for start, end, what, detail in stretches:
            seconds = _seconds(start, end) if what == "work" else 0
            total += seconds
            row = self._row(what, self._get_reason(what, detail), seconds, total)
            rows.append({**row, "start": say_moment(self.env, start), "end": self._say_end(start, end)})
        return rows

    def _row(self, what, label, seconds, total):
        return {
            "start": "",
            "end": "",
            "what": what,
            "label": label,
            "counted": what in ("work", "before"),
            "length": _hours(seconds),
            "total": _hours(total),
            "seconds": total,
            "late": total > self.budget,
        }

    def _get_reason(self, what, detail):
        if what == "holiday":
            return self.env._("Holiday: %s", detail)
        if what == "pause":
            return self.env._("Paused: %s", detail)
        if what == "excluded":
            return self.env._("Excluded: %s", detail)
        return {
            "work": self.env._("Working time"),
            "closed": self.env._("Closed: night, break or weekend"),
            "hourless": self.env._("No business hours: nothing can be counted"),
        }.get(what) or self.env._("The clock did not run")

    def _say_end(self, start, end):
        """Return the end, without its day if that is the one of the start."""
        same = say_day(self.env, start) == say_day(self.env, end)
        return say_time(self.env, end) if same else say_moment(self.env, end)


def _seconds(start, end):
    return int((end - start) / timedelta(seconds=1))


def _hours(seconds):
    """Return hours and minutes: 1:30."""
    return format_duration(seconds / 3600)
