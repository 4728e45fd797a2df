from datetime import date
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_duration, ormcache

from ..tools.priority import PRIORITIES
from .ticketing_sla_calendar import DAY
from .ticketing_stage import SOLVED_KINDS

TARGETS = [
    ("first_response", "First Response"),
    ("next_response", "Next Response"),
    ("resolution", "Resolution"),
]
UNITS = [("minutes", "Working Minutes"), ("hours", "Working Hours"), ("days", "Working Days")]
SECONDS = {"minutes": 60, "hours": 3600}  # a day has as many as the calendar says
LONGEST = 10 * 365 * DAY  # seconds that can be promised
# What a rule asks of a ticket: if it changes, the policies are matched again.
MATCH_FIELDS = (
    "company_id",
    "team_id",
    "priority",
    "type_id",
    "product_id",
    "commercial_partner_id",
    "tag_ids",
    "contract_id",
)


class Rule(NamedTuple):
    """A policy as it is matched: no records, so that it is kept for all users."""

    id: int
    active: bool
    target: str
    company_id: int | bool
    priorities: frozenset
    team_ids: frozenset
    type_ids: frozenset
    tag_ids: frozenset
    product_ids: frozenset
    partner_ids: frozenset
    contract_ids: frozenset
    since: date | bool
    before: date | bool
    # the terms
    duration: float
    unit: str
    calendar_source: str
    calendar_id: int | bool
    pause_waiting: bool
    pause_stage_ids: tuple
    alarms: tuple  # of (percent, recipient, user id, method), the breach among them

    def matches(self, ticket):
        """Tell whether the policy is for a ticket, as it is now.

        :param ticket: ticketing.ticket, in an environment that may read everything
        """
        return (
            self.company_id in (False, ticket.company_id.id)
            and ticket.priority in self.priorities
            and (not self.team_ids or ticket.team_id.id in self.team_ids)
            and (not self.type_ids or ticket.type_id.id in self.type_ids)
            and (not self.product_ids or ticket.product_id.id in self.product_ids)
            and (not self.partner_ids or ticket.commercial_partner_id.id in self.partner_ids)
            and (not self.contract_ids or ticket.contract_id.id in self.contract_ids)
            and (not self.tag_ids or not self.tag_ids.isdisjoint(ticket.tag_ids._ids))
            and self._is_of_its_time(ticket)
        )

    def get_calendar(self, ticket):
        """Return the ``resource.calendar`` in which a ticket's promise is counted, maybe none."""
        own = ticket.env["resource.calendar"]
        if self.calendar_source == "policy":
            own = own.browse(self.calendar_id or ())
        elif self.calendar_source == "customer":
            own = ticket.commercial_partner_id.ticketing_calendar_id
        return own or ticket.team_id.resource_calendar_id or ticket.company_id.resource_calendar_id

    def get_budget(self, seconds_per_day):
        """Return the promised time in seconds of work."""
        return round(self.duration * SECONDS.get(self.unit, seconds_per_day))

    def _is_of_its_time(self, ticket):
        if not self.since and not self.before:
            return True
        start = ticket._sla_contract_start()
        if not start:
            return False
        return (not self.since or start >= self.since) and (not self.before or start < self.before)


