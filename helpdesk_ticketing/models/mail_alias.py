from odoo import api, models, tools


class MailAlias(models.Model):
    _inherit = "mail.alias"

    @api.model
    @tools.ormcache()
    def _get_ticketing_names(self):
        """Return the local parts of the addresses whose mail becomes tickets."""
        aliases = self.sudo().search([("alias_model_id.model", "=", "ticketing.ticket"), ("alias_name", "!=", False)])
        return frozenset(alias.alias_name.lower() for alias in aliases)

    @api.model_create_multi
    def create(self, vals_list):
        aliases = super().create(vals_list)
        self.env.registry.clear_cache()
        return aliases

    def write(self, vals):
        result = super().write(vals)
        if {"alias_name", "alias_model_id"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _alias_bounce_incoming_email(self, message, message_dict, set_invalid=True):
        """What the journal keeps for another try is neither refused nor a fault of the address."""
        if set_invalid and self.env.context.get("ticketing_mail"):
            return None
        return super()._alias_bounce_incoming_email(message, message_dict, set_invalid=set_invalid)
