from odoo import fields, models


class TicketingType(models.Model):
    _name = "ticketing.type"
    _description = "Ticket Type"
    _inherit = ["ticketing.sla.condition.mixin"]
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    team_ids = fields.Many2many("ticketing.team", string="Teams", help="Teams that use this type. Empty: every team.")
    item_ids = fields.One2many("ticketing.checklist.item", "type_id", "Checklist", copy=True)
