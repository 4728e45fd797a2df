import tempfile

from werkzeug.wsgi import wrap_file

from odoo.exceptions import AccessError
from odoo.http import Controller, Response, content_disposition, request, route

from .sla_export import XLSX


class TicketingWorklogExportController(Controller):
    """Sends the register from the disk: it is never whole in memory."""

    @route("/ticketing/worklog/export/<int:export_id>", type="http", auth="user")
    def export_worklog(self, export_id):
        export = request.env["ticketing.worklog.export"].search([("id", "=", export_id)])
        if not export or export.create_uid != request.env.user:
            raise AccessError(request.env._("This export is not yours, or too old: export again."))
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer, which reads it
        export._write_xlsx(file)
        size = file.tell()
        file.seek(0)
        headers = {
            "Content-Disposition": content_disposition(f"{export._get_report_name()}.xlsx"),
            "Content-Length": size,
            "Cache-Control": "no-store",
        }
        body = wrap_file(request.httprequest.environ, file)
        return Response(body, headers=headers, content_type=XLSX, direct_passthrough=True)
