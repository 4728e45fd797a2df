from odoo import fields, models


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    ticketing_feedback_id = fields.Many2one(
        "ticketing.feedback", "Feedback", readonly=True, ondelete="set null", index="btree_not_null", copy=False
    )

    def _mark_done(self):
        """What customers answer while their link works is kept with their tickets."""
        result = super()._mark_done()
        own = self.sudo()  # whoever answers has no right on tickets
        own = own.filtered(lambda each: each.ticketing_feedback_id and each.ticketing_feedback_id._is_open())
        rows = [values for user_input in own for values in user_input._prepare_feedback_answers()]
        own.env["ticketing.feedback.answer"].create(rows)
        return result

    def _prepare_feedback_answers(self):
        self.ensure_one()
        feedback = self.ticketing_feedback_id
        base = {
            "feedback_id": feedback.id,
            "ticket_id": feedback.ticket_id.id,
            "company_id": feedback.company_id.id,
            "team_id": feedback.team_id.id,
            "user_id": feedback.user_id.id,
            "commercial_partner_id": feedback.commercial_partner_id.id,
            "answered_on": fields.Datetime.now(),
            "survey": self.survey_id.title,
        }
        return [
            {**base, "sequence": number, **line._prepare_feedback_answer()}
            for number, line in enumerate(self.user_input_line_ids.filtered(lambda line: not line.skipped))
        ]
