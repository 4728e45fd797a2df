from odoo import api, fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    ticket_id = fields.Many2one(related="sale_id.ticket_id", store=True, index="btree_not_null")
    note_ids = fields.Many2many("ticketing.delivery.note", string="Delivery Notes", compute="_compute_note_ids")

    @api.depends("move_ids.note_id")
    def _compute_note_ids(self):
        for picking in self:
            picking.note_ids = picking.move_ids.note_id

    def write(self, vals):
        if vals.get("signature") and not self.env.context.get("ticketing_note_signature"):
            if tickets := self.ticket_id:
                raise UserError(
                    self.env._(
                        "This material belongs to ticket %s: have the customer sign its delivery note, "
                        "which shows the hours too.",
                        ", ".join(tickets.sudo().mapped("number")),  # a warehouse clerk need not read tickets
                    )
                )
        return super().write(vals)

    def _attach_sign(self):
        """The delivery note keeps the evidence of a ticket's delivery; its PDF is made after the commit."""
        if self.env.context.get("ticketing_note_signature"):
            return True
        return super()._attach_sign()

    def _action_done(self):
        result = super()._action_done()
        returns = self.filtered(lambda picking: picking.ticket_id and picking.picking_type_id.code == "incoming")
        if returns:
            returns.sudo()._queue_credit()  # who receives a return need not be an accountant
        return result

    def _queue_credit(self):
        """Returned material that was signed for is credited: one request a return."""
        waiting = self.env["ticketing.billing.request"].search(
            [("picking_id", "in", self.ids), ("cancelled", "=", False)]
        )
        billed = (self - waiting.picking_id).filtered(
            lambda picking: (
                picking.move_ids._get_returns_to_credit().origin_returned_move_id.note_id.billing_request_ids.filtered(
                    lambda request: not request.cancelled
                )
            )
        )
        self.env["ticketing.billing.request"]._queue(
            [{"kind": "return", "ticket_id": picking.ticket_id.id, "picking_id": picking.id} for picking in billed]
        )
