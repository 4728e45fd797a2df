from odoo import api, models
from odoo.fields import Domain

STOCK_LIMIT = 500


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "ticketing.sla.condition.mixin"]

    @api.model
    def _get_stocked(self, location):
        """Return the goods that are free in a technician's place: a van has some hundred at the most."""
        stocked = {product_id for product_id, __ in self._get_free_lots(location)}
        return self.search([("id", "in", list(stocked)), ("sale_ok", "=", True)], limit=STOCK_LIMIT)

    @api.model
    def _get_free_lots(self, location, products=None):
        """Return {(product id, lot id or False): free quantity} of a place and what it is divided into, in one query."""
        if not location:
            return {}
        domain = Domain("location_id", "child_of", location.id) & Domain("product_id.active", "=", True)
        if products is not None:
            domain &= Domain("product_id", "in", products.ids)
        rows = (
            self.env["stock.quant"]
            .sudo()  # quantities in the technician's own place are what he needs to know, whatever his stock rights
            ._read_group(
                domain, ["product_id", "lot_id"], ["quantity:sum", "reserved_quantity:sum"], order="product_id"
            )
        )
        return {
            (product.id, lot.id): quantity - reserved
            for product, lot, quantity, reserved in rows
            if quantity > reserved
        }

    def _to_technician(self, location):
        """Return these goods as the technician's device keeps them, with what of them is free in a place."""
        free = self._get_free_lots(location, self) if self else {}
        lots = self.env["stock.lot"].browse([lot_id for __, lot_id in free if lot_id])
        lots.fetch(["name"])
        by_product = {}
        for (product_id, lot_id), quantity in free.items():
            by_product.setdefault(product_id, []).append((lots.browse(lot_id or []), quantity))
        return [product._to_technician_line(by_product.get(product.id, ())) for product in self]

    def _to_technician_line(self, stocked):
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "code": self.default_code or False,
            "barcode": self.barcode or False,
            "uom": self.uom_id.name,
            "available": sum(quantity for __, quantity in stocked),
            "tracking": self.tracking if self.is_storable else "none",
            "lots": sorted(
                ({"id": lot.id, "name": lot.name, "quantity": quantity} for lot, quantity in stocked if lot),
                key=lambda lot: lot["name"],
            ),
        }
