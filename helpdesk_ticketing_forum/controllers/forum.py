from werkzeug.exceptions import NotFound

from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.helpdesk_ticketing_website.controllers.help_center import not_found
from odoo.addons.website_forum.controllers.website_forum import WebsiteForum


class TicketingForum(WebsiteForum):
    """The forum's pages for the staff of its team. Core asks for reputation there; staff needs none."""

    # Moderation

    def _render_queue(self, forum, domain, kind, **values):
        posts = request.env["forum.post"].with_context(active_test=kind != "offensive")
        found = posts.search([("forum_id", "=", forum.id), *domain], order="write_date desc, id desc")
        values = {
            **self._prepare_user_values(forum=forum),
            "posts_ids": found.sudo(),  # as core: names and pictures of who wrote
            "queue_type": kind,
            **values,
        }
        return request.render("website_forum.moderation_queue", values)

    @route(handle_params_access_error=not_found)
    def validation_queue(self, forum, **kwargs):
        if forum._is_staff():
            return self._render_queue(forum, [("state", "=", "pending")], "validation")
        return super().validation_queue(forum, **kwargs)

    @route(handle_params_access_error=not_found)
    def flagged_queue(self, forum, **kwargs):
        if forum._is_staff():
            domain = [("state", "=", "flagged")]
            if isinstance(kwargs.get("spam_post"), str):
                domain.append(("name", "ilike", kwargs["spam_post"]))
            return self._render_queue(forum, domain, "flagged", flagged_queue_active=1)
        return super().flagged_queue(forum, **kwargs)

    @route(handle_params_access_error=not_found)
    def offensive_posts(self, forum, **kwargs):
        if forum._is_staff():
            return self._render_queue(forum, [("state", "=", "offensive"), ("active", "=", False)], "offensive")
        return super().offensive_posts(forum, **kwargs)

    @route(handle_params_access_error=not_found)
    def closed_posts(self, forum, **kwargs):
        if forum._is_staff():
            return self._render_queue(forum, [("state", "=", "close")], "close")
        return super().closed_posts(forum, **kwargs)

    @route(handle_params_access_error=not_found)
    def question(self, forum, question, **post):
        """Staff sees what waits for it to look at; nobody sees a question by the address of another forum."""
        if question.forum_id != forum:
            raise NotFound
        if question.state == "pending" and not question.parent_id and forum._is_staff():
            values = self._prepare_question_template_vals(forum, post, question)
            return request.render("website_forum.post_description_full", values)
        return super().question(forum, question, **post)

    def _prepare_question_template_vals(self, forum, post, question):
        values = super()._prepare_question_template_vals(forum, post, question)
        return {**values, "ticketing_problem": request.session.pop("ticketing_forum_problem", "")}

    @route(handle_params_access_error=not_found)
    def forum_post(self, forum, **post):
        if forum._is_closed_for_user():
            return request.redirect(forum._compute_website_url())
        return super().forum_post(forum, **post)

    # Profile

    def _prepare_open_forum_user(self, user, forums, **kwargs):
        """Of the votes only those on what the reader may still see: core's page tells of all, and would refuse itself."""
        values = super()._prepare_open_forum_user(user, forums, **kwargs)
        voted = values["vote_post"].sudo().post_id  # to be asked for below
        posts = request.env["forum.post"].with_context(active_test=False)
        shown = posts.search([("id", "in", (voted | voted.parent_id).ids)])
        values["vote_post"] = values["vote_post"].filtered(
            lambda vote: vote.sudo().post_id in shown and vote.sudo().post_id.parent_id <= shown
        )
        return values

    # Ticket, article, pin

    def _act_on_question(self, forum, question, action):
        if question.forum_id != forum or question.parent_id or not forum._is_staff():
            raise NotFound
        try:
            with request.env.cr.savepoint():
                action(question)
        except UserError as error:
            request.session["ticketing_forum_problem"] = str(error)
        return request.redirect(question.website_url)

    @route(
        '/forum/<model("forum.forum"):forum>/<model("forum.post"):question>/ticket',
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
        handle_params_access_error=not_found,
    )
    def question_make_ticket(self, forum, question, **kwargs):
        return self._act_on_question(forum, question, lambda post: post.action_make_ticket())

    @route(
        '/forum/<model("forum.forum"):forum>/<model("forum.post"):question>/article',
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
        handle_params_access_error=not_found,
    )
    def question_make_article(self, forum, question, **kwargs):
        return self._act_on_question(forum, question, lambda post: post.action_make_article())

    @route(
        '/forum/<model("forum.forum"):forum>/<model("forum.post"):question>/pin',
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
        handle_params_access_error=not_found,
    )
    def question_pin(self, forum, question, **kwargs):
        return self._act_on_question(forum, question, lambda post: post.action_toggle_pin())
