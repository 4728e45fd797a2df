from odoo import models


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "ticketing.contract.condition.mixin"]

    def _get_first_deliveries(self):
        """Return {(unit, customer): day} of the first delivery of each unit to a customer: it starts the warranty."""
        moved = self.env["stock.move.line"].search_fetch(
            [
                ("lot_id", "in", self.ids),
                ("state", "=", "done"),
                ("location_dest_id.usage", "=", "customer"),
                ("location_id.usage", "!=", "customer"),
            ],
            ["lot_id", "date", "picking_id"],
            order="date desc",
        )
        return {
            (line.lot_id, line.picking_id.partner_id.commercial_partner_id): line.date.date()
            for line in moved
            if line.picking_id.partner_id
        }
