# pylint: disable=translation-required
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_sla import MONDAY, SlaCase


class Row(NamedTuple):
    """One thing that somebody does wrong with service levels, and how he is told."""

    name: str
    act: Callable  # (case)
    english: str
    spanish: str


def policy(**values):
    return lambda case: case._create_policy("Gold", **values)


def hours(start, end):
    return lambda case: case.calendar.write({"attendance_ids": [work(start, end)]})


def work(start, end):
    return Command.create(
        {"name": "Late shift", "dayofweek": "0", "hour_from": start, "hour_to": end, "day_period": "afternoon"}
    )


def alarm(**values):
    return policy(alarm_ids=[Command.create(values)])


def nobody_works(case):
    return case._create_calendar("Nobody works", "Europe/Madrid", ())


def delete_calendar_of_policy(case):
    case._create_policy("Gold", calendar_source="policy", calendar_id=case.other.id)
    case.other.unlink()


def delete_calendar_of_archived_policy(case):
    case._create_policy("Gold", calendar_source="policy", calendar_id=case.other.id, active=False)
    case.other.unlink()


def delete_calendar_of_customer(case):
    case.customer.ticketing_calendar_id = case.other
    case.other.unlink()


NOTHING = ("longer than nothing", "Comprometa un tiempo mayor que cero")
TOO_LONG = (
    "“Gold” promises a time that can't be kept: choose one up to ten years",
    "«Gold» compromete un tiempo que no se puede cumplir: elija uno de hasta diez años",
)
TIMES = (
    "Working time “Late shift” of “Madrid office” must lie between 0:00 and 24:00 and end after it begins",
    "El tramo «Late shift» de «Madrid office» debe estar entre las 0:00 y las 24:00",
)
IN_USE = (
    "“Other office” can't be deleted, for {}.* count in it.*archive",
    "«Other office» no se puede eliminar: lo usan {}.*archive",
)

TABLE = [
    Row(
        "no time zone",
        lambda case: case.calendar.write({"tz": False}),
        "needs a time zone",
        "necesita una zona horaria",
    ),
    Row(
        "overlapping times",
        hours(16, 19),
        "Attendances can't overlap",  # core's words
        "superp",
    ),
    Row("negative time", hours(-2, 6), *TIMES),
    Row("time after midnight", hours(18, 26), *TIMES),
    Row("time that ends before it begins", hours(20, 18), *TIMES),
    Row("time of no minute", hours(18.999, 20), *TIMES),
    Row("no number", hours(float("nan"), 20), *TIMES),
    Row("nothing", policy(duration=0), *NOTHING),
    Row("less than nothing", policy(duration=-4), *NOTHING),
    Row("less than a second", policy(duration=0.001, unit="minutes"), *TOO_LONG),
    Row("longer than ten years", policy(duration=1e9), *TOO_LONG),
    Row("promise of no number", policy(duration=float("nan")), *TOO_LONG),
    Row(
        "hours in which nobody works",
        lambda case: case._create_policy("Gold", calendar_source="policy", calendar_id=nobody_works(case).id),
        "“Nobody works” has no working hours, .*Add working hours",
        "«Nobody works» no tiene horas laborables",
    ),
    Row(
        "a team's hours in which nobody works",
        lambda case: (
            case.team.write({"resource_calendar_id": nobody_works(case).id}),
            case._create_policy("Gold", team_ids=[Command.set(case.team.ids)]),
        ),
        "“Nobody works” has no working hours",
        "«Nobody works» no tiene horas laborables",
    ),
    Row("no hours", policy(calendar_source="policy"), "Choose the business hours", "Elija el horario"),
    Row("hours of a policy deleted", delete_calendar_of_policy, *(text.format("Gold") for text in IN_USE)),
    Row(
        "hours of an old policy deleted", delete_calendar_of_archived_policy, *(text.format("Gold") for text in IN_USE)
    ),
    Row("hours of a customer deleted", delete_calendar_of_customer, *(text.format("Hotel Test") for text in IN_USE)),
    Row(
        "hours of the team deleted",
        lambda case: case.calendar.unlink(),
        "“Madrid office” can't be deleted, for Desk count in it",
        "«Madrid office» no se puede eliminar: lo usan Desk",
    ),
    Row("alarm at no time", alarm(percent=0), "1 to 1000 percent", "entre el 1 y el 1000"),
    Row("alarm for nobody", alarm(recipient="user"), "Choose the person", "Elija la persona"),
    Row(
        "priorities the wrong way",
        policy(priority_from="3", priority_to="1"),
        "must not be above its highest",
        "no puede superar a la más alta",
    ),
    Row(
        "customers of no time",
        policy(customers_since="2020-01-01", customers_before="2020-01-01"),
        "correct the dates",
        "corrija las fechas",
    ),
]


