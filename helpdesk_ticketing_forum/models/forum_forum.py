from odoo import api, fields, models

KINDS = [("questions", "Questions"), ("ideas", "Ideas"), ("announcements", "Announcements")]
# A customer asks, answers, votes and accepts at once: reputation is for strangers. What he asks first is looked at by the
# staff before others see it.
CUSTOMER_KARMA = {
    "karma_ask": 0,
    "karma_answer": 0,
    "karma_upvote": 0,
    "karma_comment_own": 0,
    "karma_comment_all": 0,
    "karma_edit_own": 0,
    "karma_answer_accept_own": 0,
    "karma_flag": 1,
    "karma_post": 10,
}
MODES = {
    "questions": {"mode": "questions", "default_order": "last_activity_date desc"},
    "ideas": {"mode": "discussions", "default_order": "vote_count desc"},
    "announcements": {"mode": "discussions", "default_order": "create_date desc"},
}


class ForumForum(models.Model):
    """A forum of a team of the desk: its staff moderates it, whatever their reputation."""

    _inherit = "forum.forum"

    ticketing_team_id = fields.Many2one(
        "ticketing.team", string="Helpdesk Team", index="btree_not_null", help="Its members moderate the forum."
    )
    ticketing_kind = fields.Selection(
        KINDS,
        string="What for",
        default="questions",
        required=True,
        help="Ideas are ranked by votes. Announcements are written by the team alone; others comment on them.",
    )

    def _is_staff(self):
        """Tell whether the user answers for the forum: somebody of its team, or a manager of the desk."""
        self.ensure_one()
        user, team = self.env.user, self.sudo().ticketing_team_id  # who is on the team is not for all to read
        if not team or user.share or team.company_id not in user.company_ids:
            return False
        if user.has_group("helpdesk_ticketing.group_manager"):
            return True
        return user.has_group("helpdesk_ticketing.group_user_own") and user in team.member_ids | team.user_id

    def _is_closed_for_user(self):
        """Tell whether only others write here."""
        self.ensure_one()
        return self.ticketing_kind == "announcements" and bool(self.sudo().ticketing_team_id) and not self._is_staff()

    @api.depends("ticketing_team_id")
    @api.depends_context("uid")
    def _compute_can_moderate(self):
        super()._compute_can_moderate()
        for forum in self.filtered(lambda forum: not forum.can_moderate and forum._is_staff()):
            forum.can_moderate = True

    @api.model
    def _prepare_team_forum_values(self, team, kind):
        """Return the values of a new forum of a team."""
        names = {
            "questions": self.env._("%s: questions", team.name),
            "ideas": self.env._("%s: ideas", team.name),
            "announcements": self.env._("%s: announcements", team.name),
        }
        descriptions = {
            "questions": self.env._("Ask us and other customers, and see what was answered before."),
            "ideas": self.env._("Say what you miss, and vote for what others miss."),
            "announcements": self.env._("What is new with us."),
        }
        website = self.env["website"].search([("company_id", "=", team.company_id.id)], limit=1)
        several = self.env["website"].search_count([], limit=2) > 1
        return {
            **CUSTOMER_KARMA,
            **MODES[kind],
            "name": names[kind],
            "description": descriptions[kind],
            "ticketing_team_id": team.id,
            "ticketing_kind": kind,
            "website_id": website.id if several else False,
            "welcome_message": False,
        }
