from datetime import timedelta

from odoo import fields


class FeedbackSteps:
    """Steps of tests about feedback, for a desk of ``TicketingCase``."""

    @classmethod
    def _set_up_feedback(cls):
        cls.team.write({"feedback_ask": True, "feedback_delay": 0})
        cls.feedbacks = cls.env["ticketing.feedback"]

    @classmethod
    def _solve(cls, **values):
        """Return a ticket that was solved a moment ago."""
        ticket = cls._create_ticket(**values)
        ticket.action_solve()
        ticket.solved_on = fields.Datetime.now() - timedelta(minutes=1)
        return ticket

    @classmethod
    def _ask(cls, ticket=None):
        """Ask whoever is due; return the question about a ticket."""
        cls.feedbacks._ask_due(fields.Datetime.now())
        return ticket.feedback_ids if ticket else cls.feedbacks.search([])
