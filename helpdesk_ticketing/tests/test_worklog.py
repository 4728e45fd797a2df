import hashlib
from contextlib import contextmanager
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import MANAGER, TECHNICIAN, TicketingCase

COLLEAGUE = f"{TECHNICIAN},helpdesk_ticketing.group_user_team"

MONDAY = datetime(2026, 3, 2, 8)  # nine o'clock in Madrid


class WorklogCase(TicketingCase):
    """A desk in Madrid, and a clock that the test moves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician.tz = "Europe/Madrid"
        calendar = cls.env["resource.calendar"].create(
            {
                "name": "Nine to six",
                "tz": "Europe/Madrid",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create({"name": "Day", "dayofweek": str(day), "hour_from": 9, "hour_to": 18})
                    for day in range(5)
                ],
            }
        )
        cls.employee.write({"tz": "Europe/Madrid", "resource_calendar_id": calendar.id})
        cls.second = new_test_user(cls.env, login="desk.second", groups=COLLEAGUE, name="Second", tz="Europe/Madrid")
        cls.second_employee = cls.env["hr.employee"].create(
            {"name": "Second", "user_id": cls.second.id, "tz": "Europe/Madrid", "resource_calendar_id": calendar.id}
        )
        cls.team.member_ids |= cls.second
        cls.ticket = cls._create_ticket()
        cls.other = cls._create_ticket(name="Another")

    @classmethod
    def _start(cls, ticket=None, user=None):
        return (ticket or cls.ticket).with_user(user or cls.technician).action_timer_start()

    @classmethod
    def _pause(cls, ticket=None, user=None):
        return (ticket or cls.ticket).with_user(user or cls.technician).action_timer_pause()

    @classmethod
    def _stop(cls, ticket=None, user=None, description="Repaired"):
        """Stop and say what was done; None: the dialog is closed."""
        action = (ticket or cls.ticket).with_user(user or cls.technician).action_timer_stop()
        wizard = cls.env[action["res_model"]].with_user(user or cls.technician).with_context(**action["context"])
        wizard = wizard.create({"description": description})
        if description is not None:
            wizard.action_confirm()
        return wizard

    @contextmanager
    def _at(self, moment):
        with freeze_time(moment):
            yield
            self.env.cr.flush()

    def _worked(self, *periods, ticket=None, user=None):
        """Work on a ticket, minutes after Monday's nine o'clock each, and record it."""
        for start, end in periods:
            with self._at(MONDAY + timedelta(minutes=start)):
                self._start(ticket, user)
            with self._at(MONDAY + timedelta(minutes=end)):
                (self._stop if (start, end) == periods[-1] else self._pause)(ticket, user)
        return self._worklogs(ticket)[-len(periods) :]

    def _worklogs(self, ticket=None):
        self.env.flush_all()
        return self.env["ticketing.worklog"].search([("ticket_id", "=", (ticket or self.ticket).id)], order="id")

    def _entries(self, worklogs):
        self.env.cr.flush()
        return worklogs.entry_ids.sorted("number")

    def _state(self, ticket=None, user=None):
        self.env.invalidate_all()
        return (ticket or self.ticket).with_user(user or self.technician).timer_state


@tagged("post_install", "-at_install")
class TestTimer(WorklogCase):
    """Start, pause, stop: what people see, and the timesheet that comes of it."""

    def test_work_with_a_pause(self):
        with self._at(MONDAY):
            self._start()
            self.assertEqual(self._state(), "running")
        with self._at(MONDAY + timedelta(minutes=50, seconds=7)):
            self._pause()
            self.assertEqual(self._state(), "paused")
        with self._at(MONDAY + timedelta(minutes=60)):
            self._start()
        with self._at(MONDAY + timedelta(minutes=90)):
            self._stop()
            self.assertEqual(self._state(), "idle")
        line = self.ticket.timesheet_ids
        self.assertEqual((line.name, line.employee_id, str(line.date)), ("Repaired", self.employee, "2026-03-02"))
        self.assertAlmostEqual(line.unit_amount, 81 / 60)  # 80 min 7 s
        worklogs = line.worklog_ids.sorted("id")
        self.assertEqual(worklogs.mapped("seconds"), [3007, 1800])
        self.assertEqual(set(worklogs.mapped("state")), {"stopped"})
        self.assertEqual(self._entries(worklogs).mapped("event"), ["start", "pause", "resume", "stop"])
        self.assertEqual(line.so_line, self.ticket.labour_line_id)

    def test_rounding(self):
        for interval, method, minutes, hours in (
            (15, "up", 1, 0.25),
            (15, "up", 16, 0.5),
            (15, "nearest", 22, 0.25),
            (15, "nearest", 23, 0.5),
            (15, "nearest", 1, 0.25),
            (6, "up", 7, 0.2),
        ):
            with self.subTest(interval=interval, method=method, minutes=minutes):
                self.team.write({"billing_interval": interval, "billing_rounding": method})
                ticket = self._create_ticket()
                [worklog] = self._worked((0, minutes), ticket=ticket)
                self.assertAlmostEqual(ticket.timesheet_ids.unit_amount, hours)
                self.assertEqual(worklog.seconds, minutes * 60, "the register is not rounded")
                worklog.with_user(self.technician)._correct("a test", cancel=True)

    def test_second_time_adds_to_the_timesheet(self):
        self.team.billing_interval = 15
        self._worked((0, 5))
        with self._at(MONDAY + timedelta(minutes=30)):
            self._start()
        with self._at(MONDAY + timedelta(minutes=35)):
            wizard = self._stop(description="Tested")
            self.assertAlmostEqual(wizard.worked, 0)
        line = self.ticket.timesheet_ids
        self.assertEqual((line.name, line.unit_amount), ("Repaired; Tested", 0.25), "begun intervals are not added up")

    def test_changed_and_signed_timesheets_are_left_alone(self):
        self._worked((0, 30))
        self.ticket.timesheet_ids.with_user(self.technician).unit_amount = 2
        self._worked((40, 50))
        self.assertEqual(sorted(self.ticket.timesheet_ids.mapped("unit_amount")), [1 / 6, 2])
        self._sign(self._make_ready(self.ticket))
        self._worked((60, 70))
        self.assertEqual(len(self.ticket.timesheet_ids), 3)

    def test_a_timesheet_for_each_day(self):
        with self._at(MONDAY):
            self._start()
        with self._at(MONDAY + timedelta(hours=1)):
            self._pause()
        with self._at(MONDAY + timedelta(days=1)):
            self._start()
        with self._at(MONDAY + timedelta(days=1, hours=2)):
            self._stop()
        lines = self.ticket.timesheet_ids.sorted("date")
        self.assertEqual(lines.mapped("unit_amount"), [1, 2])
        self.assertEqual([str(line.date) for line in lines], ["2026-03-02", "2026-03-03"])

    def test_day_is_the_employees(self):
        with self._at(datetime(2026, 3, 2, 23, 30)):
            self._start()
        self.assertEqual(str(self._worklogs().date), "2026-03-03")

    def test_one_at_a_time(self):
        with self._at(MONDAY):
            self._start()
        with self._at(MONDAY + timedelta(minutes=75)):
            notice = self._start(self.other)
        self.assertIn(self.ticket.number, notice["params"]["message"])
        self.assertIn("01:15", notice["params"]["message"])
        self.assertEqual((self._state(), self._state(self.other)), ("paused", "running"))
        self.assertEqual(self._state(user=self.second), "idle")
        with self._at(MONDAY + timedelta(minutes=80)):
            self._start(user=self.second)
        self.assertEqual((self._state(self.other), self._state(user=self.second)), ("running", "running"))

    def test_pressed_twice(self):
        with self._at(MONDAY):
            self.assertIs(self._start(), True)
            self.assertIs(self._start(), True)
        self.assertEqual(len(self._worklogs()), 1)
        with self._at(MONDAY + timedelta(minutes=5)):
            self._pause()
            self._pause()
            wizard = self._stop()
            wizard.action_confirm()
        self.assertEqual(len(self._worklogs()), 1)
        self.assertEqual(len(self.ticket.timesheet_ids), 1)
        self.assertEqual(self._entries(self._worklogs()).mapped("event"), ["start", "pause"])

    def test_dialog_that_is_closed_loses_nothing(self):
        with self._at(MONDAY):
            self._start()
        with self._at(MONDAY + timedelta(minutes=20)):
            self._stop(description=None)
        self.assertEqual(self._state(), "paused")
        with self._at(MONDAY + timedelta(minutes=90)):
            self._stop()
        self.assertAlmostEqual(self.ticket.timesheet_ids.unit_amount, 1 / 3)

    def test_past_work(self):
        Correction = self.env["ticketing.worklog.correction"].with_user(self.technician)
        with self._at(MONDAY + timedelta(hours=5)):
            values = {"ticket_id": self.ticket.id, "started_on": MONDAY, "ended_on": MONDAY + timedelta(hours=1)}
            wizard = Correction.create({**values, "reason": "the phone was empty"})
            self.assertEqual(wizard.employee_id, self.employee)
            self.assertEqual(wizard.action_confirm()["res_model"], "ticketing.timer.wizard")
            self._stop()
        self.assertEqual(self.ticket.timesheet_ids.unit_amount, 1)
        entry = self._worklogs().entry_ids
        self.assertEqual((entry.event, entry.reason), ("added", "the phone was empty"))

    def test_correction_corrects_the_timesheet(self):
        worklog = self._worked((0, 30))
        worklog.with_user(self.technician)._correct("began earlier", started_on=MONDAY - timedelta(minutes=15))
        self.assertEqual(self.ticket.timesheet_ids.unit_amount, 0.75)
        last = self._entries(worklog)[-1]
        self.assertEqual((last.event, last.author_id, last.reason), ("correction", self.technician, "began earlier"))
        self.assertEqual(last.corrects_id.event, "stop")
        worklog.with_user(self.technician)._correct("not mine", cancel=True)
        self.assertFalse(self.ticket.timesheet_ids)
        self.assertEqual((worklog.state, worklog.seconds), ("cancelled", 0))

    def test_correction_leaves_signed_hours(self):
        worklog = self._worked((0, 30))
        self._sign(self._make_ready(self.ticket))
        worklog.with_user(self.technician)._correct("shorter", ended_on=MONDAY + timedelta(minutes=20))
        self.assertEqual(self.ticket.timesheet_ids.unit_amount, 0.5)
        self.assertEqual(worklog.seconds, 1200)
        self.assertIn("stay as they are", self.ticket.message_ids[0].body)

    def test_running_work_can_be_corrected(self):
        with self._at(MONDAY + timedelta(hours=1)):
            self._start()
            self._worklogs().with_user(self.technician)._correct("forgot to start", started_on=MONDAY)
        self.assertEqual(self._state(), "running")
        with self._at(MONDAY + timedelta(hours=3)):
            self._worklogs().with_user(self.technician)._correct("went", ended_on=MONDAY + timedelta(hours=2))
        self.assertEqual(self._state(), "paused")
        self.assertEqual(self._worklogs().seconds, 7200)


@tagged("post_install", "-at_install")
class TestForgotten(WorklogCase):
    """Timers that somebody forgot."""

    def _cron(self):
        self._run_cron("ir_cron_forgotten_timers")
        self.env.invalidate_all()

    def _reminders(self, user=None):
        kind = self.env.ref("helpdesk_ticketing.activity_type_timer")
        return self.ticket.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def test_reminder_in_his_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"].search([("name", "=", "helpdesk_ticketing")])._update_translations(["es_ES"])
        self.technician.lang = "es_ES"
        with self._at(MONDAY):
            self._start()
        with self._at(MONDAY + timedelta(hours=3, minutes=59)):
            self._cron()
            self.assertFalse(self._reminders())
        with self._at(MONDAY + timedelta(hours=4)):
            self._cron()
            self._cron()
        reminder = self._reminders()
        self.assertEqual((len(reminder), reminder.user_id), (1, self.technician))
        self.assertEqual(reminder.summary, "Su temporizador sigue en marcha")
        self.assertIn("9:00", reminder.note)
        with self._at(MONDAY + timedelta(hours=5)):
            self._pause()
        self.assertFalse(self._reminders())

    def test_capped_at_the_end_of_the_working_day(self):
        with self._at(MONDAY + timedelta(hours=6)):
            self._start()
        closing = datetime(2026, 3, 2, 17)
        with self._at(closing + timedelta(hours=1, minutes=59)):
            self._cron()
            self.assertEqual(self._state(), "running", "overtime is work")
        with self._at(closing + timedelta(hours=2)):
            self._cron()
        worklog = self._worklogs()
        self.assertEqual((worklog.state, worklog.ended_on, worklog.to_confirm), ("paused", closing, True))
        self.assertIn("18:00", self._reminders().summary.replace("6:00", "18:00"))
        self.assertEqual(self._entries(worklog)[-1].event, "cap")
        with self._at(closing + timedelta(hours=15)):
            self._stop()
        self.assertEqual(self.ticket.timesheet_ids.unit_amount, 3)
        self.assertEqual(self._entries(worklog)[-1].event, "confirm")
        self.assertFalse(worklog.to_confirm or self._reminders())

    def test_capped_work_can_be_corrected(self):
        with self._at(MONDAY + timedelta(hours=6)):
            self._start()
        with self._at(MONDAY + timedelta(hours=20)):
            self._cron()
            worklog = self._worklogs()
            worklog.with_user(self.technician)._correct("overtime", ended_on=MONDAY + timedelta(hours=10))
        self.assertEqual((worklog.seconds, worklog.to_confirm), (4 * 3600, False))
        self.assertFalse(self._reminders())

    def test_work_at_night_has_no_working_day(self):
        with self._at(datetime(2026, 3, 2, 22)):
            self._start()
        with self._at(datetime(2026, 3, 3, 3, 59)):
            self._cron()
            self.assertEqual(self._state(), "running")
        with self._at(datetime(2026, 3, 3, 4)):
            self._cron()
        self.assertEqual(self._worklogs().ended_on, datetime(2026, 3, 3, 2))


@tagged("post_install", "-at_install")
class TestRegister(WorklogCase):
    """The register of art. 34.9: only added to, chained, kept, and seen by whom it concerns."""

    def _chain(self):
        return self.env["ticketing.worklog.chain"]._get(self.company)

    def _tamper(self, record, column, value):
        self.env.flush_all()
        self.env.cr.execute(f"UPDATE {record._table} SET {column} = %s WHERE id = %s", [value, record.id])
        self.env.invalidate_all()

    def test_hashes_as_anybody_computes_them(self):
        worklog = self._worked((0, 30))
        worklog.with_user(self.technician)._correct("ñ|x", ended_on=MONDAY + timedelta(minutes=20))
        self.env.cr.flush()
        entries = self.env["ticketing.worklog.entry"].search([("company_id", "=", self.company.id)], order="number")
        previous = ""
        for number, entry in enumerate(entries, start=1):
            moments = [moment.isoformat() if moment else "" for moment in (entry.started_on, entry.ended_on)]
            row = [number, entry.company_id.id, entry.employee_id.id, entry.user_id.id, entry.worklog_id.id]
            row += [entry.ticket_id.id, entry.event, *moments, entry.corrects_id.id or 0, entry.author_id.id]
            row += [entry.recorded_on.isoformat(), entry.reason or ""]
            previous = hashlib.sha256(f"{previous}\n{'|'.join(map(str, row))}".encode()).hexdigest()
            self.assertEqual((entry.number, entry.hash), (number, previous))

    def test_tampering_is_found(self):
        self._worked((0, 30), (40, 50))
        chain = self._chain()
        self.assertEqual(chain._verify(), [])
        first, second, third, last = self._entries(self._worklogs())
        for record, column, value in (
            (second, "ended_on", MONDAY + timedelta(minutes=10)),
            (second, "recorded_on", MONDAY),
            (first, "reason", "because"),
            (third, "number", 77),
            (last, "hash", "0" * 64),
            (self._worklogs()[0], "ended_on", MONDAY + timedelta(minutes=20)),
            (self._worklogs()[0], "state", "cancelled"),
        ):
            with self.subTest(record=record, column=column), self.env.cr.savepoint():
                before = record[column]
                self._tamper(record, column, value)
                self.assertTrue(chain._verify())
                self._tamper(record, column, before or None)
                self.assertEqual(chain._verify(), [])

    def test_missing_rows_are_found(self):
        self._worked((0, 30), (40, 50))
        chain = self._chain()
        self.assertEqual(chain._verify(), [])
        entries = self._entries(self._worklogs())
        numbers = entries.mapped("number")
        for entry, named in ((entries[0], numbers[1]), (entries[2], numbers[3]), (entries[3], numbers[3])):
            with self.subTest(entry=entry.id):
                savepoint = self.env.cr.savepoint()
                self.env.cr.execute("DELETE FROM ticketing_worklog_entry WHERE id = %s", [entry.id])
                self.env.invalidate_all()
                self.assertIn(f"Row {named}", chain._verify()[0])
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_nightly_check_tells_an_administrator(self):
        self._worked((0, 30))
        self._tamper(self._entries(self._worklogs())[0], "reason", "because")
        with mute_logger("odoo.addons.helpdesk_ticketing.models.ticketing_self_check"):
            self.env["ticketing.self.check"]._cron_self_check()
        self.assertIn("was changed", self._chain().activity_ids.note)
        self.assertEqual(self._chain().with_user(self.manager).action_verify()["params"]["type"], "danger")

    def test_nobody_changes_or_deletes(self):
        worklog = self._worked((0, 30))
        entry = self._entries(worklog)[0]
        administrator = self.env.ref("base.user_admin")
        for user in (self.technician, self.manager, administrator):
            for record in (entry, worklog):
                with self.subTest(user=user.login, record=record._name):
                    mine = record.with_user(user)
                    with self.assertRaises(UserError):
                        mine.write({"started_on": MONDAY - timedelta(hours=1)})
                    with self.assertRaises(UserError):
                        mine.unlink()
                    with self.assertRaises(UserError):
                        mine.copy()
        with self.assertRaisesRegex(UserError, "never changed"):
            entry.sudo().reason = "superuser"
        with self.assertRaisesRegex(UserError, "four years"):
            entry.sudo().unlink()
        with self.assertRaisesRegex(UserError, "four years"):
            worklog.sudo().unlink()
        with self.assertRaisesRegex(UserError, "archive"):
            self.ticket.with_user(administrator).unlink()

    def test_oldest_rows_may_go_after_four_years(self):
        worklogs = self._worked((0, 30), (40, 50))
        chain = self._chain()
        self.assertEqual(chain._verify(), [])
        first, second, *__ = entries = self._entries(worklogs)
        administrator = new_test_user(self.env, "desk.administrator", groups="helpdesk_ticketing.group_admin")
        administrator.tz = "UTC"
        with self._at(datetime(2030, 3, 2, 8, 20)):
            with self.assertRaisesRegex(UserError, "four years"):
                (first | second).with_user(administrator).unlink()
        with self._at(datetime(2030, 3, 3)):
            with self.assertRaisesRegex(UserError, "oldest"):
                second.with_user(administrator).unlink()
            with self.assertRaisesRegex(UserError, "oldest"):
                (first | entries[2]).with_user(administrator).unlink()
            with self.assertRaises(AccessError):
                first.with_user(self.manager).unlink()
            (first | second).with_user(administrator).unlink()
            self.assertFalse(worklogs[0].exists())
            self.assertTrue(worklogs[1].exists())
            self.assertEqual(chain._verify(), [])
            self.env.cr.execute("DELETE FROM ticketing_worklog_entry WHERE id = %s", [entries[2].id])
            self.assertTrue(chain._verify())

    def test_who_sees_what(self):
        self._worked((0, 30))
        self._worked((0, 30), ticket=self.other, user=self.second)
        inspector = new_test_user(self.env, "inspector", groups="helpdesk_ticketing.group_register_reader")
        personnel = new_test_user(self.env, "personnel", groups="base.group_user,hr.group_hr_user")
        stranger = new_test_user(self.env, "stranger", groups=MANAGER)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere", "iap_enrich_auto_done": True})
        foreign = new_test_user(
            self.env,
            "foreign",
            groups="helpdesk_ticketing.group_register_reader",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        for model in ("ticketing.worklog", "ticketing.worklog.entry"):
            for user, seen in (
                (self.technician, self.employee),
                (self.second, self.second_employee),
                (self.manager, self.employee | self.second_employee),
                (inspector, self.employee | self.second_employee),
                (personnel, self.employee | self.second_employee),
                (self.accountant, self.env["hr.employee"]),
                (stranger, self.env["hr.employee"]),
                (foreign, self.env["hr.employee"]),
            ):
                with self.subTest(model=model, user=user.login):
                    domain = [("employee_id", "in", (self.employee | self.second_employee).ids)]
                    self.assertEqual(self.env[model].with_user(user).search(domain).sudo().employee_id, seen)
        with self.assertRaises(UserError):
            self.env["ticketing.worklog"].with_user(inspector).create({"employee_id": self.employee.id})

    def test_who_corrects(self):
        worklog = self._worked((0, 30))
        inspector = new_test_user(self.env, "inspector", groups="helpdesk_ticketing.group_register_reader")
        self.assertTrue(worklog.with_user(self.technician).action_open_correction())
        self.assertTrue(worklog.with_user(self.manager).action_open_correction())
        with self.assertRaisesRegex(UserError, "corrects this"):
            worklog.with_user(inspector).action_open_correction()
        Correction = self.env["ticketing.worklog.correction"]
        with self.assertRaises(UserError):
            Correction.with_user(inspector).create({"worklog_id": worklog.id, "reason": "x"}).action_confirm()
        with self.assertRaises(AccessError):
            Correction.with_user(self.second).create({"worklog_id": worklog.id, "reason": "x"}).action_confirm()

    def test_overlap_is_refused_by_the_database(self):
        self._worked((0, 30))
        with self.assertRaisesRegex(Exception, "no_overlap"), self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.env.cr.execute(
                "UPDATE ticketing_worklog SET started_on = %s, ended_on = %s", [MONDAY, MONDAY + timedelta(minutes=1)]
            )
            self.env.cr.execute(
                """
                INSERT INTO ticketing_worklog (employee_id, user_id, company_id, kind, source, state, started_on)
                SELECT employee_id, user_id, company_id, kind, source, 'running', started_on FROM ticketing_worklog LIMIT 1
                """
            )

    def test_queries_of_a_start(self):
        with self._at(MONDAY):
            self._start()
            self.env.cr.flush()
        self.env.invalidate_all()
        with self._at(MONDAY + timedelta(hours=1)):
            count = self.env.cr.sql_log_count
            self._start(self.other)
            self.env.cr.flush()
            self.assertLessEqual(self.env.cr.sql_log_count - count, 45)

    def test_future(self):
        with self._at(MONDAY):
            worklog = self._worked((0, 0))
            with self.assertRaisesRegex(ValidationError, "future"):
                worklog._correct("x", ended_on=fields.Datetime.now() + timedelta(minutes=1))
