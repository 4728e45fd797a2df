from odoo import api, fields, models

PLANNED = "helpdesk_ticketing_attendance.planned"
TIMES = {"check_in", "check_out", "employee_id"}


class HrAttendance(models.Model):
    """Each check-in and check-out is a row of the register, and so is what somebody changes about it later.

    The rows are written when the transaction ends: core checks out at midnight and corrects that a moment later.
    """

    _inherit = "hr.attendance"

    worklog_ids = fields.One2many("ticketing.worklog", "attendance_id", "Register", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        attendances._plan_register()
        return attendances

    def write(self, vals):
        result = super().write(vals)
        if not TIMES.isdisjoint(vals):
            self._plan_register()
        return result

    def unlink(self):
        present = self.sudo().worklog_ids  # of attendances that the user may delete, or the next line fails
        result = super().unlink()
        present._leave(self.env._("Deleted in Attendances"))
        return result

    def _plan_register(self):
        data = self.env.cr.precommit.data
        if PLANNED not in data:
            data[PLANNED] = set()
            self.env.cr.precommit.add(self.sudo().browse()._register_planned)
        data[PLANNED].update(self.ids)

    @api.model
    def _register_planned(self):
        ids = self.env.cr.precommit.data.pop(PLANNED)
        for attendance in self.browse(sorted(ids)).exists():
            if attendance.in_mode != "technical":  # core's mark of an absence: nobody was there
                attendance._register_presence()

    def _register_presence(self):
        """Have the register say what this attendance says, by one row if anything differs."""
        self.ensure_one()
        present = self.worklog_ids.filtered(lambda worklog: worklog.state != "cancelled")
        if present and (present.employee_id != self.employee_id or (present.ended_on and not self.check_out)):
            present._leave(self.env._("Changed in Attendances"))
            present = present.browse()
        if not present:
            self._enter_presence()
        elif present.started_on == self.check_in and present.ended_on == self.check_out:
            return
        elif present.started_on == self.check_in and not present.ended_on:
            present._end(self.check_out, "check_out", "stopped")
            self._stop_timer()
        else:
            present._correct(self.env._("Changed in Attendances"), self.check_in, self.check_out)

    def _enter_presence(self):
        values = {"kind": "presence", "source": "attendance", "attendance_id": self.id}
        if self.check_out:
            values.update(ended_on=self.check_out, ended_by="check_out", state="stopped")
        event = "added" if self.check_out else "check_in"
        reason = self.check_out and self.env._("Entered in Attendances")
        self.env["ticketing.worklog"]._begin(self.employee_id, self.check_in, event, reason, **values)

    def _stop_timer(self):
        """Who goes does not work on a ticket any more."""
        user, now = self.employee_id.user_id, fields.Datetime.now()
        running = self.env["ticketing.worklog"]._get_running(user) if user else self.env["ticketing.worklog"]
        running.filtered(lambda worklog: worklog.employee_id == self.employee_id)._end(
            min(self.check_out, now), "check_out"
        )
