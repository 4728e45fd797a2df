from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools.date_utils import float_to_time


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.constrains("hour_from", "hour_to")
    def _check_hours(self):
        """Core's form corrects such times; those that come another way would stop every deadline of the calendar."""
        for attendance in self:
            hours = attendance.hour_from, attendance.hour_to
            if not all(map(_is_time, hours)) or hours[0] > hours[1]:
                raise ValidationError(
                    self.env._(
                        "Working time “%(name)s” of “%(calendar)s” must lie between 0:00 and 24:00 and end after it "
                        "begins: correct its times.",
                        name=attendance.name,
                        calendar=attendance.calendar_id.name,
                    )
                )

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


def _is_time(hours):
    """Tell whether core can make a time of day of a number of hours."""
    try:
        float_to_time(hours)
    except ValueError:
        return False
    return True
