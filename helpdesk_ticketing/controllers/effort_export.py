from odoo.http import Controller, request, route

from .file_export import get_own, send_spreadsheet


class TicketingEffortExportController(Controller):
    """Sends the table of scores."""

    @route("/ticketing/effort/export/<int:analysis_id>", type="http", auth="user")
    def export_effort(self, analysis_id):
        analysis = get_own("ticketing.effort.analysis", analysis_id)
        analysis._check_export()
        return send_spreadsheet(request.env._("Scores.xlsx"), analysis._write_xlsx)
