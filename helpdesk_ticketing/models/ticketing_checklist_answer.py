from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import formatLang

VALUE_LENGTH = 2000


class TicketingChecklistAnswer(models.Model):
    """A question of the type's checklist on a ticket, and what was answered, by whom and when."""

    _name = "ticketing.checklist.answer"
    _description = "Checklist Answer"
    _order = "ticket_id, sequence, id"
    _rec_name = "item_id"

    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True, ondelete="cascade")
    item_id = fields.Many2one(
        "ticketing.checklist.item", "To Check", required=True, readonly=True, index=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="item_id.sequence", store=True)
    kind = fields.Selection(related="item_id.kind", string="Kind of Answer")
    help = fields.Char(related="item_id.help")
    required = fields.Boolean(related="item_id.required")
    done = fields.Boolean()
    value = fields.Char("Answer")
    answered = fields.Boolean(compute="_compute_answered", store=True, precompute=True)
    user_id = fields.Many2one("res.users", "By", readonly=True)
    answered_on = fields.Datetime("On", readonly=True)

    _item_unique = models.UniqueIndex("(ticket_id, item_id)", "This was asked on the ticket already.")

    @api.depends("done", "value", "item_id.kind")
    def _compute_answered(self):
        for answer in self:
            answer.answered = answer.done if answer.kind == "check" else bool(answer.value)

    @api.constrains("value")
    def _check_value(self):
        for answer in self:
            if answer.kind == "number" and answer.value and answer._read_number() is None:
                raise ValidationError(
                    self.env._(
                        "%(question)s: '%(answer)s' is no number.", question=answer.item_id.name, answer=answer.value
                    )
                )
            if len(answer.value or "") > VALUE_LENGTH:
                raise ValidationError(self.env._("%s: the answer is too long.", answer.item_id.name))

    def _read_number(self):
        """Return the number that somebody has typed, or None; a comma is a point."""
        text = self.value.strip().replace(",", ".")
        try:
            number = float(text)
        except ValueError:
            return None
        return number if abs(number) < 1e15 and "_" not in text else None

    @api.model_create_multi
    def create(self, vals_list):
        self._check_step()
        return super().create(vals_list)

    def write(self, vals):
        if not {"done", "value"} & vals.keys():
            self._check_step()
            return super().write(vals)
        self.ticket_id.check_access("write")
        if vals.keys() - {"done", "value"}:
            self._check_step()
        return super().write({**vals, "user_id": self.env.uid, "answered_on": fields.Datetime.now()})

    def _check_step(self):
        """Questions come from the type, and who answered follows from who answers.

        :raises UserError: not one of the steps, which run as superuser
        """
        if not self.env.su:
            raise UserError(self.env._("The checklist of a ticket follows from its type: only its answers are yours."))

    def _say(self):
        """Return the answer as people read it."""
        self.ensure_one()
        if self.kind == "number" and self.value:
            number = self._read_number()
            return formatLang(self.env, number, digits=0 if number == int(number) else 2)
        return self.value or ""
