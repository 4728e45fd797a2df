from odoo import api, fields, models, tools


class TicketingChannel(models.Model):
    """How a request reached the desk: mail, portal, phone..."""

    _name = "ticketing.channel"
    _description = "Intake Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [
            ("email", "E-mail"),
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
        return self.browse(self._get_ids_by_code().get(code))

    @api.model
    @tools.ormcache()
    def _get_ids_by_code(self):
        return {channel.code: channel.id for channel in self.sudo().search([])}  # portal users can't read channels

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
