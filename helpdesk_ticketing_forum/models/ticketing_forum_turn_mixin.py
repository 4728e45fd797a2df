from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

# Set by the steps below, never typed in.
STEP_FIELDS = {"ticketing_ticket_id", "ticketing_article_id"}
SUMMARY_LENGTH = 160


class TicketingForumTurnMixin(models.AbstractModel):
    """What the desk makes of a question of its forum: a ticket, or an article."""

    _name = "ticketing.forum.turn.mixin"
    _description = "Forum Post: Ticket and Article"

    ticketing_ticket_id = fields.Many2one(
        "ticketing.ticket",
        string="Ticket",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="helpdesk_ticketing.group_user_own",
    )
    ticketing_article_id = fields.Many2one(
        "ticketing.article",
        string="Article",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="helpdesk_ticketing.group_user_own",
    )

    def _take_question(self):
        """Return the question, as superuser and locked, so that two of the staff make one thing of it.

        :raises AccessError: nobody of the forum's team
        """
        self.ensure_one()
        question = self.parent_id or self
        if not question.forum_id._is_staff():
            raise AccessError(self.env._("Only the team of this forum can do this."))
        question = question.sudo()  # agents may not write others' posts; who acts was checked above
        question.lock_for_update()
        question.invalidate_recordset(list(STEP_FIELDS))
        return question

    def action_make_ticket(self):
        """Make a ticket of the question, for who has asked, and tell him so where he asked."""
        question = self._take_question()
        if not question.ticketing_ticket_id:
            ticket = self.env["ticketing.ticket"].create(question._prepare_forum_ticket_values())
            question.ticketing_ticket_id = ticket
            question._tell_of_ticket(self.env.user)
        return question._open_made("ticketing_ticket_id")

    def _prepare_forum_ticket_values(self):
        """Return the ticket's values. A colleague's question has no customer: the agent chooses him."""
        self.ensure_one()
        author = self.create_uid
        return {
            "name": self.name,
            "description": self.content,
            "partner_id": author.partner_id.id if author.share and not author._is_public() else False,
            "team_id": self.forum_id.ticketing_team_id.id,
            "channel_id": self.env["ticketing.channel"]._get_by_code("forum").id,
            "forum_post_id": self.id,
        }

    def _tell_of_ticket(self, agent):
        """Answer in the forum that the desk takes care of it; as a comment where no (further) answer is possible."""
        self.ensure_one()
        speaking = self.with_context(lang=self.create_uid.lang or self.env.lang).with_user(agent)
        text = Markup("<p>%s</p>") % speaking.env._(
            "Thank you for asking. Our team takes care of this as a support ticket, and answers you there."
        )
        if self.state == "active" and agent not in self.child_ids.create_uid:
            name = speaking.env._("Re: %s", self.name or "")
            values = {"forum_id": self.forum_id.id, "parent_id": self.id, "name": name, "content": text}
            speaking.env["forum.post"].create(values)
        else:
            speaking.message_post(body=text, message_type="comment", subtype_xmlid="mail.mt_comment")
        self._update_last_activity()

    def action_make_article(self):
        """Make a draft of the question and its best answer, for the desk to finish and to publish.

        :raises UserError: there is no answer yet
        """
        question = self._take_question()
        if not question.ticketing_article_id:
            article = self.env["ticketing.article"].create(question._prepare_forum_article_values())
            question.ticketing_article_id = article
        return question._open_made("ticketing_article_id")

    def _prepare_forum_article_values(self):
        self.ensure_one()
        answer = self._get_best_answer()
        if not answer:
            raise UserError(self.env._("'%s' has no answer yet: an article needs one.", self.name or ""))
        asked = " ".join((self.plain_content or "").split())
        return {
            "name": self.name,
            "summary": asked if len(asked) <= SUMMARY_LENGTH else f"{asked[: SUMMARY_LENGTH - 1].rsplit(' ', 1)[0]}…",
            "body": answer.content,
            "team_ids": self.forum_id.ticketing_team_id.ids,
            "company_id": self.forum_id.ticketing_team_id.company_id.id,
            "forum_post_id": self.id,
        }

    def _get_best_answer(self):
        """Return the accepted answer, else the one with most votes (of several, the first)."""
        answers = self.child_ids.filtered(lambda post: post.state in ("active", "close"))
        return answers.sorted(lambda post: (not post.is_correct, -post.vote_count, post.id))[:1]

    def _open_made(self, name):
        """Open what was made, with the rights of who asks for it."""
        record = self[name].sudo(False)
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
