import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import mute_logger

TIMER_STATES = [("idle", "No Timer"), ("running", "Running"), ("paused", "Paused")]


class TicketingTicketWorklogMixin(models.AbstractModel):
    """The timer on a ticket, of the person who looks at it: start, pause, stop, and the timesheet that it makes."""

    _name = "ticketing.ticket.worklog.mixin"
    _description = "Ticket: Timer"

    timer_state = fields.Selection(TIMER_STATES, compute="_compute_timer")
    timer_since = fields.Datetime(compute="_compute_timer", help="Since when it has been running without a pause.")
    timer_seconds = fields.Integer(compute="_compute_timer", help="What was worked before, and is not recorded yet.")
    timer_to_confirm = fields.Boolean(compute="_compute_timer", help="The timer was forgotten and capped.")

    @api.depends_context("uid")
    def _compute_timer(self):
        worklogs = self.env["ticketing.worklog"].browse()
        by_ticket = self._get_my_worklogs().grouped("ticket_id") if self.ids else {}
        for ticket in self:
            mine = by_ticket.get(ticket._origin, worklogs)
            running = mine.filtered(lambda worklog: worklog.state == "running")
            ticket.timer_state = "running" if running else "paused" if mine else "idle"
            ticket.timer_since = running.started_on
            ticket.timer_seconds = sum(mine.mapped("seconds"))
            ticket.timer_to_confirm = any(mine.mapped("to_confirm"))

    def _get_my_worklogs(self):
        """Return the user's periods on these tickets that are on no timesheet yet."""
        return self.env["ticketing.worklog"].search_fetch(
            [("user_id", "=", self.env.uid), ("ticket_id", "in", self.ids), ("state", "in", ("running", "paused"))],
            ["ticket_id", "state", "started_on", "seconds", "to_confirm"],
            order="started_on",
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_worked(self):
        worked = (
            self.env["ticketing.worklog"]
            .sudo()
            ._read_group(  # colleagues' time counts
                [("ticket_id", "in", self.ids)], ["ticket_id"]
            )
        )
        for (ticket,) in worked:
            raise UserError(
                self.env._(
                    "Ticket %s has working time, which must be kept: archive the ticket instead.", ticket.display_name
                )
            )

    # Start, pause, stop

    def action_timer_start(self):
        """Start the user's timer, or go on after a pause. His timer on another ticket pauses, and he is told so.

        :raises UserError: nothing can be worked on this ticket
        """
        return self._start_timer(fields.Datetime.now())

    def _start_timer(self, at):
        """Start the user's timer at a moment (naive UTC)."""
        self.ensure_one()
        self._check_may_work()
        self._check_may_time()
        Worklog = self.env["ticketing.worklog"]
        running = Worklog._get_running(self.env.user)
        if running.ticket_id == self:
            return True  # pressed twice
        employee = self._get_timer_employee()
        event = "resume" if self._get_my_worklogs() else "start"
        running._end(at, "switch")
        try:
            with mute_logger("odoo.sql_db"):
                Worklog._begin(employee, at, event, ticket_id=self.id)
        except psycopg2.IntegrityError as error:  # the transaction ends here, and is tried again
            raise ConcurrencyError(f"{self.env.user} starts another timer at this moment") from error
        return running._tell_switched() if running else True

    def action_timer_pause(self):
        """Pause the user's timer on this ticket; pressed twice it does nothing more."""
        self._end_timer("pause", fields.Datetime.now())
        return True

    def action_timer_stop(self):
        """End the user's work on this ticket, and ask what was done. Until that is said the time waits, and is not lost.

        :raises UserError: he has not worked on it
        """
        self.ensure_one()
        self._end_timer("stop", fields.Datetime.now())
        self._check_has_time()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record Working Time"),
            "res_model": "ticketing.timer.wizard",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def _check_has_time(self):
        if not self._get_my_worklogs():
            raise UserError(
                self.env._(
                    "There is no time of yours to record on ticket %s: start the timer first.", self.display_name
                )
            )

    def _end_timer(self, ended_by, at):
        """End the user's timer on these tickets at a moment (naive UTC)."""
        self.check_access("read")
        running = self.env["ticketing.worklog"]._get_running(self.env.user)
        running.filtered(lambda worklog: worklog.ticket_id in self)._end(at, ended_by)

    def _check_may_time(self):
        """Refuse at the start what would be refused when the time is recorded.

        :raises AccessError: the user may not work on the ticket
        :raises UserError: the team can't take hours
        """
        self.check_access("write")
        team = self.sudo().team_id  # as when hours are recorded
        if not team:
            raise UserError(
                self.env._("Ticket %s has no team: choose one, its settings say where hours go.", self.display_name)
            )
        if not (team.project_id and team.labour_product_id):
            raise UserError(
                self.env._(
                    "The team %s has no project or no labour product for its hours: set them in its settings.",
                    team.name,
                )
            )

    def _get_timer_employee(self):
        """Return the user's employee in the ticket's company, as superuser.

        :raises UserError: he is none
        """
        user = self.env.user.sudo().with_company(self.company_id)  # of himself
        if not user.employee_id:
            raise UserError(self._say_no_employee(self.company_id))
        return user.employee_id

    @api.model
    def _say_no_employee(self, company):
        return self.env._(
            "%(user)s is no employee of %(company)s: the personnel department has to add him, so that his working time can "
            "be registered.",
            user=self.env.user.name,
            company=company.name,
        )

    # The timesheet

    def _record_timer(self, description):
        """Make timesheets of the user's time on this ticket, one for each day, or add to those that his timer has made.

        :param str description: what was done
        :return: account.analytic.line
        :raises UserError: it is running, nothing is said, or the ticket takes no hours
        """
        self.ensure_one()
        if not (description or "").strip():
            raise UserError(self.env._("Say what was done: the customer reads it."))
        mine = self._get_my_worklogs()
        if "running" in mine.mapped("state"):
            raise UserError(self.env._("The timer of ticket %s is running again: stop it first.", self.display_name))
        lines = self.env["account.analytic.line"]
        for (employee, date), worklogs in mine.grouped(lambda worklog: (worklog.employee_id, worklog.date)).items():
            lines |= self._record_day(employee, date, worklogs, description.strip())
        mine._confirm()
        mine._withdraw_reminder()
        return lines

    def _preview_timer(self):
        """Return the hours that the timesheets would have that the user's time makes or adds to."""
        hours = 0
        for (employee, date), worklogs in (
            self._get_my_worklogs().grouped(lambda worklog: (worklog.employee_id, worklog.date)).items()
        ):
            line = self._get_timer_line(employee, date)
            hours += self.team_id._get_billed_hours(sum((worklogs.sudo() | line.sudo().worklog_ids).mapped("seconds")))
        return hours

    def _record_day(self, employee, date, worklogs, description):
        line = self._get_timer_line(employee, date)
        worked = worklogs.sudo()  # his own, see _get_my_worklogs
        seconds = sum((worked | line.sudo().worklog_ids).mapped("seconds"))
        hours = self.team_id._get_billed_hours(seconds)
        if line:
            parts = [line.name] if description in line.name else [line.name, description]
            line.write({"name": "; ".join(parts), "unit_amount": hours})
        elif hours:
            line = line.create(
                {
                    "ticket_id": self.id,
                    "employee_id": employee.id,
                    "date": date,
                    "name": description,
                    "unit_amount": hours,
                }
            )
        worked.write({"state": "stopped", "timesheet_id": line.id})
        return line

    def _get_timer_line(self, employee, date):
        """Return the day's timesheet that takes more time: made by the timer, and neither signed nor changed by hand."""
        lines = self.env["account.analytic.line"].search(
            [
                ("ticket_id", "=", self.id),
                ("employee_id", "=", employee.id),
                ("date", "=", date),
                ("worklog_ids", "!=", False),
            ],
            order="id desc",
        )
        return self._filter_growing(lines)[:1]

    @api.model
    def _filter_growing(self, lines):
        """Return the timesheets, made by a timer, that take more of its time."""
        is_as_worked = self.env["ticketing.worklog"]._is_as_worked
        return lines.filtered(lambda line: not line._is_readonly() and is_as_worked(line))
