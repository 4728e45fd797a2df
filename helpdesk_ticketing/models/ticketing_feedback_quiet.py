from odoo import api, fields, models
from odoo.tools import SQL


class TicketingFeedbackQuiet(models.Model):
    """Until when a customer is not asked again. One row each, so that the database decides who asks him.

    Two workers who want to ask the same customer want to change the same row: the second one is turned away by the
    statement if the first has committed, and repeats if it commits meanwhile.
    """

    _name = "ticketing.feedback.quiet"
    _description = "Customer who is not Asked Again"
    _log_access = False
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    until = fields.Datetime(required=True, readonly=True)

    _once = models.UniqueIndex("(partner_id)")

    @api.model
    def _claim(self, days, now):
        """Return the customers who may be asked, who from now on are not asked by anybody else.

        :param dict days: {partner id: days for which he is left in peace then}
        :param datetime now: naive UTC
        :return: set of partner ids
        """
        if not days:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO ticketing_feedback_quiet (partner_id, until)
                SELECT partner_id, %(now)s + days * interval '1 day'
                  FROM unnest(%(partners)s, %(days)s) asked(partner_id, days)
                 ORDER BY partner_id
                    ON CONFLICT (partner_id) DO UPDATE SET until = EXCLUDED.until
                 WHERE ticketing_feedback_quiet.until <= %(now)s
             RETURNING partner_id
                """,
                now=now,
                partners=list(days),
                days=list(days.values()),
            )
        )
        self.invalidate_model()
        return {partner_id for (partner_id,) in rows}
