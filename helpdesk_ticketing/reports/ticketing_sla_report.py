from odoo import fields, models
from odoo.tools import SQL

from ..models.ticketing_sla_policy import TARGETS
from ..models.ticketing_sla_status import STATES
from ..models.ticketing_stage import STAGE_KINDS
from ..tools.priority import PRIORITIES


class TicketingSlaReport(models.Model):
    """A row for each promise, to count and compare. Late is what is late now, noticed or not."""

    _name = "ticketing.sla.report"
    _description = "SLA Analysis"
    _inherit = ["ticketing.ticket.report.mixin"]
    _auto = False
    _order = "started_on desc, id desc"
    _depends = {
        "ticketing.sla.status": [
            "ticket_id",
            "policy_id",
            "company_id",
            "target",
            "state",
            "is_open",
            "started_on",
            "deadline",
            "reached_on",
            "budget",
            "consumed",
            "cause_id",
        ],
        "ticketing.ticket": ["team_id", "user_id", "commercial_partner_id", "priority", "type_id", "stage_kind"],
    }

    policy_id = fields.Many2one("ticketing.sla.policy", readonly=True)
    priority = fields.Selection(PRIORITIES, readonly=True)
    stage_kind = fields.Selection(STAGE_KINDS, "Status", readonly=True)
    target = fields.Selection(TARGETS, readonly=True)
    state = fields.Selection(STATES, readonly=True)
    cause_id = fields.Many2one("ticketing.sla.cause", "Cause of Exclusion", readonly=True)
    started_on = fields.Datetime("Promised on", readonly=True)
    deadline = fields.Datetime(readonly=True)
    reached_on = fields.Datetime("Reached on", readonly=True)

    breached = fields.Integer(readonly=True, help="Promises that were broken, or are late now.")
    in_time = fields.Float(
        "In Time (%)", readonly=True, aggregator="avg", help="Of the promises that were kept or broken."
    )
    promised_hours = fields.Float("Promised (hours)", readonly=True, aggregator="avg", help="Working time.")
    used_hours = fields.Float(
        "Used (hours)",
        readonly=True,
        aggregator="avg",
        help="Working time, without what has passed since a running clock was last started.",
    )
    late_hours = fields.Float(
        "Late (hours)", readonly=True, help="Working time beyond the promise, counted when the clock stops."
    )

    @property
    def _table_query(self):
        late = SQL("(status.state = 'breached' OR (status.is_open AND status.deadline < %s))", fields.Datetime.now())
        return SQL(
            """
            SELECT status.id,
                   status.ticket_id,
                   status.policy_id,
                   status.company_id,
                   ticket.team_id,
                   ticket.user_id,
                   ticket.commercial_partner_id,
                   ticket.priority,
                   ticket.type_id,
                   ticket.stage_kind,
                   status.target,
                   status.state,
                   status.cause_id,
                   status.started_on,
                   status.deadline,
                   status.reached_on,
                   CASE WHEN %(late)s THEN 1 ELSE 0 END AS breached,
                   CASE WHEN %(late)s THEN 0.0 WHEN status.state = 'reached' THEN 100.0 END AS in_time,
                   status.budget / 3600.0 AS promised_hours,
                   status.consumed / 3600.0 AS used_hours,
                   CASE WHEN status.state = 'breached'
                        THEN GREATEST(status.consumed - status.budget, 0) ELSE 0 END / 3600.0 AS late_hours
              FROM ticketing_sla_status status
              JOIN ticketing_ticket ticket ON ticket.id = status.ticket_id
            """,
            late=late,
        )
