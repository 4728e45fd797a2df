from odoo import fields, models
from odoo.exceptions import UserError

# What the customer signs for.
FROZEN_FIELDS = {"quantity", "product_id", "product_uom", "product_uom_qty", "sale_line_id", "lot_ids"}


class StockMove(models.Model):
    _inherit = "stock.move"

    note_id = fields.Many2one(
        "ticketing.delivery.note", string="Delivery Note", index="btree_not_null", readonly=True, copy=False
    )

    def write(self, vals):
        if FROZEN_FIELDS.intersection(vals):
            self._check_not_frozen()
        return super().write(vals)

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


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def write(self, vals):
        if {"quantity", "product_id", "product_uom_id", "lot_id", "lot_name", "move_id"}.intersection(vals):
            self.move_id._check_not_frozen()
        return super().write(vals)
