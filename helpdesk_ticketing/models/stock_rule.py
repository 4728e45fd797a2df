from odoo import models


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _get_stock_move_values(
        self, product_id, product_qty, product_uom, location_dest_id, name, origin, company_id, values
    ):
        """Material of a ticket leaves from the technician's van where the rule would take it from the warehouse."""
        move_values = super()._get_stock_move_values(
            product_id, product_qty, product_uom, location_dest_id, name, origin, company_id, values
        )
        location_id = values.get("ticketing_location_id")
        if location_id and self.picking_type_id.code == "outgoing" and self.procure_method == "make_to_stock":
            move_values["location_id"] = location_id
        return move_values
