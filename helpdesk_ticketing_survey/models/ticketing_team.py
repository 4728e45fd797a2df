from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TicketingTeam(models.Model):
    _inherit = "ticketing.team"

    feedback_survey_id = fields.Many2one(
        "survey.survey",
        "Questionnaire",
        domain=[("users_login_required", "=", False), ("access_mode", "in", ("public", "token"))],
        help="Offered to customers once they have chosen a face.",
    )

    @api.constrains("feedback_survey_id")
    def _check_feedback_survey(self):
        for team in self:
            survey = team.feedback_survey_id.sudo()  # who sets up teams need not be allowed to make surveys
            if survey and (survey.users_login_required or survey.access_mode not in ("public", "token")):
                raise ValidationError(
                    self.env._(
                        "Customers can't answer %s without a log-in: untick 'Require Login' in the survey's options.",
                        survey.title,
                    )
                )
