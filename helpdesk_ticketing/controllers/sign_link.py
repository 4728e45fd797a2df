import logging
import re
import time

from odoo.http import request, route

from .portal import PRIVATE_HEADERS
from .portal_note import TicketingPortalNote

SESSION_KEY = "ticketing_signed"
# Seconds for which the page after the signature can be looked at again.
THANKS_SECONDS = 3600
SECRETS = re.compile(r"(/ticketing/(?:(?:sign|asset)/\d+|feedback)/|[?&]access_token=)[\w~.%-]+")


def hide_secrets(record):
    """Keep signing links, labels and share links out of the web server's log (a filter of ``logging``)."""
    message = record.getMessage()
    if SECRETS.search(message):
        record.msg, record.args = SECRETS.sub(r"\1***", message), ()
    return True


logging.getLogger("werkzeug").addFilter(hide_secrets)


class TicketingSignLink(TicketingPortalNote):
    """A delivery note is signed on the customer's own phone, without log-in.

    A link that is wrong, ended, revoked or used, and a note that does not exist, all get the same answer.
    """

    def _open_link(self, note_id, token):
        """Return the note that a link opens (empty if none), as superuser, and the minutes to wait after guessing."""
        notes = request.env["ticketing.delivery.note"].sudo()  # the link is the right; nothing else is read
        if wait := self._get_wait():
            return notes, wait
        note = notes._get_by_link(note_id, token)
        if not note:
            self._count_failure()
            return notes, 0
        self._ensure_time_zone(note._get_time_zone())
        self._speak_language_of(note._get_signer())
        return note.with_context(lang=request.env.lang), 0

    def _speak_language_of(self, partner):
        """Talk to the customer in his language, unless he chose one on this site."""
        language = partner.lang and request.env["res.lang"]._get_data(code=partner.lang)
        if language and "frontend_lang" not in request.cookies:
            request.update_context(lang=language.code)
            request.lang = language
            # Core has already noted the browser's language for the requests that follow: signing, thanks.
            request.future_response.set_cookie("frontend_lang", language.code)

    def _render_invalid(self, wait=0):
        response = self._render_private(
            "helpdesk_ticketing.sign_link_invalid", {"wait": wait, "no_breadcrumbs": True}, status=429 if wait else 404
        )
        if wait:
            response.headers["Retry-After"] = wait * 60
        return response

    @route("/ticketing/sign/<int:note_id>/<string:token>", type="http", auth="public", website=True, sitemap=False)
    def sign_link(self, note_id, token, message="", **kwargs):
        note, wait = self._open_link(note_id, token)
        if not note:
            return self._render_invalid(wait)
        link = f"/ticketing/sign/{note_id}/{token}"
        signer = note._get_signer()
        values = {
            "page_name": "sign_link",
            "no_breadcrumbs": True,
            "note": note,
            "problem": request.session.pop("ticketing_problem", "") if message == "problem" else "",
            "may_sign": True,
            "sign_url": f"{link}/accept",
            "refuse_url": f"{link}/refuse",
            "signer": "" if signer.is_company else signer.name,
            "file_url": f"{link}/file/",
        }
        return self._render_private("helpdesk_ticketing.sign_link_page", values)

    @route("/ticketing/sign/<int:note_id>/<string:token>/accept", type="jsonrpc", auth="public", website=True)
    def sign_link_accept(self, note_id, token, name=None, signature=None, **kwargs):
        note, wait = self._open_link(note_id, token)
        if not note:
            return {"error": request.env._("This link is no longer valid."), "wait": wait}
        role = note.next_signer
        answer = self._sign_note(note, name, signature, "link", "/ticketing/sign/thanks")
        if "error" not in answer:
            self._remember(note, role)
        return answer

    @route(
        "/ticketing/sign/<int:note_id>/<string:token>/refuse",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def sign_link_refuse(self, note_id, token, reason="", **kwargs):
        note, wait = self._open_link(note_id, token)
        if not note:
            return self._render_invalid(wait)
        role, signer = note.next_signer, note._get_signer()
        if self._refuse_note(note, reason, signer) == "problem":
            return request.redirect_query(f"/ticketing/sign/{note_id}/{token}", {"message": "problem"})
        self._remember(note, role)
        return request.redirect("/ticketing/sign/thanks")

    @route(
        "/ticketing/sign/<int:note_id>/<string:token>/file/<int:file_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def sign_link_file(self, note_id, token, file_id, **kwargs):
        """A photo or document that belongs to what is to be signed."""
        note, wait = self._open_link(note_id, token)
        if not note:
            return self._render_invalid(wait)
        response = self._send_file(note, file_id)
        response.headers.update(PRIVATE_HEADERS)
        return response

    def _remember(self, note, role):
        """The link is used up; this browser alone may still see what came of it, for a while."""
        request.session[SESSION_KEY] = [note.id, int(time.time()), role]

    @route("/ticketing/sign/thanks", type="http", auth="public", website=True, sitemap=False)
    def sign_link_thanks(self, **kwargs):
        note_id, moment, role = (*(request.session.get(SESSION_KEY) or (0, 0)), "")[:3]
        # this browser signed it; the page shows the note as it was signed
        note = request.env["ticketing.delivery.note"].sudo().browse(note_id).exists()
        if not note or not note._is_answered() or moment + THANKS_SECONDS < time.time():
            return self._render_invalid()
        self._ensure_time_zone(note._get_time_zone())
        partner = note.lender_id if role == "lender" else note.partner_id
        self._speak_language_of(partner)
        note = note.with_context(lang=request.env.lang)
        values = {"page_name": "sign_link", "no_breadcrumbs": True, "note": note, "may_sign": False, "partner": partner}
        return self._render_private("helpdesk_ticketing.sign_link_thanks", values)
