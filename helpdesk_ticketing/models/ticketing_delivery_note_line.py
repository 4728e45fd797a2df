from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# What a line says to the customer, and so what its note's hash covers.
CONTENT_FIELDS = [
    "note_id",
    "kind",
    "name",
    "date",
    "technician",
    "lot_names",
    "quantity",
    "uom_id",
    "covered",
    "cover_reason",
    "price_unit",
    "discount",
    "tax_names",
]


class TicketingDeliveryNoteLine(models.Model):
    """One entry of hours or one delivered product, as the customer signs it."""

    _name = "ticketing.delivery.note.line"
    _description = "Delivery Note Line"
    _order = "note_id, kind, sequence, id"

    note_id = fields.Many2one("ticketing.delivery.note", "Delivery Note", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    kind = fields.Selection([("labour", "Hours"), ("material", "Material")], required=True)
    sale_line_id = fields.Many2one(
        "sale.order.line", "Sales Order Line", required=True, index=True, ondelete="restrict"
    )
    timesheet_id = fields.Many2one("account.analytic.line", index="btree_not_null", ondelete="restrict")
    move_id = fields.Many2one("stock.move", "Stock Move", index="btree_not_null", ondelete="restrict")
    product_id = fields.Many2one(related="sale_line_id.product_id", store=True)
    name = fields.Text("Description", required=True)
    date = fields.Date()
    technician = fields.Char()
    lot_names = fields.Char("Serial Numbers")
    quantity = fields.Float(digits="Product Unit", required=True)
    uom_id = fields.Many2one("uom.uom", "Unit", required=True)
    covered = fields.Boolean()
    cover_reason = fields.Char("Why Covered")
    # Not for customers, who may read lines: the portal shows prices to those who are to see them.
    price_unit = fields.Float("Unit Price", digits="Product Price", groups="base.group_user")
    discount = fields.Float("Discount (%)", digits="Discount", groups="base.group_user")
    tax_names = fields.Char("Taxes", groups="base.group_user")
    currency_id = fields.Many2one(related="note_id.currency_id")
    price_subtotal = fields.Monetary(
        "Subtotal", compute="_compute_price_subtotal", store=True, groups="base.group_user"
    )

    @api.depends("quantity", "price_unit", "discount")
    def _compute_price_subtotal(self):
        for line in self:
            line.price_subtotal = line.quantity * line.price_unit * (1 - line.discount / 100)

    @api.constrains("quantity")
    def _check_quantity(self):
        for line in self:
            if line.quantity < 0:
                raise ValidationError(self.env._("%s: the quantity can't be negative.", line.name))

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        self._check_draft()
        result = super().write(vals)
        if "note_id" in vals:
            self._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._check_draft()

    @api.model
    def _let_go_of_hours(self, hours):
        """Have hours deleted that stand on drafts, or on notes that were refused or cancelled: these stay as they were."""
        found = self.sudo().search([("timesheet_id", "in", hours.ids)])  # whoever deletes his hours need not see notes
        kept = found.filtered(lambda line: line.note_id.state in ("refused", "cancelled"))
        super(TicketingDeliveryNoteLine, kept).write({"timesheet_id": False})  # pylint: disable=super-method-mismatch
        found.filtered(lambda line: line.note_id.state == "draft").unlink()

    def _check_draft(self):
        if frozen := self.note_id.filtered(lambda note: note.state != "draft"):
            raise UserError(self.env._("Delivery note %s can't be changed any more.", ", ".join(frozen.mapped("name"))))

    def _content(self):
        """Return what the customer signs for of this line, in a form that hashes the same for ever."""
        self.ensure_one()
        content = {
            "kind": self.kind,
            "name": self.name,
            "date": self.date and self.date.isoformat(),
            "technician": self.technician or "",
            "serial_numbers": self.lot_names or "",
            "quantity": f"{self.quantity:.6f}",
            "unit": self.uom_id.id,
            "covered": self.covered,
            "cover_reason": self.cover_reason or "",
        }
        if self.note_id.show_prices:
            content |= {
                "price_unit": f"{self.price_unit:.6f}",
                "discount": f"{self.discount:.6f}",
                "taxes": self.tax_names or "",
            }
        return content

    # Delivering

    def _set_done_quantity(self):
        """Book the line's quantity on its stock move, from the technician's place.

        :raises UserError: not enough stock there, or serial numbers missing
        """
        self.ensure_one()
        move = self.move_id.with_context(ticketing_delivering=True)
        quantity = self.uom_id._compute_quantity(self.quantity, move.product_uom)
        if move.product_id.is_storable:
            self._check_stock(move, quantity)
        if move.product_id.tracking == "none":
            move.quantity = quantity
        else:
            self._set_done_lots(move, quantity)
        move.picked = True

    def _check_stock(self, move, quantity):
        place = move.location_id
        free = move.product_id.with_context(location=place.id).free_qty
        available = move.product_id.uom_id._compute_quantity(free, move.product_uom) + move.quantity
        if move.product_uom.compare(quantity, available) > 0:
            raise UserError(
                self.env._(
                    "Not enough %(product)s in %(place)s: %(wanted)g needed, %(available)g available. "
                    "Correct the quantity on the note, or restock the place first.",
                    product=move.product_id.display_name,
                    place=place.display_name,
                    wanted=quantity,
                    available=max(available, 0),
                )
            )

    def _set_done_lots(self, move, quantity):
        # what core reserved is a guess; what somebody picked is not
        lots = (
            self.sale_line_id.used_lot_ids - self._get_other_lots(move) or move.move_line_ids.filtered("picked").lot_id
        )
        by_serial = move.product_id.tracking == "serial"
        if not lots or (by_serial and len(lots) != quantity):
            raise UserError(
                self.env._(
                    "Say which serial numbers of %(product)s were used: %(wanted)g needed, %(given)s given.",
                    product=move.product_id.display_name,
                    wanted=quantity,
                    given=len(lots),
                )
            )
        move.move_line_ids.unlink()
        left = quantity
        for lot in lots:
            free = self._get_free_quantity(move, lot)
            share = 1.0 if by_serial else min(left, free)
            values = move._prepare_move_line_vals(quantity=share)
            self.env["stock.move.line"].create({**values, "lot_id": lot.id, "quantity": share, "picked": True})
            left -= share
        if not by_serial and move.product_uom.compare(left, 0) > 0:
            raise UserError(
                self.env._(
                    "The lots %(lots)s of %(product)s hold %(left)g too few in %(place)s: name another one.",
                    lots=", ".join(lots.mapped("name")),
                    product=move.product_id.display_name,
                    left=left,
                    place=move.location_id.display_name,
                )
            )

    def _get_free_quantity(self, move, lot):
        """Return how much of a lot or serial number can leave the technician's place, in the move's unit.

        :raises UserError: nothing of it is there, or it is reserved for another delivery
        """
        place = move.location_id
        free = self.env["stock.quant"]._get_available_quantity(move.product_id, place, lot_id=lot)
        if move.product_id.uom_id.compare(free, 0) <= 0:
            raise UserError(
                self.env._(
                    "%(lot)s is not in %(place)s, or reserved for another delivery: check the serial number.",
                    lot=lot.name,
                    place=place.display_name,
                )
            )
        return move.product_id.uom_id._compute_quantity(free, move.product_uom)

    def _get_other_lots(self, move):
        """Serial numbers of the same order line that left with an earlier delivery."""
        done = self.sale_line_id.move_ids.filtered(lambda other: other.state == "done" and other != move)
        return done.lot_ids
