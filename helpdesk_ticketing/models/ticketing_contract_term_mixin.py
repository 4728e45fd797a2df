from bisect import bisect_right
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_date

from ..tools.coverage import Allowance, get_period, say_minutes, to_minutes

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class TicketingContractTermMixin(models.AbstractModel):
    """A contract in time: its terms and their renewal, the periods of its allowance and what is left in them."""

    _name = "ticketing.contract.term.mixin"
    _description = "Contract: Terms and Periods"

    date_start = fields.Date(
        "Start", required=True, default=lambda self: self.env.company._get_ticketing_today(), tracking=True
    )
    date_end = fields.Date("End", tracking=True, help="The last day. Empty: until it is cancelled.")
    renewal = fields.Selection(
        [("none", "Ends"), ("automatic", "Renewed Automatically")], required=True, default="none", tracking=True
    )
    renewal_months = fields.Integer("Renewed for (months)", default=12)
    renewal_count = fields.Integer("Renewals", readonly=True, copy=False)
    notice_days = fields.Integer(
        "Notice (days)", default=30, help="How long before the end the responsible is reminded."
    )
    reminded_for = fields.Date(readonly=True, copy=False)
    period_ids = fields.One2many("ticketing.contract.period", "contract_id", "Periods", readonly=True)
    topup_ids = fields.One2many("ticketing.contract.topup", "contract_id", "Prepaid Hours")
    balance = fields.Char("Left", compute="_compute_balance")

    _renewal_positive = models.Constraint(
        "CHECK (renewal_months > 0)", "A contract is renewed for one month at least: enter for how many."
    )
    _notice_not_negative = models.Constraint(
        "CHECK (notice_days >= 0)", "Notice can't be given after the end: enter how many days before it, or 0."
    )

    # Periods

    def _get_period(self, day):
        """Return (number, first day, last day or False) of the period in which a day's hours count."""
        self.ensure_one()
        if self.allowance in MONTHS:
            return get_period(self.date_start, MONTHS[self.allowance], day)
        if self.allowance == "term":
            starts = self._get_term_starts()
            number = max(bisect_right(starts, day) - 1, 0)
            last = starts[number + 1] - timedelta(days=1) if number + 1 < len(starts) else self.date_end
            return number, starts[number], last
        return 0, self.date_start, self.date_end

    def _get_term_starts(self):
        """Return the first days of the terms: of the first one, and of each renewal."""
        self.ensure_one()
        if not self.date_end:
            return [self.date_start]
        after = self.date_end + timedelta(days=1)
        renewals = [
            after - relativedelta(months=self.renewal_months * back) for back in range(self.renewal_count, 0, -1)
        ]
        return [self.date_start, *(day for day in renewals if day > self.date_start)]

    def _get_included_minutes(self):
        """Return what a period includes; of prepaid hours, all that were paid."""
        self.ensure_one()
        prepaid = sum(self.topup_ids.mapped("hours")) if self.allowance == "prepaid" else 0
        return to_minutes(self.included_hours + prepaid)

    def _get_allowance(self, used):
        """Return the account of a contract's included minutes.

        :param used: {number of the period: minutes}
        """
        return Allowance(self._get_included_minutes(), used, self.carry_over)

    # What is left

    @api.depends(
        "period_ids.used_minutes", "allowance", "included_hours", "carry_over", "topup_ids.hours", "date_start"
    )
    @api.depends_context("lang")
    def _compute_balance(self):
        for contract in self:
            today = (contract.company_id or self.env.company)._get_ticketing_today()
            contract.balance = contract._say_balance(today) if contract._is_counted() else False

    def _is_counted(self):
        self.ensure_one()
        return self.covers_labour and self.allowance != "unlimited"

    def _get_left_minutes(self, day):
        """Return (minutes left on a day, minutes that its period has altogether)."""
        self.ensure_one()
        used = {self._get_period(period.date_from)[0]: period.used_minutes for period in self.period_ids}
        number = self._get_period(day)[0]
        left = self._get_allowance(used).get_left(number)
        return left, left + used.get(number, 0)

    def _say_balance(self, day):
        """Return what is left, as the agent and the customer read it."""
        self.ensure_one()
        left, whole = self._get_left_minutes(day)
        values = {"left": say_minutes(left), "whole": say_minutes(whole)}
        if self.allowance == "month":
            return self.env._("%(left)s of %(whole)s h left this month", **values)
        if self.allowance == "quarter":
            return self.env._("%(left)s of %(whole)s h left this quarter", **values)
        if self.allowance == "year":
            return self.env._("%(left)s of %(whole)s h left this year", **values)
        return self.env._("%(left)s of %(whole)s h left", **values)

    # Renewal and reminders

    @api.model
    def _cron_follow(self):
        """Daily: renew, remind, and end what has ended."""
        confirmed = [("confirmed", "=", True), ("cancelled_on", "=", False), ("date_end", "!=", False)]
        contracts = self.search(confirmed)
        for company, own in contracts.grouped("company_id").items():
            own._follow_days(company._get_ticketing_today())
        self.env.add_to_compute(self._fields["state"], contracts)

    def _follow_days(self, today):
        self._remind(today)
        self.filtered(lambda contract: contract.renewal == "automatic" and contract.date_end <= today)._renew(today)

    def _renew(self, today):
        for contract in self:
            end, count = contract.date_end, contract.renewal_count
            while end <= today:
                # the last day of a term is the day before another one begins, also where months are shorter
                end = end + timedelta(days=1) + relativedelta(months=contract.renewal_months) - timedelta(days=1)
                count += 1
            contract.write({"date_end": end, "renewal_count": count})
            contract.message_post(
                body=self.env._("Renewed automatically until %s.", format_date(self.env, end)),
                subtype_xmlid="mail.mt_note",
            )

    def _remind(self, today):
        """Give the responsible one activity before each end."""
        due = self.filtered(
            lambda contract: (
                contract.reminded_for != contract.date_end
                and today <= contract.date_end <= today + timedelta(days=contract.notice_days)
            )
        )
        for contract in due:
            end = format_date(self.env, contract.date_end)
            contract.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=max(today, contract.date_end - timedelta(days=contract.notice_days)),
                summary=self.env._("The contract is renewed after %s", end)
                if contract.renewal == "automatic"
                else self.env._("The contract ends on %s", end),
                user_id=(contract.user_id or self.env.user).id,
            )
            contract.reminded_for = contract.date_end
