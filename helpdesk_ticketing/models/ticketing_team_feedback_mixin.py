from odoo import fields, models


class TicketingTeamFeedbackMixin(models.AbstractModel):
    """Whether and when a team asks its customers, and what they answer."""

    _name = "ticketing.team.feedback.mixin"
    _description = "Team: Feedback"
    _inherit = ["rating.parent.mixin"]
    _rating_satisfaction_days = 90

    feedback_ask = fields.Boolean(
        "Ask for Feedback", help="Customers get a mail with three faces when a ticket is solved."
    )
    feedback_delay = fields.Integer(
        "Ask after (hours)",
        default=4,
        required=True,
        help="Counted from the solution. Who reopens before is not asked.",
    )
    feedback_days = fields.Integer(
        "Feedback Link Valid (days)", default=14, required=True, help="For so long an answer can be given, and changed."
    )
    feedback_quiet_days = fields.Integer(
        "Ask Again after (days)", default=30, required=True, help="No customer is asked more often, by no team."
    )
    feedback_effort_limit = fields.Integer(
        "Follow up from Effort Score",
        default=3,
        required=True,
        help="The leader is asked to call who is unhappy, or gives this score or less. The score goes from 1 (it was not "
        "easy at all) to 7 (very easy). 0: only who is unhappy.",
    )
    feedback_template_id = fields.Many2one(
        "mail.template",
        "Feedback Mail",
        domain=[("model", "=", "ticketing.feedback")],
        default=lambda self: self.env.ref("helpdesk_ticketing.mail_template_feedback", raise_if_not_found=False),
        help="Without one, customers are asked on the portal alone.",
    )

    _feedback_days_sensible = models.Constraint(
        "CHECK (feedback_delay BETWEEN 0 AND 720 AND feedback_days BETWEEN 1 AND 365 "
        "AND feedback_quiet_days BETWEEN 0 AND 3650)",
        "Feedback is asked for within 720 hours, can be given for 1 to 365 days, and is asked for again within ten years.",
    )
    _feedback_effort_limit_range = models.Constraint(
        "CHECK (feedback_effort_limit BETWEEN 0 AND 7)", "The effort score lies between 1 and 7; 0 asks for no calls."
    )

    def action_view_feedback(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_feedback_action")
        return {**action, "context": {"search_default_team_id": self.id, "search_default_answered": 1}}
