from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 5000  # tickets that are counted in one transaction
# What follows on a ticket may count for so long: the last repeat is one of its 30th day.
FOLLOW_DAYS = 31
# What may make things hard for a customer, in the order of the reports.
MEASURES = (
    "contacts",
    "channel_switches",
    "agents",
    "handovers",
    "reopenings",
    "repeats_7",
    "repeats_30",
    "waiting_share",
)


class TicketingEffort(models.Model):
    """What a solved ticket took of its customer, counted from its history.

    A row a ticket, counted by one statement for thousands of tickets: once when it is solved, then daily while further
    requests of the customer may count as repeats. Whoever reads reports waits for none of it.
    """

    _name = "ticketing.effort"
    _description = "Effort of a Customer"
    _log_access = False
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True, ondelete="cascade")
    solved_on = fields.Datetime("Solved", required=True, readonly=True)
    counted_on = fields.Datetime("Counted on", required=True, readonly=True)
    contacts = fields.Integer(readonly=True)
    channel_switches = fields.Integer(readonly=True)
    agents = fields.Integer(readonly=True)
    handovers = fields.Integer(readonly=True)
    reopenings = fields.Integer(readonly=True)
    repeats_7 = fields.Integer("Repeats in 7 Days", readonly=True)
    repeats_30 = fields.Integer("Repeats in 30 Days", readonly=True)
    waiting_share = fields.Float("Waiting (%)", readonly=True)

    _once = models.UniqueIndex("(ticket_id)")

    @api.model
    def _cron_count(self):
        """Count what is new or may have changed, a batch. Any worker may run it: a row is counted anew, never twice."""
        count = self._count_due(fields.Datetime.now())
        self.env["ir.cron"]._commit_progress(count, remaining=1 if count == BATCH else 0)

    @api.model
    def _count_due(self, now, limit=BATCH):
        """Count a batch of the tickets that are due; return how many.

        :param datetime now: naive UTC
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket.id
                  FROM ticketing_ticket ticket
                  LEFT JOIN ticketing_effort effort ON effort.ticket_id = ticket.id
                 WHERE ticket.solved_on IS NOT NULL
                   AND ticket.stage_kind IN ('solved', 'closed')
                   AND (effort.id IS NULL
                        OR effort.solved_on <> ticket.solved_on
                        OR (ticket.solved_on > %s AND effort.counted_on < %s))
                 ORDER BY ticket.solved_on DESC
                 LIMIT %s
                """,
                now - timedelta(days=FOLLOW_DAYS),
                now - timedelta(days=1),
                limit,
            )
        )
        self._count([ticket_id for (ticket_id,) in rows], now)
        return len(rows)

    @api.model
    def _count(self, ticket_ids, now):
        """Count tickets: one statement for all of them.

        :param datetime now: naive UTC
        """
        if not ticket_ids:
            return
        names = [name for name, field in self._fields.items() if field.store and name != "id"]
        columns = SQL(", ").join(SQL.identifier(name) for name in names)
        changes = SQL(", ").join(SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name)) for name in names)
        values = self._get_expressions(now)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO ticketing_effort (%(columns)s)
                SELECT %(values)s
                  FROM ticketing_ticket ticket
                  LEFT JOIN ticketing_channel channel ON channel.id = ticket.channel_id
                 CROSS JOIN LATERAL (%(talk)s) talk
                 CROSS JOIN LATERAL (%(hands)s) hands
                 CROSS JOIN LATERAL (%(way)s) way
                 CROSS JOIN LATERAL (%(again)s) again
                 WHERE ticket.id = ANY(%(ids)s)
                 ORDER BY ticket.id
                    ON CONFLICT (ticket_id) DO UPDATE SET %(changes)s
                """,
                columns=columns,
                values=SQL(", ").join(values[name] for name in names),
                talk=self._query_talk(),
                hands=self._query_hands(),
                way=self._query_way(),
                again=self._query_again(),
                ids=list(ticket_ids),
                changes=changes,
            )
        )
        self.invalidate_model()

    # What is counted, of the row `ticket`

    @api.model
    def _get_expressions(self, now):
        """Return {column: SQL} of a row, of what the statement joins."""
        return {
            "ticket_id": SQL("ticket.id"),
            "solved_on": SQL("ticket.solved_on"),
            "counted_on": SQL("%s", now),
            "contacts": SQL("1 + talk.messages"),  # the request itself, and what followed
            "channel_switches": SQL("talk.switches"),
            "agents": SQL("hands.agents"),
            "handovers": SQL("hands.handovers"),
            "reopenings": SQL("way.reopenings"),
            "repeats_7": SQL("again.in_7"),
            "repeats_30": SQL("again.in_30"),
            "waiting_share": SQL(
                "LEAST(COALESCE(100.0 * way.waiting / "
                "NULLIF(EXTRACT(epoch FROM ticket.solved_on - ticket.create_date), 0), 0), 100)"
            ),
        }

    @api.model
    def _query_talk(self):
        """The customer's messages until the solution, and how often he changed from one channel to another.

        Those that made the ticket, in one transaction with it, are the request itself.
        """
        return SQL(
            """
            SELECT count(*) AS messages, count(*) FILTER (WHERE medium <> before) AS switches
              FROM (SELECT medium, lag(medium, 1, COALESCE(channel.code, medium)) OVER (ORDER BY id) AS before
                      FROM (SELECT message.id,
                                   CASE WHEN message.message_type = 'email' THEN 'email' ELSE 'portal' END AS medium
                              FROM mail_message message
                              LEFT JOIN res_partner author ON author.id = message.author_id
                             WHERE message.model = 'ticketing.ticket' AND message.res_id = ticket.id
                               AND message.subtype_id = %s AND message.message_type IN ('email', 'comment')
                               AND message.create_date > ticket.create_date
                               AND message.create_date <= ticket.solved_on
                               AND (author.commercial_partner_id = ticket.commercial_partner_id
                                    OR author.id IS NULL AND message.message_type = 'email')) said) turn
            """,
            self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
        )

    @api.model
    def _query_hands(self):
        """Who had the ticket or answered in it, and how often it went from one to another."""
        return SQL(
            """
            SELECT (SELECT count(DISTINCT person)
                      FROM (SELECT ticket.user_id
                             UNION SELECT old_value_integer FROM (%(tracking)s) change
                             UNION SELECT new_value_integer FROM (%(tracking)s) change
                             UNION SELECT users.id
                              FROM mail_message message
                              JOIN res_users users ON users.partner_id = message.author_id AND users.share IS NOT TRUE
                             WHERE message.model = 'ticketing.ticket' AND message.res_id = ticket.id
                               AND message.subtype_id = %(comment)s AND message.message_type IN ('email', 'comment')
                           ) someone(person)
                     WHERE person <> 0) AS agents,
                   handovers
              FROM (SELECT count(*) AS handovers FROM (%(tracking)s) change
                     WHERE old_value_integer <> 0 AND new_value_integer <> 0) moved
            """,
            comment=self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
            tracking=self._query_tracking("user_id"),
        )

    @api.model
    def _query_way(self):
        """How often it was solved in vain, and for how many seconds it waited for the customer."""
        return SQL(
            """
            SELECT count(*) FILTER (WHERE old_kind IN ('solved', 'closed')
                                      AND new_kind IN ('new', 'open', 'waiting')) AS reopenings,
                   EXTRACT(epoch FROM sum(LEAST(COALESCE(until, ticket.solved_on), ticket.solved_on) - since)
                                      FILTER (WHERE new_kind = 'waiting' AND since < ticket.solved_on)) AS waiting
              FROM (SELECT change.create_date AS since, lead(change.create_date) OVER (ORDER BY change.id) AS until,
                           old_stage.kind AS old_kind, new_stage.kind AS new_kind
                      FROM (%s) change
                      LEFT JOIN ticketing_stage old_stage ON old_stage.id = change.old_value_integer
                      LEFT JOIN ticketing_stage new_stage ON new_stage.id = change.new_value_integer) step
            """,
            self._query_tracking("stage_id"),
        )

    @api.model
    def _query_again(self):
        """Further requests of the customer after the solution, of the same type or for the same unit."""
        return SQL(
            """
            SELECT count(*) FILTER (WHERE other.create_date <= ticket.solved_on + interval '7 days') AS in_7,
                   count(*) AS in_30
              FROM ticketing_ticket other
             WHERE other.commercial_partner_id = ticket.commercial_partner_id AND other.id <> ticket.id
               AND other.create_date > ticket.solved_on
               AND other.create_date <= ticket.solved_on + interval '30 days'
               AND (other.type_id = ticket.type_id OR other.lot_id = ticket.lot_id)
               AND other.stage_kind <> 'cancelled'
            """
        )

    @api.model
    def _query_tracking(self, name):
        return SQL(
            """
            SELECT tracking.id, tracking.create_date, tracking.old_value_integer, tracking.new_value_integer
              FROM mail_message message JOIN mail_tracking_value tracking ON tracking.mail_message_id = message.id
             WHERE message.model = 'ticketing.ticket' AND message.res_id = ticket.id AND tracking.field_id = %s
            """,
            self.env["ir.model.fields"]._get("ticketing.ticket", name).id,
        )
