import hashlib
from contextlib import contextmanager
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, sql_db
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby

KEPT = relativedelta(years=4)
EVENTS = [
    ("start", "Start"),
    ("pause", "Pause"),
    ("resume", "Resume"),
    ("stop", "Stop"),
    ("switch", "Other Ticket"),
    ("cap", "Capped"),
    ("confirm", "Confirmed"),
    ("added", "Added Afterwards"),
    ("correction", "Correction"),
    ("cancel", "Cancelled"),
    ("check_in", "Check-In"),
    ("check_out", "Check-Out"),
]
# What the hash of a row covers, after the hash of the row before and a new line. The only free text stands last.
CONTENT = SQL(
    """
    concat_ws('|', entry.number, entry.company_id, entry.employee_id, COALESCE(entry.user_id, 0), entry.worklog_id,
        COALESCE(entry.ticket_id, 0), entry.event, to_char(entry.started_on, 'YYYY-MM-DD"T"HH24:MI:SS'),
        COALESCE(to_char(entry.ended_on, 'YYYY-MM-DD"T"HH24:MI:SS'), ''), COALESCE(entry.corrects_id, 0),
        entry.author_id, to_char(entry.recorded_on, 'YYYY-MM-DD"T"HH24:MI:SS'), COALESCE(entry.reason, ''))
    """
)
LOCK = 0x7469636B  # PostgreSQL's advisory locks of this register; the second number is the company
BATCH = 1000
SEAL = "helpdesk_ticketing.seal"
SEAL_LAST = "helpdesk_ticketing.seal_last"


