import zipfile

from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

from .file_export import get_own, make_file, send_file, send_spreadsheet


class TicketingWorklogExportController(Controller):
    """Sends the register."""

    @route("/ticketing/worklog/archive/<int:archive_id>", type="http", auth="user", readonly=True)
    def download_archive(self, archive_id):
        """Send the documents of a long export as one file, put together on the disk."""
        archive = request.env["ticketing.worklog.archive"].search([("id", "=", archive_id), ("state", "=", "done")])
        if not archive:
            raise AccessError(request.env._("This export is not yours, or too old: export again."))
        file = make_file()
        with zipfile.ZipFile(file, "w") as book:
            for document in archive._get_documents():
                book.writestr(document.name, document.raw)
                document.invalidate_recordset()  # one at a time is in memory
        return send_file(file, f"{archive.display_name}.zip", "application/zip")

    @route("/ticketing/worklog/export/<int:export_id>", type="http", auth="user")
    def export_worklog(self, export_id):
        export = get_own("ticketing.worklog.export", export_id)
        return send_spreadsheet(f"{export._get_report_name()}.xlsx", export._write_xlsx)
