from odoo import Command, models


class TicketingDeliveryNoteDraftMixin(models.AbstractModel):
    """What would be signed now: the lines of a draft, put together from the ticket's hours and deliveries."""

    _name = "ticketing.delivery.note.draft.mixin"
    _description = "Delivery Note: Draft"

    def _refresh_lines(self):
        """Take the ticket's hours and material that stand on no live note, keeping quantities set by hand."""
        for note in self:
            by_hand = {line.move_id.id: line.quantity for line in note.line_ids if line.move_id}
            note.line_ids.unlink()
            commands = [Command.create(note._prepare_labour_line(sheet)) for sheet in note._get_open_timesheets()]
            for move in note._get_open_moves():
                values = note._prepare_material_line(move)
                if move.state != "done" and move.id in by_hand:
                    values["quantity"] = min(by_hand[move.id], move.product_uom_qty)
                commands.append(Command.create(values))
            note.line_ids = commands

    def _get_open_timesheets(self):
        self.ensure_one()
        return self.env["account.analytic.line"].search(
            [
                ("ticket_id", "=", self.ticket_id.id),
                ("unit_amount", "!=", 0),
                ("billing_request_id", "=", False),
                ("note_id", "in", [False, self.id]),
            ],
            order="date, id",
        )

    def _get_open_moves(self):
        """Return what leaves or has left for the customer and stands on no live note, but for what came back whole."""
        self.ensure_one()
        if not self.sale_order_id:
            return self.env["stock.move"]
        moves = self.env["stock.move"].search(
            [
                ("sale_line_id.order_id", "=", self.sale_order_id.id),
                ("state", "!=", "cancel"),
                ("picking_id.picking_type_id.code", "=", "outgoing"),
                ("note_id", "in", [False, self.id]),
            ],
            order="id",
        )
        return moves.filtered(lambda move: move.state != "done" or move._get_kept_quantity())

    def _misses_work(self):
        """Tell whether the ticket has hours or material that this note does not say and no other one does.

        What is left of an order line that stands on it was held back when it was made ready.
        """
        self.ensure_one()
        lines = self.line_ids
        new_material = self._get_open_moves().sale_line_id - lines.sale_line_id
        return bool(self._get_open_timesheets() - lines.timesheet_id or new_material)

    def _prepare_labour_line(self, timesheet):
        line = timesheet.so_line
        return {
            "kind": "labour",
            "sale_line_id": line.id,
            "timesheet_id": timesheet.id,
            "name": timesheet.name if timesheet.name not in (False, "/") else line.product_id.display_name,
            "date": timesheet.date,
            "technician": timesheet.employee_id.name,
            "quantity": timesheet.product_uom_id._compute_quantity(
                timesheet.unit_amount,
                line.product_uom_id,
                rounding_method="HALF-UP",  # core rounds up: twenty minutes would cost the customer 0.34 hours
            ),
            "uom_id": line.product_uom_id.id,
            **self._prepare_price_values(line, timesheet.cover_reason),
        }

    def _prepare_material_line(self, move):
        line, company = move.sale_line_id, self.company_id
        quantity = move._get_kept_quantity() if move.state == "done" else move.product_uom_qty
        return {
            "kind": "material",
            "sale_line_id": line.id,
            "move_id": move.id,
            "name": line.name,
            "date": company._get_ticketing_day(move.date) if move.state == "done" else company._get_ticketing_today(),
            "quantity": move.product_uom._compute_quantity(quantity, line.product_uom_id),
            "uom_id": line.product_uom_id.id,
            "lot_names": ", ".join((move.lot_ids - move._get_returns_of().lot_ids).mapped("name"))
            if move.state == "done"
            else False,
            **self._prepare_price_values(line, line.cover_reason),
        }

    def _prepare_price_values(self, sale_line, reason):
        return {
            "covered": sale_line.covered,
            "cover_reason": reason,
            "price_unit": sale_line.price_unit,
            "discount": sale_line.discount,
            "tax_names": ", ".join(sale_line.tax_ids.mapped("name")),
        }