class TicketingWorklogEntry(models.Model):
    """A row of the register of working time: what somebody did or said about a period, and how it stood then.

    Rows are only added. When their transaction ends they get the next numbers of their company and are chained: the
    hash of each covers its content and the hash of the row before, so that none can be changed, put in between or taken
    out unnoticed. The lock for this is held from there to the commit only, which follows at once.
    """

    _name = "ticketing.worklog.entry"
    _description = "Register of Working Time"
    _order = "recorded_on desc, id desc"
    _rec_name = "number"

    number = fields.Integer(readonly=True, aggregator=None)
    company_id = fields.Many2one("res.company", "Employer", required=True, readonly=True, ondelete="restrict")
    worklog_id = fields.Many2one(
        "ticketing.worklog", "Period", required=True, readonly=True, index=True, ondelete="restrict"
    )
    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", "Person", readonly=True, index="btree_not_null", ondelete="restrict")
    ticket_id = fields.Many2one("ticketing.ticket", readonly=True, index="btree_not_null", ondelete="restrict")
    event = fields.Selection(EVENTS, required=True, readonly=True)
    started_on = fields.Datetime("Start", required=True, readonly=True)
    ended_on = fields.Datetime("End", readonly=True)
    reason = fields.Char(readonly=True)
    corrects_id = fields.Many2one("ticketing.worklog.entry", readonly=True, ondelete="restrict")
    author_id = fields.Many2one("res.users", "By", required=True, readonly=True, ondelete="restrict")
    recorded_on = fields.Datetime("Recorded on", required=True, readonly=True)
    hash = fields.Char(readonly=True, help="SHA-256 over this row and the hash of the one before.")

    _number_unique = models.UniqueIndex(
        "(company_id, number)", "Another row was recorded at the same moment: try again."
    )
    _unsealed_index = models.Index("(id) WHERE hash IS NULL")

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        later = self.env.cr.postcommit.data
        if SEAL_LAST in later:
            later[SEAL_LAST] = True
        else:
            self._seal_at_end()
        return entries

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse any change, whoever asks for it: that is what the register is.

        :raises UserError: always
        """
        raise UserError(self.env._("A row of the register is never changed: record a correction, with its reason."))

    # The chain

    @api.model
    @contextmanager
    def _seal_last(self):
        """Seal nothing before these steps are done: each savepoint's flush would, and keep the lock until the commit."""
        later = self.env.cr.postcommit.data  # precommit's is cleared by each flush
        later[SEAL_LAST] = False
        try:
            yield
        finally:
            if later.pop(SEAL_LAST, False):
                self._seal_at_end()

    @api.model
    def _seal_at_end(self):
        data = self.env.cr.precommit.data
        if not data.get(SEAL):
            data[SEAL] = True
            self.env.cr.precommit.add(self.sudo().browse()._seal)

    @api.model
    def _seal(self):
        """Number and chain the rows of this transaction."""
        self.env.cr.precommit.data.pop(SEAL, None)
        self.env.flush_all()
        new = self.env.execute_query(
            SQL("SELECT company_id, id FROM ticketing_worklog_entry WHERE hash IS NULL ORDER BY company_id, id")
        )
        for company_id, rows in groupby(new, lambda row: row[0]):
            self._chain(company_id, [entry_id for __, entry_id in rows])
        self.invalidate_model(["number", "hash"], flush=False)

    @api.model
    def _chain(self, company_id, ids):
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, company_id])
        number, previous = self._get_last(company_id)
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE ticketing_worklog_entry entry SET number = %s + place.ordinality
                      FROM unnest(%s) WITH ORDINALITY place (id, ordinality) WHERE entry.id = place.id
                    RETURNING entry.number, entry.id, %s
                    """,
                    number,
                    batch,
                    CONTENT,
                )
            )
            hashes = []
            for __, entry_id, content in sorted(self.env.cr.fetchall()):
                previous = hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
                hashes.append((entry_id, previous))
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE ticketing_worklog_entry entry SET hash = sealed.hash
                      FROM unnest(%s, %s) sealed (id, hash) WHERE entry.id = sealed.id
                    """,
                    [entry_id for entry_id, __ in hashes],
                    [value for __, value in hashes],
                )
            )
            number += len(batch)

    @api.model
    def _get_last(self, company_id):
        """Return number and hash of the company's last row.

        This transaction sees the database as it was when it began, but the lock was waited for: what others have
        committed meanwhile is seen by another cursor. While Odoo installs add-ons there are no others.
        """
        query = SQL(
            """
            SELECT number, hash FROM ticketing_worklog_entry
             WHERE company_id = %s AND number IS NOT NULL ORDER BY number DESC LIMIT 1
            """,
            company_id,
        )
        found = self.env.execute_query(query)
        if self.env.registry.ready:
            with sql_db.db_connect(self.env.cr.dbname).cursor() as cr:
                cr.execute("SET LOCAL lock_timeout = '5s'")
                cr.execute(query)
                found += cr.fetchall()
        return max(found, default=(0, ""))

    # Kept

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        """Rows may go after four years, the oldest first: what is left is still a chain.

        :raises UserError: too young, or older ones would stay
        """
        limit = fields.Datetime.now() - KEPT
        if any(entry.recorded_on > limit for entry in self):
            raise UserError(
                self.env._("The register of working time must be kept for four years: these rows can't be deleted yet.")
            )
        for company, entries in self.grouped("company_id").items():
            numbers = sorted(entries.mapped("number"))
            first = self.env["ticketing.worklog.chain"]._get(company).first_number
            if numbers[0] != first or any(after != before + 1 for before, after in pairwise(numbers)):
                raise UserError(self.env._("Of the register the oldest rows go first, without a gap between them."))

    def unlink(self):
        worklogs = self.worklog_id
        last = {
            company: max((row.number, row.hash) for row in rows) for company, rows in self.grouped("company_id").items()
        }
        result = super().unlink()
        for company, (number, value) in last.items():
            self.env["ticketing.worklog.chain"]._get(company)._begin_after(number, value)
        worklogs.sudo().filtered(lambda worklog: not worklog.entry_ids).unlink()  # what the rows were about
        return result
