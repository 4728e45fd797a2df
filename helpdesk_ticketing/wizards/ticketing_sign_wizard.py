from odoo import fields, models


class TicketingSignWizard(models.TransientModel):
    """The customer signs on the technician's device, refuses, or is not there."""

    _name = "ticketing.sign.wizard"
    _description = "Sign a Delivery Note"

    note_id = fields.Many2one("ticketing.delivery.note", required=True, readonly=True)
    outcome = fields.Selection(
        [("sign", "Signs"), ("absent", "Is Absent"), ("refuse", "Refuses")], default="sign", required=True
    )
    partner_id = fields.Many2one(related="note_id.partner_id")
    signer_name = fields.Char("Name of the Signer")
    signature = fields.Image(max_width=1024, max_height=1024)
    reason = fields.Text()

    def action_confirm(self):
        self.ensure_one()
        if self.outcome == "sign":
            self.note_id.action_sign(self.signer_name, self.signature)
        elif self.outcome == "refuse":
            self.note_id.action_refuse(self.reason)
        else:
            self.note_id.action_absent(self.reason)
        return {"type": "ir.actions.act_window_close"}
