from odoo import api, models
from odoo.exceptions import UserError

# Fields of a policy that say for whom it is; an empty one means everybody.
CONDITIONS = ("team_ids", "type_ids", "tag_ids", "product_ids", "partner_ids")


class TicketingSlaConditionMixin(models.AbstractModel):
    """What a policy may be limited to: as long as it is limited to nothing else, it can't be deleted.

    Without its last team, tag, customer... the policy would promise the same to everybody.
    """

    _name = "ticketing.sla.condition.mixin"
    _description = "What an SLA Policy is Limited to"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sla_condition(self):
        policies = self.env["ticketing.sla.policy"].sudo()  # of all companies, whoever deletes
        for name in CONDITIONS:
            if policies._fields[name].comodel_name == self._name:
                found = policies.with_context(active_test=False).search([(name, "in", self.ids)])
                if limited := found.filtered(lambda policy, name=name: policy[name] <= self):
                    raise UserError(
                        self.env._(
                            "%(names)s can't be deleted: the SLA policies %(policies)s would then hold for every ticket. "
                            "Limit these policies to something else first.",
                            names=", ".join((limited[name] & self).mapped("display_name")),
                            policies=", ".join(limited.mapped("name")),
                        )
                    )
