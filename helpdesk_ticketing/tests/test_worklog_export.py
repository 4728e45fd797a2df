import io
import zipfile
from datetime import date, timedelta

import openpyxl
import pypdf

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .test_worklog import MONDAY, WorklogCase

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestWorklogExport(WorklogCase, HttpCase):
    """The register as XLSX and PDF, for workers, their representatives and the inspector."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inspector = new_test_user(
            cls.env, login="inspector", password="inspector", groups="helpdesk_ticketing.group_register_reader"
        )
        cls.technician.password = "technician"
        cls.employee.identification_id = "12345678Z"

    def setUp(self):
        super().setUp()
        self._worked((0, 60), (75, 120))
        self._worked((150, 180), ticket=self.other)
        self._worked((0, 30), ticket=self._create_ticket(), user=self.second)
        with self._at(MONDAY + 30 * DAY):
            self._start()
        with self._at(MONDAY + 30 * DAY + timedelta(hours=2)):
            self._stop()
        self.env.cr.flush()

    def _export(self, user, **values):
        return (
            self.env["ticketing.worklog.export"]
            .with_user(user)
            .create({"date_from": date(2026, 3, 1), "date_to": date(2026, 4, 30), **values})
        )

    def _read(self, export):
        file = io.BytesIO()
        export._write_xlsx(file)
        book = openpyxl.load_workbook(file)
        return [list(sheet.iter_rows(values_only=True)) for sheet in book]

    def test_days_and_register(self):
        days, entries = self._read(self._export(self.inspector))
        self.assertEqual(
            days[0][:8],
            ("Employee", "Identification", "Day", "Start", "End", "Effective", "Pauses", "Not Accounted For"),
        )
        mine = [row for row in days[1:] if row[0] == "Desk.Technician"]
        name, identification, day, start, end, *times = mine[0][:8]
        self.assertEqual((identification, day.date()), ("12345678Z", MONDAY.date()))
        self.assertEqual((f"{start:%H:%M}", f"{end:%H:%M}"), ("09:00", "12:00"))
        # 9:00-10:00 and 10:15-11:00 with a pause, then another ticket from 11:30: nobody knows what was in between
        self.assertEqual([str(time) for time in times], ["2:15:00", "0:15:00", "0:30:00"])
        self.assertEqual(len(mine), 2)
        totals = [row for row in days if row[0].startswith("Total of")]
        self.assertEqual(
            [row[0] for row in totals],
            ["Total of 03/2026, Desk.Technician", "Total of 04/2026, Desk.Technician", "Total of 03/2026, Second"],
        )
        numbers = [row[0] for row in entries[1:]]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        rows = self.env["ticketing.worklog.entry"].search([], order="number")
        self.assertEqual([row[10] for row in entries[1:]], rows.mapped("hash"))

    def test_own_days_only(self):
        days, entries = self._read(self._export(self.second))
        self.assertEqual({row[0] for row in days[1:]}, {"Second", "Total of 03/2026, Second"})
        self.assertEqual({row[2] for row in entries[1:]}, {"Second"})

    def test_manager_sees_no_identity_cards(self):
        days, __ = self._read(self._export(self.manager))
        self.assertEqual({row[0] for row in days[1:] if "Total" not in row[0]}, {"Desk.Technician", "Second"})
        self.assertFalse(any(row[1] for row in days[1:]))

    def test_download(self):
        export = self._export(self.technician)
        url = export.action_export_xlsx()["url"]
        self.authenticate(self.technician.login, "technician")
        response = self.url_open(url)
        self.assertEqual(response.headers["Content-Type"].split(".")[-1], "sheet")
        self.assertEqual(openpyxl.load_workbook(io.BytesIO(response.content)).sheetnames, ["Days", "Register"])
        self.authenticate("inspector", "inspector")
        with mute_logger("odoo.http"):
            self.assertNotEqual(self.url_open(url).status_code, 200)

    def test_pdf(self):
        export = self._export(self.inspector, employee_ids=self.employee.ids)
        self.assertEqual(export.action_export_pdf()["type"], "ir.actions.report")
        report = self.env["ir.actions.report"].with_user(self.inspector).with_context(force_report_rendering=True)
        content, __ = report._render_qweb_pdf("helpdesk_ticketing.worklog_report", export.ids)
        pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]
        self.assertEqual(len(pages), 2, "a page a month")
        for text in ("03/2026", "Desk.Technician", "12345678Z", "2:15:00", "Europe/Madrid", self.company.name):
            self.assertIn(text, pages[0])
        self.assertIn("04/2026", pages[1])

    # Many people, many years

    def test_long_pdf_is_made_in_the_background(self):
        self.env.cr.execute(
            """
            INSERT INTO ticketing_worklog (employee_id, user_id, company_id, kind, source, state, started_on, ended_on, date,
                seconds, hours)
            SELECT %s, %s, %s, 'work', 'timer', 'stopped', month, month + interval '8 hours', month::date, 28800, 8
              FROM generate_series('2001-01-01'::timestamp, '2013-06-01'::timestamp, '1 month') month
            """,
            [self.employee.id, self.technician.id, self.company.id],
        )
        self.env.invalidate_all()
        export = self._export(self.inspector, date_from=date(2001, 1, 1))
        # 150 months; and of 2026, two of the technician and one of his colleague
        archive = self.env["ticketing.worklog.archive"].browse(export.action_export_pdf()["res_id"])
        self.assertEqual(archive.total, 13 + 1 + 1)
        self.assertEqual(archive.parts[0], [self.employee.id, 2001])
        self.assertEqual(archive.user_id, self.inspector)
        export.date_to = date(2013, 6, 30)
        self.assertEqual(export.action_export_pdf()["type"], "ir.actions.report", "150 are waited for")

    def _make_archive(self, user):
        archive = self.env["ticketing.worklog.archive"].browse(self._export(user)._start_archive()["res_id"])
        while archive.state == "waiting":
            archive.with_context(force_report_rendering=True)._try_part()
        return archive

    def _get_told(self, archive):
        return self.env["mail.message"].search([("model", "=", archive._name), ("res_id", "=", archive.id)])

    def test_archive(self):
        archive = self._make_archive(self.inspector)
        self.assertEqual((archive.state, archive.done, archive.total, archive.progress), ("done", 2, 2, 100))
        told = self._get_told(archive)
        self.assertIn("is ready", told.body)
        self.assertEqual(told.notified_partner_ids, self.inspector.partner_id)
        url = archive.with_user(self.inspector).action_download()["url"]
        self.authenticate("inspector", "inspector")
        file = zipfile.ZipFile(io.BytesIO(self.url_open(url).content))
        mine, second = file.namelist()
        self.assertEqual(mine, "Desk.Technician, 12345678Z, 2026.pdf")
        self.assertEqual(second, f"Second, {self.second_employee.id}, 2026.pdf")
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file.read(mine))).pages]
        self.assertEqual([text.count("Total") for text in pages], [1, 1], "a page a month")
        self.authenticate(self.technician.login, "technician")
        with mute_logger("odoo.http"):
            self.assertNotEqual(self.url_open(url).status_code, 200)
        with self.assertRaises(AccessError):
            archive.with_user(self.technician).read(["parts"])
        documents = archive._get_documents()
        self.env.cr.execute(
            "UPDATE ticketing_worklog_archive SET create_date = create_date - interval '15 days' WHERE id = %s",
            [archive.id],
        )
        self.env.invalidate_all()
        self.env["ticketing.worklog.archive"]._gc_old()
        self.assertFalse(archive.exists())
        self.assertFalse(documents.exists())

    @mute_logger("odoo.addons.helpdesk_ticketing.models.ticketing_worklog_archive")
    def test_archive_that_fails(self):
        """What its user may not see is not made for him; an error is told, and it can be tried again."""
        archive = self.env["ticketing.worklog.archive"].browse(self._export(self.second)._start_archive()["res_id"])
        self.assertEqual(archive.parts, [[self.second_employee.id, 2026]])
        archive.parts = [[self.employee.id, 2026], [self.second_employee.id, "then"]]
        archive.total = 2
        self.env.ref("helpdesk_ticketing.ir_cron_worklog_archive").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((archive.state, archive.done), ("failed", 1))
        self.assertFalse(archive._get_documents())
        self.assertIn("could not be made", self._get_told(archive).body)
        archive.with_user(self.second).action_retry()
        self.assertEqual((archive.state, archive.error), ("waiting", False))

    def test_days_by_sql_are_those_of_the_list(self):
        """What the pivot says is what the days add up to, where nothing overlaps."""
        export = self._export(self.inspector, employee_ids=self.employee.ids)
        worked = sum(day.effective for __, day, __ in export._iterate_days(self.employee))
        [[total]] = self.env["ticketing.worklog"]._read_group(export._get_domain(), [], ["hours:sum"])
        self.assertAlmostEqual(total, worked / 3600)
        self.assertEqual(worked, int((2.25 + 2) * 3600))
