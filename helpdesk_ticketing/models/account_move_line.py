from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    billing_request_id = fields.Many2one(
        "ticketing.billing.request",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Whose work the line bills, where several delivery notes share an invoice.",
    )

    def _copy_data_extend_business_fields(self, values):
        """Credit notes, and invoices that replace others, are about the same work."""
        super()._copy_data_extend_business_fields(values)
        values["billing_request_id"] = self.billing_request_id.id

    def _get_quantities(self):
        """Return {sale.order.line: quantity in its unit} that these lines bill."""
        quantities = {}
        for line in self:
            for sale_line in line.sale_line_ids[:1]:
                quantity = line.product_uom_id._compute_quantity(line.quantity, sale_line.product_uom_id, round=False)
                quantities[sale_line] = quantities.get(sale_line, 0.0) + quantity
        return quantities

    def _get_source(self):
        """Return the request whose work the line bills; what somebody typed in belongs to the section it stands in."""
        line = self.sudo()  # who reads invoices need not see the helpdesk
        requests = line.move_id.billing_request_ids
        only = requests if len(requests) == 1 else requests.browse()
        return line.billing_request_id or line._get_section().billing_request_id or only

    def _get_source_text(self):
        """Return the title under which the line stands on an invoice that several delivery notes share."""
        section = self.sudo()._get_section()  # as above
        return section.name if section.billing_request_id else False

    def _get_section(self):
        parent = self.parent_id
        return parent.parent_id if parent.display_type == "line_subsection" else parent
