from odoo import fields, models


class TicketingTicket(models.Model):
    _inherit = "ticketing.ticket"

    survey_answer_ids = fields.One2many(
        "ticketing.feedback.answer", "ticket_id", "Questionnaire", readonly=True, groups="base.group_user"
    )
