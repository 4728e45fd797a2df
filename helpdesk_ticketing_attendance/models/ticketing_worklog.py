from odoo import api, fields, models


class TicketingWorklog(models.Model):
    _inherit = "ticketing.worklog"

    attendance_id = fields.Many2one(
        "hr.attendance", readonly=True, index="btree_not_null", ondelete="set null", copy=False
    )

    @api.model
    def _begin(self, employee, at, event="start", reason=False, **values):
        """Check in who starts a timer and has not, where the company wants it."""
        timed = values.get("kind", "work") == "work" and values.get("source", "timer") == "timer"
        if timed and employee.company_id.sudo().ticketing_timer_checks_in:  # a setting, for all to follow
            attendances = self.env["hr.attendance"].sudo()  # his own, by what he does himself
            if not attendances.search_count([("employee_id", "=", employee.id), ("check_out", "=", False)], limit=1):
                attendances.create({"employee_id": employee.id, "check_in": at})
        return super()._begin(employee, at, event, reason, **values)

    def _leave(self, reason):
        """Cancel presence that attendances do not know any more."""
        for worklog in self.filtered(lambda worklog: worklog.state != "cancelled"):
            worklog._correct(reason, cancel=True)
