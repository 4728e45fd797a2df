from odoo import fields, models
from odoo.tools import SQL

from ..models.ticketing_effort import MEASURES
from ..models.ticketing_ticket_feedback_mixin import SATISFACTION


class TicketingEffortReport(models.Model):
    """A row for each solved ticket: what it took of its customer, and what he said."""

    _name = "ticketing.effort.report"
    _description = "Effort Audit"
    _inherit = ["ticketing.ticket.report.mixin"]
    _auto = False
    _order = "solved_on desc, id desc"
    _depends = {
        "ticketing.ticket": [
            "company_id",
            "team_id",
            "user_id",
            "commercial_partner_id",
            "type_id",
            "channel_id",
            "solved_on",
            "stage_kind",
            "satisfaction",
            "effort",
        ],
        "ticketing.effort": ["ticket_id", *MEASURES],
    }

    channel_id = fields.Many2one("ticketing.channel", readonly=True)
    solved_on = fields.Datetime("Solved", readonly=True)

    contacts = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="How often the customer had to come: his request and his messages until the solution.",
    )
    channel_switches = fields.Float(
        readonly=True, aggregator="avg", digits=(16, 1), help="How often he went on through another channel."
    )
    agents = fields.Float(
        "People Involved",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Who had the ticket, or answered in it.",
    )
    handovers = fields.Float(
        readonly=True, aggregator="avg", digits=(16, 1), help="How often it went from one person to another."
    )
    reopenings = fields.Float(
        readonly=True, aggregator="avg", digits=(16, 1), help="How often it was solved, and was not."
    )
    repeats_7 = fields.Float(
        "Repeats in 7 Days",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Further requests of the customer after the solution, of the same type or for the same unit.",
    )
    repeats_30 = fields.Float("Repeats in 30 Days", readonly=True, aggregator="avg", digits=(16, 1))
    waiting_share = fields.Float(
        "Waiting (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Share of the time until the solution for which the ticket waited for the customer.",
    )
    satisfaction = fields.Selection(SATISFACTION, readonly=True)
    satisfied = fields.Float(
        "Happy (%)", readonly=True, aggregator="avg", digits=(16, 1), help="Of those who answered."
    )
    effort = fields.Float(
        "Effort Score",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="From 1 (not easy at all) to 7 (very easy).",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT ticket.id,
                   ticket.id AS ticket_id,
                   ticket.company_id,
                   ticket.team_id,
                   ticket.user_id,
                   ticket.commercial_partner_id,
                   ticket.type_id,
                   ticket.channel_id,
                   ticket.solved_on,
                   ticket.satisfaction,
                   CASE ticket.satisfaction WHEN 'happy' THEN 100.0 WHEN 'neutral' THEN 0.0 WHEN 'unhappy' THEN 0.0
                   END AS satisfied,
                   NULLIF(ticket.effort, 0)::float AS effort,
                   %s
              FROM ticketing_effort effort
              JOIN ticketing_ticket ticket ON ticket.id = effort.ticket_id
             WHERE ticket.solved_on IS NOT NULL AND ticket.stage_kind IN ('solved', 'closed')
            """,
            SQL(", ").join(
                SQL("%s::float AS %s", SQL.identifier("effort", name), SQL.identifier(name)) for name in MEASURES
            ),
        )

    def action_view_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }
