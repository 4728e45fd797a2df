from odoo import api, fields, models
from odoo.exceptions import UserError


class TicketingTicketAssetMixin(models.AbstractModel):
    """The unit that a ticket is about: what covers it, whose it is, and the way to its history and device."""

    _name = "ticketing.ticket.asset.mixin"
    _description = "Ticket: Equipment"

    # The desk's alone: they may name another customer.
    asset_summary = fields.Char("Covered by", compute="_compute_asset", groups="base.group_user")
    asset_alert = fields.Char("Whose Equipment", compute="_compute_asset", groups="base.group_user")
    asset_has_remote = fields.Boolean("Has a Remote Session", compute="_compute_asset", groups="base.group_user")

    @api.depends("lot_id", "commercial_partner_id", "contract_id", "warranty_until")
    @api.depends_context("lang")
    def _compute_asset(self):
        """What the unit's own row says: it was read for its name."""
        for ticket, known in zip(self, self.sudo(), strict=True):  # seen with its ticket
            ticket.asset_summary = known._say_cover() if known.lot_id else False
            ticket.asset_alert = known._say_owner()
            ticket.asset_has_remote = bool(known.lot_id.ticketing_remote_url)

    def _say_cover(self):
        """Return warranty and contract in one line."""
        own = self.commercial_partner_id == self.lot_id.ticketing_customer_id
        warranty = self.lot_id._say_warranty() if own else ""
        return " · ".join(
            (
                warranty or self.env._("No warranty known"),
                self.contract_id.display_name or self.env._("Without a contract"),
            )
        )

    def _say_owner(self):
        """Return whose the unit is, if not the ticket's customer's; else nothing."""
        owner = self.lot_id.ticketing_customer_id
        if not owner or owner == self.commercial_partner_id:
            return False
        if not self.partner_id:
            return self.env._("%(unit)s belongs to %(owner)s.", unit=self.lot_id.name, owner=owner.name)
        return self.env._(
            "%(unit)s belongs to %(owner)s, not to the customer of this ticket.",
            unit=self.lot_id.name,
            owner=owner.name,
        )

    @api.onchange("lot_id")
    def _onchange_lot_id(self):
        """A serial number says which product it is, and whose."""
        unit = self.lot_id.sudo()  # its customer, who becomes the ticket's
        if unit:
            self.product_id = unit.product_id
            self.partner_id = self.partner_id or unit._get_ticket_partner().sudo(False)

    def action_take_owner(self):
        """The customer of the unit is the ticket's: somebody whom nobody knows reported it."""
        for ticket in self.filtered(lambda ticket: not ticket.partner_id):
            ticket.partner_id = ticket.sudo().lot_id._get_ticket_partner().sudo(False)  # who may write the ticket

    def action_view_asset(self):
        """Open the unit with its history."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.lot",
            "res_id": self.lot_id.id,
            "views": [(self.env.ref("helpdesk_ticketing.stock_lot_view_form").id, "form")],
        }

    def action_view_device(self):
        """Show what is known of the device, over the ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Device of %s", self.lot_id.name),
            "res_model": "stock.lot",
            "res_id": self.lot_id.id,
            "views": [(self.env.ref("helpdesk_ticketing.stock_lot_view_form_device").id, "form")],
            "target": "new",
        }

    def action_remote_session(self):
        """Open a session on the unit in a new tab; the ticket's history says who did."""
        self.ensure_one()
        self.check_access("write")
        if not self.lot_id:
            raise UserError(self.env._("Ticket %s names no serial number.", self.display_name))
        action = self.lot_id._open_remote()
        self._message_log(body=self.env._("Remote session opened with %s", self.lot_id.display_name))
        return action
