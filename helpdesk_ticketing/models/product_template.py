from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache


class ProductTemplate(models.Model):
    _inherit = "product.template"

    ticketing_warranty_months = fields.Integer(
        "Warranty (months)", help="From the delivery of the serial number to the customer. 0: none."
    )
    ticketing_warranty_labour = fields.Boolean(
        "Warranty Covers Labour", default=True, help="Else it covers material alone."
    )
    ticketing_prepaid_hours = fields.Float(
        "Prepaid Hours", help="What each unit sold adds to the customer's contract of prepaid hours."
    )
    ticketing_progress_template_id = fields.Many2one(
        "ticketing.progress.template",
        "Billing Plan",
        help="How it is usually paid for, when a quotation plans its billing by progress.",
    )

    _warranty_not_negative = models.Constraint(
        "CHECK (ticketing_warranty_months >= 0)", "A warranty can't end before the delivery: enter its months, or 0."
    )
    _prepaid_not_negative = models.Constraint(
        "CHECK (ticketing_prepaid_hours >= 0)", "Prepaid hours can't be negative: enter what each unit sold adds, or 0."
    )

    @api.constrains("ticketing_prepaid_hours", "invoice_policy")
    def _check_prepaid(self):
        for product in self:
            if product.ticketing_prepaid_hours and product.invoice_policy != "order":
                raise ValidationError(
                    self.env._(
                        "%s sells hours in advance: set its invoicing policy to 'Ordered quantities', so that they are paid "
                        "before they are used.",
                        product.display_name,
                    )
                )

    @api.model
    @ormcache(cache="stable")
    def _has_warranties(self):
        """Tell whether any product or unit has a warranty: without one nobody asks for deliveries."""
        products = self.sudo().with_context(active_test=False)  # the same for whoever asks
        return bool(
            products.search_count([("ticketing_warranty_months", ">", 0)], limit=1)
            or products.env["stock.lot"].search_count([("ticketing_manual_warranty_until", "!=", False)], limit=1)
        )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("ticketing_warranty_months") for vals in vals_list):
            self.env.registry.clear_cache("stable")
        return super().create(vals_list)

    def write(self, vals):
        if "ticketing_warranty_months" in vals:
            self.env.registry.clear_cache("stable")
        return super().write(vals)
