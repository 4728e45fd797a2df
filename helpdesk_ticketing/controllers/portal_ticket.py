from operator import itemgetter

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import groupby as groupby_elements

from ..models.ticketing_ticket_portal_mixin import DESCRIPTION_LENGTH, FILES_BYTES, SUBJECT_LENGTH
from ..tools.form_values import read_key
from .portal import ITEMS_PER_PAGE, PRIVATE_HEADERS, TicketingPortal


class TicketingPortalTicket(TicketingPortal):
    """The customer's tickets: list, page, form."""

    # The list

    def _get_ticket_searchbar(self):
        return {
            "searchbar_sortings": {
                "newest": {"label": self.env._("Newest"), "order": "id desc"},
                "changed": {"label": self.env._("Last changed"), "order": "write_date desc, id desc"},
                "subject": {"label": self.env._("Subject"), "order": "name, id desc"},
                "stage": {"label": self.env._("Stage"), "order": "stage_id, id desc"},
            },
            "searchbar_filters": {
                name: {"label": label, "domain": domain}
                for name, (label, domain) in request.env["ticketing.ticket"]._get_customer_filters().items()
            },
            "searchbar_groupby": {
                "none": {"label": self.env._("None")},
                "stage_id": {"label": self.env._("Stage")},
                "partner_id": {"label": self.env._("Reported by")},
            },
            "searchbar_inputs": {
                "all": {"input": "all", "label": self.env._("Search number and subject"), "fields": ["search_text"]},
                "number": {"input": "number", "label": self.env._("Search number"), "fields": ["number"]},
                "subject": {"input": "subject", "label": self.env._("Search subject"), "fields": ["name"]},
            },
        }

    def _get_ticket_domain(self, bar, filterby, search_in, search):
        domain = Domain(self._get_customer_domain()) & bar["searchbar_filters"][filterby]["domain"]
        if search:
            fields = bar["searchbar_inputs"][search_in]["fields"]
            domain &= Domain.OR([(field, "ilike", search)] for field in fields)
        return domain

    @route(
        ["/my/tickets", "/my/tickets/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_tickets(self, page=1, sortby="", filterby="", groupby="", search="", search_in="", **kwargs):
        bar = self._get_ticket_searchbar()
        sortby = sortby if sortby in bar["searchbar_sortings"] else "newest"
        filterby = filterby if filterby in bar["searchbar_filters"] else "open"
        groupby = groupby if groupby in bar["searchbar_groupby"] else "none"
        search_in = search_in if search_in in bar["searchbar_inputs"] else "all"
        search = self._read_search(search)
        self._ensure_time_zone()

        tickets = request.env["ticketing.ticket"]
        domain = self._get_ticket_domain(bar, filterby, search_in, search)
        arguments = {
            "sortby": sortby,
            "filterby": filterby,
            "groupby": groupby,
            "search": search,
            "search_in": search_in,
        }
        pager = self._get_pager("/my/tickets", arguments, tickets.search_count(domain), page)
        order = bar["searchbar_sortings"][sortby]["order"]
        if groupby != "none":
            order = f"{groupby}, {order}"
        tickets = tickets.search(domain, order=order, limit=ITEMS_PER_PAGE, offset=pager["offset"])
        values = {
            **self._prepare_portal_layout_values(),
            **bar,
            **arguments,
            "page_name": "ticket",
            "default_url": "/my/tickets",
            "pager": pager,
            "ticket_groups": self._group_tickets(tickets, groupby),
            "to_sign": self._get_tickets_to_sign(tickets),
            "has_conditions": bool(search or filterby != "all"),
        }
        return request.render("helpdesk_ticketing.portal_my_tickets", values)

    def _group_tickets(self, tickets, groupby):
        """Return [(title, tickets as superuser)]: names of staff are not for customers to search, only to see here."""
        tickets = tickets.sudo()
        if groupby == "none":
            return [("", tickets)] if tickets else []
        groups = groupby_elements(tickets, itemgetter(groupby))
        return [(record.display_name or "-", tickets.browse().concat(*found)) for record, found in groups]

    def _get_tickets_to_sign(self, tickets):
        found = request.env["ticketing.delivery.note"].search_fetch(
            [("ticket_id", "in", tickets.ids), ("state", "=", "ready")], ["ticket_id"]
        )
        return set(found.ticket_id.ids)

    # One ticket

    @route("/my/tickets/<int:ticket_id>", type="http", auth="public", website=True)
    def portal_my_ticket(self, ticket_id, access_token=None, message="", **kwargs):
        try:
            ticket_sudo, own = self._open_document("ticketing.ticket", ticket_id, access_token)
        except (AccessError, MissingError):
            return self._refuse_document(access_token)
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "ticket",
            "ticket": ticket_sudo,
            "steps": ticket_sudo._get_stage_steps(),
            "promises": ticket_sudo._get_customer_promises(),
            "contract": own and ticket_sudo.contract_id,
            "message": message,
            "problem": request.session.pop("ticketing_problem", "") if message == "problem" else "",
            **self._prepare_related_values(ticket_sudo, own),
        }
        token = access_token if not own else None
        values = self._get_page_view_values(ticket_sudo, token, values, "my_tickets_history", False, **kwargs)
        response = request.render("helpdesk_ticketing.portal_my_ticket", values)
        if access_token:
            response.headers.update(PRIVATE_HEADERS)
        return response

    def _prepare_related_values(self, ticket_sudo, own):
        """Other documents of the ticket, found with the visitor's own rights: a share link opens the ticket alone."""
        notes, invoices = request.env["ticketing.delivery.note"], request.env["account.move"]
        mine = own and ticket_sudo.commercial_partner_id == request.env.user.partner_id.commercial_partner_id
        if own:
            if notes.has_access("read"):
                notes = notes.search(
                    [("ticket_id", "=", ticket_sudo.id), ("state", "in", ("ready", "signed", "refused"))]
                )
            if invoices.has_access("read"):
                invoices = invoices.search(
                    [
                        ("ticket_id", "=", ticket_sudo.id),
                        ("state", "=", "posted"),
                        ("move_type", "in", ("out_invoice", "out_refund")),
                    ]
                )
        return {
            "notes": notes.sudo(),
            "invoices": invoices.sudo(),
            "may_solve": mine and ticket_sudo.stage_kind in ("new", "open", "waiting"),
            "may_reopen": mine and ticket_sudo._is_reopenable(),
        }

    @route("/my/tickets/<int:ticket_id>/solve", type="http", auth="user", methods=["POST"], website=True)
    def portal_ticket_solve(self, ticket_id, **kwargs):
        return self._act_on_ticket(ticket_id, lambda ticket, partner: ticket._solve_as_customer(partner), "solved")

    @route("/my/tickets/<int:ticket_id>/reopen", type="http", auth="user", methods=["POST"], website=True)
    def portal_ticket_reopen(self, ticket_id, reason="", **kwargs):
        return self._act_on_ticket(
            ticket_id, lambda ticket, partner: ticket._reopen_as_customer(partner, reason), "reopened"
        )

    def _act_on_ticket(self, ticket_id, action, message):
        try:
            ticket_sudo = self._get_own_ticket_or_note("ticketing.ticket", ticket_id)
        except (AccessError, MissingError):
            return self._render_not_found()
        try:
            with request.env.cr.savepoint():
                action(ticket_sudo, request.env.user.partner_id)
        except UserError as error:
            request.session["ticketing_problem"] = str(error)
            message = "problem"
        return request.redirect_query(f"/my/tickets/{ticket_id}", {"message": message})

    # A new one

    @route("/my/tickets/new", type="http", auth="user", methods=["GET", "POST"], website=True)
    def portal_ticket_new(self, **form):
        form, error = self._read_form(form), ""
        if request.httprequest.method == "POST":
            try:
                return self._create_ticket(form)
            except UserError as problem:
                error = str(problem)
        tickets = request.env["ticketing.ticket"].sudo()  # the form's lists: types, and what the customer bought
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "ticket_new",
            "types": tickets.env["ticketing.type"].search([]),
            "products": tickets._get_customer_products(request.env.user.partner_id),
            "units": tickets._get_customer_units(request.env.user)
            | tickets._get_customer_unit(request.env.user, form.get("lot_id")),
            "form": {**form, "key": self._get_form_key(form)},
            "error": error,
            "subject_length": SUBJECT_LENGTH,
            "description_length": DESCRIPTION_LENGTH,
            "files_mb": FILES_BYTES // 1024 // 1024,
        }
        return request.render("helpdesk_ticketing.portal_ticket_new", values)

    def _create_ticket(self, form):
        key = self._get_form_key(form)
        files = self._read_files(FILES_BYTES)
        tickets = request.env["ticketing.ticket"].sudo()  # customers may not create: the method takes what they may set
        with request.env.cr.savepoint():
            tickets._create_from_portal(request.env.user, {**form, "key": key}, files)
        return request.redirect(f"/my/tickets/sent/{key}")

    def _read_files(self, limit):
        """Return [(name, content)] of a form's files: of each no more than shows that it is too big."""
        return [
            (upload.filename, upload.read(limit + 1))
            for upload in request.httprequest.files.getlist("files")
            if upload.filename
        ]

    def _get_form_key(self, form):
        """Return the form's key, a new one if it has none: the same form twice is one ticket."""
        return read_key(form.get("key")) or request.env["ticketing.ticket"]._new_key()

    def _read_form(self, form):
        """Return the texts of a form: a file that has the name of one is no answer."""
        return {name: value for name, value in form.items() if isinstance(value, str)}

    @route("/my/tickets/sent/<string:key>", type="http", auth="user", website=True)
    def portal_ticket_sent(self, key, **kwargs):
        """Find the ticket of a form in a transaction of its own: another worker may have made it just now."""
        ticket = request.env["ticketing.ticket"].sudo()._get_by_portal_key(request.env.user, read_key(key))
        if not ticket:
            return request.redirect("/my/tickets")
        return request.redirect_query(f"/my/tickets/{ticket.id}", {"message": "created"})
