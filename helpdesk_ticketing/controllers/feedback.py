from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.ticketing_feedback import COMMENT_LENGTH, HIGHEST_EFFORT, RATES
from ..tools.form_values import read_id, read_text
from .sign_link import TicketingSignLink

# Bytes of a form: four bytes a character of the comment, and what is around them.
FORM_BYTES = 64 * 1024


class TicketingFeedback(TicketingSignLink):
    """The page on which a customer says how it went, without log-in.

    Opening it changes nothing: programs that look for viruses open the links of mails. A script on the page stores the
    face that was clicked in the mail; without scripts there is a button. A link that is wrong, ended or revoked, and
    one that never was, all get the same answer.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "feedback_count" in counters:
            values["feedback_count"] = len(self._get_own_feedback())
        return values

    def _get_own_feedback(self):
        feedbacks = request.env["ticketing.feedback"].sudo()  # only what this person himself was asked
        return feedbacks._get_open_of(request.env.user.partner_id)

    @route("/my/feedback", type="http", auth="user", website=True, readonly=True)
    def portal_my_feedback(self, **kwargs):
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "feedback",
            "feedbacks": self._get_own_feedback(),
        }
        response = request.render("helpdesk_ticketing.portal_my_feedback", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    # The link

    def _open_feedback(self, token):
        """Return what a link opens (empty if nothing), as superuser, and the minutes to wait after guessing."""
        feedbacks = request.env["ticketing.feedback"].sudo()  # the link is the right; nothing else is read
        if wait := self._get_wait():
            return feedbacks, wait
        feedback = feedbacks._get_by_token(token)
        if not feedback:
            self._count_failure()
            return feedback, 0
        self._ensure_time_zone(feedback.partner_id.tz or feedback.company_id.partner_id.tz)
        self._speak_language_of(feedback.partner_id)
        return feedback.with_context(lang=request.env.lang), 0

    def _refuse_feedback(self, wait=0):
        response = self._render_private(
            "helpdesk_ticketing.feedback_invalid", {"wait": wait, "no_breadcrumbs": True}, status=429 if wait else 404
        )
        if wait:
            response.headers["Retry-After"] = wait * 60
        return response

    def _render_feedback(self, feedback, face="", problem="", form=None):
        values = {
            **self._prepare_feedback_values(feedback),
            "face": face if face in RATES else "",
            "form": form or {},
            "problem": problem,
            "efforts": range(1, HIGHEST_EFFORT + 1),
            "comment_length": COMMENT_LENGTH,
        }
        return self._render_private("helpdesk_ticketing.feedback_page", values)

    def _prepare_feedback_values(self, feedback):
        return {
            "page_name": "feedback_link",
            "no_breadcrumbs": True,
            "feedback": feedback,
            "link": feedback._get_link(),
            "link_title": feedback.ticket_id.number,
            "link_company": feedback.company_id,
        }

    @route(
        "/ticketing/feedback/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
        max_content_length=FORM_BYTES,
    )
    def feedback_page(self, token, face="", **form):
        feedback, wait = self._open_feedback(token)
        if not feedback:
            return self._refuse_feedback(wait)
        if request.httprequest.method != "POST":
            return self._render_feedback(feedback, read_text(face))
        form = {name: read_text(form.get(name)) for name in ("satisfaction", "effort", "comment")}
        try:
            with request.env.cr.savepoint():
                self._store_form(feedback, form)
        except UserError as error:
            return self._render_feedback(feedback, problem=str(error), form=form)
        return request.redirect(f"{feedback._get_link()}/thanks")

    def _store_form(self, feedback, form):
        if form["satisfaction"] not in RATES:
            raise UserError(request.env._("Choose one of the three faces."))
        effort = read_id(form["effort"])
        if form["effort"] and not effort:
            raise UserError(request.env._("Choose a number from 1 to 7."))
        feedback._answer(form["satisfaction"], effort, form["comment"])

    @route(
        "/ticketing/feedback/<string:token>/face",
        type="jsonrpc",
        auth="public",
        website=True,
        max_content_length=FORM_BYTES,
    )
    def feedback_face(self, token, face="", **kwargs):
        """One click: the face that was chosen in the mail, or on the page."""
        feedback, wait = self._open_feedback(token)
        if not feedback:
            return {"error": request.env._("This link is no longer valid."), "wait": wait}
        if face not in tuple(RATES):
            return {"error": request.env._("Choose one of the three faces.")}
        feedback._answer(face)
        return {"saved": face}

    @route("/ticketing/feedback/<string:token>/thanks", type="http", auth="public", website=True, sitemap=False)
    def feedback_thanks(self, token, message="", **kwargs):
        feedback, wait = self._open_feedback(token)
        if not feedback:
            return self._refuse_feedback(wait)
        values = {
            **self._prepare_feedback_values(feedback),
            "may_reopen": feedback.ticket_id._is_reopenable(),
            "reopened": message == "reopened" and feedback.ticket_id.stage_kind in ("new", "open"),
            "problem": request.session.pop("ticketing_problem", "") if message == "problem" else "",
        }
        return self._render_private("helpdesk_ticketing.feedback_thanks", values)

    @route(
        "/ticketing/feedback/<string:token>/reopen",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        max_content_length=FORM_BYTES,
    )
    def feedback_reopen(self, token, reason="", **kwargs):
        feedback, wait = self._open_feedback(token)
        if not feedback:
            return self._refuse_feedback(wait)
        message = "reopened"
        try:
            with request.env.cr.savepoint():
                feedback.ticket_id._reopen_as_customer(feedback.partner_id, read_text(reason)[:COMMENT_LENGTH])
        except UserError as error:
            request.session["ticketing_problem"] = str(error)
            message = "problem"
        return request.redirect_query(f"{feedback._get_link()}/thanks", {"message": message})
