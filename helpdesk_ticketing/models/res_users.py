from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    ticketing_location_id = fields.Many2one(
        "stock.location",
        string="Van",
        company_dependent=True,
        domain=[("usage", "=", "internal")],
        help="Stock location of the technician's van: the material of his tickets leaves stock from here. "
        "Empty: from his default warehouse.",
    )

    ticketing_team_ids = fields.Many2many(
        "ticketing.team",
        string="Ticketing Teams",
        context={"active_test": False},
        help="Teams of which he is a member.",
    )

    ticketing_introduced = fields.Boolean(
        "Knows the Portal", copy=False, help="He has read or closed the introduction to his tickets on the portal."
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["ticketing_location_id"]

    def _get_material_location(self, company):
        """Return the location from which this technician takes material (empty recordset if none is set).

        :param company: res.company whose stock is used
        """
        self.ensure_one()
        user = self.sudo().with_company(company)  # a colleague's van may be looked up, nothing else is returned
        return (user.ticketing_location_id or user.property_warehouse_id.lot_stock_id).sudo(False)

    def write(self, vals):
        if "ticketing_team_ids" in vals:
            self.env.registry.clear_cache()  # the record rules remember whose member a user is
        return super().write(vals)
