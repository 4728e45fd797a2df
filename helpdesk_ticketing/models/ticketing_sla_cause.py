from odoo import fields, models


class TicketingSlaCause(models.Model):
    """Why a promise does not hold for a ticket: what the contract says we do not answer for."""

    _name = "ticketing.sla.cause"
    _description = "Cause of an SLA Exclusion"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True, help="When this cause applies: shown to whoever excludes a ticket.")

    voids_warranty = fields.Boolean("Not Covered by Warranty", help="As misuse, or work of others on the unit.")

    _name_unique = models.Constraint("UNIQUE (name)", "There is such a cause already.")
