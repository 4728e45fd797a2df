from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..tools.form_values import read_id, read_text

ITEMS_PER_PAGE = 20
SEARCH_LENGTH = 100
MAX_ID = 2**31 - 1
PEOPLE = ("user_id", "partner_id", "commercial_partner_id")
# A page that a secret link opened: the link goes into no cache, no search engine, no other site's log, no frame.
PRIVATE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class TicketingPortal(CustomerPortal):
    """What the desk's pages for customers share."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "ticket_open_count" in counters:
            values["ticket_open_count"] = self._count_customer_records("ticketing.ticket", self._get_open_domain())
        if "note_to_sign_count" in counters:
            values["note_to_sign_count"] = self._count_customer_records(
                "ticketing.delivery.note", [("plan_id", "=", False), ("state", "=", "ready")]
            )
        return values

    def _get_open_domain(self):
        return list(request.env["ticketing.ticket"]._get_customer_filters()["open"][1])

    def _count_customer_records(self, model, domain):
        records = request.env[model]
        if not records.has_access("read"):
            return 0
        return records.search_count([*self._get_customer_domain(), *domain])

    def _get_customer_domain(self):
        """Record rules say what a customer may see; this keeps what staff may see off their own portal."""
        return [("commercial_partner_id", "=", request.env.user.partner_id.commercial_partner_id.id)]

    # Lists: what the address says may be anything, a file included

    def _get_pager(self, url, arguments, total, page):
        """Return core's pager of a list."""
        return pager(url=url, url_args=arguments, total=total, page=read_id(str(page)), step=ITEMS_PER_PAGE)

    def _read_search(self, search):
        return read_text(search)[:SEARCH_LENGTH]

    # One document

    def _open_document(self, model, document_id, access_token=None):
        """Return a document as superuser, and whether the visitor sees it by his log-in (and not by a share link).

        :raises AccessError, MissingError: not for him; the caller gives the same answer to both
        """
        access_token = read_text(access_token)
        if not 0 < document_id <= MAX_ID or not access_token.isascii():
            raise MissingError(request.env._("This document does not exist."))
        if access_token and self._get_wait():
            access_token = ""  # too many guesses from this address
        document_sudo = self._document_check_access(model, document_id, access_token=access_token)
        own = request.env[model].browse(document_id).has_access("read")
        if not own and not document_sudo._is_share_open():
            raise AccessError(request.env._("This link has ended: log in to see the document."))
        self._read_people(document_sudo)
        self._ensure_time_zone(document_sudo.company_id.partner_id.tz)
        # the superuser's own zone is nobody's here
        return document_sudo.with_context(tz=request.env.context["tz"]), own

    def _read_people(self, document_sudo):
        """Read at once whom the page of a document names: they would be read one by one, with all that they have."""
        people = [document_sudo[name] for name in PEOPLE if name in document_sudo._fields]
        users = request.env.user.sudo().union(*(found for found in people if found._name == "res.users"))
        users.fetch(["partner_id", "company_id"])
        document_sudo.company_id.fetch(["partner_id", "name"])
        partners = users.partner_id | document_sudo.company_id.partner_id
        partners = partners.union(*(found for found in people if found._name == "res.partner"))
        partners.fetch(["name", "tz", "lang", "user_id", "commercial_partner_id"])

    def _refuse_document(self, access_token=None):
        """Answer who may not see a document, or asks for one that is not there: the same in both cases."""
        if access_token:
            self._count_failure()
        if request.env.user._is_public():
            return request.redirect_query("/web/login", {"redirect": request.httprequest.path})
        return self._render_not_found()

    def _render_not_found(self):
        """Answer with a page of its own: an exception would take back what was counted."""
        return request.render("helpdesk_ticketing.portal_not_found", {"page_name": ""}, status=404)

    def _get_own_ticket_or_note(self, model, document_id):
        """Return a document of the customer who is logged in, as superuser, for an action of his on it.

        :raises AccessError, MissingError: not his, even if he may read it as one of the staff
        """
        document_sudo, own = self._open_document(model, document_id)
        if not own or document_sudo.commercial_partner_id != request.env.user.partner_id.commercial_partner_id:
            raise AccessError(request.env._("Only the customer himself can do this."))
        return document_sudo.with_user(request.env.user).sudo()  # his name on what he does; he was checked above

    def _ensure_time_zone(self, zone=None):
        """Show times in the visitor's zone, else in this one, else in the company's: a public visitor has none."""
        zone = zone or request.env.company.sudo().partner_id.tz  # only its time zone is read
        if not request.env.context.get("tz"):
            request.update_context(tz=request.env.user.tz or zone or "UTC")

    # Guessing

    def _get_throttle(self):
        throttle = request.env["ticketing.throttle"].sudo()  # strangers are counted, they read nothing
        return throttle, throttle._get_address_key(request.httprequest.remote_addr)

    def _get_wait(self):
        """Return the minutes for which this address is not answered, after too many wrong links."""
        throttle, key = self._get_throttle()
        return throttle._get_wait("link", key)

    def _count_failure(self):
        if not self._get_wait():
            throttle, key = self._get_throttle()
            throttle._count("link", key)

    def _render_private(self, template, values, status=200):
        response = request.render(template, values, status=status)
        response.headers.update(PRIVATE_HEADERS)
        return response
