from odoo import api, fields, models
from odoo.exceptions import UserError


class TicketingContractTopup(models.Model):
    """Hours that a customer has paid in advance."""

    _name = "ticketing.contract.topup"
    _description = "Prepaid Hours"
    _order = "contract_id, date, id"

    contract_id = fields.Many2one("ticketing.contract", required=True, index=True, ondelete="cascade")
    date = fields.Date(required=True, default=fields.Date.context_today)
    hours = fields.Float(required=True)
    name = fields.Char("Description")
    sale_line_id = fields.Many2one("sale.order.line", "Sold with", readonly=True, ondelete="restrict")

    order_id = fields.Many2one(related="sale_line_id.order_id", store=True, index="btree_not_null")

    _hours_positive = models.Constraint("CHECK (hours > 0)", "Prepaid hours must be more than nothing.")
    _once = models.UniqueIndex(
        "(sale_line_id) WHERE sale_line_id IS NOT NULL", "This order has topped the contract up already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        topups = super().create(vals_list)
        topups.contract_id._on_changed({"topup_ids"})
        return topups

    def write(self, vals):
        if self.sale_line_id and {"hours", "contract_id"} & vals.keys() and not self.env.su:
            raise UserError(self.env._("These hours were sold: correct their sale order instead."))
        before = self.contract_id
        result = super().write(vals)
        (before | self.contract_id)._on_changed({"topup_ids"})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sold(self):
        if self.sale_line_id and not self.env.su:
            raise UserError(self.env._("These hours were sold: cancel their sale order instead."))

    def unlink(self):
        contracts = self.contract_id
        result = super().unlink()
        contracts.exists()._on_changed({"topup_ids"})
        return result
