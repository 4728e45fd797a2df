from odoo import fields, models
from odoo.exceptions import AccessError

from .forum_forum import KINDS


class TicketingTeam(models.Model):
    _inherit = "ticketing.team"

    forum_ids = fields.One2many("forum.forum", "ticketing_team_id", string="Forums")
    forum_count = fields.Integer("Number of Forums", compute="_compute_forum_count")

    def _compute_forum_count(self):
        counts = dict(
            self.env["forum.forum"]._read_group(
                [("ticketing_team_id", "in", self.ids)], ["ticketing_team_id"], ["__count"]
            )
        )
        for team in self:
            team.forum_count = counts.get(team, 0)

    def action_create_forums(self):
        """Make a forum of each kind that the team lacks: questions, ideas, announcements.

        :raises AccessError: no manager of the desk
        """
        if not self.env.user.has_group("helpdesk_ticketing.group_manager"):
            raise AccessError(self.env._("Only a manager of the helpdesk can do this."))
        self.check_access("write")
        forums = self.env["forum.forum"].sudo()  # who manages the desk is no administrator; he was checked above
        for team in self:
            missing = [kind for kind, __ in KINDS if kind not in team.sudo().forum_ids.mapped("ticketing_kind")]
            forums.create([forums._prepare_team_forum_values(team, kind) for kind in missing])
        self.invalidate_recordset(["forum_ids", "forum_count"])
        return self.action_open_forums()

    def action_open_forums(self):
        """Open what is asked in the forums of the team."""
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing_forum.forum_post_action")
        return {**action, "domain": [("forum_id.ticketing_team_id", "in", self.ids), ("parent_id", "=", False)]}
