from odoo import api, fields, models


class TicketingWorklogCorrection(models.TransientModel):
    """Asks what is right about a period, or what was worked and never timed, and why that is said only now."""

    _name = "ticketing.worklog.correction"
    _description = "Correct Working Time"

    worklog_id = fields.Many2one("ticketing.worklog", readonly=True)
    employee_id = fields.Many2one(
        "hr.employee", compute="_compute_from_worklog", store=True, readonly=False, precompute=True
    )
    ticket_id = fields.Many2one(
        "ticketing.ticket", compute="_compute_from_worklog", store=True, readonly=False, precompute=True
    )
    started_on = fields.Datetime("Start", compute="_compute_from_worklog", store=True, readonly=False, precompute=True)
    ended_on = fields.Datetime("End", compute="_compute_from_worklog", store=True, readonly=False, precompute=True)
    cancel = fields.Boolean("Was No Work")
    reason = fields.Char(help="It stays in the register, with your name.")
    may_choose_employee = fields.Boolean(compute="_compute_may_choose_employee")

    @api.depends("worklog_id")
    def _compute_from_worklog(self):
        for wizard in self:
            worklog = wizard.worklog_id
            wizard.employee_id = worklog.employee_id or wizard.employee_id or self.env.user.employee_id
            wizard.ticket_id = worklog.ticket_id or wizard.ticket_id
            wizard.started_on = worklog.started_on or wizard.started_on
            wizard.ended_on = worklog.ended_on or wizard.ended_on

    @api.depends_context("uid")
    def _compute_may_choose_employee(self):
        self.may_choose_employee = self.env["ticketing.worklog"]._may_correct_others()

    def action_confirm(self):
        self.ensure_one()
        if self.worklog_id:
            self.worklog_id._check_may_correct()
            self.worklog_id._correct(self.reason, self.started_on, self.ended_on, self.cancel)
            return {"type": "ir.actions.act_window_close"}
        worklog = self.env["ticketing.worklog"]._add(
            self.employee_id, self.ticket_id, self.started_on, self.ended_on, self.reason
        )
        if worklog.user_id == self.env.user and worklog.ticket_id:
            return worklog.ticket_id.with_env(self.env).action_timer_stop()
        return {"type": "ir.actions.act_window_close"}
