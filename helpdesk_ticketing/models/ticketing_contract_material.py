from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TicketingContractMaterial(models.Model):
    """Material that a contract covers; all that is filled in must fit."""

    _name = "ticketing.contract.material"
    _description = "Covered Material"
    _order = "contract_id, sequence, id"

    contract_id = fields.Many2one("ticketing.contract", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    # Nothing of it can be deleted: what is left of the row would cover everything.
    product_id = fields.Many2one("product.product", domain=[("type", "=", "consu")], ondelete="restrict")
    categ_id = fields.Many2one(
        "product.category",
        "Product Category",
        ondelete="restrict",
        help="With all that is below it. Products without a category are in none.",
    )
    lot_id = fields.Many2one(
        "stock.lot", "For the Unit", ondelete="restrict", help="Material that is fitted into this serial number."
    )

    @api.constrains("contract_id", "product_id", "categ_id", "lot_id")
    def _check_filled(self):
        for row in self:
            if not (row.product_id or row.categ_id or row.lot_id):
                raise ValidationError(
                    self.env._("Say which material is covered: a product, a product category or a serial number.")
                )

    @api.constrains("product_id", "categ_id")
    def _check_covers_something(self):
        for row in self.filtered(lambda row: row.product_id and row.categ_id):
            if not row._includes(row.product_id, row.lot_id):
                raise ValidationError(
                    self.env._(
                        "%(product)s is not in the category %(category)s: this row would cover nothing. Choose the product "
                        "or the category alone, or correct the product's category.",
                        product=row.product_id.display_name,
                        category=row.categ_id.display_name,
                    )
                )

    def _includes(self, product, lot):
        """Tell whether material is covered.

        :param product: product.product that is used; without a category it is in none
        :param lot: stock.lot of the unit it is fitted into, maybe empty
        """
        self.ensure_one()
        path = product.categ_id.parent_path or ""
        return (
            (not self.product_id or self.product_id == product)
            and (not self.categ_id or path.startswith(self.categ_id.parent_path))
            and (not self.lot_id or self.lot_id == lot)
        )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.contract_id._on_changed({"material_ids"})
        return rows

    def write(self, vals):
        before = self.contract_id
        result = super().write(vals)
        (before | self.contract_id)._on_changed({"material_ids"})
        return result

    def unlink(self):
        contracts = self.contract_id
        result = super().unlink()
        contracts.exists()._on_changed({"material_ids"})
        return result
