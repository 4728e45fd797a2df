from odoo import api, fields, models
from odoo.tools import SQL

from .ticketing_stage import SOLVED_KINDS


class TicketingTicketEscalationMixin(models.AbstractModel):
    """Much talk and no solution: the team's leader is asked to look at it, once a ticket."""

    _name = "ticketing.ticket.escalation.mixin"
    _description = "Ticket: Escalation"

    escalated_on = fields.Datetime("Escalated on", readonly=True, copy=False)

    def _on_customer_answer(self, message=None):
        super()._on_customer_answer(message)
        self._escalate_much_talk()

    def _on_desk_answer(self):
        super()._on_desk_answer()
        self._escalate_much_talk()

    def _escalate_much_talk(self):
        """Ask the leader once there are more messages than the team allows.

        They are counted: a counter would have everybody who writes at the same time collide on the ticket.
        """
        tickets = self.sudo().filtered(  # whoever may write in the chatter; a customer can't write the ticket
            lambda ticket: not ticket.escalated_on and ticket.stage_kind not in SOLVED_KINDS
        )
        for ticket_id, count in tickets._count_too_many():
            tickets.browse(ticket_id)._escalate(count)

    def _count_too_many(self):
        """Return [(id, messages)] of the tickets with more messages than their teams allow, counted up to one more.

        What the customer and the desk have said counts. One query, which reads nothing of the team but its limit.
        """
        if not self:
            return []
        self.flush_model(["team_id"])
        self.env["ticketing.team"].flush_model(["escalate_after_messages"])
        self.env["mail.message"].flush_model(["model", "res_id", "message_type", "subtype_id"])
        return self.env.execute_query(
            SQL(
                """
                SELECT ticket.id, said.count
                  FROM ticketing_ticket ticket JOIN ticketing_team team ON team.id = ticket.team_id
                 CROSS JOIN LATERAL (
                       SELECT count(*) AS count
                         FROM (SELECT FROM mail_message
                                WHERE model = %(model)s AND res_id = ticket.id AND subtype_id = %(comment)s
                                  AND message_type IN ('comment', 'email')
                                LIMIT team.escalate_after_messages + 1) message
                     ) said
                 WHERE ticket.id = ANY(%(ids)s) AND team.escalate_after_messages > 0
                   AND said.count > team.escalate_after_messages
                 ORDER BY ticket.id
                """,
                model=self._name,
                comment=self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
                ids=list(self.ids),
            )
        )

    def _escalate(self, count):
        """Ask the team's leader to look at the ticket.

        :param int count: of messages
        """
        self.ensure_one()
        self.escalated_on = fields.Datetime.now()
        leader = self.team_id.with_company(self.company_id)._get_leader()
        if leader:
            env = self.with_context(lang=leader.lang or self.env.lang).env
            self._schedule_warnings([(self, leader, env._("%s messages and no solution: please look at it", count))])

    @api.model
    def _schedule_warnings(self, warnings):
        """Schedule activities for today; nobody gets a mail for each of them.

        :param warnings: [(ticket, res.users, summary)]
        :return: mail.activity, one each
        """
        model_id = self.env["ir.model"]._get_id("ticketing.ticket")
        type_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mail_activity_data_warning")
        activities = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        return activities.create(
            [
                {
                    "activity_type_id": type_id,
                    "automated": True,
                    "date_deadline": fields.Date.context_today(self.with_context(tz=user.tz)),
                    "res_id": ticket.id,
                    "res_model_id": model_id,
                    "summary": summary,
                    "user_id": user.id,
                }
                for ticket, user, summary in warnings
            ]
        )
