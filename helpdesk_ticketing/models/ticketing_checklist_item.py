from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from .ticketing_stage import SOLVED_KINDS

ITEM_KINDS = [("check", "Tick"), ("number", "Number"), ("text", "Text")]


class TicketingChecklistItem(models.Model):
    """Something to be done, measured or told on each ticket of a type."""

    _name = "ticketing.checklist.item"
    _description = "Checklist Item"
    _order = "type_id, sequence, id"

    type_id = fields.Many2one("ticketing.type", "Ticket Type", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char("To Check", required=True, translate=True)
    help = fields.Char(
        "Explanation", translate=True, help="How it is done or measured, for who does it the first time."
    )
    kind = fields.Selection(ITEM_KINDS, "Answer", default="check", required=True)
    required = fields.Boolean(help="Without an answer the ticket can be neither solved nor made ready to sign.")

    @api.model
    @ormcache()
    def _get_types(self):
        """Return the ids of the types that have a checklist: most have none, and their tickets ask for nothing."""
        return frozenset(type_.id for (type_,) in self.sudo()._read_group([], ["type_id"]))

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        self.env.registry.clear_cache()
        items._ask_open_tickets()
        return items

    def write(self, vals):
        if {"type_id", "kind"} & vals.keys():
            self._check_unanswered()
        result = super().write(vals)
        if {"type_id", "active"} & vals.keys():
            self.env.registry.clear_cache()
            self._ask_open_tickets()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_answered(self):
        self._check_unanswered()

    def unlink(self):
        self.env["ticketing.checklist.answer"].sudo().search(  # who may delete the question may delete its empty lines
            [("item_id", "in", self.ids), ("answered", "=", False)]
        ).unlink()
        self.env.registry.clear_cache()
        return super().unlink()

    def _check_unanswered(self):
        """What was answered stays the question that was answered.

        :raises UserError: says which one
        """
        answers = self.env["ticketing.checklist.answer"].sudo()  # of all tickets, whoever sees them
        if answered := answers.search([("item_id", "in", self.ids), ("answered", "=", True)], limit=1):
            raise UserError(
                self.env._(
                    "'%s' was answered on tickets already: archive it, and make another one.", answered.item_id.name
                )
            )

    def _ask_open_tickets(self):
        """Put new questions to the tickets that are being worked on, too."""
        tickets = (
            self.env["ticketing.ticket"]
            .sudo()  # of all teams and companies, whoever sets up the type
            .search([("type_id", "in", self.type_id.ids), ("stage_kind", "not in", SOLVED_KINDS)])
        )
        tickets._follow_checklist()
