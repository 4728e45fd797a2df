from odoo import fields, models


class TicketingTicketReportMixin(models.AbstractModel):
    """What rows about tickets are grouped by."""

    _name = "ticketing.ticket.report.mixin"
    _description = "Ticket Analysis"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one("ticketing.ticket", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("ticketing.team", readonly=True)
    user_id = fields.Many2one("res.users", "Assigned to", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    type_id = fields.Many2one("ticketing.type", readonly=True)
