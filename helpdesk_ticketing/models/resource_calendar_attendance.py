from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    # Deadlines are computed from timelines that are kept: they must follow the working hours.

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        self.env["resource.calendar"]._forget_business_timelines()
        return attendances

    def write(self, vals):
        result = super().write(vals)
        self.env["resource.calendar"]._forget_business_timelines()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["resource.calendar"]._forget_business_timelines()
        return result
