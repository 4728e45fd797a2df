from odoo import api, fields, models


class TicketingTimerWizard(models.TransientModel):
    """Asks what was done in the time that a timer has counted."""

    _name = "ticketing.timer.wizard"
    _description = "Record Working Time"

    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True)
    worked = fields.Float(compute="_compute_times")
    billed = fields.Float("On the Timesheet", compute="_compute_times", help="With what it adds to, in whole steps.")
    to_confirm = fields.Boolean(related="ticket_id.timer_to_confirm")
    description = fields.Char("What was Done")

    @api.depends("ticket_id")
    def _compute_times(self):
        for wizard in self:
            mine = wizard.ticket_id._get_my_worklogs()
            wizard.worked = sum(mine.mapped("hours"))
            wizard.billed = wizard.ticket_id._preview_timer()

    def action_confirm(self):
        self.ensure_one()
        self.ticket_id._record_timer(self.description)
        return {"type": "ir.actions.act_window_close"}
