from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_duration

from ..tools.moments import say_moment

KINDS = [("work", "Work"), ("presence", "Presence")]
STATES = [
    ("running", "Running"),
    ("paused", "To Record"),
    ("stopped", "Done"),
    ("cancelled", "Cancelled"),
]
SOURCES = [("timer", "Timer"), ("manual", "By Hand"), ("attendance", "Attendance")]
# What ends a period. After the first two the person rests; after the others the day's account has a gap.
ENDS = [
    ("pause", "Pause"),
    ("check_out", "Check-Out"),
    ("stop", "Stop"),
    ("switch", "Other Ticket"),
    ("cap", "Capped"),
    ("correction", "Correction"),
]
PAUSES = ("pause", "check_out")


class TicketingWorklog(models.Model):
    """A period in which a person worked without a break: the timer while it runs, the truth to the second afterwards.

    It says what its last row in the register (``ticketing.worklog.entry``) says. All changes go through its steps, which
    write that row; nobody else may create, write or delete.
    """

    _name = "ticketing.worklog"
    _description = "Working Time"
    _inherit = ["ticketing.worklog.forgotten.mixin"]
    _order = "started_on desc, id desc"

    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", "Person", readonly=True, index="btree_not_null", ondelete="restrict")
    company_id = fields.Many2one("res.company", "Employer", required=True, readonly=True, ondelete="restrict")
    ticket_id = fields.Many2one("ticketing.ticket", readonly=True, index="btree_not_null", ondelete="restrict")
    kind = fields.Selection(KINDS, required=True, readonly=True, default="work")
    source = fields.Selection(SOURCES, required=True, readonly=True, default="timer")
    started_on = fields.Datetime("Start", required=True, readonly=True)
    ended_on = fields.Datetime("End", readonly=True)
    ended_by = fields.Selection(ENDS, "Ended by", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="running")
    to_confirm = fields.Boolean(readonly=True, help="The timer was forgotten and capped: the person has to confirm it.")
    date = fields.Date("Day", compute="_compute_date", store=True, precompute=True, help="In the employee's time zone.")
    seconds = fields.Integer(compute="_compute_seconds", store=True, precompute=True, aggregator=None)
    hours = fields.Float(compute="_compute_seconds", store=True, precompute=True)
    timesheet_id = fields.Many2one(
        "account.analytic.line", readonly=True, index="btree_not_null", ondelete="set null", copy=False
    )
    entry_ids = fields.One2many("ticketing.worklog.entry", "worklog_id", "Register", readonly=True)
    corrected = fields.Boolean(compute="_compute_corrected")

    _one_running = models.UniqueIndex(
        "(user_id) WHERE state = 'running' AND kind = 'work'", "This person has a running timer already."
    )
    _end_after_start = models.Constraint(
        "CHECK (ended_on IS NULL OR ended_on >= started_on)", "Work can't end before it begins: correct the times."
    )
    # Ranges of one number are what GiST compares without an extension of the database.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(COALESCE(user_id, -employee_id), COALESCE(user_id, -employee_id), '[]') WITH &&, "
        "tsrange(started_on, ended_on) WITH &&) WHERE (kind = 'work' AND state <> 'cancelled')",
        "One person can't work twice at the same time: these times overlap other work of the person.",
    )
    _employee_date_index = models.Index("(employee_id, date)")
    _open_index = models.Index("(user_id, ticket_id) WHERE state IN ('running', 'paused')")

    @api.depends("started_on", "employee_id")
    def _compute_date(self):
        for worklog in self:
            zone = timezone(worklog._get_zone())
            worklog.date = worklog.started_on and utc.localize(worklog.started_on).astimezone(zone).date()

    @api.depends("started_on", "ended_on", "state")
    def _compute_seconds(self):
        for worklog in self:
            counts = worklog.ended_on and worklog.state != "cancelled"
            worklog.seconds = (worklog.ended_on - worklog.started_on).total_seconds() if counts else 0
            worklog.hours = worklog.seconds / 3600

    @api.depends("entry_ids.corrects_id")
    def _compute_corrected(self):
        for worklog in self:
            worklog.corrected = bool(worklog.entry_ids.corrects_id)

    @api.depends("employee_id", "started_on")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for worklog in self:
            moment = say_moment(self.env, worklog.started_on) if worklog.started_on else ""
            worklog.display_name = f"{worklog.employee_id.name}, {moment}"

    def _get_zone(self):
        return self.employee_id.sudo().tz or self.company_id._get_ticketing_zone()  # for all to know

    def _check_times(self, employee, started_on, ended_on):
        """Refuse times at which nobody can have worked; the database itself refuses what two requests do at once.

        :param self: the period that is corrected; none for a new one
        :raises ValidationError: in the future, the wrong way round, or while the person worked on something else
        """
        last = max(started_on, ended_on or started_on)
        if last > fields.Datetime.now():
            raise ValidationError(
                self.env._("%s lies in the future: only work that was done is recorded.", say_moment(self.env, last))
            )
        if ended_on and ended_on < started_on:
            raise ValidationError(self.env._("Work can't end before it begins: correct the times."))
        user = employee.user_id
        domain = [("user_id", "=", user.id)] if user else [("employee_id", "=", employee.id)]
        domain += [("kind", "=", "work"), ("state", "!=", "cancelled"), ("id", "not in", self.ids)]
        domain += ["|", ("ended_on", "=", False), ("ended_on", ">", started_on)]
        if ended_on:
            domain += [("started_on", "<", ended_on)]
        if other := self.search(domain, limit=1):
            raise ValidationError(
                self.env._(
                    "One person can't work twice at the same time: this overlaps the work since %(moment)s on %(ticket)s. "
                    "Correct that one first.",
                    moment=say_moment(self.env, other.started_on),
                    ticket=other.ticket_id.display_name or self.env._("no ticket"),
                )
            )

    # Nothing else changes them

    @api.model_create_multi
    def create(self, vals_list):
        self._check_step()
        return super().create(vals_list)

    def write(self, vals):
        self._check_step()
        return super().write(vals)

    def _check_step(self):
        """Refuse what is not one of the steps, which run as superuser and leave their row in the register.

        :raises UserError: whoever it is, administrators included
        """
        if not self.env.su:
            raise UserError(
                self.env._("Working time follows from timers and corrections; it can't be typed over: use 'Correct'.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        if self.sudo().entry_ids:  # whoever deletes, all rows count
            raise UserError(self.env._("Working time is kept for four years: cancel it with 'Correct', and say why."))

    # Steps: each writes its row in the register

    @api.model
    def _begin(self, employee, at, event="start", reason=False, **values):
        """Begin a period.

        :param employee: hr.employee, as superuser
        :param datetime at: naive UTC
        :param str event: what the register calls it
        :param str reason: why it is recorded only now
        :param values: ticket_id, kind, source, ended_on...
        :return: ticketing.worklog, as superuser
        """
        worklogs = self.sudo()  # whoever may call this was checked by the caller
        if values.get("kind", "work") == "work":
            worklogs._check_times(employee, at, values.get("ended_on"))
        worklog = worklogs.create(
            {
                "employee_id": employee.id,
                "user_id": employee.user_id.id,
                "company_id": employee.company_id.id,
                "started_on": at,
                **values,
            }
        )
        worklog._enter(event, reason)
        return worklog

    def _end(self, at, ended_by, state="paused", **values):
        """End running periods at a moment (naive UTC); a clock that was set back ends them where they began."""
        for worklog in self.sudo():  # as above
            ended_on = max(at, worklog.started_on)
            worklog.write({"ended_on": ended_on, "ended_by": ended_by, "state": state, **values})
            worklog.flush_recordset()  # before another one begins
            worklog._enter(ended_by)
            worklog._withdraw_reminder()

    def _correct(self, reason, started_on=None, ended_on=None, cancel=False, event=None):
        """Say what is right, and why. What was said before stays in the register.

        :param datetime started_on: naive UTC; default as it is
        :param datetime ended_on: naive UTC; default as it is
        :param bool cancel: it was no work at all
        :raises UserError: nobody says why
        """
        self.ensure_one()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the times are corrected: it is kept in the register."))
        worklog = self.sudo()  # as above
        line = worklog.timesheet_id
        follows = line and worklog._is_as_worked(line)
        before = worklog.entry_ids.sorted("id")[-1:]
        values = {"started_on": started_on or worklog.started_on, "to_confirm": False}
        if cancel:
            values["state"] = "cancelled"
        elif ended_on:
            values.update(ended_on=ended_on, ended_by=worklog.ended_by or "correction")
            if worklog.state == "running":
                values["state"] = "paused" if worklog.kind == "work" else "stopped"
        if worklog.kind == "work" and not cancel:
            worklog._check_times(worklog.employee_id, values["started_on"], values.get("ended_on", worklog.ended_on))
        worklog.write(values)
        worklog.flush_recordset()
        worklog._enter(event or ("cancel" if cancel else "correction"), reason.strip(), before)
        worklog._withdraw_reminder()
        if line:
            worklog._follow_correction(line, follows)

    def _confirm(self):
        """Its person says that the end at which a forgotten timer was capped is right."""
        for worklog in self.sudo().filtered("to_confirm"):  # as above
            worklog.to_confirm = False
            worklog._enter("confirm")

    @api.model
    def _add(self, employee, ticket, started_on, ended_on, reason):
        """Record work that nobody timed. The person's own waits for its timesheet.

        :param employee: hr.employee
        :param ticket: ticketing.ticket, or none
        :raises AccessError: the ticket is not his to work on
        :raises UserError: it is somebody else's, or something is missing
        """
        if not (employee and started_on and ended_on and (reason or "").strip()):
            raise UserError(self.env._("Say who worked from when until when, and why it is recorded only now."))
        own = employee.sudo().user_id == self.env.user  # whose it is decides on what follows
        if not (own or self._may_correct_others()):
            raise UserError(
                self.env._("You record your own work; a manager or the personnel department that of others.")
            )
        if ticket:
            ticket.check_access("write")
            ticket._check_may_work()
        state = "paused" if own and ticket else "stopped"
        values = {"ticket_id": ticket.id, "ended_on": ended_on, "ended_by": "stop", "state": state, "source": "manual"}
        return self._begin(employee.sudo(), started_on, "added", reason=reason.strip(), **values)

    def _enter(self, event, reason=False, corrects=None):
        self.ensure_one()
        self.env["ticketing.worklog.entry"].sudo().create(  # nobody else may
            {
                "worklog_id": self.id,
                "company_id": self.company_id.id,
                "employee_id": self.employee_id.id,
                "user_id": self.user_id.id,
                "ticket_id": self.ticket_id.id,
                "event": event,
                "started_on": self.started_on,
                "ended_on": self.ended_on,
                "reason": reason or False,
                "corrects_id": corrects.id if corrects else False,
                "author_id": self.env.uid,
                "recorded_on": fields.Datetime.now(),
            }
        )

    def _tell_switched(self):
        """Return the notice of the timers that were paused because another one was started."""
        tickets = self.ticket_id
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "Your timer on %(ticket)s was paused: %(time)s of it wait to be recorded.",
                    ticket=", ".join(tickets.mapped("display_name")),
                    time=format_duration(sum(tickets.with_user(self.env.user)._get_my_worklogs().mapped("hours"))),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # The timesheet that was made of it

    @api.model
    def _get_running(self, user):
        """Return the running work of a person, as superuser: he may have begun it in another company."""
        return self.sudo().search([("user_id", "=", user.id), ("state", "=", "running"), ("kind", "=", "work")])

    @api.model
    def _is_as_worked(self, line):
        """Tell whether a timesheet still says what was worked: nobody has changed its hours by hand, nor split it."""
        worked = line.sudo().worklog_ids.mapped("seconds")  # colleagues' work may not be seen, but counts
        return abs(line.unit_amount - line.ticket_id.team_id._get_billed_hours(sum(worked))) < 1 / 3600

    def _follow_correction(self, line, follows):
        """Correct the timesheet, too, if it may be changed and nobody has changed it; else say so on the ticket."""
        if follows and not line._is_readonly():
            hours = line.ticket_id.team_id._get_billed_hours(sum(line.worklog_ids.mapped("seconds")))
            if hours:
                line.unit_amount = hours
            else:
                line.unlink()
            return
        line.ticket_id.message_post(
            body=self.env._(
                "%s corrected the working time of these hours, which stay as they are: they were changed by hand, or are "
                "signed or billed.",
                self.employee_id.name,
            ),
            subtype_xmlid="mail.mt_note",
        )

    def action_open_correction(self):
        """Ask what is right, and why."""
        self.ensure_one()
        self._check_may_correct()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct Working Time"),
            "res_model": "ticketing.worklog.correction",
            "view_mode": "form",
            "target": "new",
            "context": {"default_worklog_id": self.id},
        }

    def _check_may_correct(self):
        """The person himself, the managers who see him, and the personnel department.

        :raises UserError: somebody else, or nothing to correct
        """
        self.check_access("read")
        user = self.env.user
        for worklog in self:
            if worklog.state == "cancelled":
                raise UserError(self.env._("This working time was cancelled: record what was done anew."))
            if worklog.source == "attendance":
                raise UserError(self.env._("This is an attendance: correct it there, and the register follows."))
            if worklog.user_id != user and not self._may_correct_others():
                raise UserError(
                    self.env._(
                        "Only %s himself, a manager or the personnel department corrects this.",
                        worklog.employee_id.name,
                    )
                )

    @api.model
    def _may_correct_others(self):
        user = self.env.user
        return self.env.su or user.has_group("helpdesk_ticketing.group_manager") or user.has_group("hr.group_hr_user")
