from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    # Deadlines are computed from timelines that are kept: they must follow the holidays. Those of one person are none,
    # and too frequent to empty a cache for.

    def _is_business_holiday(self):
        return any(not leave.resource_id for leave in self)

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        if leaves._is_business_holiday():
            self.env["resource.calendar"]._forget_business_timelines()
        return leaves

    def write(self, vals):
        before = self._is_business_holiday()
        result = super().write(vals)
        if before or self._is_business_holiday():
            self.env["resource.calendar"]._forget_business_timelines()
        return result

    def unlink(self):
        holiday = self._is_business_holiday()
        result = super().unlink()
        if holiday:
            self.env["resource.calendar"]._forget_business_timelines()
        return result
