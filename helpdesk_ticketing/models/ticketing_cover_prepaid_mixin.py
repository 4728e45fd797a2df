from odoo import api, fields, models


class TicketingCoverPrepaidMixin(models.AbstractModel):
    """Hours that are sold in advance: the confirmed order adds them to the customer's contract."""

    _name = "ticketing.cover.prepaid.mixin"
    _description = "Sale of Prepaid Hours"

    def _top_up_contracts(self):
        """Add what these lines sell to the contracts of prepaid hours, once; without a contract the order says so."""
        topups = self.env["ticketing.contract.topup"].sudo()  # who sells need not see contracts
        known = topups.search([("sale_line_id", "in", self.ids)]).sale_line_id
        for line in self - known:
            contract = line._get_prepaid_contract()
            if not contract:
                line.order_id.message_post(
                    body=self.env._(
                        "%(customer)s has no contract of prepaid hours: make one and add the hours of %(product)s there.",
                        customer=line.order_id.partner_id.commercial_partner_id.display_name,
                        product=line.product_id.display_name,
                    ),
                    subtype_xmlid="mail.mt_note",
                )
                continue
            topups.create(line._prepare_topup(contract))

    @api.model
    def _get_prepaid_contract(self):
        """Return the customer's active contract of prepaid hours: the one that ends first."""
        contracts = self.env["ticketing.contract"].sudo()  # as above
        return contracts.search(
            [
                ("partner_id", "in", self.order_id.partner_id._get_group().ids),
                ("company_id", "=", self.company_id.id),
                ("allowance", "=", "prepaid"),
                ("state", "=", "active"),
            ],
            order="date_end, id",
            limit=1,
        )

    def _prepare_topup(self, contract):
        self.ensure_one()
        quantity = self.product_uom_id._compute_quantity(self.product_uom_qty, self.product_id.uom_id)
        return {
            "contract_id": contract.id,
            "date": fields.Date.context_today(self),
            "hours": quantity * self.product_id.ticketing_prepaid_hours,
            "name": f"{self.order_id.name}: {self.product_id.display_name}",
            "sale_line_id": self.id,
        }
