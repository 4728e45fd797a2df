from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.helpdesk_ticketing.tests.test_worklog import MONDAY, WorklogCase

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestAttendance(WorklogCase):
    """What people check in and out is in the register, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.ticketing_timer_checks_in = False
        cls.company.auto_check_out = False

    def _check_in(self, at=MONDAY, **values):
        with self._at(at):
            return self.env["hr.attendance"].create({"employee_id": self.employee.id, "check_in": at, **values})

    def _check_out(self, attendance, at):
        with self._at(at):
            attendance.check_out = at

    def _presence(self):
        self.env.cr.flush()
        return self.env["ticketing.worklog"].search(
            [("employee_id", "=", self.employee.id), ("kind", "=", "presence")], order="id"
        )

    def _rows(self):
        entries = self._presence().entry_ids.sorted("number")
        return [(entry.event, entry.started_on, entry.ended_on) for entry in entries]

    def _verify(self):
        return self.env["ticketing.worklog.chain"]._get(self.company)._verify()

    def _day(self):
        export = self.env["ticketing.worklog.export"].create({"date_from": MONDAY.date(), "date_to": MONDAY.date()})
        [(__, day, __)] = export._iterate_days(self.employee)
        return day

    def test_a_day(self):
        self._check_out(self._check_in(), MONDAY + 4 * HOUR)
        self._check_out(self._check_in(MONDAY + 5 * HOUR), MONDAY + 9 * HOUR)
        first, second = (MONDAY, MONDAY + 4 * HOUR), (MONDAY + 5 * HOUR, MONDAY + 9 * HOUR)
        self.assertEqual(
            self._rows(),
            [
                ("check_in", first[0], False),
                ("check_out", *first),
                ("check_in", second[0], False),
                ("check_out", *second),
            ],
        )
        day = self._day()
        self.assertEqual((day.effective, day.paused, day.unaccounted), (8 * 3600, 3600, 0))
        self.assertEqual(self._verify(), [])

    def test_tickets_do_not_count_twice(self):
        attendance = self._check_in()
        self._worked((60, 120), (150, 180))
        self._check_out(attendance, MONDAY + 9 * HOUR)
        day = self._day()
        self.assertEqual((day.start, day.effective, day.paused, day.unaccounted), (MONDAY, 9 * 3600, 0, 0))
        self.assertEqual(self.ticket.timesheet_ids.unit_amount, 1.5)

    def test_what_is_changed_later_leaves_a_trace(self):
        attendance = self._check_in()
        self._check_out(attendance, MONDAY + 9 * HOUR)
        self.env.cr.flush()
        attendance.with_user(self.env.ref("base.user_admin")).check_out = MONDAY + 8 * HOUR
        presence = self._presence()
        last = presence.entry_ids.sorted("number")[-1]
        self.assertEqual((last.event, last.ended_on, last.author_id.login), ("correction", MONDAY + 8 * HOUR, "admin"))
        self.assertEqual((last.reason, last.corrects_id.event), ("Changed in Attendances", "check_out"))
        attendance.employee_id = self.second_employee
        self.assertEqual(
            (self._presence().state, self._presence().entry_ids.sorted("number")[-1].event), ("cancelled", "cancel")
        )
        attendance.unlink()
        self.env.cr.flush()
        others = self.env["ticketing.worklog"].search([("employee_id", "=", self.second_employee.id)])
        self.assertEqual(others.entry_ids.sorted("number").mapped("event"), ["added", "cancel"])
        self.assertEqual(self._verify(), [])

    def test_entered_afterwards(self):
        with self._at(MONDAY + 24 * HOUR):
            values = {"employee_id": self.employee.id, "check_in": MONDAY, "check_out": MONDAY + HOUR}
            self.env["hr.attendance"].create(values)
        self.assertEqual(self._rows(), [("added", MONDAY, MONDAY + HOUR)])

    def test_who_goes_stops_his_timer(self):
        attendance = self._check_in()
        with self._at(MONDAY + HOUR):
            self._start()
        self._check_out(attendance, MONDAY + 3 * HOUR)
        self.assertEqual(self._state(), "paused")
        with self._at(MONDAY + 20 * HOUR):
            self._stop()
        self.assertEqual(self.ticket.timesheet_ids.unit_amount, 2)

    def test_timer_checks_in(self):
        self.company.ticketing_timer_checks_in = True
        with self._at(MONDAY):
            self._start()
        attendance = self.employee.last_attendance_id
        self.assertEqual((attendance.check_in, attendance.check_out), (MONDAY, False))
        with self._at(MONDAY + HOUR):
            self._start(self.other)
        self.assertEqual(self.env["hr.attendance"].search_count([("employee_id", "=", self.employee.id)]), 1)

    def test_core_checks_out_by_itself(self):
        self.company.write({"auto_check_out": True, "auto_check_out_tolerance": 1})
        attendance = self._check_in()
        with self._at(MONDAY + 11 * HOUR):
            self.env["hr.attendance"]._cron_auto_check_out()
        self.assertEqual(attendance.out_mode, "auto_check_out")
        self.assertEqual(self._rows()[1:], [("check_out", MONDAY, attendance.check_out)], "one row, not two")

    def test_absences_are_no_work(self):
        self._check_in(in_mode="technical", check_out=MONDAY + timedelta(seconds=1))
        self.assertFalse(self._presence())
