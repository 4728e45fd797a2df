from random import randint

from odoo import fields, models


class TicketingTag(models.Model):
    _name = "ticketing.tag"
    _description = "Ticket Tag"
    _inherit = ["ticketing.sla.condition.mixin"]
    _order = "name"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer(default=lambda self: randint(1, 11))

    _name_unique = models.Constraint("UNIQUE (name)", "A tag with this name already exists.")
