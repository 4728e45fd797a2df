from odoo import api, models


class TicketingType(models.Model):
    """Types of problems are the topics of the help center."""

    _inherit = "ticketing.type"

    @api.model
    def _get_company_domain(self, company):
        """Return the domain of the types that a company's customers choose from."""
        return ["|", ("team_ids", "=", False), ("team_ids.company_id", "=", company.id)]
