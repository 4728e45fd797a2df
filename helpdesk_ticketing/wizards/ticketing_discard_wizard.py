from odoo import fields, models


class TicketingDiscardWizard(models.TransientModel):
    """Asks why messages are no business of the desk."""

    _name = "ticketing.discard.wizard"
    _description = "Discard Messages"

    inbound_ids = fields.Many2many("ticketing.inbound", string="Messages", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.inbound_ids.action_discard(self.reason)
        return {"type": "ir.actions.act_window_close"}
