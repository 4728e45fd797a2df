from odoo.fields import Domain
from odoo.http import request, route

from .portal import ITEMS_PER_PAGE, MAX_ID, TicketingPortal

TICKETS = 50


class TicketingPortalAsset(TicketingPortal):
    """The customer's equipment: list and page. Reporting a fault is the form of his tickets."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "ticketing_asset_count" in counters:
            units = request.env["stock.lot"]
            allowed = units.has_access("read")
            values["ticketing_asset_count"] = units.search_count(units._get_customer_unit_domain()) if allowed else 0
        return values

    @route(["/my/equipment", "/my/equipment/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_assets(self, page=1, search="", search_in="", **kwargs):
        self._ensure_time_zone()
        units = request.env["stock.lot"]
        inputs = {
            "all": {"input": "all", "label": self.env._("Search serial number and product")},
            "name": {"input": "name", "label": self.env._("Search serial number")},
        }
        search_in = search_in if search_in in inputs else "all"
        search = self._read_search(search)
        domain = Domain(units._get_customer_unit_domain())
        if search:
            domain &= self._get_unit_search_domain(search_in, search)
        arguments = {"search": search, "search_in": search_in}
        pager = self._get_pager("/my/equipment", arguments, units.search_count(domain), page)
        units = units.search(domain, order="name, id", limit=ITEMS_PER_PAGE, offset=pager["offset"])
        values = {
            **self._prepare_portal_layout_values(),
            **arguments,
            "page_name": "asset",
            "default_url": "/my/equipment",
            "searchbar_inputs": inputs,
            "pager": pager,
            "units": units.sudo(),  # names of products are not for customers to search, only to see here
            "open_counts": self._get_open_counts(units),
        }
        return request.render("helpdesk_ticketing.portal_my_assets", values)

    def _get_unit_search_domain(self, search_in, search):
        found = Domain("name", "ilike", search)
        if search_in == "all":
            products = request.env["product.product"].sudo()  # only those of his own units are looked at
            found |= Domain("product_id", "in", products._search([("name", "ilike", search)]))
        return found

    def _get_open_counts(self, units):
        """Return {unit id: number of open tickets} of his own company's."""
        sight = request.env.user.partner_id._get_ticket_sight()
        domain = [*sight, *self._get_open_domain(), ("lot_id", "in", units.ids)]
        tickets = request.env["ticketing.ticket"].sudo()  # the domain has what he sees; units can't be grouped by him
        return {unit.id: count for unit, count in tickets._read_group(domain, ["lot_id"], ["__count"])}

    @route("/my/equipment/<int:asset_id>", type="http", auth="user", website=True, readonly=True)
    def portal_my_asset(self, asset_id, **kwargs):
        self._ensure_time_zone()
        units = request.env["stock.lot"]
        if not 0 < asset_id <= MAX_ID:
            return self._render_not_found()
        unit = units.search([("id", "=", asset_id), *units._get_customer_unit_domain()])
        if not unit:
            return self._render_not_found()
        tickets = request.env["ticketing.ticket"].search(
            [*self._get_customer_domain(), ("lot_id", "=", unit.id)], order="id desc", limit=TICKETS
        )
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "asset",
            "unit": unit.sudo(),  # product, site and contract: shown, not for him to search
            "tickets": tickets.sudo(),
        }
        return request.render("helpdesk_ticketing.portal_my_asset", values)
