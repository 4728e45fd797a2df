from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import fields, models

from ..tools.closing_day import get_closing_day

POLICY_FIELDS = {"ticketing_billing_period", "ticketing_billing_day"}
COLLECTED = ("month", "reference")


def get_zone(company):
    """Return the name of the time zone in which a company's days end."""
    return company.resource_calendar_id.tz or "UTC"


class TicketingBillingPolicyMixin(models.AbstractModel):
    """How often work is invoiced: a contract's own choice, else its customer's, else the team's."""

    _name = "ticketing.billing.policy.mixin"
    _description = "How Often Work Is Invoiced"

    ticketing_billing_period = fields.Selection(
        [
            ("note", "Each Delivery Note"),
            ("month", "Once a Month"),
            ("reference", "Once a Month, by Customer's Reference"),
        ],
        "How It Is Invoiced",
        help="Each delivery note: an invoice for every note that is signed, and for every remote ticket that is solved.\n"
        "Once a month: they are collected, and put on one invoice with a section for each of them.\n"
        "By customer's reference: one invoice for each order number or other reference that he gave us.",
    )
    ticketing_billing_day = fields.Integer(
        "Collected until Day",
        default=31,
        help="Day of the month that is the last one to be on its invoice, which is made in the night after. In shorter "
        "months it is the last day: 31 is the last day of every month. In Spain only work of one calendar month may "
        "stand on one invoice.",
    )

    _ticketing_billing_day_in_month = models.Constraint(
        "CHECK (ticketing_billing_day BETWEEN 1 AND 31)", "The day of the month lies between 1 and 31."
    )

    def write(self, vals):
        result = super().write(vals)
        if POLICY_FIELDS & vals.keys():
            # who may change the policy need not see what is billed by it
            requests = self.env["ticketing.billing.request"].sudo()
            requests.search([("state", "=", "collecting"), *self._get_billed_domain()])._plan_anew()
        return result

    def _get_billed_domain(self):
        """Hook: which billing requests may depend on these records' choice."""
        raise NotImplementedError

    def _get_next_closing(self, company):
        """Return (day, moment in UTC) at which what is signed now is invoiced; (False, now) if that is at once."""
        now = fields.Datetime.now()
        if self.ticketing_billing_period not in COLLECTED:
            return False, now
        zone = timezone(get_zone(company))
        today = utc.localize(now).astimezone(zone).date()
        day = get_closing_day(today, self.ticketing_billing_day)
        night = zone.localize(datetime.combine(day + timedelta(days=1), time.min))
        return day, night.astimezone(utc).replace(tzinfo=None)