class TicketingSlaPolicy(models.Model):
    """What is promised to whom: a length of working time until the first response, the next one, or the solution."""

    _name = "ticketing.sla.policy"
    _description = "SLA Policy"
    _inherit = ["ticketing.sla.policy.summary.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, index=True, help="Empty: a promise of every company."
    )
    description = fields.Text(translate=True, help="What the customer was told, as the contract says it.")

    # The promise
    target = fields.Selection(
        TARGETS,
        required=True,
        default="resolution",
        tracking=True,
        help="What is promised: the first answer, each next one, or the solution.",
    )
    duration = fields.Float("Within", required=True, default=8, tracking=True)
    unit = fields.Selection(UNITS, required=True, default="hours", tracking=True)
    calendar_source = fields.Selection(
        [
            ("team", "The Team's Business Hours"),
            ("policy", "These Business Hours"),
            ("customer", "The Customer's Business Hours"),
            ("always", "24 Hours, 7 Days"),
        ],
        string="Counted in",
        required=True,
        default="team",
        tracking=True,
        help="A customer without business hours of his own has the team's.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar", string="Business Hours", check_company=True, ondelete="restrict", tracking=True
    )
    pause_waiting = fields.Boolean("Pause While Waiting for the Customer", default=True, tracking=True)
    pause_stage_ids = fields.Many2many(
        "ticketing.stage",
        string="Pause in Stages",
        domain=[("kind", "not in", SOLVED_KINDS)],
        help="Stages in which the clock stands still, besides.",
    )

    # Whom it is for: all that is filled in must be true
    team_ids = fields.Many2many("ticketing.team", string="Teams", check_company=True, help="Empty: every team.")
    priority_from = fields.Selection(PRIORITIES, "Priority from", required=True, default="0")
    priority_to = fields.Selection(PRIORITIES, "Priority to", required=True, default="3")
    type_ids = fields.Many2many("ticketing.type", string="Types", help="Empty: every type.")
    tag_ids = fields.Many2many("ticketing.tag", string="Tags", help="One of them is enough. Empty: any or none.")
    product_ids = fields.Many2many("product.product", string="Affected Products", help="Empty: any or none.")
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", domain=[("parent_id", "=", False)], help="Empty: every customer."
    )
    contract_ids = fields.Many2many(
        "ticketing.contract",
        "ticketing_contract_sla_policy_rel",
        "policy_id",
        "contract_id",
        string="Contracts",
        help="Only for tickets under one of these contracts. Empty: with or without a contract.",
    )
    customers_since = fields.Date(
        help="Only for contracts, or customers without one, since this day or later: new terms for new customers."
    )
    customers_before = fields.Date(
        help="Only for contracts, or customers without one, from before this day: they keep their terms."
    )

    alarm_ids = fields.One2many(
        "ticketing.sla.alarm", "policy_id", string="Alarms", copy=True, default=lambda self: self._default_alarms()
    )
    status_ids = fields.One2many("ticketing.sla.status", "policy_id", string="Promises")

    _duration_positive = models.Constraint("CHECK (duration > 0)", "Promise a time that is longer than nothing.")
    _priorities_in_order = models.Constraint(
        "CHECK (priority_from <= priority_to)", "The lowest priority of a policy must not be above its highest."
    )
    _customers_in_order = models.Constraint(
        "CHECK (customers_since < customers_before)",
        "No customer can be one since a day and have been one before it: correct the dates.",
    )

    @api.model
    def _default_alarms(self):
        return [
            Command.create({"percent": 75, "recipient": "assignee", "method": "inbox"}),
            Command.create({"percent": 90, "recipient": "assignee", "method": "activity"}),
            Command.create({"percent": 100, "recipient": "leader", "method": "activity"}),
            Command.create({"percent": 150, "recipient": "manager", "method": "activity"}),
        ]

    @api.constrains("duration", "unit")
    def _check_duration(self):
        """What rounds to nothing, or is no number, can't be counted; what is longer than a clock counts, neither."""
        for policy in self:
            if not 1 <= policy.duration * SECONDS.get(policy.unit, DAY) <= LONGEST:
                raise ValidationError(
                    self.env._("“%s” promises a time that can't be kept: choose one up to ten years.", policy.name)
                )

    @api.constrains("calendar_source", "calendar_id", "team_ids")
    def _check_calendar(self):
        """A promise that never can be met, or that is never due, is refused when it is made, not when it is broken."""
        for policy in self:
            if policy.calendar_source == "policy":
                if not policy.calendar_id:
                    raise ValidationError(self.env._("Choose the business hours in which the promise is counted."))
                policy.calendar_id._check_has_hours()
            elif policy.calendar_source in ("team", "customer"):
                policy.team_ids.resource_calendar_id._check_has_hours()

    @api.depends("name", "duration", "unit")
    def _compute_display_name(self):
        units = dict(self._fields["unit"]._description_selection(self.env))
        for policy in self:
            length = format_duration(policy.duration) if policy.unit == "hours" else f"{policy.duration:g}"
            policy.display_name = f"{policy.name} ({length} {units[policy.unit].lower()})" if policy.name else ""

    # Matching

    @api.model
    @ormcache(cache="stable")
    def _get_rules(self):
        """Return all policies as rules, archived ones too: what they promised still holds."""
        policies = self.sudo().search([("active", "in", [True, False])])  # the same for whoever asks
        return tuple(policies._make_rule(policy) for policy in policies)

    @api.model
    def _make_rule(self, policy):
        return Rule(
            id=policy.id,
            active=policy.active,
            target=policy.target,
            company_id=policy.company_id.id,
            priorities=frozenset(
                value for value, __ in PRIORITIES if policy.priority_from <= value <= policy.priority_to
            ),
            team_ids=frozenset(policy.team_ids.ids),
            type_ids=frozenset(policy.type_ids.ids),
            tag_ids=frozenset(policy.tag_ids.ids),
            product_ids=frozenset(policy.product_ids.ids),
            partner_ids=frozenset(policy.partner_ids.commercial_partner_id.ids),
            contract_ids=frozenset(policy.contract_ids.ids),
            since=policy.customers_since,
            before=policy.customers_before,
            duration=policy.duration,
            unit=policy.unit,
            calendar_source=policy.calendar_source,
            calendar_id=policy.calendar_id.id,
            pause_waiting=policy.pause_waiting,
            pause_stage_ids=policy.pause_stage_ids._ids,
            alarms=tuple(
                (alarm.percent, alarm.recipient, alarm.user_id.id, alarm.method)
                for alarm in policy.alarm_ids.sorted("percent")
            ),
        )

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        self.env.registry.clear_cache("stable")
        return policies

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache("stable")
        return result

    def unlink(self):
        self.env.registry.clear_cache("stable")
        return super().unlink()
