from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from ..tools.pictures import is_picture
from .portal import ITEMS_PER_PAGE, PRIVATE_HEADERS, TicketingPortal

SHOWN_STATES = ("ready", "signed", "refused")


class TicketingPortalNote(TicketingPortal):
    """The customer's delivery notes: list, page, signature, refusal."""

    @route(["/my/notes", "/my/notes/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_notes(self, page=1, filterby="", **kwargs):
        filters = {
            "all": {"label": self.env._("All")},
            "ready": {"label": self.env._("To Sign")},
            "signed": {"label": self.env._("Signed")},
            "refused": {"label": self.env._("Refused")},
        }
        filterby = filterby if filterby in filters else "all"
        self._ensure_time_zone()
        notes = request.env["ticketing.delivery.note"]
        states = SHOWN_STATES if filterby == "all" else [filterby]
        domain = [*self._get_customer_domain(), ("plan_id", "=", False), ("state", "in", states)]
        pager = self._get_pager("/my/notes", {"filterby": filterby}, notes.search_count(domain), page)
        notes = notes.search(domain, order="state, id desc", limit=ITEMS_PER_PAGE, offset=pager["offset"])
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "note",
            "default_url": "/my/notes",
            "searchbar_filters": filters,
            "filterby": filterby,
            "pager": pager,
            "notes": notes.sudo(),  # names of staff are not for customers to search, only to see here
        }
        return request.render("helpdesk_ticketing.portal_my_notes", values)

    @route("/my/notes/<int:note_id>", type="http", auth="public", website=True)
    def portal_my_note(self, note_id, access_token=None, report_type=None, download=False, message="", **kwargs):
        try:
            note_sudo, own = self._open_document("ticketing.delivery.note", note_id, access_token)
            self._check_shown(note_sudo)
        except (AccessError, MissingError):
            return self._refuse_document(access_token)
        if report_type == "pdf":
            return self._show_note_pdf(note_sudo, download)
        if note_sudo.plan_id:
            return request.redirect_query(f"/my/certificates/{note_id}", {"access_token": access_token or None})
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "note",
            "note": note_sudo,
            "own": own,
            "message": message,
            "problem": request.session.pop("ticketing_problem", "") if message == "problem" else "",
            "may_sign": own and note_sudo._may_be_signed_by(request.env.user),
            "sign_url": f"/my/notes/{note_id}/sign",
            "refuse_url": f"/my/notes/{note_id}/refuse",
            "signer": request.env.user.partner_id.name,
        }
        token = access_token if not own else None
        values = self._get_page_view_values(note_sudo, token, values, "my_notes_history", False, **kwargs)
        response = request.render("helpdesk_ticketing.portal_my_note", values)
        if access_token:
            response.headers.update(PRIVATE_HEADERS)
        return response

    def _check_shown(self, note_sudo):
        """A draft is nobody's to see yet, whatever the link."""
        if note_sudo.state not in SHOWN_STATES:
            raise MissingError(request.env._("This document does not exist."))

    def _show_note_pdf(self, note_sudo, download):
        """Send the file that was made after the signature; render the note only while there is none."""
        if note_sudo.pdf_id:
            stream = request.env["ir.binary"].sudo()._get_stream_from(note_sudo.pdf_id)  # the note was checked
            return stream.get_response(as_attachment=bool(download))
        return self._show_report(note_sudo, "pdf", "helpdesk_ticketing.delivery_note_report", download=bool(download))

    def _send_file(self, note_sudo, file_id):
        """Send a file that was frozen with the note; of no other file is told whether there is one."""
        file = note_sudo.photo_ids.filtered(lambda file: file.id == file_id)
        if not file:
            return self._render_not_found()
        stream = request.env["ir.binary"].sudo()._get_stream_from(file)  # of a note that the visitor may see
        return stream.get_response(as_attachment=not is_picture(file.raw))

    @route("/my/notes/<int:note_id>/sign", type="jsonrpc", auth="user", website=True)
    def portal_note_sign(self, note_id, name=None, signature=None, **kwargs):
        try:
            note_sudo = self._get_own_note(note_id)
        except (AccessError, MissingError):
            return {"error": request.env._("This delivery note is not yours to sign.")}
        return self._sign_note(note_sudo, name, signature, "portal", f"/my/notes/{note_id}?message=signed")

    def _get_own_note(self, note_id):
        """Return a delivery note for the customer to act on; certificates have pages of their own.

        :raises AccessError, MissingError: not his
        """
        note_sudo = self._get_own_ticket_or_note("ticketing.delivery.note", note_id)
        if note_sudo.plan_id:
            raise MissingError(request.env._("This document does not exist."))
        return note_sudo

    def _sign_note(self, note_sudo, name, signature, method, next_url, signer=False):
        """Sign, and tell the page what to do: nothing of a refused signature is kept.

        :param signer: as whom, of a certificate: customer or lender; False: whose turn it is
        """
        try:
            note_sudo._take_turn(signer)
            note_sudo._sign_as_customer(name, signature, method, request.httprequest.remote_addr)
            request.env.flush_all()
        except UserError as error:
            request.env.cr.rollback()
            return {"error": str(error)}
        return {"force_refresh": True, "redirect_url": next_url}

    @route("/my/notes/<int:note_id>/refuse", type="http", auth="user", methods=["POST"], website=True)
    def portal_note_refuse(self, note_id, reason="", **kwargs):
        try:
            note_sudo = self._get_own_note(note_id)
        except (AccessError, MissingError):
            return self._render_not_found()
        message = self._refuse_note(note_sudo, reason, request.env.user.partner_id)
        return request.redirect_query(f"/my/notes/{note_id}", {"message": message})

    def _refuse_note(self, note_sudo, reason, author, signer=False):
        """Refuse, and return what the page shows next."""
        try:
            with request.env.cr.savepoint():
                note_sudo._take_turn(signer)
                note_sudo._refuse_as_customer(reason, author)
        except UserError as error:
            request.session["ticketing_problem"] = str(error)
            return "problem"
        return "refused"
