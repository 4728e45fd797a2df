from odoo import fields, models


class TicketingFeedbackAnswer(models.Model):
    """A question of a questionnaire and what a customer answered, as it was when he did.

    A copy of the survey's own rows: whoever works on tickets may read it, without any right on surveys, and it goes on
    saying the same when the survey is changed.
    """

    _name = "ticketing.feedback.answer"
    _description = "Answer to a Questionnaire"
    _order = "feedback_id desc, sequence, id"
    _rec_name = "question"

    feedback_id = fields.Many2one("ticketing.feedback", required=True, readonly=True, ondelete="cascade", index=True)
    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    team_id = fields.Many2one("ticketing.team", readonly=True)
    user_id = fields.Many2one("res.users", "Solved by", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", "Customer Company", readonly=True, ondelete="cascade")
    answered_on = fields.Datetime("Answered on", required=True, readonly=True)
    survey = fields.Char("Questionnaire", readonly=True)
    sequence = fields.Integer(readonly=True)
    question = fields.Char(required=True, readonly=True)
    answer = fields.Char(readonly=True)
    value = fields.Float(
        "Number", readonly=True, aggregator="avg", help="Of numbers and scales, so that their mean can be read."
    )

    _list_index = models.Index("(feedback_id DESC, sequence, id)")
