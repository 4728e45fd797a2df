import tempfile
import zipfile

from werkzeug.wsgi import wrap_file

from odoo.exceptions import AccessError
from odoo.http import Controller, Response, content_disposition, request, route

from .sla_export import XLSX


class TicketingWorklogExportController(Controller):
    """Sends the register from the disk: it is never whole in memory."""

    @route("/ticketing/worklog/archive/<int:archive_id>", type="http", auth="user", readonly=True)
    def download_archive(self, archive_id):
        """Send the documents of a long export as one file, put together on the disk."""
        archive = request.env["ticketing.worklog.archive"].search([("id", "=", archive_id), ("state", "=", "done")])
        if not archive:
            raise AccessError(request.env._("This export is not yours, or too old: export again."))
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer, which reads it
        with zipfile.ZipFile(file, "w") as book:
            for document in archive._get_documents():
                book.writestr(document.name, document.raw)
                document.invalidate_recordset()  # one at a time is in memory
        return self._send(file, f"{archive.display_name}.zip", "application/zip")

    @route("/ticketing/worklog/export/<int:export_id>", type="http", auth="user")
    def export_worklog(self, export_id):
        export = request.env["ticketing.worklog.export"].search([("id", "=", export_id)])
        if not export or export.create_uid != request.env.user:
            raise AccessError(request.env._("This export is not yours, or too old: export again."))
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer, which reads it
        export._write_xlsx(file)
        return self._send(file, f"{export._get_report_name()}.xlsx", XLSX)

    def _send(self, file, name, content_type):
        size = file.seek(0, 2)
        file.seek(0)
        headers = {
            "Content-Disposition": content_disposition(name),
            "Content-Length": size,
            "Cache-Control": "no-store",
        }
        body = wrap_file(request.httprequest.environ, file)
        return Response(body, headers=headers, content_type=content_type, direct_passthrough=True)
