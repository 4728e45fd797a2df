from odoo import fields
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import format_datetime

from odoo.addons.account.controllers.portal import PortalAccount

from .portal import TicketingPortal

TO_PAY = "ticketing_to_pay"


class TicketingPortalHome(TicketingPortal):
    """What waits for the customer, on the page that he sees first: each counter one query, and only when asked for."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        visits = Domain(request.env["ticketing.ticket"]._get_customer_visit_domain())
        if "ticketing_visit_count" in counters:
            values["ticketing_visit_count"] = self._count_customer_records("ticketing.ticket", visits)
        if "ticketing_visit_next" in counters:
            values["ticketing_visit_next"] = self._say_next_visit(visits)
        if "ticketing_to_pay_count" in counters:
            values["ticketing_to_pay_count"] = self._count_to_pay()
        return values

    def _say_next_visit(self, visits):
        """Return when somebody comes next, 0 for never: the page hides what is zero."""
        self._ensure_time_zone()
        tickets = request.env["ticketing.ticket"]
        if not tickets.has_access("read"):
            return 0
        domain = Domain(self._get_customer_domain()) & visits
        planned = tickets.search_fetch(domain, ["planned_on"], order="planned_on", limit=20).mapped("planned_on")
        now = fields.Datetime.now()
        # who was to come this morning may still be on his way
        coming = next((moment for moment in planned if moment >= now), planned and planned[-1])
        return format_datetime(request.env, coming, dt_format="EEE d MMM, HH:mm") if coming else 0

    def _count_to_pay(self):
        invoices = request.env["account.move"]
        return invoices.search_count(get_to_pay_domain()) if invoices.has_access("read") else 0


class TicketingPortalInvoice(PortalAccount):
    """Core's list of invoices, of what the desk has billed and nobody has paid."""

    def _get_account_searchbar_filters(self):
        filters = super()._get_account_searchbar_filters()
        filters[TO_PAY] = {"label": request.env._("To pay, of tickets"), "domain": get_to_pay_domain()}
        return filters


def get_to_pay_domain():
    """Return the domain of the desk's invoices that the customer has to pay. Record rules say which he sees."""
    company = request.env.user.partner_id.commercial_partner_id
    return (
        Domain("commercial_partner_id", "=", company.id)
        & Domain("state", "=", "posted")
        & Domain("move_type", "=", "out_invoice")
        & Domain("payment_state", "in", ("not_paid", "partial"))
        & (Domain("ticket_id", "!=", False) | Domain("progress_plan_id", "!=", False))
    )
