from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .ticketing_forum_turn_mixin import STEP_FIELDS

STAFF_RIGHTS = (
    "can_ask",
    "can_answer",
    "can_accept",
    "can_edit",
    "can_close",
    "can_unlink",
    "can_comment",
    "can_comment_convert",
    "can_view",
    "can_post",
    "can_flag",
    "can_moderate",
    "can_use_full_editor",
)


class ForumPost(models.Model):
    """A post in the forum of a team: its staff does what others earn by reputation."""

    _name = "forum.post"
    _inherit = ["forum.post", "ticketing.forum.turn.mixin"]

    is_pinned = fields.Boolean("Pinned", copy=False, help="Stands above the others.")
    ticketing_is_staff = fields.Boolean(compute="_compute_ticketing_is_staff")

    @api.depends_context("uid")
    def _compute_ticketing_is_staff(self):
        for post in self:
            post.ticketing_is_staff = post._get_question_forum()._is_staff()

    def _get_question_forum(self):
        """Return where it is read: an answer stands under its question, whatever forum it names."""
        self.ensure_one()
        return (self.parent_id or self).forum_id

    def can_access_from_current_website(self, website_id=False):
        """A post is where its forum is; core asks each record of an address that can tell."""
        return all(post.sudo().forum_id.can_access_from_current_website(website_id) for post in self)

    @api.constrains("parent_id", "forum_id")
    def _check_forum_of_parent(self):
        """An answer takes no rights from a forum in which it does not stand."""
        for post in self:
            if post.parent_id and post.forum_id != post.parent_id.forum_id:
                raise ValidationError(self.env._("An answer belongs to the forum of its question."))

    @api.depends_context("uid")
    def _compute_post_karma_rights(self):
        super()._compute_post_karma_rights()
        forums = (self | self.parent_id).sudo().forum_id.filtered("ticketing_team_id").sudo(False)  # the desk's
        staffed = forums.filtered(lambda forum: forum._is_staff())
        closed = forums.filtered(lambda forum: forum._is_closed_for_user()) if not self.env.su else forums.browse()
        for post in self:
            forum = post._get_question_forum()
            if forum in staffed:
                post.update(dict.fromkeys(STAFF_RIGHTS, True))
            elif forum in closed:
                post.update({"can_ask": False, "can_answer": False})

    def _update_content(self, content, forum_id):
        """Reputation says who may post links and pictures; staff may."""
        if self.env["forum.forum"].browse(forum_id)._is_staff():
            return content
        return super()._update_content(content, forum_id)

    @api.model_create_multi
    def create(self, vals_list):
        posts = super().create(vals_list)
        # what came of it, not what was given: the context and a user's own defaults say something, too
        made = posts.sudo()
        posts._check_staff_fields({name for name in ("is_pinned", *STEP_FIELDS) if any(post[name] for post in made)})
        return posts

    def write(self, vals):
        self._check_staff_fields(vals.keys())
        return super().write(vals)

    def _check_staff_fields(self, names):
        """Authors may write their posts: not what the desk says of them.

        :raises AccessError: not the staff, or a link that only steps make
        """
        if self.env.su:
            return
        if STEP_FIELDS & set(names):
            raise AccessError(self.env._("Tickets and articles are linked by the buttons that make them."))
        if "is_pinned" in names and not all(post._get_question_forum()._is_staff() for post in self):
            raise AccessError(self.env._("Only the team of this forum can do this."))

    def action_toggle_pin(self):
        """Put the post above the others, or back among them."""
        self.ensure_one()
        self.is_pinned = not self.is_pinned

    @api.model
    def _search_get_detail(self, website, order, options):
        """What is pinned comes first, however the others are sorted."""
        detail = super()._search_get_detail(website, order, options)
        if options.get("forum") and detail.get("order"):
            detail["order"] = f"is_pinned desc, {detail['order']}"
        return detail