@tagged("post_install", "-at_install")
class TestSlaBadInput(SlaCase):
    """What can be done wrong with business hours and policies: refused in words that help, or of no harm."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_ES")
        modules = cls.env["ir.module.module"].search([("name", "in", ("helpdesk_ticketing", "resource"))])
        modules._update_translations(["es_ES"], overwrite=True)
        cls.other = cls._create_calendar("Other office", "Europe/Madrid")
        cls._create_policy("Kept")

    def setUp(self):
        super().setUp()
        self.promised = self._create_ticket().sla_status_ids
        self.deadline = self.promised.deadline

    def _refuse(self, row, language):
        """Do what a row says in a language; return how the client is told of it."""
        cls, env = type(self), self.env
        cls.env = self.env = env(context={**env.context, "lang": language})
        records = ("calendar", "other", "team", "customer", "Policy")
        before = {name: getattr(cls, name) for name in records}
        try:
            for name, record in before.items():
                setattr(cls, name, record.with_env(self.env))
            with env.cr.savepoint(), mute_logger("odoo.sql_db"):
                row.act(self)
                self.env.flush_all()
        except UserError as error:
            return str(error)
        except IntegrityError as error:
            return self._say(error)
        else:
            return ""
        finally:
            cls.env = self.env = env
            for name, record in before.items():
                setattr(cls, name, record)
            env.invalidate_all(flush=False)
            env.registry.clear_all_caches()

    def _say(self, error):
        """Return what core makes of an error of the database, as it does for the web client."""
        models = [model for model in self.env.registry.values() if model._table == error.diag.table_name]
        return self.env[models[0]._name]._sql_error_to_message(error)

    def test_table(self):
        for row in TABLE:
            for language, says in (("en_US", row.english), ("es_ES", row.spanish)):
                with self.subTest(row.name, language=language):
                    self.assertRegex(self._refuse(row, language), says)
        self.assertEqual(self.promised.deadline, self.deadline, "nothing was lost")
        self.assertEqual(
            self._create_ticket().sla_status_ids.deadline, self.deadline, "and tickets are promised as before"
        )

    # What nobody refuses: no deadline, or the one that was promised, and never a hang

    def _work_on(self, status):
        """Do with a promise what a day brings: nothing fails."""
        ticket = status.ticket_id
        ticket.stage_id = self.waiting
        self._pass(hours=1)
        ticket.stage_id = self.open
        ticket.with_user(self.manager).action_reapply_sla()
        self._pass(hours=1)
        status = ticket.sla_status_ids.filtered("is_open")
        self._run_cron("ir_cron_sla_alarm")
        self.assertTrue(status._get_explanation()["rows"])
        ticket.action_solve()
        self.assertEqual(status.state, "reached")

    def test_hours_that_are_emptied_while_in_use(self):
        self.calendar.attendance_ids.unlink()
        self.assertEqual(self.promised.deadline, self.deadline)
        self.promised.ticket_id.stage_id = self.waiting
        self.promised.ticket_id.stage_id = self.open
        self.assertEqual(self.promised.deadline, self.deadline, "promised is promised")
        status = self._create_ticket().sla_status_ids
        self.assertEqual((status.state, status.deadline), ("running", False))
        self._pass(hours=1)
        self.assertIn("Closed: night, break or weekend", [row["label"] for row in status._get_explained_rows()])
        self._work_on(status)

    def test_nobody_says_any_hours(self):
        self.company.resource_calendar_id = False
        self.team.resource_calendar_id = False
        status = self._create_ticket().sla_status_ids
        self._pass(hours=1)
        [row] = status._get_explained_rows()
        self.assertEqual((status.deadline, row["what"], row["counted"]), (False, "hourless", False))
        self._work_on(status)

    def test_closed_for_ever(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Out of business",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": MONDAY,
                "date_to": MONDAY + timedelta(days=36500),
            }
        )
        status = self._create_ticket().sla_status_ids
        self.assertFalse(status.deadline)
        self._pass(hours=1)
        self.assertIn("Holiday: Out of business", [row["label"] for row in status._get_explained_rows()])
        self._work_on(status)

    def test_hours_that_are_archived_or_deleted_go_on_counting(self):
        self.calendar.active = False
        self.assertEqual(self._create_ticket().sla_status_ids.deadline, self.deadline)
        self.team.resource_calendar_id = self.other
        self.calendar.unlink()
        self.promised.ticket_id.stage_id = self.waiting
        self.promised.ticket_id.stage_id = self.open
        self.assertEqual(self.promised.deadline, self.deadline)
        self.assertEqual(self.promised.sla_calendar_id.name, "Madrid office")
        self._pass(hours=1)
        self._work_on(self.promised)

    def test_the_longest_promise(self):
        """Ten years and its alarms fit into the database, and are found without a hang."""
        longest = self._create_policy("Long", duration=3650, unit="days", calendar_source="always")
        status = self._status(self._create_ticket(), longest)
        self.assertEqual(status.deadline, MONDAY + timedelta(days=3650, hours=8))
        self.assertEqual(len(status.alarm_moments), 4)
        with self.assertRaises(ValidationError):
            longest.duration = 3651
