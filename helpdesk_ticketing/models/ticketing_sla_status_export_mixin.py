import json

from pytz import timezone, utc

from odoo import models
from odoo.exceptions import AccessError

from ..tools.spreadsheet import MOMENT as MOMENT_FORMAT
from ..tools.spreadsheet import OPTIONS, TITLE

BATCH = 1000
# The web client names no more records than this: then what it filtered by counts.
NAMED_RECORDS = 20_000
TEXT, NUMBER, MOMENT = "text", "number", "moment"


class TicketingSlaStatusExportMixin(models.AbstractModel):
    """Promises as a spreadsheet, written row by row: its size is limited by the disk, not by memory."""

    _name = "ticketing.sla.status.export.mixin"
    _description = "SLA Promises as XLSX"

    def action_export_xlsx(self):
        """Offer the promises as a file: those of the selection, else those of the list's filter.

        :raises AccessError: the user may not export
        """
        filtered = self.env.context.get("active_domain")
        if filtered is not None and (not self or len(self) >= NAMED_RECORDS):
            return self._export_xlsx(filtered)
        return self._export_xlsx([("id", "in", self.ids)])

    def _export_xlsx(self, domain):
        self._check_export()
        export = self.env["ticketing.sla.export"].create({"domain": json.dumps(domain)})
        return {"type": "ir.actions.act_url", "url": f"/ticketing/sla/export/{export.id}", "target": "self"}

    def _check_export(self):
        self.check_access("read")
        if not self.env.user.has_group("base.group_allow_export") and not self.env.su:
            raise AccessError(self.env._("You may not export data: ask an administrator."))

    def _get_export_columns(self):
        """Return [(title, width, kind, function of a promise)]."""
        label = self._get_labels

        def hours(seconds):
            return seconds / 3600

        return [
            (self.env._("Ticket"), 12, TEXT, lambda status: status.ticket_id.number),
            (self.env._("Subject"), 40, TEXT, lambda status: status.ticket_id.name),
            (self.env._("Customer"), 28, TEXT, lambda status: status.ticket_id.commercial_partner_id.display_name),
            (self.env._("Team"), 18, TEXT, lambda status: status.ticket_id.team_id.name),
            (self.env._("Assigned to"), 18, TEXT, lambda status: status.ticket_id.user_id.name),
            (self.env._("Priority"), 10, TEXT, label("priority", lambda status: status.ticket_id)),
            (self.env._("Type"), 14, TEXT, lambda status: status.ticket_id.type_id.name),
            (self.env._("Policy"), 26, TEXT, lambda status: status.policy_id.name),
            (self.env._("Target"), 16, TEXT, label("target")),
            (self.env._("State"), 12, TEXT, label("state")),
            (self.env._("Started"), 17, MOMENT, lambda status: status.started_on),
            (self.env._("Deadline"), 17, MOMENT, lambda status: status.deadline),
            (self.env._("Reached on"), 17, MOMENT, lambda status: status.reached_on),
            (self.env._("Breached on"), 17, MOMENT, lambda status: status.breached_on),
            (self.env._("Promised (hours)"), 10, NUMBER, lambda status: hours(status.budget)),
            (self.env._("Used (hours)"), 10, NUMBER, lambda status: hours(status.budget) - status.remaining_hours),
            (self.env._("Late (hours)"), 10, NUMBER, lambda status: max(-status.remaining_hours, 0)),
            (self.env._("Cause of Exclusion"), 26, TEXT, lambda status: status.cause_id.name),
            (self.env._("Why Excluded"), 40, TEXT, lambda status: status.exclude_note),
        ]

    def _get_labels(self, name, of=lambda status: status):
        labels = dict(of(self)._fields[name]._description_selection(self.env))
        return lambda status: labels.get(of(status)[name], "")

    def _write_xlsx(self, file):
        """Write these promises into a file: queries for each thousand, never for each, and none is kept in memory.

        :param file: open for writing bytes
        """
        import xlsxwriter

        zone = timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        columns = self._get_export_columns()
        with xlsxwriter.Workbook(file, OPTIONS) as book:
            sheet = book.add_worksheet(self.env._("SLA"))
            formats = {
                TEXT: None,
                NUMBER: book.add_format({"num_format": "0.00"}),
                MOMENT: book.add_format({"num_format": MOMENT_FORMAT}),
            }
            title = book.add_format(TITLE)
            sheet.freeze_panes(1, 1)
            sheet.autofilter(0, 0, len(self), len(columns) - 1)
            for index, (name, width, *__) in enumerate(columns):
                sheet.set_column(index, index, width)
                sheet.write_string(0, index, name, title)
            for row, status in enumerate(self._iterate(), start=1):
                for index, (__, __, kind, get) in enumerate(columns):
                    self._write_cell(sheet, row, index, kind, get(status), zone, formats[kind])

    def _iterate(self):
        for start in range(0, len(self), BATCH):
            batch = self.browse(self.ids[start : start + BATCH])
            yield from batch
            self.env.invalidate_all()

    def _write_cell(self, sheet, row, index, kind, value, zone, look):
        if kind == NUMBER:
            sheet.write_number(row, index, value, look)
        elif not value:
            return
        elif kind == MOMENT:
            local = utc.localize(value).astimezone(zone).replace(tzinfo=None)
            sheet.write_datetime(row, index, local, look)
        else:
            sheet.write_string(row, index, value)
