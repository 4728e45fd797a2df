from odoo import api, fields, models
from odoo.tools import SQL

from .ticketing_worklog_entry import CONTENT

SHOWN = 20  # of what is wrong


class TicketingWorklogChain(models.Model):
    """What is known of a company's register: where it begins, and how far it was found right.

    The last row that was found right is remembered: a chain of which the end was cut off verifies by itself.
    """

    _name = "ticketing.worklog.chain"
    _description = "Verification of the Register"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    first_number = fields.Integer(default=1, readonly=True, help="Older rows were deleted after four years.")
    first_previous = fields.Char(default="", readonly=True)
    checked_number = fields.Integer("Verified up to", readonly=True)
    checked_hash = fields.Char(
        "Hash", readonly=True, help="Write it down elsewhere: it proves later what the register said."
    )
    checked_on = fields.Datetime("Verified on", readonly=True)

    _company_unique = models.UniqueIndex("(company_id)", "There is one register for each company.")

    @api.model
    def _get(self, company):
        """Return what is known of a company's register, as superuser."""
        chains = self.sudo()  # kept for everybody, of the add-on's own
        return chains.search([("company_id", "=", company.id)]) or chains.create({"company_id": company.id})

    def _begin_after(self, number, value):
        """Remember where the register begins now that its oldest rows are gone: the number and hash of the last of them."""
        self.write({"first_number": number + 1, "first_previous": value})

    def action_verify(self):
        """Verify now, and say what came of it."""
        self.check_access("read")
        wrong = [message for chain in self.sudo() for message in chain._verify()]  # may be read, see above
        text = (
            "\n".join(wrong[:SHOWN]) if wrong else self.env._("The register verifies: no row was changed or removed.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if wrong else "success",
                "sticky": bool(wrong),
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _verify(self):
        """Return what is wrong with the register, in words; remember how far it is right if nothing is.

        :rtype: list
        """
        self.ensure_one()
        self.env.cr.flush()
        wrong = [*self._find_broken_rows(), *self._find_missing_rows(), *self._find_changed_periods()]
        if not wrong:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT number, hash FROM ticketing_worklog_entry WHERE company_id = %s ORDER BY number DESC LIMIT 1
                    """,
                    self.company_id.id,
                )
            )
            number, value = rows[0] if rows else (self.first_number - 1, self.first_previous)
            self.write({"checked_number": number, "checked_hash": value, "checked_on": fields.Datetime.now()})
        return wrong

    def _find_broken_rows(self):
        """Rows whose content is not what was chained, or that have no predecessor."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number FROM (
                    SELECT entry.number, entry.hash, %(content)s AS content,
                           LAG(entry.hash, 1, %(first_previous)s) OVER before AS previous,
                           LAG(entry.number, 1, %(before_first)s) OVER before AS number_before
                      FROM ticketing_worklog_entry entry
                     WHERE entry.company_id = %(company)s
                    WINDOW before AS (ORDER BY entry.number)
                ) chained
                 WHERE number IS NULL OR number_before + 1 IS DISTINCT FROM number
                    OR hash IS DISTINCT FROM encode(sha256(convert_to(previous || E'\\n' || content, 'UTF8')), 'hex')
                 ORDER BY number LIMIT %(shown)s
                """,
                content=CONTENT,
                company=self.company_id.id,
                first_previous=self.first_previous or "",
                before_first=self.first_number - 1,
                shown=SHOWN,
            )
        )
        return [self.env._("Row %s of the register was changed, or one before it is missing.", row[0]) for row in rows]

    def _find_missing_rows(self):
        """The end of the register was cut off since it was last verified, or all of it was written anew."""
        if self.checked_number < self.first_number:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT hash FROM ticketing_worklog_entry WHERE company_id = %s AND number = %s",
                self.company_id.id,
                self.checked_number,
            )
        )
        if rows == [(self.checked_hash,)]:
            return []
        return [
            self.env._(
                "Row %(number)s, the last one that was verified on %(date)s, is missing or not the same.",
                number=self.checked_number,
                date=self.company_id._get_ticketing_day(self.checked_on),
            )
        ]

    def _find_changed_periods(self):
        """Periods that do not say what the last of their rows says."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT worklog.id FROM ticketing_worklog worklog
                  LEFT JOIN LATERAL (
                      SELECT * FROM ticketing_worklog_entry entry
                       WHERE entry.worklog_id = worklog.id ORDER BY number DESC LIMIT 1
                  ) said ON true
                 WHERE worklog.company_id = %s
                   AND (said.id IS NULL OR said.started_on != worklog.started_on
                        OR said.ended_on IS DISTINCT FROM worklog.ended_on
                        OR said.employee_id != worklog.employee_id
                        OR said.ticket_id IS DISTINCT FROM worklog.ticket_id
                        OR (said.event = 'cancel') != (worklog.state = 'cancelled'))
                 ORDER BY worklog.id LIMIT %s
                """,
                self.company_id.id,
                SHOWN,
            )
        )
        worklogs = self.env["ticketing.worklog"].browse([row[0] for row in rows])
        return [
            self.env._("The working time of %s does not say what the register says.", name)
            for name in worklogs.mapped("display_name")
        ]
