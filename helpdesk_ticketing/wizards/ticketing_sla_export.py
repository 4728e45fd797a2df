import json

from odoo import fields, models


class TicketingSlaExport(models.TransientModel):
    """What somebody is about to download; only he can."""

    _name = "ticketing.sla.export"
    _description = "Export of SLA Promises"

    domain = fields.Char(required=True, readonly=True)

    def _get_statuses(self):
        """Return the promises, as far as the user may see them."""
        self.ensure_one()
        return self.env["ticketing.sla.status"].search(json.loads(self.domain))
