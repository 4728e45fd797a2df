from dateutil.relativedelta import relativedelta
from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils

from ..models.ticketing_worklog import PAUSES
from ..tools.working_day import sum_day

PDF_MONTHS = 150  # months of an employee for which a request may be waited; more are made in the background
READERS = ("helpdesk_ticketing.group_register_reader", "hr.group_hr_user")


class TicketingWorklogExport(models.TransientModel):
    """The register for whoever asks for it: workers, their representatives, the Labour Inspectorate.

    Days are added up employee by employee and year by year, and none is kept in memory.
    """

    _name = "ticketing.worklog.export"
    _description = "Export of the Register of Working Time"
    _inherit = ["ticketing.worklog.xlsx.mixin"]

    company_id = fields.Many2one("res.company", "Employer", required=True, default=lambda self: self.env.company)
    date_from = fields.Date("From", required=True, default=lambda self: self._default_month()[0])
    date_to = fields.Date("To", required=True, default=lambda self: self._default_month()[1])
    employee_ids = fields.Many2many("hr.employee.public", string="Employees", help="Empty: all whose time you may see.")
    may_see_others = fields.Boolean(compute="_compute_may_see_others")

    @api.model
    def _default_month(self):
        return date_utils.get_month(fields.Date.context_today(self) - relativedelta(months=1))

    @api.depends_context("uid")
    def _compute_may_see_others(self):
        user = self.env.user
        self.may_see_others = any(map(user.has_group, ("helpdesk_ticketing.group_manager", *READERS)))

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for export in self:
            if export.date_from > export.date_to:
                raise UserError(self.env._("The first day of the export lies after the last one."))

    # What is exported

    def _get_domain(self):
        self.ensure_one()
        domain = [("company_id", "=", self.company_id.id), ("state", "!=", "cancelled")]
        domain += [("date", ">=", self.date_from), ("date", "<=", self.date_to)]
        if self.employee_ids:
            domain.append(("employee_id", "in", self.employee_ids.ids))
        return domain

    def _get_employees(self):
        """Return the employees with working time that the user may see, by name."""
        groups = self.env["ticketing.worklog"]._read_group(self._get_domain(), ["employee_id"])
        employees = self.env["hr.employee"].sudo().browse([employee.id for (employee,) in groups])  # their names
        return employees.sorted(lambda employee: (employee.name, employee.id))

    def _get_identification(self, employee):
        """Return the number of the identity card, for those who may see it."""
        user = self.env.user
        may_see = employee.user_id == user or any(map(user.has_group, READERS))
        return may_see and employee.identification_id or ""

    def _iterate_days(self, employee):
        """Yield (date, day, remark) of an employee, in order; what still runs has no end yet and is left out.

        :param employee: hr.employee, as superuser
        """
        Worklog = self.env["ticketing.worklog"]
        first = self.date_from
        while first <= self.date_to:
            last = min(first + relativedelta(years=1, days=-1), self.date_to)
            domain = [
                *self._get_domain(),
                ("employee_id", "=", employee.id),
                ("ended_on", "!=", False),
                ("date", ">=", first),
                ("date", "<=", last),
            ]
            names = ["date", "started_on", "ended_on", "ended_by", "to_confirm", "source"]
            worklogs = Worklog.search_fetch(domain, names, order="date, started_on, id")
            for date, periods in worklogs.grouped("date").items():
                pieces = [(work.started_on, work.ended_on, work.ended_by in PAUSES) for work in periods]
                yield date, sum_day(pieces), self._get_remark(periods)
            self.env.invalidate_all()  # nothing is kept
            first = last + relativedelta(days=1)

    def _iterate_months(self):
        """Yield a dict for each employee and month: employee, month, zone, days [(date, day, remark)]."""
        for employee in self._get_employees():
            zone = timezone(employee.tz or "UTC")
            month, days = None, []
            for date, day, remark in self._iterate_days(employee):
                if month and date.replace(day=1) != month:
                    yield {"employee": employee, "month": month, "zone": zone, "days": days}
                    days = []
                month = date.replace(day=1)
                days.append((date, day, remark))
            if days:
                yield {"employee": employee, "month": month, "zone": zone, "days": days}

    def _iterate_entries(self):
        """Yield the rows of the register about the days that are exported, cancelled ones included, in their order."""
        Entry = self.env["ticketing.worklog.entry"]
        domain = [("company_id", "=", self.company_id.id)]
        domain += [("worklog_id.date", ">=", self.date_from), ("worklog_id.date", "<=", self.date_to)]
        if self.employee_ids:
            domain.append(("employee_id", "in", self.employee_ids.ids))
        number = 0
        while True:
            entries = Entry.search([*domain, ("number", ">", number)], order="number", limit=1000)
            if not entries:
                return
            number = entries[-1].number
            yield from entries
            self.env.invalidate_all()  # as above

    # As a file

    def action_export_xlsx(self):
        self.ensure_one()
        self._check_not_empty()
        return {"type": "ir.actions.act_url", "url": f"/ticketing/worklog/export/{self.id}", "target": "self"}

    def action_export_pdf(self):
        self.ensure_one()
        self._check_not_empty()
        months = self.env["ticketing.worklog"]._read_group(self._get_domain(), ["employee_id", "date:month"])
        if len(months) > PDF_MONTHS:
            return self._start_archive()
        return self.env.ref("helpdesk_ticketing.worklog_report").report_action(self)

    def _start_archive(self):
        """Have a document made for each employee and year, and show how far it is."""
        years = {}
        for employee, year in self.env["ticketing.worklog"]._read_group(
            self._get_domain(), ["employee_id", "date:year"]
        ):
            years.setdefault(employee.id, []).append(year.year)
        parts = [[employee.id, year] for employee in self._get_employees() for year in sorted(years[employee.id])]
        archives = self.env["ticketing.worklog.archive"].sudo()  # its documents hold what this user may see
        archive = archives.with_context(mail_create_nolog=True).create(
            {
                "company_id": self.company_id.id,
                "user_id": self.env.uid,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "parts": parts,
                "total": len(parts),
            }
        )
        archive._start()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export of Working Time"),
            "res_model": archive._name,
            "res_id": archive.id,
            "views": [(False, "form")],
        }

    def _check_not_empty(self):
        if not self.env["ticketing.worklog"].search_count(self._get_domain(), limit=1):
            raise UserError(self.env._("There is no working time in these days that you may see."))

    def _get_report_name(self):
        return self.env._("Working Time %(first)s - %(last)s", first=self.date_from, last=self.date_to)

    @api.model
    def _to_local(self, moment, zone):
        """Return a moment (naive UTC) as people of a zone write it (naive)."""
        return utc.localize(moment).astimezone(zone).replace(tzinfo=None)

    @api.model
    def _say_seconds(self, seconds):
        hours, rest = divmod(seconds, 3600)
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
