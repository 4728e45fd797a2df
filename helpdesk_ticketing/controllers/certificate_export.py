from odoo.exceptions import AccessError
from odoo.http import Controller, request, route

from .file_export import send_spreadsheet


class TicketingCertificateExportController(Controller):
    """Sends a certificate as a spreadsheet, to who may read it."""

    @route("/ticketing/certificate/<int:note_id>/xlsx", type="http", auth="user", readonly=True)
    def export_certificate(self, note_id):
        note = request.env["ticketing.delivery.note"].search([("id", "=", note_id), ("plan_id", "!=", False)])
        if not note:
            raise AccessError(request.env._("This certificate does not exist, or is not yours to read."))
        return send_spreadsheet(f"{note._get_report_name()}.xlsx", note._write_certificate)
