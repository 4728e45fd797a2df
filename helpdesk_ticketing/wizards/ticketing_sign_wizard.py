from odoo import api, fields, models


class TicketingSignWizard(models.TransientModel):
    """Customer or lender signs on the technician's device, refuses, or is not there."""

    _name = "ticketing.sign.wizard"
    _description = "Sign a Delivery Note"

    note_id = fields.Many2one("ticketing.delivery.note", required=True, readonly=True)
    outcome = fields.Selection(
        [("sign", "Signs"), ("absent", "Is Absent"), ("refuse", "Refuses")], default="sign", required=True
    )
    partner_id = fields.Many2one("res.partner", compute="_compute_partner_id", string="Signed for")
    signer = fields.Selection(
        [("customer", "Customer"), ("lender", "Lender")], readonly=True, help="Whose turn it was when this was opened."
    )
    signer_name = fields.Char("Name of the Signer")
    signature = fields.Image(max_width=1024, max_height=1024)
    reason = fields.Text()

    @api.depends("note_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.note_id and wizard.note_id._get_signer()

    def action_confirm(self):
        self.ensure_one()
        self.note_id._take_turn(self.signer)
        if self.outcome == "sign":
            self.note_id.action_sign(self.signer_name, self.signature)
        elif self.outcome == "refuse":
            self.note_id.action_refuse(self.reason)
        else:
            self.note_id.action_absent(self.reason)
        return {"type": "ir.actions.act_window_close"}
