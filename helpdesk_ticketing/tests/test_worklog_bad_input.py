# pylint: disable=translation-required
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from . import test_bad_input as bad
from .test_bad_input import Row, closed_ticket, ticket, ticket_with

HOUR = timedelta(hours=1)


def press(method):
    return lambda case, user, given: getattr(given.with_user(user), method)()


def worked(case, **values):
    """Two hours of the technician that ended an hour ago, to be recorded."""
    now = fields.Datetime.now()
    values = {"ended_on": now - HOUR, "ended_by": "stop", "state": "paused", **values}
    return case.env["ticketing.worklog"]._begin(
        case.employee, now - 3 * HOUR, ticket_id=case._create_ticket().id, **values
    )


def cancelled(case):
    worklog = worked(case)
    worklog._correct("a test", cancel=True)
    return worklog


def running(case):
    """A ticket whose timer was stopped and started again while the dialog was open."""
    given = worked(case).ticket_id
    given.with_user(case.technician).action_timer_start()
    return given


def record(description):
    return lambda case, user, given: given.with_user(user)._record_timer(description)


def correct(**values):
    """Fill the dialog in as the web client does: times are those of the period plus so many hours."""

    def act(case, user, worklog):
        times = {
            name: worklog[name] + hours * HOUR for name, hours in values.items() if name in ("started_on", "ended_on")
        }
        wizard = case.env["ticketing.worklog.correction"].with_user(user)
        wizard.create({"worklog_id": worklog.id, "reason": "a mistake", **values, **times}).action_confirm()

    return act


def add(employee="employee", reason="forgotten", hours=1, ago=5):
    def act(case, user, given):
        start = datetime(2026, 3, 2, 9) if ago is None else fields.Datetime.now() - ago * HOUR
        values = {
            "employee_id": getattr(case, employee).id,
            "ticket_id": given.id if given._name == "ticketing.ticket" else False,
            "started_on": start,
            "ended_on": hours and start + hours * HOUR,
            "reason": reason,
        }
        case.env["ticketing.worklog.correction"].with_user(user).create(values).action_confirm()

    return act


def export(**values):
    def act(case, user, __):
        case.env["ticketing.worklog.export"].with_user(user).create(values).action_export_xlsx()

    return act


def no_project(case):
    case.team.project_id = False


def colleague(case):
    case.colleague = case.env["hr.employee"].create({"name": "Colleague"})
    return case._create_ticket()


TABLE = (
    # The timer
    Row("timer on a closed ticket", "technician", closed_ticket, press("action_timer_start"), UserError, "Reopen it"),
    Row(
        "timer without a customer",
        "technician",
        ticket(partner_id=False),
        press("action_timer_start"),
        UserError,
        "has no customer: set one first",
    ),
    Row(
        "timer without a team",
        "manager",
        ticket(team_id=False),
        press("action_timer_start"),
        UserError,
        "has no team: choose one",
    ),
    Row(
        "timer without a project",
        "technician",
        ticket_with(no_project),
        press("action_timer_start"),
        UserError,
        "has no project or no labour product",
    ),
    Row("timer of no employee", "agent", ticket(), press("action_timer_start"), UserError, "is no employee of"),
    Row("nothing to stop", "technician", ticket(), press("action_timer_stop"), UserError, "start the timer first"),
    Row(
        "nothing said",
        "technician",
        lambda case: worked(case).ticket_id,
        record("  "),
        UserError,
        "Say what was done: the customer reads it",
    ),
    Row("running again", "technician", running, record("Repaired"), UserError, "is running again: stop it first"),
    # Corrections
    Row("no reason", "technician", worked, correct(reason=" "), UserError, "Say why the times are corrected"),
    Row(
        "into the future",
        "technician",
        worked,
        correct(ended_on=2),
        ValidationError,
        "lies in the future: only work that was done",
    ),
    Row(
        "ends before it begins",
        "technician",
        worked,
        correct(started_on=2.5),
        ValidationError,
        "can't end before it begins",
    ),
    Row("of a colleague", "agent", worked, correct(ended_on=0), AccessError, "access", core=True),
    Row("cancelled before", "technician", cancelled, correct(ended_on=0), UserError, "record what was done anew"),
    # Past work
    Row(
        "work twice at once", "technician", worked, add(ago=2), ValidationError, "this overlaps the work since .* on T"
    ),
    Row("work in the future", "technician", ticket(), add(ago=0, hours=2), ValidationError, "lies in the future"),
    Row("work without an end", "technician", ticket(), add(hours=0), UserError, "from when until when"),
    Row("work without a reason", "technician", ticket(), add(reason=False), UserError, "why it is recorded only now"),
    Row("work backwards", "technician", ticket(), add(hours=-1), ValidationError, "can't end before it begins"),
    Row("work of a colleague", "technician", colleague, add("colleague"), UserError, "You record your own work"),
    Row("past work on a closed ticket", "technician", closed_ticket, add(), UserError, "Reopen it"),
    # What is kept
    Row(
        "typed over",
        "manager",
        worked,
        lambda case, user, worklog: worklog.with_user(user).write({"started_on": worklog.ended_on}),
        UserError,
        "it can't be typed over: use 'Correct'",
    ),
    Row(
        "a row changed",
        "manager",
        lambda case: worked(case).entry_ids,
        lambda case, user, entry: entry.with_user(user).write({"reason": "none"}),
        UserError,
        "never changed: record a correction",
    ),
    Row(
        "ticket with working time deleted",
        "manager",
        lambda case: worked(case).ticket_id,
        lambda case, user, given: given.with_user(user).unlink(),
        UserError,
        "has working time, which must be kept: archive",
    ),
    # Export
    Row(
        "days the wrong way round",
        "manager",
        worked,
        export(date_from="2026-03-31", date_to="2026-03-01"),
        UserError,
        "first day of the export lies after the last one",
    ),
    Row(
        "nothing to export",
        "technician",
        worked,
        export(date_from="2001-01-01", date_to="2001-01-31"),
        UserError,
        "no working time in these days",
    ),
)


@tagged("post_install", "-at_install")
class TestWorklogBadInput(bad.BadInputCase):
    """What is done wrong with timers, corrections and the register."""

    def test_table(self):
        self._each(TABLE, self.assertRegex)

    def test_table_in_spanish(self):
        self._check_in_spanish(TABLE)
