from odoo import models
from odoo.http import request

NO_RECORD = 2**31 - 1  # the greatest identifier that there can be


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _match(cls, path):
        """Take what another website shows, and what no record can be, for a record that is not there.

        Core refuses the first one, too, but only after it has put its title into a clean address, to which it leads or
        which stands in the page that says "not found"; the second is an error there.
        """
        rule, arguments = super()._match(path)
        for name, record in arguments.items():
            if isinstance(record, models.BaseModel) and not cls._is_on_website(record):
                arguments[name] = record.browse(NO_RECORD)
        return rule, arguments

    @classmethod
    def _is_on_website(cls, record):
        """Tell whether a record of an address can be on this website. What else forbids it, its rules say later."""
        if not record or not hasattr(record, "can_access_from_current_website"):
            return bool(record)
        found = request.env[record._name].sudo().browse(record.ids).exists()  # only of which website it is
        return all(each.website_id.id in (False, request.website_routing) for each in found)
