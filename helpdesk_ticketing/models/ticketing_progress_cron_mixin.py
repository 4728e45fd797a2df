import logging

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.closing_day import get_closing_day

_logger = logging.getLogger(__name__)


class TicketingProgressCronMixin(models.AbstractModel):
    """What plans do on their days: make the next certificate ready to look at, release what is held back."""

    _name = "ticketing.progress.cron.mixin"
    _description = "Billing Plan: What is Done on its Days"

    told_date = fields.Date(
        readonly=True, copy=False, help="For which certificate its manager was told that another one is open still."
    )
    cadence_day = fields.Integer(
        "Day of the Certificates",
        compute="_compute_cadence_day",
        store=True,
        readonly=False,
        help="Day of the month; 31: the last one. The date of the next certificate sets it.",
    )

    @api.depends("next_date")
    def _compute_cadence_day(self):
        """A date that somebody chooses says on which day; those that follow it are written along with theirs."""
        for plan in self:
            date = plan.next_date
            plan.cadence_day = date and (31 if date == fields.Date.end_of(date, "month") else date.day)

    @api.model
    def _cron_certify(self):
        """Make the certificates whose day has come; a transaction for each plan."""
        due = [("state", "=", "running"), ("method", "=", "completion"), *self._get_days_come("next_date")]
        self._work_off_days(due, "next_date, id", "_certify_on_its_day", self.env._("Certificate not made"))

    @api.model
    def _cron_release(self):
        """Release what is held back until a day that has come, of plans that were given up too; a transaction for each."""
        due = [("holds_retention", "=", True), *self._get_days_come("retention_date")]
        self._work_off_days(due, "retention_date, id", "_release_retention", self.env._("Retention not released"))

    @api.model
    def _get_days_come(self, name):
        """Return the domain of the plans whose day has come where their company is.

        :param str name: of the field with the day
        """
        by_day = {}
        for (company,) in self._read_group([(name, "!=", False)], ["company_id"]):
            by_day.setdefault(company._get_ticketing_today(), []).append(company.id)
        return list(Domain.OR([(name, "<=", day), ("company_id", "in", ids)] for day, ids in by_day.items()))

    @api.model
    def _work_off_days(self, due, order, method, failure):
        """Take one plan after the other, locked; one that fails stops no other, and its manager is told.

        :param due: domain of the plans
        :param str method: what to do with each
        :param failure: summary of the activity where that fails
        """
        plans = self.search(due, order=order)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(plans))
        for plan in plans:
            locked = plan.try_lock_for_update()
            locked.invalidate_recordset()
            if locked.filtered_domain(due):  # read again behind the lock: another worker may have been faster
                locked._in_its_terms()._try_day(method, failure)
            if not cron._commit_progress(1):
                return

    def _in_its_terms(self):
        """Return the plan as its own people have it: their company and its day, and who manages it reads what is told."""
        user, company = self._get_manager(), self.company_id
        return self.with_company(company).with_context(
            lang=user.lang or company.partner_id.lang, tz=company._get_ticketing_zone()
        )

    def _get_manager(self):
        return (
            self.user_id
            or self.project_id.user_id
            or self.env["ticketing.self.check"]._get_administrator(self.company_id)
        )

    def _try_day(self, method, failure):
        try:
            with self.env.cr.savepoint():
                getattr(self, method)()
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise  # a conflict with another worker: the whole run is repeated
        except Exception as error:
            if not isinstance(error, UserError):
                _logger.error("Billing plan %s (%s)", self.id, method, exc_info=error)
            self.env.invalidate_all()
            self._tell_manager(failure, str(error))

    def _tell_manager(self, summary, note):
        """Give the manager an activity on the plan, if he has not that one already."""
        if summary not in self.activity_ids.mapped("summary"):
            self.activity_schedule(
                "mail.mail_activity_data_warning", summary=summary, note=note, user_id=self._get_manager().id
            )

    # The next certificate

    def _certify_on_its_day(self):
        """Make the draft with the completion of now, and plan the next one; while another is open, say so once."""
        today = fields.Date.context_today(self)
        if open_notes := self.certificate_ids.filtered(lambda note: note.state in ("draft", "ready")):
            if self.told_date != self.next_date:
                self._tell_open(open_notes)
            return
        while self._get_date_after(self.next_date) <= today:  # nobody was there to look at those between
            self._plan_date_after()
        for note in self._make_certificates():
            note.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Look at the certificate and make it ready to sign"),
                note=self.env._("%(percent).2f %% are completed, as the plan counts it.", percent=note.percent_to_date),
                user_id=self._get_manager().id,
            )
        self._plan_date_after()

    def _plan_date_after(self):
        """Move on to the next date, and keep the day of which shorter months have only the last one."""
        self.write({"next_date": self._get_date_after(self.next_date), "cadence_day": self.cadence_day})

    def _get_date_after(self, date):
        """Return the day of the certificate after the one of a date."""
        return get_closing_day(date + relativedelta(months=self.cadence_months, day=1), self.cadence_day)

    def _tell_open(self, notes):
        self.told_date = self.next_date
        self._tell_manager(
            self.env._("The next certificate waits"),
            self.env._(
                "The certificate %(notes)s is open still: have it signed or cancel it. The one until %(date)s is made then.",
                notes=", ".join(notes.mapped("name")),
                date=fields.Date.to_string(self.next_date),
            ),
        )
