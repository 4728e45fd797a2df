from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common_contract import ContractCase
from .common_progress import ProgressCase

EVENING, NIGHT = "2026-11-23 22:30:00", "2026-11-23 23:30:00"  # UTC: the same day there, two days in Madrid
BEFORE, AFTER = date(2026, 11, 23), date(2026, 11, 24)


@tagged("post_install", "-at_install")
class TestMidnight(ContractCase, ProgressCase):
    """Between the midnight of the company and that of the scheduler, who has no time zone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Europe/Madrid"

    def test_days_of_a_company(self):
        moment = datetime(2026, 11, 23, 23, 30)
        self.assertEqual(self.company._get_ticketing_day(moment), AFTER)
        self.company.resource_calendar_id = self.company.resource_calendar_id.copy({"tz": "America/Lima"})
        self.assertEqual(self.company._get_ticketing_day(moment), BEFORE, "its zone is not kept for good")

    def test_approved_on_the_day_after_the_draft(self):
        """Whatever the accountant's own zone is, an invoice is dated by the company's, and not due before."""
        with freeze_time(EVENING):
            requests = self._signed_note().billing_request_ids | self._signed_note().billing_request_ids
            self._run_billing()
        self.assertEqual(requests.invoice_id.mapped("invoice_date_due"), [BEFORE] * 2)
        with freeze_time(NIGHT):
            requests[0].with_user(self.accountant).action_approve()
            invoice = requests[1].invoice_id.with_user(self.accountant)
            invoice.with_context(tz="Europe/Madrid").action_post()  # on its form
        for invoice in requests.invoice_id:
            self.assertEqual((invoice.invoice_date, invoice.invoice_date_due), (AFTER, AFTER))
            self.assertIn(AFTER, invoice.line_ids.mapped("date_maturity"))

    def test_posted_by_somebody_without_a_zone(self):
        """On its form, from wherever: the invoice has the company's day."""
        with freeze_time(EVENING):
            invoice = self._signed_note().billing_request_ids
            self._run_billing()
        with freeze_time(NIGHT):
            invoice = invoice.invoice_id.with_user(self.accountant).with_context(tz=False)
            self.accountant.tz = False
            invoice.action_post()
        self.assertEqual((invoice.invoice_date, invoice.date, invoice.invoice_date_due), (AFTER, AFTER, AFTER))

    def test_approved_by_the_scheduler(self):
        self.team.auto_approve_amount = 100000
        with freeze_time(NIGHT):
            request = self._signed_note().billing_request_ids
            self._run_billing()
        invoice = request.invoice_id
        self.assertEqual((invoice.state, invoice.invoice_date, invoice.invoice_date_due), ("posted", AFTER, AFTER))

    def test_contract(self):
        with freeze_time(NIGHT):
            contract = self._create_contract(date_start=AFTER, date_end=AFTER)
            ticket = self._create_ticket(happened_on=datetime(2026, 11, 23, 23, 10))
            self.assertEqual((contract.state, ticket.contract_id), ("active", contract))
            contract.with_user(self.manager).action_cancel()
            self.assertEqual(contract.cancelled_on, AFTER, "what is worked tonight stays covered")

    def test_plan(self):
        plan = self._make_plan(method="completion", next_date=AFTER)
        self.env["project.task"].create({"name": "Boiler", "project_id": self.project.id, "state": "1_done"})
        with freeze_time(EVENING):
            self._run_cron("ir_cron_certify")
        self.assertFalse(plan.certificate_ids)
        with freeze_time(NIGHT):
            self._run_cron("ir_cron_certify")
        self.assertEqual(plan.certificate_ids.period_end, AFTER)
        self.assertEqual(plan.next_date, AFTER + timedelta(days=30))

    def test_solved_by_an_article(self):
        """Deflections and the tickets beside them are of the same day, the company's."""
        report = self.env["ticketing.deflection.report"]
        article = self.env["ticketing.article"].create({"name": "A", "state": "published"})
        ticket = self._create_ticket(channel_id=self.env.ref("helpdesk_ticketing.channel_portal").id)
        self.env.cr.execute("UPDATE ticketing_ticket SET create_date = %s WHERE id = %s", (NIGHT, ticket.id))
        with freeze_time(NIGHT):
            solved = article.with_context(tz=False)._count_solved("somebody", "portal")
        rows = report.search([("id", "in", (-ticket.id, solved.id))])
        self.assertEqual(rows.mapped("date"), [AFTER, AFTER])
        self.assertEqual(sorted(rows.mapped("tickets")), [0, 1])
