from odoo import api, fields, models
from odoo.tools import format_date


class TicketingSlaPolicySummaryMixin(models.AbstractModel):
    """Reads a policy back in words, so that who writes it sees what it says."""

    _name = "ticketing.sla.policy.summary.mixin"
    _description = "SLA Policy in Words"

    summary = fields.Text("In Words", compute="_compute_summary")

    @api.depends(
        "target",
        "duration",
        "unit",
        "calendar_source",
        "calendar_id",
        "pause_waiting",
        "pause_stage_ids",
        "team_ids",
        "priority_from",
        "priority_to",
        "type_ids",
        "tag_ids",
        "product_ids",
        "partner_ids",
        "contract_ids",
        "customers_since",
        "customers_before",
        "alarm_ids.percent",
        "alarm_ids.recipient",
        "alarm_ids.user_id",
        "alarm_ids.method",
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for policy in self:
            promise = f"{policy._tell_whom()} {policy._tell_promise()}"
            parts = [promise, policy._tell_pause(), policy._tell_alarms()]
            policy.summary = "\n".join(filter(None, parts))

    def _label(self, name):
        """Return what a selection field says, in the user's language."""
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")

    def _tell_whom(self):
        names = {
            name: ", ".join(filter(None, self[name].mapped("display_name")))
            for name in ("team_ids", "type_ids", "tag_ids", "product_ids", "partner_ids", "contract_ids")
        }
        conditions = [
            names["team_ids"] and self.env._("of the team %s", names["team_ids"]),
            self._tell_priority(),
            names["type_ids"] and self.env._("of the type %s", names["type_ids"]),
            names["tag_ids"] and self.env._("tagged %s", names["tag_ids"]),
            names["product_ids"] and self.env._("about %s", names["product_ids"]),
            names["partner_ids"] and self.env._("of %s", names["partner_ids"]),
            names["contract_ids"] and self.env._("under the contract %s", names["contract_ids"]),
            self.customers_since and self.env._("of customers since %s", format_date(self.env, self.customers_since)),
            self.customers_before
            and self.env._("of customers before %s", format_date(self.env, self.customers_before)),
        ]
        told = [condition for condition in conditions if condition]
        return self.env._("For tickets %s:", ", ".join(told)) if told else self.env._("For every ticket:")

    def _tell_priority(self):
        lowest, highest = self._label("priority_from"), self._label("priority_to")
        if (self.priority_from, self.priority_to) == ("0", "3") or not lowest or not highest:
            return ""
        if self.priority_from == self.priority_to:
            return self.env._("of priority %s", lowest)
        return self.env._("of priority %(lowest)s to %(highest)s", lowest=lowest, highest=highest)

    def _tell_promise(self):
        promises = {
            "first_response": self.env._("we answer for the first time within %(length)s, counted %(hours)s."),
            "next_response": self.env._("we answer each message within %(length)s, counted %(hours)s."),
            "resolution": self.env._("we solve it within %(length)s, counted %(hours)s."),
        }
        if self.target not in promises:
            return ""
        return promises[self.target] % {
            "length": f"{self.duration:g} {self._label('unit').lower()}",
            "hours": self._tell_hours(),
        }

    def _tell_hours(self):
        chosen = self.calendar_id.display_name
        return {
            "policy": self.env._("in %s", chosen) if chosen else self.env._("in business hours still to be chosen"),
            "customer": self.env._("in the customer's business hours (without any: the team's)"),
            "always": self.env._("day and night, every day"),
        }.get(self.calendar_source) or self.env._("in the team's business hours")

    def _tell_pause(self):
        stages = ", ".join(filter(None, self.pause_stage_ids.mapped("display_name")))
        if self.pause_waiting and stages:
            return self.env._("The clock stands still while we wait for the customer, and in the stages %s.", stages)
        if self.pause_waiting:
            return self.env._("The clock stands still while we wait for the customer.")
        return stages and self.env._("The clock stands still in the stages %s.", stages)

    def _tell_alarms(self):
        told = [
            self.env._(
                "at %(percent)s %% %(who)s (%(how)s)",
                percent=alarm.percent,
                who=alarm.user_id.name if alarm.recipient == "user" else alarm_label(alarm, "recipient"),
                how=alarm_label(alarm, "method"),
            )
            for alarm in self.alarm_ids.sorted("percent")
        ]
        return told and self.env._("Told: %s.", "; ".join(told))


def alarm_label(alarm, name):
    """Return what a selection field of an alarm says, in the user's language."""
    return dict(alarm._fields[name]._description_selection(alarm.env)).get(alarm[name], "")
