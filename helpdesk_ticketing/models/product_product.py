from odoo import models


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "ticketing.sla.condition.mixin", "ticketing.contract.condition.mixin"]
