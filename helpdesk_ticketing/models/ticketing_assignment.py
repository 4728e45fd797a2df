import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

BATCH = 100


class TicketingAssignment(models.Model):
    """Who has yet to be told that something was assigned to him: nobody who assigns waits for that.

    A row is made together with the assignment, and it goes together with the message: nobody is told twice or never.
    """

    _name = "ticketing.assignment"
    _description = "Assignment to be Announced"
    _order = "id"

    res_model = fields.Char("Document Model", required=True)
    res_id = fields.Many2oneReference("Document", model_field="res_model", required=True)
    partner_id = fields.Many2one("res.partner", "Whom to Tell", required=True, ondelete="cascade", index=True)
    template = fields.Char(required=True, help="External id of the view that is the message's text.")
    error = fields.Char(help="Why he could not be told.")

    _due_index = models.Index("(id) WHERE error IS NULL")

    @api.model
    def _add(self, records, partner_ids, template):
        """Have partners told of records, in the name of the user.

        :param str template: external id of the view that is the message's text
        """
        self.sudo().create(  # who assigns a record has it announced
            [
                {"res_model": records._name, "res_id": record_id, "partner_id": partner_id, "template": template}
                for record_id in records.ids
                for partner_id in partner_ids
            ]
        )
        self.env["ir.cron"]._trigger_at_commit("helpdesk_ticketing.ir_cron_announce")

    @api.model
    def _cron_announce(self):
        """Tell those who wait for it. Any worker may run it: what another one has locked is left to him."""
        due = self.search([("error", "=", False)], limit=BATCH).try_lock_for_update()
        # One author, text, reader and kind of document after the other: each is one message at least.
        for key, rows in due.grouped(lambda row: (row.create_uid, row.res_model, row.template, row.partner_id)).items():
            try:
                with self.env.cr.savepoint():
                    rows._announce(*key)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise  # no fault of the row: the scheduler tries again
            except Exception as error:
                _logger.exception("Assignments %s could not be announced", rows.ids)
                rows.error = f"{type(error).__name__}: {error}"
        count = len(due)
        self.env["ir.cron"]._commit_progress(count, remaining=self.search_count([("error", "=", False)], limit=1))

    def _announce(self, author, model, template, partner):
        """Send the messages of rows that have all of this in common, and forget the rows."""
        Model = self.env[model].with_user(author).with_context(lang=partner.lang).sudo()  # who could assign it
        records = Model.browse(self.mapped("res_id")).exists()
        if records and author.active and partner.active:
            records._announce_assignment(partner, template)
        self.unlink()
