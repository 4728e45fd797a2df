from odoo import fields, models


class TicketingSlaExcludeWizard(models.TransientModel):
    """Asks why we do not answer for what was promised, and what happened."""

    _name = "ticketing.sla.exclude.wizard"
    _description = "Exclude Tickets from SLA"

    ticket_ids = fields.Many2many("ticketing.ticket", string="Tickets", required=True, readonly=True)
    cause_id = fields.Many2one("ticketing.sla.cause", required=True)
    cause_description = fields.Text("When It Applies", related="cause_id.description")
    note = fields.Text("What Happened", required=True)

    def action_confirm(self):
        self.ensure_one()
        self.ticket_ids.action_exclude_sla(self.cause_id, self.note)
        return {"type": "ir.actions.act_window_close"}
