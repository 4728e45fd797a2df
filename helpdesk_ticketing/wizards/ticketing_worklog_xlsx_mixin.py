from odoo import api, models

from ..tools.spreadsheet import OPTIONS, TITLE

DATE, TIME, LENGTH, MOMENT = "yyyy-mm-dd", "hh:mm:ss", "[h]:mm:ss", "yyyy-mm-dd hh:mm:ss"
DAY = 86400


class TicketingWorklogXlsxMixin(models.AbstractModel):
    """The register as a spreadsheet, written row by row: its size is limited by the disk, not by memory."""

    _name = "ticketing.worklog.xlsx.mixin"
    _description = "Register of Working Time as XLSX"

    def _write_xlsx(self, file):
        """Write the days, with a total for each month, and the register's rows behind them.

        :param file: open for writing bytes
        """
        import xlsxwriter

        self.ensure_one()
        with xlsxwriter.Workbook(file, OPTIONS) as book:
            looks = {text: book.add_format({"num_format": text}) for text in (DATE, TIME, LENGTH, MOMENT)}
            looks["total"] = book.add_format({"num_format": LENGTH, "bold": True, "top": 1})
            looks["title"] = book.add_format(TITLE)
            self._write_days(book.add_worksheet(self.env._("Days")), looks)
            self._write_entries(book.add_worksheet(self.env._("Register")), looks)

    def _write_titles(self, sheet, looks, titles):
        sheet.freeze_panes(1, 0)
        for column, (__, width) in enumerate(titles):
            sheet.set_column(column, column, width)
        for column, (name, __) in enumerate(titles):
            sheet.write_string(0, column, name, looks["title"])

    def _write_days(self, sheet, looks):
        titles = [
            (self.env._("Employee"), 28),
            (self.env._("Identification"), 14),
            (self.env._("Day"), 11),
            (self.env._("Start"), 10),
            (self.env._("End"), 10),
            (self.env._("Effective"), 11),
            (self.env._("Pauses"), 11),
            (self.env._("Not Accounted For"), 11),
            (self.env._("Remarks"), 30),
        ]
        self._write_titles(sheet, looks, titles)
        row = 0
        for month in self._iterate_months():
            name, number = month["employee"].name, self._get_identification(month["employee"])
            for date, day, remark in month["days"]:
                row += 1
                sheet.write_string(row, 0, name)
                sheet.write_string(row, 1, number)
                sheet.write_datetime(row, 2, date, looks[DATE])
                sheet.write_datetime(row, 3, self._to_local(day.start, month["zone"]), looks[TIME])
                sheet.write_datetime(row, 4, self._to_local(day.end, month["zone"]), looks[TIME])
                for column, seconds in enumerate(day[2:], start=5):
                    sheet.write_number(row, column, seconds / DAY, looks[LENGTH])
                sheet.write_string(row, 8, remark)
            row += 1
            text = self.env._("Total of %(month)s, %(employee)s", month=month["month"].strftime("%m/%Y"), employee=name)
            sheet.write_string(row, 0, text, looks["total"])
            for column, total in enumerate(self._sum_month(month), start=5):
                sheet.write_number(row, column, total / DAY, looks["total"])

    @api.model
    def _sum_month(self, month):
        """Return (effective, paused, unaccounted) seconds of a month."""
        return tuple(map(sum, zip(*(day[2:] for __, day, __ in month["days"]), strict=True)))

    @api.model
    def _get_remark(self, periods):
        return self.env._("capped, to be confirmed") if any(periods.mapped("to_confirm")) else ""

    def _write_entries(self, sheet, looks):
        titles = [
            (self.env._("Number"), 9),
            (self.env._("Recorded on (UTC)"), 19),
            (self.env._("Employee"), 28),
            (self.env._("Event"), 16),
            (self.env._("Start (UTC)"), 19),
            (self.env._("End (UTC)"), 19),
            (self.env._("Ticket"), 12),
            (self.env._("Corrects"), 9),
            (self.env._("Reason"), 40),
            (self.env._("By"), 24),
            (self.env._("Hash"), 66),
        ]
        self._write_titles(sheet, looks, titles)
        events = dict(self.env["ticketing.worklog.entry"]._fields["event"]._description_selection(self.env))
        names = {}
        for row, entry in enumerate(self._iterate_entries(), start=1):
            entry = entry.sudo()  # the user sees the row; of others it names no more than that
            sheet.write_number(row, 0, entry.number)
            sheet.write_datetime(row, 1, entry.recorded_on, looks[MOMENT])
            sheet.write_string(row, 2, self._get_name(names, entry.employee_id))
            sheet.write_string(row, 3, events[entry.event])
            sheet.write_datetime(row, 4, entry.started_on, looks[MOMENT])
            if entry.ended_on:
                sheet.write_datetime(row, 5, entry.ended_on, looks[MOMENT])
            sheet.write_string(row, 6, entry.ticket_id.number or "")
            if entry.corrects_id:
                sheet.write_number(row, 7, entry.corrects_id.number)
            sheet.write_string(row, 8, entry.reason or "")
            sheet.write_string(row, 9, self._get_name(names, entry.author_id))
            sheet.write_string(row, 10, entry.hash)

    @api.model
    def _get_name(self, names, record):
        if record not in names:
            names[record] = record.name
        return names[record]
