from odoo import api, fields, models

from .ticketing_stage import SOLVED_KINDS

DESK = "helpdesk_ticketing.group_user_own"


class TicketingAssetHistoryMixin(models.AbstractModel):
    """What happened to a unit: tickets, delivery notes, parts put in, deliveries. Each as far as the user may see it."""

    _name = "ticketing.asset.history.mixin"
    _description = "Equipment: History"

    ticketing_ticket_ids = fields.One2many("ticketing.ticket", "lot_id", "Tickets", groups=DESK)
    ticketing_open_count = fields.Integer("Open Tickets", compute="_compute_ticketing_open_count", groups=DESK)
    ticketing_ticket_count = fields.Integer("All Tickets", compute="_compute_ticketing_history", groups=DESK)
    ticketing_note_ids = fields.Many2many(
        "ticketing.delivery.note", string="Delivery Notes", compute="_compute_ticketing_history", groups=DESK
    )
    ticketing_note_count = fields.Integer("Number of Delivery Notes", compute="_compute_ticketing_history", groups=DESK)
    ticketing_part_ids = fields.Many2many(
        "sale.order.line", string="Parts", compute="_compute_ticketing_history", groups=DESK
    )
    ticketing_picking_count = fields.Integer("Deliveries", compute="_compute_ticketing_picking_count", groups=DESK)

    @api.depends("ticketing_ticket_ids.stage_kind")
    @api.depends_context("uid")
    def _compute_ticketing_open_count(self):
        counts = dict(
            self.env["ticketing.ticket"]._read_group(
                [("lot_id", "in", self.ids), ("stage_kind", "not in", SOLVED_KINDS)], ["lot_id"], ["__count"]
            )
        )
        for asset in self:
            asset.ticketing_open_count = counts.get(asset, 0)

    @api.depends("ticketing_ticket_ids")
    @api.depends_context("uid")
    def _compute_ticketing_history(self):
        """Three queries, whatever the number of units."""
        tickets = self.env["ticketing.ticket"].search_fetch([("lot_id", "in", self.ids)], ["lot_id"])
        of_tickets = [("ticket_id", "in", tickets.ids)]
        notes = self.env["ticketing.delivery.note"].search_fetch(of_tickets, ["ticket_id"])
        parts = self.env["sale.order.line"].search_fetch(
            [*of_tickets, ("display_type", "=", False), ("product_id.type", "=", "consu")], ["ticket_id"]
        )
        by_asset = tickets.grouped("lot_id")
        for asset in self:
            own = set(by_asset.get(asset._origin, tickets.browse())._ids)
            asset.ticketing_ticket_count = len(own)
            asset.ticketing_note_ids = notes.filtered(lambda note, own=own: note.ticket_id.id in own)
            asset.ticketing_note_count = len(asset.ticketing_note_ids)
            asset.ticketing_part_ids = parts.filtered(lambda line, own=own: line.ticket_id.id in own)

    @api.depends_context("uid")
    def _compute_ticketing_picking_count(self):
        pickings = self._get_ticketing_pickings()
        for asset in self:
            asset.ticketing_picking_count = len(pickings.get(asset._origin.id, ()))

    def _get_ticketing_pickings(self):
        """Return {unit id: ids of its deliveries and returns}, as far as the user may see them."""
        moved = {}
        for line in self._origin._get_customer_moves():
            if line.picking_id:
                moved.setdefault(line.lot_id.id, set()).add(line.picking_id.id)
        pickings = self.env["stock.picking"].browse(set().union(*moved.values()))
        seen = set(pickings._filtered_access("read")._ids)
        return {asset_id: ids & seen for asset_id, ids in moved.items()}

    def action_ticketing_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
        return {
            **action,
            "display_name": self.env._("Tickets of %s", self.name),
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": [("lot_id", "=", self.id)],
            "context": {
                "default_lot_id": self.id,
                "default_product_id": self.product_id.id,
                "default_partner_id": self._get_ticket_partner().id,
            },
        }

    def action_ticketing_new_ticket(self):
        return {
            **self.action_ticketing_tickets(),
            "display_name": self.env._("New Ticket"),
            "views": [(False, "form")],
        }

    def action_ticketing_notes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_delivery_note_action")
        return {**action, "domain": [("ticket_id.lot_id", "=", self.id)], "context": {"create": False}}

    def action_ticketing_pickings(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliveries"),
            "res_model": "stock.picking",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", list(self._get_ticketing_pickings().get(self.id, ())))],
            "context": {"create": False},
        }
