from odoo import fields, models

SATISFACTION = [("happy", "Happy"), ("neutral", "Neutral"), ("unhappy", "Unhappy")]


class TicketingTicketFeedbackMixin(models.AbstractModel):
    """What the customer said of the ticket. Core's ratings know it, too."""

    _name = "ticketing.ticket.feedback.mixin"
    _description = "Ticket: Feedback"
    _inherit = ["rating.mixin"]

    # Worked out before a ticket is inserted: it has no rating yet, which costs no query.
    rating_last_value = fields.Float(
        compute="_compute_rating_last_value", compute_sudo=True, store=True, precompute=True
    )
    # Core shows these two to whoever sees the ticket.
    rating_count = fields.Integer(groups="base.group_user")
    rating_percentage_satisfaction = fields.Float(groups="base.group_user")
    feedback_ids = fields.One2many("ticketing.feedback", "ticket_id", readonly=True, groups="base.group_user")
    # What one person says is not for his colleagues on the portal.
    satisfaction = fields.Selection(
        SATISFACTION, readonly=True, copy=False, groups="base.group_user", help="What the customer said last."
    )
    effort = fields.Integer(
        "Effort Score",
        readonly=True,
        copy=False,
        aggregator=None,
        groups="base.group_user",
        help="Of 7, which is the least effort; 0: not told.",
    )

    # Whose solution is to be asked about, and what the effort report counts: by the moment of the solution.
    _solved_index = models.Index("(solved_on) WHERE solved_on IS NOT NULL")
    # What a customer asked for after a solution.
    _repeat_index = models.Index("(commercial_partner_id, create_date) WHERE commercial_partner_id IS NOT NULL")

    def _rating_get_parent_field_name(self):
        return "team_id"

    # A message is no rating: core lets whoever may write one, customers and colleagues, rate with it.

    def _get_allowed_message_params(self):
        return super()._get_allowed_message_params() - {"rating_value"}

    def message_post(self, *, rating_value=None, rating_id=None, **kwargs):
        return super().message_post(**kwargs)

    def _message_update_content(self, message, /, *, rating_value=None, **kwargs):
        return super()._message_update_content(message, **kwargs)

    # What was asked

    def _get_open_feedback(self, partner):
        """Return the question that waits for this person's answer, as superuser: the link in it is his alone."""
        self.ensure_one()
        feedbacks = self.env["ticketing.feedback"].sudo()  # only what he himself was asked
        return feedbacks._get_open_of(partner).filtered(lambda feedback: feedback.ticket_id == self)[:1]

    def action_view_feedback(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_feedback_action")
        return {**action, "domain": [("ticket_id", "=", self.id)], "context": {}}
