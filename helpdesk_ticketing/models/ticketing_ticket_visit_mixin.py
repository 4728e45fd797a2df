from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.moments import get_zone

OPEN_KINDS = ("new", "open", "waiting")
DAY_ORDER = "planned_on, sla_deadline, priority desc, id"
DAY_LIMIT = 60


class TicketingTicketVisitMixin(models.AbstractModel):
    """When somebody goes to the customer, and what he does there today."""

    _name = "ticketing.ticket.visit.mixin"
    _description = "Ticket: Visit"

    planned_on = fields.Datetime("Planned Visit", tracking=True, copy=False)
    work_summary = fields.Text(
        "Work Done So Far",
        copy=False,
        groups="base.group_user",
        help="Becomes the text of the next delivery note when that is made.",
    )

    # A person's day, in its order.
    _day_index = models.Index(
        "(user_id, planned_on, sla_deadline, priority DESC, id) "
        "WHERE active IS TRUE AND stage_kind IN ('new', 'open', 'waiting')"
    )

    @api.model
    def _get_day_end(self):
        """Return when the user's day ends (naive UTC)."""
        zone = timezone(get_zone(self.env))
        tomorrow = datetime.now(zone).date() + timedelta(days=1)
        return zone.localize(datetime.combine(tomorrow, time.min)).astimezone(utc).replace(tzinfo=None)

    @api.model
    def _get_day_start(self):
        """Return when the user's day began (naive UTC)."""
        zone = timezone(get_zone(self.env))
        return zone.localize(datetime.combine(datetime.now(zone).date(), time.min)).astimezone(utc).replace(tzinfo=None)

    @api.model
    def _get_day_domain(self):
        """The user's open tickets: visits until tonight, what nobody planned, but not what waits for the customer."""
        planned = Domain("planned_on", "<", self._get_day_end()) & Domain("stage_kind", "in", OPEN_KINDS)
        free = Domain("planned_on", "=", False) & Domain("stage_kind", "in", ("new", "open"))
        return Domain("user_id", "=", self.env.uid) & (planned | free)

    @api.model
    def _get_day_tickets(self):
        """Return the user's tickets of today in their order, with those on which his timer is open."""
        timed = self.env["ticketing.worklog"].search_fetch(
            [("user_id", "=", self.env.uid), ("state", "in", ("running", "paused")), ("kind", "=", "work")],
            ["ticket_id"],
        )
        domain = self._get_day_domain()
        if timed:
            domain |= Domain("id", "in", timed.ticket_id.ids)
        return self.search(domain, order=DAY_ORDER, limit=DAY_LIMIT)
