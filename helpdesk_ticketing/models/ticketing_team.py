from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.safe_eval import safe_eval

from ..tools.working_day import NEAREST, UP, bill_hours
from .ticketing_stage import SOLVED_KINDS


class TicketingTeam(models.Model):
    """A desk: who answers, when it is open, and its policies for intake, work and billing."""

    _name = "ticketing.team"
    _description = "Ticketing Team"
    _inherit = [
        "ticketing.team.feedback.mixin",
        "mail.alias.mixin",
        "mail.thread",
        "ticketing.sla.condition.mixin",
        "ticketing.contract.condition.mixin",
        "ticketing.billing.policy.mixin",
        "ticketing.team.style.mixin",
    ]
    _order = "sequence, name"
    _billed_by = "team_id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Leader", domain=[("share", "=", False)], check_company=True)
    member_ids = fields.Many2many(
        "res.users", string="Members", domain=[("share", "=", False)], help="They see and answer the team's tickets."
    )
    stage_ids = fields.Many2many(
        "ticketing.stage",
        "ticketing_stage_team_rel",
        "team_id",
        "stage_id",
        string="Own Stages",
        help="Stages only for this team, besides those of every team.",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Business Hours",
        compute="_compute_resource_calendar_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )

    # Intake
    alias_id = fields.Many2one(help="Mail to this address becomes a ticket of the team.")
    assign_method = fields.Selection(
        [("manual", "By Hand"), ("balanced", "Balanced on Open Tickets")],
        string="Assignment",
        default="manual",
        required=True,
        help="How a ticket that nobody has taken finds its person.",
    )
    acknowledge = fields.Boolean(
        "Acknowledge Mail", default=True, help="Answer a new request by mail with the ticket's number."
    )
    acknowledge_unknown = fields.Boolean(
        "Acknowledge to Strangers", default=True, help="Also answer senders who are no contacts, within the limits."
    )
    acknowledge_template_id = fields.Many2one(
        "mail.template",
        string="Acknowledgement",
        domain=[("model", "=", "ticketing.ticket")],
        default=lambda self: self.env.ref("helpdesk_ticketing.mail_template_acknowledgement", raise_if_not_found=False),
        help="The mail that a customer gets at once when his message has become a ticket.",
    )

    hide_number = fields.Boolean(
        "No Number in Subjects",
        help="Mails to customers are about the subject alone; answers find their ticket all the same.",
    )

    # Promise
    escalate_after_messages = fields.Integer(
        default=5,
        required=True,
        help="After more messages than these without a solution the leader is asked to look at the ticket. 0: never.",
    )

    # Work
    project_id = fields.Many2one(
        "project.project",
        string="Project for Hours",
        check_company=True,
        domain=[("allow_timesheets", "=", True), ("is_template", "=", False)],
        help="Timesheets of the tickets are kept in this project.",
    )
    labour_product_id = fields.Many2one(
        "product.product",
        string="Labour",
        check_company=True,
        domain=[("type", "=", "service"), ("invoice_policy", "=", "delivery"), ("service_type", "=", "timesheet")],
        help="Service with which hours are billed: invoiced on timesheets.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        help="Material leaves from here when the technician has neither a van nor a warehouse of his own.",
    )
    service_mode = fields.Selection(
        [("onsite", "On-site"), ("remote", "Remote")],
        string="Usual Work",
        default="onsite",
        required=True,
        help="On-site work is billed when the customer signs the delivery note; remote work when it is solved.",
    )

    billing_interval = fields.Integer(
        "Hours in Steps of (minutes)",
        default=1,
        required=True,
        help="Timers make timesheets of whole steps, at least one. The register of working time is never rounded.",
    )
    billing_rounding = fields.Selection(
        [(UP, "Up"), (NEAREST, "To the Nearest")],
        string="Rounding",
        default=UP,
        required=True,
        help="How billed hours become whole steps.",
    )
    timer_remind_hours = fields.Float(
        "Remind of Timers after (hours)",
        default=4,
        required=True,
        help="Who forgot his timer is reminded after so long, and at the end of his working day. 0: never.",
    )
    timer_cap_hours = fields.Float(
        "Cap Timers after (hours)",
        default=2,
        required=True,
        help="A timer that still runs so long after the end of its person's working day is set back to that end, and waits "
        "for him to confirm it.",
    )

    # Proof
    show_prices = fields.Boolean("Prices on Delivery Notes", help="The customer sees prices when signing.")
    sign_link_days = fields.Integer("Signing Link Valid (days)", default=14, required=True)

    # Money
    ticketing_billing_period = fields.Selection(required=True, default="note")
    auto_approve_amount = fields.Monetary(
        "Send Without Approval up to",
        help="Invoices up to this total (taxes included) are posted and sent without the accountant's approval. "
        "0: all of them wait for approval.",
    )
    bill_covered = fields.Boolean(
        "Invoice Fully Covered Work",
        help="Make an invoice of zero for work that a contract or warranty covers completely.",
    )

    ticket_count = fields.Integer("Open Tickets", compute="_compute_ticket_counts")
    unassigned_count = fields.Integer("Unassigned Tickets", compute="_compute_ticket_counts")
    urgent_count = fields.Integer("Urgent Tickets", compute="_compute_ticket_counts")
    late_count = fields.Integer("Late Tickets", compute="_compute_late_count")
    to_approve_count = fields.Integer("Invoices to Approve", compute="_compute_to_approve_count")

    _sign_link_days_positive = models.Constraint(
        "CHECK (sign_link_days > 0)", "A signing link has to be valid for at least one day."
    )
    _auto_approve_amount_positive = models.Constraint(
        "CHECK (auto_approve_amount >= 0)", "The amount sent without approval can't be negative."
    )

    _escalate_after_messages_positive = models.Constraint(
        "CHECK (escalate_after_messages >= 0)", "The number of messages before an escalation can't be negative."
    )

    _billing_interval_positive = models.Constraint(
        "CHECK (billing_interval BETWEEN 1 AND 480)", "Hours are billed in steps of one minute to eight hours."
    )
    _timer_hours_positive = models.Constraint(
        "CHECK (timer_remind_hours >= 0 AND timer_cap_hours >= 0)",
        "The hours after which timers are looked after can't be negative.",
    )

    @api.depends("company_id")
    def _compute_resource_calendar_id(self):
        """The company's hours, unless those chosen may be used in it."""
        for team in self:
            hours = team.resource_calendar_id
            if not hours or (hours.company_id and hours.company_id != team.company_id):
                team.resource_calendar_id = team.company_id.resource_calendar_id

    @api.depends_context("uid")
    def _compute_ticket_counts(self):
        open_tickets = [("team_id", "in", self.ids), ("stage_kind", "not in", SOLVED_KINDS)]
        totals, unassigned, urgent = Counter(), Counter(), Counter()
        for team, user, priority, count in self.env["ticketing.ticket"]._read_group(
            open_tickets, ["team_id", "user_id", "priority"], ["__count"]
        ):
            totals[team.id] += count
            unassigned[team.id] += 0 if user else count
            urgent[team.id] += count if priority == "3" else 0
        for team in self:
            team.ticket_count = totals[team.id]
            team.unassigned_count = unassigned[team.id]
            team.urgent_count = urgent[team.id]

    @api.depends_context("uid")
    def _compute_late_count(self):
        Ticket = self.env["ticketing.ticket"]
        domain = Ticket._get_late_domain() & Domain("team_id", "in", self.ids)
        counts = {team.id: count for team, count in Ticket._read_group(domain, ["team_id"], ["__count"])}
        for team in self:
            team.late_count = counts.get(team.id, 0)

    def _compute_to_approve_count(self):
        counts = {
            team.id: count
            for team, count in self.env["ticketing.billing.request"]._read_group(
                [("team_id", "in", self.ids), ("state", "=", "to_approve")], ["team_id"], ["__count"]
            )
        }
        for team in self:
            team.to_approve_count = counts.get(team.id, 0)

    @api.constrains("project_id", "labour_product_id")
    def _check_billing_setup(self):
        for team in self:
            if team.project_id and not team.project_id.allow_billable:
                raise ValidationError(
                    self.env._(
                        "The project %(project)s of the team %(team)s is not billable: "
                        "hours of its tickets could never be invoiced. Tick 'Billable' on the project.",
                        project=team.project_id.display_name,
                        team=team.name,
                    )
                )
            if team.labour_product_id and team.labour_product_id.service_policy != "delivered_timesheet":
                raise ValidationError(
                    self.env._(
                        "%(product)s can't bill the hours of %(team)s: its invoicing policy must be 'Based on Timesheets'.",
                        product=team.labour_product_id.display_name,
                        team=team.name,
                    )
                )

    # Mail alias

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("ticketing.ticket")
        if self.id:
            defaults = safe_eval(self.alias_defaults or "{}")
            values["alias_defaults"] = {**defaults, "team_id": self.id}
        return values

    # Stages

    def _get_stages(self):
        """Return the stages of one team (or, for no team, those of every team), in order."""
        return self.env["ticketing.stage"].browse(self._get_stage_ids())

    @ormcache("tuple(self.ids)")
    def _get_stage_ids(self):
        """Every ticket that is made or moved asks: kept until a stage or a team's stages change."""
        domain = [("team_ids", "in", [False, *self.ids])]
        return self.env["ticketing.stage"].sudo().search(domain)._ids  # stages have no record rules

    # What is remembered of teams: their stages, and in the record rules whose members users are

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"member_ids", "stage_ids"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _get_billed_hours(self, seconds):
        """Return the hours that stand on a timesheet for some seconds of work."""
        return bill_hours(seconds, self.billing_interval, self.billing_rounding)

    # Assignment

    def _get_absent_users(self, moment=None):
        """Return the members whom the calendar says are away at a moment (UTC; default now)."""
        moment = moment or fields.Datetime.now()
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(  # colleagues' absences are not for all to read
                [
                    ("resource_id.user_id", "in", self.member_ids.ids),
                    ("date_from", "<=", moment),
                    ("date_to", ">", moment),
                ]
            )
        )
        return leaves.resource_id.user_id.sudo(False)

    def _get_leader(self):
        """Return who is told of what goes wrong: the leader, else whoever stands in for him. Without a team, a manager."""
        return self.user_id.filtered("active") or self._get_manager()

    def _get_manager(self):
        """Return to whom the leader answers: his superior, else another manager of the desk, else himself.

        Without a team, a manager of the environment's company.
        """
        company = self.company_id or self.env.company
        leader = self.user_id.filtered("active")
        superior = leader.sudo().with_company(company).employee_id.parent_id.user_id  # of staff, not for all
        if superior.active:
            return superior.sudo(self.env.su)
        managers = self.env.ref("helpdesk_ticketing.group_manager").sudo().all_user_ids  # as above
        robot_id = self.env["ir.model.data"]._xmlid_to_res_id("base.user_root")
        others = managers.filtered(
            lambda user: company in user.company_ids and not user.share and user.id not in (robot_id, leader.id)
        )
        return others.sorted(lambda user: (user.company_id != company, user.id))[:1].sudo(self.env.su) or leader

    def _assign_balanced(self, tickets):
        """Give each ticket to the present member of its team with the fewest open tickets.

        :param tickets: ticketing.ticket of these teams, without an assignee
        """
        chosen = {}
        for ticket, user in zip(tickets, self._choose_balanced(tickets.mapped("team_id.id")), strict=True):
            chosen.setdefault(user, []).append(ticket.id)
        for user, ids in chosen.items():
            tickets.browse(ids).user_id = user

    def _choose_balanced(self, team_ids):
        """Return the assignees of coming tickets: the present member with the fewest open ones; ties go by name.

        :param list team_ids: the team of each ticket, in order; what is chosen for the first counts for the second
        :return: a res.users for each (empty where nobody is present)
        """
        load = Counter()
        for user, count in (
            self.env["ticketing.ticket"]
            .sudo()
            ._read_group(  # load counts what the agent can't see
                [("user_id", "in", self.member_ids.ids), ("stage_kind", "not in", SOLVED_KINDS)],
                ["user_id"],
                ["__count"],
            )
        ):
            load[user.id] = count
        absent = self._get_absent_users()
        chosen = []
        for team in self.browse(team_ids):
            present = team.member_ids.filtered("active") - absent
            user = min(present, key=lambda member: (load[member.id], member.name or ""), default=absent.browse())
            load[user.id] += 1
            chosen.append(user)
        return chosen

    def action_open_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
        return {
            **action,
            "display_name": self.name,
            "context": {"search_default_team_id": self.id, "default_team_id": self.id, "search_default_open": 1},
        }

    def action_open_late_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action_late")
        return {**action, "context": {"search_default_team_id": self.id, "search_default_late": 1}}

    def action_open_to_approve(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_billing_request_action")
        return {**action, "context": {"search_default_team_id": self.id, "search_default_to_approve": 1}}
