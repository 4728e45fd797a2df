from odoo import fields, models


class TicketingTicket(models.Model):
    _inherit = "ticketing.ticket"

    survey_answer_ids = fields.One2many(
        "ticketing.feedback.answer", "ticket_id", "Questionnaire", readonly=True, groups="base.group_user"
    )

    def _get_feedback_for_survey(self, partner):
        """Return the feedback with which this person may go on to a questionnaire, as superuser: its link is his alone."""
        self.ensure_one()
        feedbacks = self.env["ticketing.feedback"].sudo()  # only what he himself has answered
        own = feedbacks.search(
            [("ticket_id", "=", self.id), ("partner_id", "=", partner.id), ("state", "=", "answered")], limit=1
        )
        return own.filtered(lambda feedback: feedback._is_open() and feedback._get_survey())
