from odoo import api, fields, models
from odoo.exceptions import UserError

# What the customer signs for.
FROZEN_FIELDS = {
    "quantity",
    "product_id",
    "product_uom",
    "product_uom_qty",
    "sale_line_id",
    "lot_ids",
    "location_id",
    "location_dest_id",
    "state",
    "note_id",
}
FROZEN_LINE_FIELDS = {
    "quantity",
    "product_id",
    "product_uom_id",
    "lot_id",
    "lot_name",
    "move_id",
    "location_id",
    "location_dest_id",
}


class StockMove(models.Model):
    _inherit = "stock.move"

    note_id = fields.Many2one(
        "ticketing.delivery.note", string="Delivery Note", index="btree_not_null", readonly=True, copy=False
    )

    @api.model_create_multi
    def create(self, vals_list):
        """What a customer has signed for is all that the delivery holds: nothing joins it afterwards."""
        pickings = self.env["stock.picking"].browse(
            {vals["picking_id"] for vals in vals_list if vals.get("picking_id")}
        )
        pickings.filtered(lambda picking: picking.state == "done").move_ids._check_not_frozen()
        return super().create(vals_list)

    def write(self, vals):
        if FROZEN_FIELDS.intersection(vals):
            self._check_not_frozen()
        return super().write(vals)

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves.move_line_ids._tell_units()
        return moves

    def _check_not_frozen(self):
        """Refuse to change material that a customer has before him, or has signed.

        :raises UserError: the material stands on a delivery note that is ready or signed
        """
        if self.env.context.get("ticketing_delivering"):
            return
        frozen = self.filtered(lambda move: move.state == "done" and move.note_id.sudo().state in ("ready", "signed"))
        if frozen:
            raise UserError(
                self.env._(
                    "This material stands on the delivery note %s and can't be changed: make a return, "
                    "or record what is missing on a new note.",
                    ", ".join(frozen.note_id.sudo().mapped("name")),
                )
            )

    # Returns. What came back before its delivery was frozen on a note is taken off the note's quantity, and stands on the
    # same note; what came back later is credited.

    def _get_returns_of(self):
        """Return the done returns of these deliveries that stand on no note."""
        return self.returned_move_ids.filtered(
            lambda move: (
                move.state == "done" and not move.note_id and move.picking_id.picking_type_id.code == "incoming"
            )
        )

    def _get_returns_to_credit(self):
        """Return those of these moves that bring back what a customer has signed for."""
        return self.filtered(
            lambda move: (
                move.state == "done" and not move.note_id and move.origin_returned_move_id.note_id.state == "signed"
            )
        )

    def _get_kept_quantity(self):
        """Return how much of a done delivery the customer keeps, in the move's unit."""
        self.ensure_one()
        back = sum(
            move.product_uom._compute_quantity(move.quantity, self.product_uom) for move in self._get_returns_of()
        )
        return max(self.quantity - back, 0.0)

    # The technician's screen

    def _to_technician(self, line):
        """Return the material of an order line that is on these moves, as its delivery note would say it."""
        prepared = [self.env["ticketing.delivery.note"]._prepare_material_line(move) for move in self]
        lots = line.used_lot_ids or self.lot_ids
        return {
            "id": line.id,
            "product_id": line.product_id.id,
            "name": line.name,
            "quantity": sum(values["quantity"] for values in prepared),
            "uom": line.product_uom_id.name,
            "lot": ", ".join(lots.mapped("name")) or False,
            "covered": line.covered,
            "reason": line.cover_reason or False,
            "prepared": prepared,
            "removable": line.cover_kind != "call_out" and not self.note_id and "done" not in self.mapped("state"),
        }


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        moves = self.env["stock.move"].browse({vals["move_id"] for vals in vals_list if vals.get("move_id")})
        moves._check_not_frozen()
        return super().create(vals_list)

    def write(self, vals):
        if FROZEN_LINE_FIELDS.intersection(vals):
            self.move_id._check_not_frozen()
        if vals.keys().isdisjoint(("lot_id", "date")):
            return super().write(vals)
        done = self.filtered(lambda line: line.state == "done")
        before = done._get_units_at_customers()
        result = super().write(vals)
        (before | done._get_units_at_customers())._on_moved()
        return result

    def _tell_units(self):
        """Whose a unit is follows from its deliveries and returns."""
        self._get_units_at_customers()._on_moved()

    def _get_units_at_customers(self):
        moved = self.filtered(
            lambda line: (
                line.product_id.tracking == "serial" and "customer" in (line.location_usage, line.location_dest_usage)
            )
        )
        return moved.lot_id
