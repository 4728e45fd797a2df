from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.tools import ormcache

from ..tools.closing_day import get_closing_day

POLICY_FIELDS = {"ticketing_billing_period", "ticketing_billing_day"}
COLLECTED = ("month", "reference")


class TicketingBillingPolicyMixin(models.AbstractModel):
    """How often work is invoiced: a contract's own choice, else its customer's, else the team's."""

    _name = "ticketing.billing.policy.mixin"
    _description = "How Often Work Is Invoiced"
    _billed_by = ""  # the field of a billing request that leads to the owner of the choice

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

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("ticketing_billing_period") for vals in vals_list):
            self.env.registry.clear_cache("stable")
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if POLICY_FIELDS & vals.keys():
            self.env.registry.clear_cache("stable")
            # who may change the policy need not see what is billed by it
            requests = self.env["ticketing.billing.request"].sudo()
            requests.search([("state", "=", "collecting"), (self._billed_by, "in", self.ids)])._plan_anew()
        return result

    # What was chosen

    @api.model
    def _get_choice(self, ticket, source):
        """Return (how often, until which day) work is invoiced: as its contract, else its customer, else its team says.

        :param source: the ticket's delivery note, its billing request, or itself
        """
        choices = self._get_choices()
        contracts = choices["ticketing.contract"]
        return (
            (contracts and contracts.get(ticket.contract_id.id))  # a signature reads no ticket for nothing
            or choices["res.partner"].get(source.commercial_partner_id.id)
            or choices["ticketing.team"].get(source.team_id.id)
            or ("note", 31)
        )

    @api.model
    @ormcache(cache="stable")
    def _get_choices(self):
        """Return {model: {id: (how often, until which day)}}: whoever gets a signature asks, and is not to wait."""
        return {
            name: {
                owner.id: (owner.ticketing_billing_period, owner.ticketing_billing_day)
                for owner in self.env[name]
                .sudo()  # the same for whoever asks
                .with_context(active_test=False)
                .search_fetch([("ticketing_billing_period", "!=", False)], sorted(POLICY_FIELDS))
            }
            for name in ("ticketing.contract", "res.partner", "ticketing.team")
        }

    @api.model
    def _get_next_closing(self, choice, company, moment):
        """Return (day, moment in UTC) at which work is invoiced; (False, now) if that is at once.

        :param choice: how often, until which day
        :param datetime moment: naive UTC, when it was signed: a device without a network tells it later
        """
        period, closes_on = choice
        if period not in COLLECTED:
            return False, fields.Datetime.now()
        zone = timezone(company._get_ticketing_zone())
        day = get_closing_day(company._get_ticketing_day(moment), closes_on)
        night = zone.localize(datetime.combine(day + timedelta(days=1), time.min))
        return day, night.astimezone(utc).replace(tzinfo=None)
