import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, plaintext2html

from ..tools.mail_kind import DAEMONS, MACHINES

_logger = logging.getLogger(__name__)

BATCH = 200  # customers who are asked in one transaction
# For so long after it is due a question still makes sense: the scheduler stood still, or the team has just begun to ask.
WINDOW_DAYS = 3


class TicketingFeedbackAskMixin(models.AbstractModel):
    """Asks customers how it went: some time after the solution, by a scheduled action, in batches.

    Nothing is queued when a ticket is solved, so that solving costs nothing and a ticket that is reopened in time is
    not asked about: who is due follows from the tickets.
    """

    _name = "ticketing.feedback.ask.mixin"
    _description = "Feedback: Asking"

    @api.model
    def _cron_ask(self):
        """Ask those who are due. Any worker may run it."""
        try:
            self._expire()
            count = self._ask_due(fields.Datetime.now())
            self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()  # another worker asks the same customers: look again, at once
            self.env.ref("helpdesk_ticketing.ir_cron_feedback")._trigger()
            return
        self.env["ir.cron"]._commit_progress(count, remaining=1 if count == BATCH else 0)

    @api.model
    def _expire(self):
        """End the questions whose time is over: their links have ended at that moment anyway."""
        over = self.search([("state", "=", "asked"), ("expires_on", "<=", fields.Datetime.now())])
        over._end("expired")

    @api.model
    def _ask_due(self, now):
        """Ask a batch of customers; return how many were due.

        :param datetime now: naive UTC
        """
        teams = self.env["ticketing.team"].search([("feedback_ask", "=", True)])
        tickets = self._find_due(teams, now) if teams else self.env["ticketing.ticket"]
        days = {ticket.partner_id.id: ticket.team_id.feedback_quiet_days for ticket in tickets}
        claimed = self.env["ticketing.feedback.quiet"]._claim(days, now)
        self._ask(tickets.filtered(lambda ticket: ticket.partner_id.id in claimed), now)
        return len(tickets)

    @api.model
    def _find_due(self, teams, now):
        """Return solved tickets whose customers are to be asked, one a customer: the one that was solved first.

        Not asked: colleagues, who has no address or does not want mail, machines (by address, or because a machine
        wrote the ticket), alarms.
        """
        self.env.flush_all()
        oldest = now - timedelta(hours=max(teams.mapped("feedback_delay")), days=WINDOW_DAYS)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (ticket.partner_id) ticket.id
                  FROM ticketing_ticket ticket
                  JOIN ticketing_team team ON team.id = ticket.team_id
                  JOIN res_partner partner ON partner.id = ticket.partner_id
                  LEFT JOIN ticketing_channel channel ON channel.id = ticket.channel_id
                 WHERE ticket.solved_on > %(oldest)s
                   AND ticket.solved_on > %(now)s - make_interval(hours => team.feedback_delay, days => %(days)s)
                   AND ticket.solved_on <= %(now)s - make_interval(hours => team.feedback_delay)
                   AND ticket.team_id = ANY(%(teams)s)
                   AND ticket.active AND ticket.stage_kind IN ('solved', 'closed')
                   AND channel.code IS DISTINCT FROM 'monitoring'
                   AND partner.active AND partner.partner_share
                   AND partner.email_normalized ~ '@'
                   AND partner.email_normalized !~ %(machines)s
                   AND NOT EXISTS (SELECT FROM mail_blacklist
                                    WHERE email = partner.email_normalized AND active)
                   AND NOT EXISTS (SELECT FROM ticketing_inbound
                                    WHERE ticket_id = ticket.id AND state = 'processed' AND kind <> 'person')
                   AND NOT EXISTS (SELECT FROM ticketing_feedback asked
                                    WHERE asked.ticket_id = ticket.id AND asked.asked_on >= ticket.solved_on)
                   AND NOT EXISTS (SELECT FROM ticketing_feedback_quiet quiet
                                    WHERE quiet.partner_id = ticket.partner_id AND quiet.until > %(now)s)
                 ORDER BY ticket.partner_id, ticket.solved_on, ticket.id
                 LIMIT %(limit)s
                """,
                oldest=oldest,
                now=now,
                days=WINDOW_DAYS,
                teams=teams.ids,
                machines=f"^({'|'.join((*DAEMONS, *MACHINES))})[@+]",
                limit=BATCH,
            )
        )
        return self.env["ticketing.ticket"].browse([ticket_id for (ticket_id,) in rows])

    @api.model
    def _ask(self, tickets, now):
        """Make the questions and queue their mails: as many queries for a hundred as for two."""
        if not tickets:
            return
        earlier = self.search([("ticket_id", "in", tickets.ids), ("access_token", "!=", False)])
        earlier._end("expired")  # asked anew: one link for each ticket
        feedbacks = self.create([self._prepare_question(ticket, now) for ticket in tickets])
        for template, group in feedbacks.grouped(lambda row: row.team_id.feedback_template_id).items():
            if template:
                group._try_send(template)
        self.env["ir.cron"]._trigger_at_commit("mail.ir_cron_mail_scheduler_action")

    @api.model
    def _prepare_question(self, ticket, now):
        return {
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "team_id": ticket.team_id.id,
            "user_id": ticket.user_id.id,
            "partner_id": ticket.partner_id.id,
            "commercial_partner_id": ticket.commercial_partner_id.id,
            "asked_on": now,
            "expires_on": now + timedelta(days=ticket.team_id.feedback_days),
            "access_token": secrets.token_urlsafe(32),
        }

    def _try_send(self, template):
        """Queue mails. What fails for all is tried for each half, so that nobody stops another: who can't be mailed finds
        the faces in his account, and the leader is told.
        """
        try:
            with self.env.cr.savepoint():
                self._send(template)
                self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # no fault of the template: the whole run is repeated
        except Exception as error:
            self.env.invalidate_all()
            if half := len(self) // 2:
                self[:half]._try_send(template)
                self[half:]._try_send(template)
                return
            _logger.warning("Feedback of the team %s could not be mailed", self.team_id.id, exc_info=error)
            self._tell_leader(error)

    def _send(self, template):
        """Queue a mail each. It goes when it is sent and belongs to no document: the link is for nobody else to read.

        What it refers to is the ticket's own message, so that an answer finds the ticket.
        """
        tickets = self.ticket_id
        bodies = dict.fromkeys(tickets.ids, self.env._("The customer was asked for feedback."))
        logs = tickets._message_log_batch(bodies, message_type="auto_comment")  # else an answer would be a note, too
        message_ids = {log.res_id: log.message_id for log in logs}
        values = {
            "headers": repr(tickets._get_automatic_headers()),
            "auto_delete": True,
            "model": False,
            "res_id": False,
        }
        mails = template.send_mail_batch(self.ids, email_values=values)
        for feedback, mail in zip(self, mails, strict=True):
            mail.references = message_ids[feedback.ticket_id.id]
            mail.subject = feedback.ticket_id._hide_number(mail.subject)

    def _tell_leader(self, error):
        """Give the team's leader an activity on one of the tickets, if he has not got that one already."""
        team = self.team_id
        leader = team._get_leader()
        env = self.with_context(lang=leader.lang or self.env.lang).env
        summary = env._("The feedback mail of %s can't be sent: please look at its template", team.name)
        known = [("user_id", "=", leader.id), ("res_model", "=", "ticketing.ticket"), ("summary", "=", summary)]
        if leader and not self.env["mail.activity"].search_count(known, limit=1):
            activity = self.ticket_id._schedule_warnings([(self.ticket_id[:1], leader, summary)])
            activity.note = plaintext2html(str(error))
