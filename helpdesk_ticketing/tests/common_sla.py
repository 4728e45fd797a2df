"""A desk that promises: Monday to Friday from 8 to 12 and 13 to 17 hours in Madrid."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from .common import TicketingCase

# A Monday in winter: Madrid is an hour ahead of UTC.
MONDAY = datetime(2026, 3, 2)
HOUR = 3600


@tagged("post_install", "-at_install")
class SlaCase(TicketingCase):
    """Time stands still, and is moved by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Policy = cls.env["ticketing.sla.policy"]
        cls.Policy.search([]).active = False  # those of the demo company
        cls.calendar = cls._create_calendar("Madrid office", "Europe/Madrid")
        cls.team.resource_calendar_id = cls.calendar
        cls.waiting = cls.env.ref("helpdesk_ticketing.stage_waiting")
        cls.open = cls.env.ref("helpdesk_ticketing.stage_open")
        cls.solved = cls.env.ref("helpdesk_ticketing.stage_solved")
        cls.cause = cls.env["ticketing.sla.cause"].create({"name": "Caused by the customer (test)"})

    @classmethod
    def _create_calendar(cls, name, tz, hours=((8, 12), (13, 17)), days=range(5), **values):
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": tz,
                "company_id": cls.company.id,
                "hours_per_day": sum(end - start for start, end in hours) or 8,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": "morning" if start < 12 else "afternoon",
                        }
                    )
                    for day in days
                    for start, end in hours
                ],
                **values,
            }
        )

    @classmethod
    def _create_policy(cls, name="Resolution", target="resolution", duration=8, **values):
        return cls.Policy.create({"name": name, "target": target, "duration": duration, **values})

    def setUp(self):
        super().setUp()
        self._go_to(MONDAY + timedelta(hours=8))  # 9 in Madrid

    def _go_to(self, moment):
        """Move the time: naive UTC."""
        if getattr(self, "clock", None):
            self.clock.move_to(moment)
            return
        freezer = freeze_time(moment)
        self.clock = freezer.start()
        self.addCleanup(freezer.stop)

    def _pass(self, **length):
        self._go_to(fields.Datetime.now() + timedelta(**length))

    def _status(self, ticket, policy=None):
        statuses = ticket.sla_status_ids
        return statuses.filtered(lambda status: status.policy_id == policy) if policy else statuses
