from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# What a ticket must fit: if it changes, open tickets are matched again.
SCOPE_FIELDS = {
    "partner_id",
    "company_id",
    "team_ids",
    "product_ids",
    "lot_ids",
    "date_start",
    "date_end",
    "confirmed",
    "cancelled_on",
}


class TicketingContractOverlapMixin(models.AbstractModel):
    """Several contracts of one customer: which one a ticket gets where more than one fits.

    The one that names its serial number, its product, its team, else the later one (``Scope.get_rank`` decides so). Two
    for exactly the same tickets and days are refused: nobody could say why one of them was taken.
    """

    _name = "ticketing.contract.overlap.mixin"
    _description = "Contract: Others of the Customer"

    overlap_note = fields.Text("Other Contracts", compute="_compute_overlap_note")

    @api.depends(*SCOPE_FIELDS)
    @api.depends_context("lang")
    def _compute_overlap_note(self):
        for contract in self:
            others = contract._get_overlapping()
            contract.overlap_note = "\n".join(map(contract._say_overlap, others)) or False

    @api.constrains(*SCOPE_FIELDS)
    def _check_overlap(self):
        """Of two contracts for the same tickets at the same time nobody could say which one covers."""
        for contract in self.filtered("confirmed"):
            others = self.search(
                [
                    ("id", "!=", contract.id),
                    ("company_id", "=", contract.company_id.id),
                    ("partner_id", "=", contract.partner_id.id),
                    ("confirmed", "=", True),
                ]
            )
            for other in others:
                if contract._overlaps(other):
                    raise ValidationError(
                        self.env._(
                            "%(contract)s is for the same tickets and days as %(other)s: change its dates, or say for which "
                            "teams or equipment it is.",
                            contract=contract.display_name,
                            other=other.display_name,
                        )
                    )

    def _overlaps(self, other):
        self.ensure_one()
        same_scope = all(self[name] == other[name] for name in ("team_ids", "product_ids", "lot_ids"))
        return same_scope and self._shares_days(other)

    def _get_overlapping(self):
        """Return the customer's confirmed contracts that some tickets fit as well as this one."""
        self.ensure_one()
        if not (self.partner_id and self.date_start):
            return self.browse()
        found = self.search(
            [
                ("id", "!=", self._origin.id),
                ("company_id", "=", self.company_id.id),
                ("confirmed", "=", True),
                "|",
                ("partner_id", "in", self.partner_id._get_group().ids),
                ("partner_id", "child_of", self.partner_id.commercial_partner_id.ids),
            ]
        )
        return found.filtered(lambda other: self._shares_days(other) and self._shares_tickets(other))

    def _shares_days(self, other):
        mine, its = self._get_last_day() or date.max, other._get_last_day() or date.max
        return max(self.date_start, other.date_start) <= min(mine, its)

    def _shares_tickets(self, other):
        """Tell whether a ticket can be of a team and about equipment of both."""
        if self.team_ids and other.team_ids and not self.team_ids & other.team_ids:
            return False
        if not self._get_closeness()[0] or not other._get_closeness()[0]:
            return True
        return bool(
            self.lot_ids & other.lot_ids
            or (self.product_ids | self.lot_ids.product_id) & other.product_ids
            or self.product_ids & other.lot_ids.product_id
        )

    def _get_closeness(self):
        """Return how closely the contract says what it is for: of two that fit a ticket, the greater one applies."""
        self.ensure_one()
        equipment = 2 if self.lot_ids else int(bool(self.product_ids))
        return equipment, bool(self.team_ids), self.date_start, self._origin.id

    def _say_overlap(self, other):
        mine, its = self._get_closeness(), other._get_closeness()
        is_mine = mine[:3] >= its[:3] if not mine[3] else mine > its  # what is not saved yet will be the later one
        values = {"other": other.display_name, "taken": self.env._("this one") if is_mine else other.display_name}
        if mine[0] != its[0]:
            if 2 in (mine[0], its[0]):
                return self.env._("Where %(other)s fits, too, %(taken)s applies: it names the unit.", **values)
            return self.env._("Where %(other)s fits, too, %(taken)s applies: it names the equipment.", **values)
        if mine[1] != its[1]:
            return self.env._("Where %(other)s fits, too, %(taken)s applies: it names the team.", **values)
        return self.env._("Where %(other)s fits, too, %(taken)s applies: it is the later one.", **values)
