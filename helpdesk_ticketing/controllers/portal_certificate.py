from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request, route

from .portal import ITEMS_PER_PAGE, PRIVATE_HEADERS
from .portal_note import SHOWN_STATES, TicketingPortalNote

MODEL = "ticketing.delivery.note"


class TicketingPortalCertificate(TicketingPortalNote):
    """Certificates of progress: the customer, and the lender where he pays, read them and accept or reject them."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "certificate_to_accept_count" in counters:
            values["certificate_to_accept_count"] = self._count_certificates(self._get_turn_domain())
        if "certificate_count" in counters:
            values["certificate_count"] = self._count_certificates(self._get_certificate_domain())
        return values

    def _count_certificates(self, domain):
        notes = request.env[MODEL]
        return notes.search_count(domain) if notes.has_access("read") else 0

    def _get_company_domain(self, signer):
        """Return the domain of what the user's company accepts or pays, as customer or as lender.

        Record rules say what it may see; this keeps what staff may see off their own portal.
        """
        company = request.env.user.partner_id.commercial_partner_id
        if signer == "customer":
            return Domain("commercial_partner_id", "=", company.id)
        return Domain("payer", "=", "lender") & Domain("lender_commercial_partner_id", "=", company.id)

    def _get_certificate_domain(self):
        own = self._get_company_domain("customer") | self._get_company_domain("lender")
        return Domain("plan_id", "!=", False) & Domain("state", "in", SHOWN_STATES) & own

    def _get_turn_domain(self):
        """Return the domain of the certificates that wait for the user's company."""
        turn = request.env[MODEL]._get_turn_domain
        own = [turn(signer) & self._get_company_domain(signer) for signer in ("customer", "lender")]
        return self._get_certificate_domain() & Domain.OR(own)

    @route(
        ["/my/certificates", "/my/certificates/page/<int:page>"], type="http", auth="user", website=True, readonly=True
    )
    def portal_my_certificates(self, page=1, filterby="", **kwargs):
        filters = {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "turn": {"label": request.env._("To Accept"), "domain": self._get_turn_domain()},
            "waiting": {
                "label": request.env._("Waiting for Others"),
                "domain": Domain("state", "=", "ready") & ~self._get_turn_domain(),
            },
            "signed": {"label": request.env._("Accepted"), "domain": Domain("state", "=", "signed")},
            "refused": {"label": request.env._("Rejected"), "domain": Domain("state", "=", "refused")},
        }
        filterby = filterby if filterby in filters else "all"
        self._ensure_time_zone()
        notes = request.env[MODEL]
        domain = self._get_certificate_domain() & filters[filterby]["domain"]
        pager = self._get_pager("/my/certificates", {"filterby": filterby}, notes.search_count(domain), page)
        notes = notes.search(domain, order="state, id desc", limit=ITEMS_PER_PAGE, offset=pager["offset"])
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "certificate",
            "default_url": "/my/certificates",
            "searchbar_filters": filters,
            "filterby": filterby,
            "pager": pager,
            "notes": notes.sudo(),  # the plan's name is not for customers to search, only to see here
            "user": request.env.user,
        }
        return request.render("helpdesk_ticketing.portal_my_certificates", values)

    @route("/my/certificates/<int:note_id>", type="http", auth="public", website=True)
    def portal_my_certificate(self, note_id, access_token=None, report_type=None, download=False, message="", **kwargs):
        try:
            note_sudo, own = self._open_certificate(note_id, access_token)
        except (AccessError, MissingError):
            return self._refuse_document(access_token)
        if report_type == "pdf":
            return self._show_note_pdf(note_sudo, download)
        url, token = f"/my/certificates/{note_id}", None if own else access_token
        role = self._get_role(note_sudo) if own else ""
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "certificate",
            "note": note_sudo,
            "own": own,
            "role": role,
            "message": message,
            "problem": request.session.pop("ticketing_problem", "") if message == "problem" else "",
            "may_sign": own and note_sudo._may_be_signed_by(request.env.user),
            "sign_url": f"{url}/sign/{note_sudo.next_signer}",
            "refuse_url": f"{url}/refuse/{note_sudo.next_signer}",
            "file_url": f"{url}/file/",
            "file_query": f"?access_token={token}" if token else "",
            "signer": request.env.user.partner_id.name,
        }
        values = self._get_page_view_values(note_sudo, token, values, "my_certificates_history", False, **kwargs)
        response = request.render("helpdesk_ticketing.portal_my_certificate", values)
        if access_token:
            response.headers.update(PRIVATE_HEADERS)
        return response

    @route("/my/certificates/<int:note_id>/file/<int:file_id>", type="http", auth="public", website=True)
    def portal_certificate_file(self, note_id, file_id, access_token=None, **kwargs):
        try:
            note_sudo, __ = self._open_certificate(note_id, access_token)
        except (AccessError, MissingError):
            return self._refuse_document(access_token)
        return self._send_file(note_sudo, file_id)

    def _open_certificate(self, note_id, access_token=None):
        """Return a certificate as superuser, and whether the visitor sees it by his log-in.

        :raises AccessError, MissingError: not for him, unfinished, or another document
        """
        note_sudo, own = self._open_document(MODEL, note_id, access_token)
        self._check_shown(note_sudo)
        if not note_sudo.plan_id:
            raise MissingError(request.env._("This document does not exist."))
        return note_sudo, own

    def _get_role(self, note_sudo):
        """Return as what the visitor's company reads a certificate: customer, lender, or nothing for staff."""
        company = request.env.user.partner_id.commercial_partner_id
        roles = [role for role in ("customer", "lender") if note_sudo._get_signing_company(role) == company]
        return note_sudo.next_signer if note_sudo.next_signer in roles else next(iter(roles), "")

    # Accepted, rejected

    @route("/my/certificates/<int:note_id>/sign/<string:signer>", type="jsonrpc", auth="user", website=True)
    def portal_certificate_sign(self, note_id, signer, name=None, signature=None, **kwargs):
        try:
            note_sudo = self._get_own_certificate(note_id, signer)
        except (AccessError, MissingError):
            return {"error": request.env._("This certificate is not yours to accept.")}
        url = f"/my/certificates/{note_id}?message=signed"
        return self._sign_note(note_sudo, name, signature, "portal", url, signer)

    @route(
        "/my/certificates/<int:note_id>/refuse/<string:signer>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_certificate_refuse(self, note_id, signer, reason="", **kwargs):
        try:
            note_sudo = self._get_own_certificate(note_id, signer)
        except (AccessError, MissingError):
            return self._render_not_found()
        message = self._refuse_note(note_sudo, reason, request.env.user.partner_id, signer)
        return request.redirect_query(f"/my/certificates/{note_id}", {"message": message})

    def _get_own_certificate(self, note_id, signer):
        """Return a certificate, as superuser, for the user to act on as its customer or lender.

        :raises AccessError, MissingError: he is not that, even if he may read it
        """
        note_sudo, own = self._open_certificate(note_id)
        company = note_sudo._get_signing_company(signer if signer in ("customer", "lender") else "")
        if not own or not company or company != request.env.user.partner_id.commercial_partner_id:
            raise AccessError(request.env._("Only who is asked to accept it can do this."))
        return note_sudo.with_user(request.env.user).sudo()  # his name on what he does; he was checked above
