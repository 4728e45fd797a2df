from operator import itemgetter

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import groupby as groupby_elements

from ..tools.coverage import say_minutes
from ..tools.form_values import read_id, read_text
from .portal import ITEMS_PER_PAGE, PRIVATE_HEADERS, TicketingPortal

# What the page of a ticket shows of its other documents: read with them, in one query each.
NOTE_FIELDS = ("name", "state", "signed_on", "ready_on")
INVOICE_FIELDS = (
    "name",
    "invoice_date",
    "move_type",
    "payment_state",
    "amount_total",
    "currency_id",
    "access_token",
)


class TicketingPortalTicket(TicketingPortal):
    """The customer's tickets: list and page."""

    # The list

    def _get_ticket_searchbar(self):
        return {
            "searchbar_sortings": {
                "newest": {"label": self.env._("Newest"), "order": "id desc"},
                "changed": {"label": self.env._("Last changed"), "order": "write_date desc, id desc"},
                "subject": {"label": self.env._("Subject"), "order": "name, id desc"},
                "stage": {"label": self.env._("Stage"), "order": "stage_id, id desc"},
                "visit": {"label": self.env._("Next visit"), "order": "planned_on, id desc"},
            },
            "searchbar_filters": {
                name: {"label": label, "domain": domain}
                for name, (label, domain) in request.env["ticketing.ticket"]._get_customer_filters().items()
            },
            "searchbar_groupby": {
                "none": {"label": self.env._("None")},
                "stage_id": {"label": self.env._("Stage")},
                "type_id": {"label": self.env._("Type")},
                "partner_id": {"label": self.env._("Reported by")},
            },
            "searchbar_inputs": {
                "all": {
                    "input": "all",
                    "label": self.env._("Search number, subject and answers"),
                    "fields": ["search_text"],
                },
                "number": {"input": "number", "label": self.env._("Search number"), "fields": ["number"]},
                "subject": {"input": "subject", "label": self.env._("Search subject"), "fields": ["name"]},
                "talk": {"input": "talk", "label": self.env._("Search the conversation"), "fields": []},
            },
        }

    def _get_ticket_domain(self, bar, filterby, kind, search_in, search):
        own = Domain(self._get_customer_domain())
        domain = own & bar["searchbar_filters"][filterby]["domain"]
        if kind:
            domain &= Domain("type_id", "=", kind.id)
        if search and search_in == "talk":
            domain &= request.env["ticketing.ticket"]._get_conversation_domain(search, own)
        elif search:
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
    def portal_my_tickets(self, page=1, sortby="", filterby="", groupby="", search="", search_in="", kind="", **kwargs):
        bar = self._get_ticket_searchbar()
        sortby = sortby if sortby in bar["searchbar_sortings"] else "newest"
        filterby = filterby if filterby in bar["searchbar_filters"] else "open"
        groupby = groupby if groupby in bar["searchbar_groupby"] else "none"
        search_in = search_in if search_in in bar["searchbar_inputs"] else "all"
        search = self._read_search(search)
        self._ensure_time_zone()

        tickets = request.env["ticketing.ticket"]
        types = tickets.sudo()._get_form_types(request.env.user.company_id)  # names of types, to choose from
        kind = types.browse(read_id(read_text(kind))) & types
        domain = self._get_ticket_domain(bar, filterby, kind, search_in, search)
        arguments = {
            "sortby": sortby,
            "filterby": filterby,
            "groupby": groupby,
            "search": search,
            "search_in": search_in,
            "kind": kind.id or None,
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
            "types": types,
            "ticket_groups": self._group_tickets(tickets, groupby),
            "to_sign": self._get_tickets_to_sign(tickets),
            "has_conditions": bool(search or kind or filterby != "all"),
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
            "contract_time": say_minutes(ticket_sudo._get_contract_minutes()) if own else "",
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
                notes = notes.search_fetch(
                    [("ticket_id", "=", ticket_sudo.id), ("state", "in", ("ready", "signed", "refused"))], NOTE_FIELDS
                )
            if invoices.has_access("read"):
                invoices = invoices.search_fetch(self._get_invoice_domain(ticket_sudo), INVOICE_FIELDS)
        return {
            "notes": notes.sudo(),
            "invoices": invoices.sudo(),
            "may_solve": mine and ticket_sudo.stage_kind in ("new", "open", "waiting"),
            "may_reopen": mine and ticket_sudo._is_reopenable(),
            "may_urge": mine and ticket_sudo._may_be_urged(),
            "plan": own and self._get_ticket_plan(ticket_sudo),
            "unit": own and self._get_ticket_unit(ticket_sudo),
            "draft_key": f"ticketing_draft_{request.env.user.id}",
        }

    def _get_ticket_plan(self, ticket_sudo):
        """Return the plan in which the ticket's milestone is paid, where it is the visitor's own company's."""
        plan = ticket_sudo.milestone_id.plan_id
        own = plan.commercial_partner_id == request.env.user.partner_id.commercial_partner_id
        return plan if own and plan.state in ("running", "done") else plan.browse()

    def _get_ticket_unit(self, ticket_sudo):
        """Return the ticket's equipment, where its page opens for the visitor."""
        unit = ticket_sudo.lot_id.with_user(request.env.user)
        if not unit or not unit.has_access("read"):
            return unit.browse()
        return unit.filtered_domain(unit._get_customer_unit_domain()).sudo()

    @route("/my/tickets/<int:ticket_id>/solve", type="http", auth="user", methods=["POST"], website=True)
    def portal_ticket_solve(self, ticket_id, **kwargs):
        return self._act_on_ticket(ticket_id, lambda ticket, partner: ticket._solve_as_customer(partner), "solved")

    @route("/my/tickets/<int:ticket_id>/reopen", type="http", auth="user", methods=["POST"], website=True)
    def portal_ticket_reopen(self, ticket_id, reason="", **kwargs):
        return self._act_on_ticket(
            ticket_id, lambda ticket, partner: ticket._reopen_as_customer(partner, reason), "reopened"
        )

    def _get_invoice_domain(self, ticket_sudo):
        """Return the domain of a ticket's posted invoices, those that it shares with other tickets included."""
        requests = ticket_sudo.env["ticketing.billing.request"]  # customers can't read it: its invoices are asked
        billed = requests._search([("ticket_id", "=", ticket_sudo.id)]).subselect("invoice_id")
        return (
            (Domain("ticket_id", "=", ticket_sudo.id) | Domain("id", "in", billed))
            & Domain("state", "=", "posted")
            & Domain("move_type", "in", ("out_invoice", "out_refund"))
        )

    @route("/my/tickets/<int:ticket_id>/urge", type="http", auth="user", methods=["POST"], website=True)
    def portal_ticket_urge(self, ticket_id, reason="", **kwargs):
        return self._act_on_ticket(
            ticket_id, lambda ticket, partner: ticket._urge_as_customer(partner, reason), "urged"
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
