from odoo import fields, models
from odoo.tools import SQL


class TicketingDeflectionReport(models.Model):
    """A row for each problem that a customer solved himself, and for each that became a ticket of his portal."""

    _name = "ticketing.deflection.report"
    _description = "Deflection Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "article_id"
    _depends = {
        "ticketing.deflection": ["article_id", "channel", "team_id", "company_id", "date"],
        "ticketing.ticket": ["channel_id", "team_id", "company_id", "active"],
        "ticketing.channel": ["code"],
        "res.company": ["resource_calendar_id"],
        "resource.calendar": ["tz"],
    }

    date = fields.Date(readonly=True, help="The company's day (of its working schedule's time zone).")
    article_id = fields.Many2one("ticketing.article", readonly=True)
    channel = fields.Selection([("portal", "Portal"), ("website", "Website"), ("backend", "Desk")], readonly=True)
    team_id = fields.Many2one("ticketing.team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    solved = fields.Integer("Solved by Articles", readonly=True)
    tickets = fields.Integer(readonly=True)
    rate = fields.Float(
        "Solved (%)", readonly=True, aggregator="avg", help="Of the problems of customers on portal and website."
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT id, date, article_id, channel, team_id, company_id, 1 AS solved, 0 AS tickets, 100.0 AS rate
              FROM ticketing_deflection
             UNION ALL
            SELECT -ticket.id,
                   (ticket.create_date AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(calendar.tz, 'UTC'))::date,
                   NULL, channel.code, ticket.team_id, ticket.company_id, 0, 1, 0.0
              FROM ticketing_ticket ticket
              JOIN ticketing_channel channel ON channel.id = ticket.channel_id
              JOIN res_company company ON company.id = ticket.company_id
         LEFT JOIN resource_calendar calendar ON calendar.id = company.resource_calendar_id
             WHERE channel.code IN ('portal', 'website') AND ticket.active
            """
        )
