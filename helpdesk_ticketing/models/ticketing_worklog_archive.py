import logging
import re
from datetime import date, timedelta

import psycopg2

from odoo import Command, api, fields, models

KEPT_DAYS = 14  # personal data is not left lying about: who needs it later exports again

_logger = logging.getLogger(__name__)


class TicketingWorklogArchive(models.Model):
    """The register of many people and years on paper, as the Labour Inspectorate asks for it.

    A document for each employee and year, with a page for each month, made one by one by a scheduled action: no request
    waits for them, and what is made stays made, whatever is restarted. They hold what their user may see.
    """

    _name = "ticketing.worklog.archive"
    _description = "Register of Working Time as PDF"
    _inherit = ["mail.thread"]
    _order = "id desc"

    company_id = fields.Many2one("res.company", "Employer", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "For", required=True, readonly=True, index=True, ondelete="cascade")
    date_from = fields.Date("From", required=True, readonly=True)
    date_to = fields.Date("To", required=True, readonly=True)
    parts = fields.Json(readonly=True, help="Employee and year of each document.")
    total = fields.Integer("Documents", readonly=True)
    done = fields.Integer("Made", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    state = fields.Selection(
        [("waiting", "In Preparation"), ("done", "Ready"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
    )
    error = fields.Text(readonly=True)

    @api.depends("done", "total")
    def _compute_progress(self):
        for archive in self:
            archive.progress = 100 * archive.done / archive.total if archive.total else 0

    @api.depends("date_from", "date_to")
    def _compute_display_name(self):
        for archive in self:
            archive.display_name = self.env._(
                "Working Time %(first)s - %(last)s", first=archive.date_from, last=archive.date_to
            )

    # Making

    def _start(self):
        self.env["ir.cron"]._trigger_at_commit("helpdesk_ticketing.ir_cron_worklog_archive")

    @api.model
    def _cron_make(self):
        """Make what is asked for, document by document, as long as there is time; the next run goes on from there."""
        cron = self.env["ir.cron"]
        waiting = self.search([("state", "=", "waiting")], order="id")
        cron._commit_progress(remaining=sum(archive.total - archive.done for archive in waiting))
        for archive in waiting:
            while archive.try_lock_for_update() and archive.state == "waiting":
                archive._try_part()
                if not cron._commit_progress(1):
                    return

    def _try_part(self):
        """Make the next document; an error stays on the record, for its user to see."""
        try:
            with self.env.cr.savepoint():
                self._make_part(*self.parts[self.done])
                self.done += 1
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise  # a conflict with another worker: the run is repeated
        except Exception as error:  # whatever a template or wkhtmltopdf does wrong
            _logger.warning("PDF of the register, archive %s: %s", self.id, error, exc_info=True)
            self.env.invalidate_all()
            self.write({"state": "failed", "error": str(error)})
            self._tell(self.env._("The PDF of working time could not be made: open it and try again."))
            return
        if self.done == self.total:
            self.state = "done"
            self._tell(self.env._("The PDF of working time is ready: download it within %s days.", KEPT_DAYS))

    def _make_part(self, employee_id, year):
        mine = self._as_its_user()
        export = mine.env["ticketing.worklog.export"].create(
            {
                "company_id": self.company_id.id,
                "date_from": max(self.date_from, date(year, 1, 1)),
                "date_to": min(self.date_to, date(year, 12, 31)),
                "employee_ids": [Command.set([employee_id])],
            }
        )
        employee = export._get_employees()
        if not employee:
            return  # what he sees no more is not given to him
        content, __ = mine.env["ir.actions.report"]._render_qweb_pdf("helpdesk_ticketing.worklog_report", export.ids)
        number = export._get_identification(employee) or employee.id
        name = re.sub(r'[\\/:*?"<>|]', "-", f"{employee.name}, {number}, {year}")
        self.env["ir.attachment"].create(
            {
                "name": f"{name}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _as_its_user(self):
        """Return this with the rights, the language and the time zone of whom it is made for."""
        user = self.user_id
        return self.with_user(user).with_context(lang=user.lang, tz=user.tz, allowed_company_ids=self.company_id.ids)

    def _tell(self, text):
        archive = self.with_context(lang=self.user_id.lang)
        archive.message_notify(partner_ids=self.user_id.partner_id.ids, subject=archive.display_name, body=text)

    # For its user

    def action_reload(self):
        """The form shows how far it is."""
        return True

    def action_retry(self):
        self.check_access("read")
        archives = self.sudo().filtered(lambda archive: archive.state == "failed")  # his own, see its rule
        archives.write({"state": "waiting", "error": False})
        archives._start()

    def action_download(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/ticketing/worklog/archive/{self.id}", "target": "self"}

    def _get_documents(self):
        """Return the documents that are made, in order."""
        return self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)], order="name, id"
        )

    @api.autovacuum
    def _gc_old(self):
        self.search([("create_date", "<", fields.Datetime.now() - timedelta(days=KEPT_DAYS))]).unlink()
