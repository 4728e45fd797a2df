import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import split_every

_logger = logging.getLogger(__name__)

BATCH = 50  # rows that share a transaction
# Minutes until the next try after the first, second... failure; afterwards only the button tries again.
RETRY_MINUTES = (5, 30, 120, 720)
# What ends a try and is shown to the accountant; anything else is a defect and is logged with its traceback too.
BUSINESS_ERRORS = (UserError, ValidationError)


class TicketingBillingQueueMixin(models.AbstractModel):
    """How billing requests are worked off: fast in batches, safe row by row, every failure kept and tried again."""

    _name = "ticketing.billing.queue.mixin"
    _description = "Billing Queue"

    error = fields.Text(readonly=True, copy=False)
    attempts = fields.Integer(readonly=True, copy=False)
    next_try_on = fields.Datetime("Next Try", readonly=True, copy=False, default=fields.Datetime.now)

    @api.model
    def _trigger(self, at=None):
        self.env["ir.cron"]._trigger_at_commit("helpdesk_ticketing.ir_cron_billing", at)

    @api.model
    def _work_off(self, domain, method, limit, batch=BATCH):
        """Take rows in batches: locked (another worker's are skipped), then tried, then committed.

        :param domain: which rows the step is for; they must be due, too
        :param str method: what to do with them
        :param int limit: rows at the most in one run
        :param int batch: rows that share a transaction
        """
        domain = [*domain, ("next_try_on", "<=", fields.Datetime.now())]
        requests = self.search(domain, limit=limit, order="next_try_on, id")._get_leaders()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(requests))
        for ids in split_every(batch, requests.ids):
            locked = self.browse(ids).try_lock_for_update()
            # Read again behind the lock: another worker may have been faster.
            locked.filtered_domain(domain)._try(method)
            if not cron._commit_progress(len(ids)):
                self._trigger()
                break

    def _try(self, method):
        """Run one step for all rows at once; where that fails, row by row, so that one does not stop the others.

        An error is kept on its row, for the accountant.
        """
        for requests in self.grouped("company_id").values():
            requests = requests._for_company()
            try:
                with self.env.cr.savepoint():
                    getattr(requests, method)()
                    self.env.flush_all()
            except psycopg2.OperationalError:
                raise  # a conflict with another worker: the whole run is repeated
            except Exception as error:
                if len(requests) > 1:
                    for request in requests:
                        request._try(method)
                elif method == "_bill_and_review":
                    requests._try("_bill")  # the draft stays, whatever the review says next
                    requests.filtered("invoice_id")._try("_review")
                else:
                    requests._fail_with(error, method)

    def _for_company(self):
        """Return these requests of one company as its own people would have them, with the day that it is there."""
        company = self.company_id
        requests = self.with_company(company).with_context(tz=company._get_ticketing_zone())
        if not self.env.lang:  # the scheduler speaks none: errors are kept in the company's language
            requests = requests.with_context(lang=company.partner_id.lang)
        return requests

    def _approve_each(self):
        """Approve those that wait: an error stays on its row and stops no other. Tell the accountant what happened."""
        waiting = self.filtered(lambda request: request._may_be_approved())
        waiting._try("_approve_checked")
        failed = waiting.filtered("error")
        lines = [self.env._("Invoices approved: %s.", len(waiting - failed))]
        if failed:
            lines.append(self.env._("Failed, see their errors: %s.", ", ".join(failed.mapped("display_name"))))
        if others := self - waiting:
            lines.append(self.env._("Not waiting for approval: %s.", ", ".join(others.mapped("display_name"))))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if failed else "warning" if others else "success",
                "message": " ".join(lines),
                "sticky": bool(failed or others),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _fail_with(self, error, method):
        requests = self.sudo()  # only the steps write the queue
        if isinstance(error, BUSINESS_ERRORS):
            requests._fail(str(error.args[0] if error.args else error))
        else:
            _logger.error("Billing requests %s (%s)", self.ids, method, exc_info=error)
            requests._fail(self.env._("Unexpected error: %s", error))

    def _fail(self, message):
        """Keep the error on all that share the invoice, plan the next try, and tell the accountant once."""
        requests = self._together()
        attempts = max(requests.mapped("attempts"))
        delay = RETRY_MINUTES[attempts] if attempts < len(RETRY_MINUTES) else None
        next_try = fields.Datetime.now() + timedelta(minutes=delay) if delay else False
        requests.write({"error": message, "attempts": attempts + 1, "next_try_on": next_try})
        if next_try:
            self._trigger(at=next_try)
        if not requests.activity_ids:
            first = requests[:1]
            first.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Invoice not made"),
                note=message,
                user_id=first._get_accountant().id,
            )

    def _get_accountant(self):
        """Return who is told of errors: an accountant of the company, else the team's leader."""
        self.ensure_one()
        accountants = self.env.ref("helpdesk_ticketing.group_accountant").all_user_ids.filtered(
            lambda user: (
                self.company_id in user.company_ids and not user.share and user.id != self.env.ref("base.user_root").id
            )
        )
        preferred = accountants.filtered(lambda user: user.company_id == self.company_id)
        return (preferred or accountants)[:1] or self.team_id.user_id or self.env.ref("base.user_admin")
