import tempfile

from werkzeug.wsgi import wrap_file

from odoo.exceptions import AccessError
from odoo.http import Controller, Response, content_disposition, request, route

from .sla_export import XLSX


class TicketingEffortExportController(Controller):
    """Sends the table of scores from the disk: it is never whole in memory."""

    @route("/ticketing/effort/export/<int:analysis_id>", type="http", auth="user")
    def export_effort(self, analysis_id):
        analysis = request.env["ticketing.effort.analysis"].search([("id", "=", analysis_id)])
        if not analysis or analysis.create_uid != request.env.user:
            raise AccessError(request.env._("This export is not yours, or too old: export again."))
        analysis._check_export()
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer, which reads it
        analysis._write_xlsx(file)
        size = file.tell()
        file.seek(0)
        headers = {
            "Content-Disposition": content_disposition(request.env._("Scores.xlsx")),
            "Content-Length": size,
            "Cache-Control": "no-store",
        }
        body = wrap_file(request.httprequest.environ, file)
        return Response(body, headers=headers, content_type=XLSX, direct_passthrough=True)
