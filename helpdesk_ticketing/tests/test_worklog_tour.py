from odoo.tests import HttpCase, tagged

from .test_worklog import WorklogCase


@tagged("post_install", "-at_install")
class TestWorklogTour(WorklogCase, HttpCase):
    """The timer in a real browser, on a telephone and on a desk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician.password = cls.technician.login

    def _check(self):
        worklogs = self._worklogs()
        self.assertEqual(worklogs.mapped("ended_by"), ["pause", "stop"])
        self.assertEqual(self.ticket.timesheet_ids.name, "Valve replaced")
        self.assertEqual(self.ticket.timesheet_ids.worklog_ids, worklogs)

    def test_phone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour(f"/odoo/my-tickets/{self.ticket.id}", "ticketing_timer_phone", login="desk.technician")
        self._check()

    def test_desktop(self):
        self.start_tour(f"/odoo/my-tickets/{self.ticket.id}", "ticketing_timer", login="desk.technician")
        self._check()
