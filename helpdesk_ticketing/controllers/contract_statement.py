from odoo.http import Controller, request, route

from .file_export import get_own, send_spreadsheet


class TicketingContractStatementController(Controller):
    """Sends the statement of a contract as a spreadsheet."""

    @route("/ticketing/contract/statement/<int:statement_id>", type="http", auth="user", readonly=True)
    def export_statement(self, statement_id):
        statement = get_own("ticketing.contract.statement", statement_id)
        contract = statement.contract_id
        contract = contract.with_context(lang=contract.partner_id.lang or request.env.lang)
        return send_spreadsheet(
            f"{statement._get_report_name()}.xlsx",
            lambda file: contract._write_statement(file, statement.date_from, statement.date_to),
        )
