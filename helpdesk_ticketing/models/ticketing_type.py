from odoo import api, fields, models


class TicketingType(models.Model):
    _name = "ticketing.type"
    _description = "Ticket Type"
    _inherit = ["ticketing.sla.condition.mixin"]
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    team_ids = fields.Many2many("ticketing.team", string="Teams", help="Teams that use this type. Empty: every team.")
    field_ids = fields.One2many("ticketing.ticket.field", "type_id", "Customer's Form", copy=True)
    field_summary = fields.Char("In Words", compute="_compute_field_summary")
    item_ids = fields.One2many("ticketing.checklist.item", "type_id", "Checklist", copy=True)

    @api.depends("field_ids.name", "field_ids.required", "field_ids.active")
    @api.depends_context("lang")
    def _compute_field_summary(self):
        """Read the form back, so that who sets it up sees how much it asks."""
        for kind in self:
            asked = kind.field_ids.filtered("active")
            must = ", ".join(filter(None, asked.filtered("required").mapped("name")))
            may = ", ".join(filter(None, asked.filtered(lambda field: not field.required).mapped("name")))
            if must and may:
                kind.field_summary = self.env._(
                    "The customer must tell: %(must)s. He may tell: %(may)s.", must=must, may=may
                )
            elif must:
                kind.field_summary = self.env._("The customer must tell: %s.", must)
            elif may:
                kind.field_summary = self.env._("The customer may tell: %s.", may)
            else:
                kind.field_summary = self.env._(
                    "The customer is asked for a subject and what happened, and nothing else."
                )
