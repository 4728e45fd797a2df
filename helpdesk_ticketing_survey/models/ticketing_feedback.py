from odoo import fields, models
from odoo.exceptions import UserError


class TicketingFeedback(models.Model):
    _inherit = "ticketing.feedback"

    survey_input_id = fields.Many2one(
        "survey.user_input", "Questionnaire", readonly=True, ondelete="set null", index="btree_not_null", copy=False
    )
    survey_answer_ids = fields.One2many("ticketing.feedback.answer", "feedback_id", "Answers", readonly=True)

    def _end(self, state):
        """Who has begun the questionnaire can't go on with it, either."""
        result = super()._end(state)
        self.survey_input_id.filtered(lambda given: given.state != "done").deadline = fields.Datetime.now()
        return result

    def _get_survey(self):
        """Return the questionnaire that is offered to the customer, as superuser: the one he has begun, else the team's."""
        self.ensure_one()
        own = self.sudo()  # customers have no right on surveys
        survey = own.survey_input_id.survey_id or own.team_id.feedback_survey_id
        done = own.survey_input_id.state == "done"
        return survey.browse() if done else survey.filtered(lambda each: each.active and each.question_ids)

    def _start_survey(self):
        """Return the path of the questionnaire, for this customer and ticket alone: the same one however often he asks.

        The caller has checked that he may; runs as superuser.

        :raises UserError: there is nothing to answer (any more)
        """
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset()
        survey = self._get_survey()
        if not survey or not self._is_open():
            raise UserError(self.env._("This questionnaire can't be answered any more."))
        if not self.survey_input_id:
            self.survey_input_id = survey._create_answer(
                partner=self.partner_id, check_attempts=False, deadline=self.expires_on, ticketing_feedback_id=self.id
            )
        return f"/survey/start/{survey.access_token}?answer_token={self.survey_input_id.access_token}"
