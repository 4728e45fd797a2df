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
        # Only of which website it is, and only asked for: what is read as superuser stays in the cache, from where a title
        # would be taken for an address although the visitor may not read it.
        records = request.env[record._name].sudo().with_context(active_test=False)
        elsewhere = [("id", "in", record.ids), ("website_id", "not in", (False, request.website_routing))]
        return not records.search_count(elsewhere, limit=1)
