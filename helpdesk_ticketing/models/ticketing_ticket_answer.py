from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, formatLang

from .ticketing_ticket_field import FIELD_KINDS


class TicketingTicketAnswer(models.Model):
    """What the customer answered to a question of the form, with the question as he read it."""

    _name = "ticketing.ticket.answer"
    _description = "Answer of the Customer's Form"
    _order = "sequence, id"
    _rec_name = "label"

    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True, index=True, ondelete="cascade")
    field_id = fields.Many2one("ticketing.ticket.field", "Asked by", readonly=True, index="btree_not_null")
    sequence = fields.Integer(readonly=True)
    label = fields.Char("What was Asked", required=True, readonly=True)
    kind = fields.Selection(FIELD_KINDS, "Kind of Answer", required=True, readonly=True)
    value = fields.Text("Answer as Sent", required=True, readonly=True)
    said = fields.Text("Answer", compute="_compute_said")

    @api.depends("kind", "value")
    @api.depends_context("lang")
    def _compute_said(self):
        for answer in self:
            answer.said = answer._say()

    def _say(self):
        """Return the answer as people read it: dates and numbers in the reader's language."""
        self.ensure_one()
        if self.kind == "boolean":
            return self.env._("Yes") if self.value == "yes" else self.env._("No")
        if self.kind == "date":
            return format_date(self.env, self.value)
        if self.kind in ("integer", "float"):
            number = float(self.value)
            decimals = len(self.value.partition(".")[2]) if "e" not in self.value else 2
            return formatLang(self.env, number, digits=decimals)
        return self.value

    @api.model_create_multi
    def create(self, vals_list):
        self._check_step()
        return super().create(vals_list)

    def write(self, vals):
        self._check_step()
        return super().write(vals)

    def _check_step(self):
        """What the customer has said is his: nobody changes it.

        :raises UserError: not the form, which runs as superuser
        """
        if not self.env.su:
            raise UserError(self.env._("The customer's answers stay as he sent them: write what you found in a note."))
