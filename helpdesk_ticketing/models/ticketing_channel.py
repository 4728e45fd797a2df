from odoo import api, fields, models
from odoo.tools import ormcache


class TicketingChannel(models.Model):
    """How a request reached the desk: mail, portal, phone..."""

    _name = "ticketing.channel"
    _description = "Intake Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [
            ("email", "Email"),
            ("portal", "Portal"),
            ("phone", "Phone"),
            ("chat", "Chat"),
            ("onsite", "On-site"),
            ("monitoring", "Monitoring"),
            ("api", "API"),
            ("social", "Social Network"),
        ],
        required=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex("(code) WHERE active IS TRUE", "There is already an active channel of this kind.")

    def _get_by_code(self, code):
        """Return the active channel of a kind (empty recordset when it was archived)."""
        return self.browse(self._get_id_by_code(code) or [])

    @ormcache("code")
    def _get_id_by_code(self, code):
        """Every new ticket asks: kept until a channel changes."""
        return self.sudo().search([("code", "=", code)], limit=1).id

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
