from odoo.http import Controller, request, route

from .file_export import get_own, send_spreadsheet


class TicketingSlaExportController(Controller):
    """Sends the spreadsheet of promises."""

    @route("/ticketing/sla/export/<int:export_id>", type="http", auth="user")
    def export_sla(self, export_id):
        statuses = get_own("ticketing.sla.export", export_id)._get_statuses()
        statuses._check_export()
        return send_spreadsheet(request.env._("SLA.xlsx"), statuses._write_xlsx)
