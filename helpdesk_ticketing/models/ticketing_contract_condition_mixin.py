from odoo import api, models
from odoo.exceptions import UserError

# Where contracts name what they are for and what they cover.
NAMED = {
    "ticketing.contract": ("team_ids", "product_ids", "lot_ids", "call_out_product_id"),
    "ticketing.contract.material": ("product_id", "categ_id", "lot_id"),
}


class TicketingContractConditionMixin(models.AbstractModel):
    """What contracts name can't be deleted: without the last of it they would be for everything, or cover everything."""

    _name = "ticketing.contract.condition.mixin"
    _description = "What a Contract is Limited to"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_contract(self):
        contracts = self.env["ticketing.contract"].sudo()  # of all companies, whoever deletes
        for model_name, names in NAMED.items():
            Model = contracts.env[model_name].with_context(active_test=False)
            for name in names:
                if Model._fields[name].comodel_name == self._name:
                    found = Model.search([(name, "in", self.ids)])
                    contracts |= found if model_name == contracts._name else found.contract_id
        if contracts:
            raise UserError(
                self.env._(
                    "%(names)s can't be deleted: contracts name it (%(contracts)s). Archive it, or take it out of them first.",
                    names=", ".join(self.mapped("display_name")),
                    contracts=", ".join(contracts.mapped("display_name")),
                )
            )
