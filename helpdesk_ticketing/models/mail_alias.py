from odoo import api, models, tools


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    @api.model
    def _find_aliases(self, email_list):
        """Core asks for the same addresses of a message half a dozen times: for the desk's mail once is enough."""
        mail = self.env.context.get("ticketing_mail")
        if not mail:
            return super()._find_aliases(email_list)
        unknown = [address for address in email_list if address and address not in mail.aliases]
        if unknown:
            unknown += [address for address in mail.get_addresses() if address not in mail.aliases]
            found = set(super()._find_aliases(unknown))
            mail.aliases.update({address: address in found for address in unknown})
        return [address for address in email_list if mail.aliases.get(address)]


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
