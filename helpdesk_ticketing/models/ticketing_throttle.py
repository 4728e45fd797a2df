import ipaddress
import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

# What is counted: (how often at the most, within how many minutes).
LIMITS = {
    "link": (20, 10),  # wrong, ended or used links, by network address
    "ticket": (30, 60),  # tickets opened on the portal, by customer company
    "fault": (10, 60),  # faults reported without log-in, by network address and by unit
    "urgent": (5, 1440),  # tickets that a customer calls urgent, by customer company
}


class TicketingThrottle(models.Model):
    """Counts what a stranger may do only so often. Core has no limit for requests.

    One row for each event, and the rows of the last minutes are counted: nothing is updated, so that requests at once
    on several workers or nodes neither wait for nor repeat each other. Once the limit is reached no more rows are
    written, which bounds the table; old rows go with the daily clean-up.
    """

    _name = "ticketing.throttle"
    _description = "Limit of Requests"
    _log_access = False

    scope = fields.Selection(
        [("link", "Links"), ("ticket", "New Tickets"), ("fault", "Faults Reported"), ("urgent", "Urgent Tickets")],
        required=True,
    )
    key = fields.Char(required=True)
    happened_on = fields.Datetime("Happened on", required=True, default=fields.Datetime.now)

    _count_index = models.Index("(scope, key, happened_on)")

    @api.model
    def _get_address_key(self, address):
        """Return what stands for a network address: itself, or its /64 network, as an IPv6 customer owns one."""
        try:
            parsed = ipaddress.ip_address(address or "")
        except ValueError:
            return "unknown"
        if parsed.version == 6:
            if parsed.ipv4_mapped:
                return str(parsed.ipv4_mapped)
            return str(ipaddress.ip_network((parsed, 64), strict=False))
        return str(parsed)

    @api.model
    def _get_limits(self):
        """Return what is counted, as ``LIMITS``, for bridges to add theirs."""
        return LIMITS

    @api.model
    def _get_wait(self, scope, key):
        """Return for how many minutes this key has to wait (0: not at all)."""
        limit, minutes = self._get_limits()[scope]
        now = fields.Datetime.now()
        recent = self.search_fetch(
            [("scope", "=", scope), ("key", "=", key), ("happened_on", ">", now - timedelta(minutes=minutes))],
            ["happened_on"],
            order="happened_on desc",
            limit=limit,
        )
        if len(recent) < limit:
            return 0
        free_on = recent[-1].happened_on + timedelta(minutes=minutes)
        return max(math.ceil((free_on - now).total_seconds() / 60), 1)

    @api.model
    def _count(self, scope, key):
        """Write down one event."""
        self.create({"scope": scope, "key": key})

    @api.autovacuum
    def _gc_old(self):
        now = fields.Datetime.now()
        old = Domain.OR(
            [("scope", "=", scope), ("happened_on", "<", now - timedelta(minutes=minutes))]
            for scope, (__, minutes) in self._get_limits().items()
        )
        self.search(old, limit=100_000).unlink()
