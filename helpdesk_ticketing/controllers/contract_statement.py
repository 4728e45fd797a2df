import io

from odoo.exceptions import AccessError
from odoo.http import Controller, content_disposition, request, route

from .sla_export import XLSX


class TicketingContractStatementController(Controller):
    """Sends the statement of a contract as a spreadsheet."""

    @route("/ticketing/contract/statement/<int:statement_id>", type="http", auth="user", readonly=True)
    def export_statement(self, statement_id):
        statement = request.env["ticketing.contract.statement"].search([("id", "=", statement_id)])
        if not statement or statement.create_uid != request.env.user:
            raise AccessError(request.env._("This export is not yours, or too old: export again."))
        contract = statement.contract_id
        contract = contract.with_context(lang=contract.partner_id.lang or request.env.lang)
        file = io.BytesIO()
        contract._write_statement(file, statement.date_from, statement.date_to)
        return request.make_response(
            file.getvalue(),
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(f"{statement._get_report_name()}.xlsx")),
                ("Cache-Control", "no-store"),
            ],
        )
