from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.helpdesk_ticketing.controllers.feedback import FORM_BYTES, TicketingFeedback


class TicketingFeedbackSurvey(TicketingFeedback):
    """Leads who has chosen a face on to the team's questionnaire."""

    def _prepare_feedback_values(self, feedback):
        return {**super()._prepare_feedback_values(feedback), "survey": feedback._get_survey()}

    @route(
        "/ticketing/feedback/<string:token>/survey",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        max_content_length=FORM_BYTES,
    )
    def feedback_survey(self, token, **kwargs):
        feedback, wait = self._open_feedback(token)
        if not feedback:
            return self._refuse_feedback(wait)
        try:
            with request.env.cr.savepoint():
                path = feedback._start_survey()
        except UserError as error:
            request.session["ticketing_problem"] = str(error)
            return request.redirect_query(f"{feedback._get_link()}/thanks", {"message": "problem"})
        return request.redirect(path)
