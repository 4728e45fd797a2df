from odoo import api, fields, models

PENDING = "ticketing.cron.triggers"


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _trigger_at_commit(self, xmlid, at=None):
        """Have a scheduled action run after this transaction, or at a moment.

        ``_trigger`` asks the database twice and inserts a row each time. Here whatever a transaction triggers is put
        together and inserted once, at its end: a hundred signatures wake the cron once.

        :param str xmlid: of the ir.cron
        :param datetime at: UTC; default at once
        """
        self.env.cr.precommit.data.setdefault(PENDING, set()).add((xmlid, at))
        self.env.cr.precommit.add(self._insert_triggers)

    @api.model
    def _insert_triggers(self):
        now = fields.Datetime.now()
        pending = self.env.cr.precommit.data.pop(PENDING, ())
        to_id = self.env["ir.model.data"]._xmlid_to_res_id
        self.env["ir.cron.trigger"].sudo().create(  # who causes work need not be allowed to schedule it
            [{"cron_id": to_id(xmlid, raise_if_not_found=True), "call_at": at or now} for xmlid, at in pending]
        )
        if any(not at or at <= now for __, at in pending):
            self.env.cr.postcommit.add(self._notifydb)
