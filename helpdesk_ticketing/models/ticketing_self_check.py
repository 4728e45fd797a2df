import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# Quantities are kept with the digits of the unit of measure: hours of many entries may differ by their rounding.
TOLERANCE = 0.011
BATCH = 500


class TicketingSelfCheck(models.AbstractModel):
    """Each night: what was signed is what is billed, once, and the evidence verifies.

    The rules are enforced where things happen; this finds what got past them: a script, a restored table, an invoice
    that was changed by hand. Each check is one statement over all documents and answers with the records concerned.
    """

    _name = "ticketing.self.check"
    _description = "Self-check of Signed and Billed Work"

    @api.model
    def _cron_self_check(self):
        """Find violations, log them as errors, and tell an administrator of the helpdesk with an activity each."""
        violations = self._find_violations()
        for model, res_id, message in violations:
            _logger.error("Self-check: %s (%s,%s)", message, model, res_id)
        self._tell(violations)

    @api.model
    def _find_violations(self):
        """Return all violations: [(model, id, message)]."""
        self.env.flush_all()
        found = []
        for model, check in self._get_checks():
            found += [(model, res_id, message) for res_id, message in check()]
        return found

    @api.model
    def _get_checks(self):
        """Return [(model of the records, method that yields (id, message))]; a bridge adds its own."""
        return [
            ("ticketing.delivery.note", self._check_notes_are_queued),
            ("ticketing.delivery.note", self._check_notes_are_billed_as_signed),
            ("ticketing.delivery.note", self._check_work_is_signed_once),
            ("ticketing.delivery.note", self._check_hashes),
            ("ticketing.delivery.note", self._check_lines_are_frozen),
            ("ticketing.billing.request", self._check_one_live_request),
            ("ticketing.billing.request", self._check_remote_is_billed_as_recorded),
            ("ticketing.billing.request", self._check_queue_is_alive),
            ("ticketing.ticket", self._check_nothing_is_billed_twice),
            ("ticketing.worklog.chain", self._check_register),
        ]

    def _rows(self, query, *arguments):
        return self.env.execute_query(SQL(query, *arguments))

    # Signed -> queued -> billed

    def _check_notes_are_queued(self):
        """A signed note that costs something has a request, be it one that was given up."""
        rows = self._rows(
            """
            SELECT note.id, note.name
              FROM ticketing_delivery_note note
             WHERE note.state = 'signed'
               AND NOT EXISTS (SELECT 1 FROM ticketing_billing_request request WHERE request.note_id = note.id)
               AND EXISTS (SELECT 1 FROM ticketing_delivery_note_line line
                            WHERE line.note_id = note.id AND line.covered IS NOT TRUE
                              AND (note.plan_id IS NULL OR line.amount != 0))
            """
        )
        for note_id, name in rows:
            yield note_id, self.env._("Delivery note %s is signed but was never queued for billing.", name)

    def _check_notes_are_billed_as_signed(self):
        """The posted invoice of a ticket's note has the signed quantities, less what had come back and was credited before."""
        rows = self._rows(
            """
            WITH live AS (
                SELECT request.id, request.note_id, request.invoice_id
                  FROM ticketing_billing_request request
                  JOIN account_move invoice ON invoice.id = request.invoice_id AND invoice.state = 'posted'
                 WHERE request.note_id IS NOT NULL AND request.plan_id IS NULL AND request.cancelled IS NOT TRUE
            ), quantity AS (
                SELECT live.note_id, line.sale_line_id, line.quantity
                  FROM live JOIN ticketing_delivery_note_line line ON line.note_id = live.note_id
             UNION ALL
                SELECT live.note_id, rel.order_line_id, -line.quantity
                  FROM live
                  JOIN account_move_line line ON line.move_id = live.invoice_id
                                             AND COALESCE(line.billing_request_id, live.id) = live.id
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
             UNION ALL
                SELECT live.note_id, back.sale_line_id, -back.quantity * uom.factor / sold.factor
                  FROM live
                  JOIN ticketing_delivery_note_line line ON line.note_id = live.note_id
                  JOIN stock_move back ON back.origin_returned_move_id = line.move_id
                                      AND back.state = 'done' AND back.note_id IS NULL
                  JOIN uom_uom uom ON uom.id = back.product_uom
                  JOIN uom_uom sold ON sold.id = line.uom_id
                  JOIN ticketing_billing_request request ON request.picking_id = back.picking_id
                                                        AND request.cancelled IS NOT TRUE
                  JOIN account_move credit ON credit.id = request.invoice_id AND credit.state = 'posted'
                                          AND credit.reversed_entry_id != live.invoice_id
            )
            SELECT note.id, note.name, sum(difference)
              FROM (SELECT note_id, sale_line_id, abs(sum(quantity)) AS difference
                      FROM quantity GROUP BY note_id, sale_line_id HAVING abs(sum(quantity)) > %s) wrong
              JOIN ticketing_delivery_note note ON note.id = wrong.note_id
             GROUP BY note.id
            """,
            TOLERANCE,
        )
        for note_id, name, difference in rows:
            message = self.env._(
                "The invoice of delivery note %(note)s differs from what was signed by %(quantity)g.",
                note=name,
                quantity=difference,
            )
            yield note_id, message

    def _check_remote_is_billed_as_recorded(self):
        rows = self._rows(
            """
            WITH live AS (
                SELECT request.id, request.invoice_id
                  FROM ticketing_billing_request request
                  JOIN account_move invoice ON invoice.id = request.invoice_id AND invoice.state = 'posted'
                 WHERE request.kind = 'ticket' AND request.cancelled IS NOT TRUE
            ), quantity AS (
                SELECT live.id, hours.so_line AS sale_line_id, hours.unit_amount * uom.factor / sold.factor AS quantity
                  FROM live
                  JOIN account_analytic_line hours ON hours.billing_request_id = live.id
                  JOIN uom_uom uom ON uom.id = hours.product_uom_id
                  JOIN sale_order_line line ON line.id = hours.so_line
                  JOIN uom_uom sold ON sold.id = line.product_uom_id
             UNION ALL
                SELECT live.id, rel.order_line_id, -line.quantity
                  FROM live
                  JOIN account_move_line line ON line.move_id = live.invoice_id
                                             AND COALESCE(line.billing_request_id, live.id) = live.id
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
            )
            SELECT DISTINCT id FROM (
                SELECT id FROM quantity GROUP BY id, sale_line_id HAVING abs(sum(quantity)) > %s
            ) wrong
            """,
            TOLERANCE,
        )
        for (request_id,) in rows:
            yield request_id, self.env._("The invoice of this remote work differs from its hours.")

    # Once

    def _check_work_is_signed_once(self):
        """An hour, or a delivery, stands on one signed note, and its note is the one that shows it."""
        for column, table in (("timesheet_id", "account_analytic_line"), ("move_id", "stock_move")):
            rows = self._rows(
                """
                SELECT max(note.id), string_agg(note.name, ', ')
                  FROM ticketing_delivery_note_line line
                  JOIN ticketing_delivery_note note ON note.id = line.note_id AND note.state = 'signed'
                  JOIN %s work ON work.id = line.%s
                 GROUP BY work.id, work.note_id
                HAVING count(*) > 1 OR max(note.id) IS DISTINCT FROM work.note_id
                """,
                SQL.identifier(table),
                SQL.identifier(column),
            )
            for note_id, names in rows:
                yield note_id, self.env._("The same work stands on more than one note, or on another one: %s.", names)
        rows = self._rows(
            """
            SELECT note.id, note.name
              FROM account_analytic_line hours
              JOIN ticketing_delivery_note note ON note.id = hours.note_id AND note.state = 'signed'
             WHERE hours.billing_request_id IS NOT NULL
             GROUP BY note.id
            """
        )
        for note_id, name in rows:
            yield note_id, self.env._("Hours of delivery note %s are billed as remote work, too.", name)

    def _check_one_live_request(self):
        """The database's own unique indexes say so; a restored dump may have come without them."""
        for column in ("note_id", "picking_id", "release_id"):
            rows = self._rows(
                """
                SELECT max(id) FROM ticketing_billing_request
                 WHERE %s IS NOT NULL AND cancelled IS NOT TRUE
                 GROUP BY %s HAVING count(*) > 1
                """,
                SQL.identifier(column),
                SQL.identifier(column),
            )
            for (request_id,) in rows:
                yield request_id, self.env._("Another live request bills the same source.")

    def _check_nothing_is_billed_twice(self):
        """Net of credit notes, no order line has more on posted invoices than was signed or recorded."""
        rows = self._rows(
            """
            WITH quantity AS (
                SELECT rel.order_line_id AS sale_line_id,
                       CASE invoice.move_type WHEN 'out_refund' THEN -line.quantity ELSE line.quantity END AS quantity
                  FROM sale_order_line_invoice_rel rel
                  JOIN account_move_line line ON line.id = rel.invoice_line_id
                  JOIN account_move invoice ON invoice.id = line.move_id AND invoice.state = 'posted'
             UNION ALL
                SELECT line.sale_line_id, -line.quantity
                  FROM ticketing_delivery_note_line line
                  JOIN ticketing_delivery_note note ON note.id = line.note_id AND note.state = 'signed'
             UNION ALL
                SELECT hours.so_line, -hours.unit_amount * uom.factor / sold.factor
                  FROM account_analytic_line hours
                  JOIN uom_uom uom ON uom.id = hours.product_uom_id
                  JOIN sale_order_line line ON line.id = hours.so_line
                  JOIN uom_uom sold ON sold.id = line.product_uom_id
                 WHERE hours.billing_request_id IS NOT NULL
            )
            SELECT line.ticket_id, line.name, sum(quantity.quantity)
              FROM quantity
              JOIN sale_order_line line ON line.id = quantity.sale_line_id AND line.ticket_id IS NOT NULL
             GROUP BY line.id
            HAVING sum(quantity.quantity) > %s
            """,
            TOLERANCE,
        )
        for ticket_id, name, quantity in rows:
            message = self.env._(
                "More is invoiced than was signed: %(quantity)g of %(product)s.",
                quantity=quantity,
                product=name.split("\n")[0],
            )
            yield ticket_id, message

    # Evidence

    def _check_hashes(self):
        rows = self._rows(
            """
            SELECT id, name FROM ticketing_delivery_note
             WHERE state = 'signed'
               AND content_hash IS DISTINCT FROM encode(sha256(convert_to(coalesce(content, ''), 'UTF8')), 'hex')
            """
        )
        for note_id, name in rows:
            yield note_id, self.env._("The content of the signed delivery note %s does not verify.", name)

    def _check_lines_are_frozen(self):
        """The lines still say what the frozen content says: read in batches, the cache is dropped in between."""
        Note = self.env["ticketing.delivery.note"]
        ids = Note.search([("state", "=", "signed")], order="id").ids
        for start in range(0, len(ids), BATCH):
            notes = Note.browse(ids[start : start + BATCH])
            for note in notes - notes._filter_as_signed():
                yield note.id, self.env._("The signed delivery note %s was changed afterwards.", note.name)
            self.env.invalidate_all()

    def _check_register(self):
        """The register of working time: of each company that has one."""
        Chain = self.env["ticketing.worklog.chain"]
        for (company,) in self.env["ticketing.worklog.entry"]._read_group([], ["company_id"]):
            chain = Chain._get(company)
            for message in chain._verify():
                yield chain.id, message

    # Alive

    def _check_queue_is_alive(self):
        rows = self._rows(
            """
            SELECT id FROM ticketing_billing_request
             WHERE state IN ('queued', 'collecting', 'failed', 'to_send')
               AND next_try_on < now() at time zone 'UTC' - interval '1 day'
               AND (state != 'to_send' OR approved_on IS NOT NULL)
            """
        )
        for (request_id,) in rows:
            yield request_id, self.env._("This request is due since yesterday: does the scheduler run?")

    # Telling

    def _tell(self, violations):
        """Give an administrator an activity for each violation that is not told yet."""
        summary = self.env._("Self-check of the helpdesk")
        by_model = {}
        for model, res_id, message in violations:
            by_model.setdefault(model, {}).setdefault(res_id, []).append(message)
        for model, messages in by_model.items():
            told = self.env["mail.activity"].search(
                [("res_model", "=", model), ("res_id", "in", list(messages)), ("summary", "=", summary)]
            )
            known = set(told.mapped("res_id"))
            for record in self.env[model].browse([res_id for res_id in messages if res_id not in known]):
                record.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=summary,
                    note="<br/>".join(messages[record.id]),
                    user_id=self._get_administrator(record.company_id).id,
                )

    def _get_administrator(self, company):
        """Return who is told: an administrator of the helpdesk who works for the company, else the administrator."""
        administrators = self.env.ref("helpdesk_ticketing.group_admin").all_user_ids
        people = administrators.filtered(lambda user: not user.share and user != self.env.ref("base.user_root"))
        own = people.filtered(lambda user: user.company_id == company) or people.filtered(
            lambda user: company in user.company_ids
        )
        return own[:1] or self.env.ref("base.user_admin")
