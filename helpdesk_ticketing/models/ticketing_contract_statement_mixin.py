from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import AccessError

from ..tools.coverage import say_minutes, to_minutes
from ..tools.spreadsheet import OPTIONS, TITLE


class Entry(NamedTuple):
    """A line of a statement."""

    line: models.Model  # account.analytic.line
    minutes: int
    balance: int | bool  # minutes left afterwards; False if nothing is counted


class TicketingContractStatementMixin(models.AbstractModel):
    """What was done under a contract, for the customer: each entry of work, who pays it and why, and what is left."""

    _name = "ticketing.contract.statement.mixin"
    _description = "Contract: Statement of Use"

    def action_open_statement(self):
        self.ensure_one()
        self._check_statement()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.contract.statement",
            "name": self.env._("Statement of Use"),
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    def _check_statement(self):
        """Refuse the statement to those who see their own tickets only: it tells of everybody's work.

        :raises AccessError: no rights on all tickets, nor on billing
        """
        self.check_access("read")
        allowed = ("helpdesk_ticketing.group_user_all", "helpdesk_ticketing.group_accountant")
        if not self.env.su and not any(self.env.user.has_group(group) for group in allowed):
            raise AccessError(self.env._("A contract's statement tells of all tickets: ask a manager of the desk."))

    def _get_statement(self, date_from, date_to):
        """Return the entries of a contract between two days, both included, as superuser.

        What is left is counted from the contract's first day on.
        """
        self.ensure_one()
        self._check_statement()
        contract = self.sudo()  # checked above
        lines = contract.env["account.analytic.line"].search(
            ["|", ("cover_contract_id", "=", contract.id), ("ticket_id.contract_id", "=", contract.id)],
            order="date, id",
        )
        counted = contract._is_counted()
        allowance = contract._get_allowance({})
        entries = []
        for line in lines:
            minutes = to_minutes(line.unit_amount)
            balance = False
            if counted:
                number = contract._get_period(line.date)[0]
                if line.cover_kind == "contract" and line.cover_contract_id == contract:
                    allowance.used[number] = allowance.used.get(number, 0) + minutes
                balance = allowance.get_left(number)
            if date_from <= line.date <= date_to and minutes:
                entries.append(Entry(line, minutes, balance))
        return entries

    def _get_statement_columns(self):
        """Return [(title, width, function of an entry)]."""
        kinds = dict(self.env["account.analytic.line"]._fields["cover_kind"]._description_selection(self.env))
        covered, billed = self.env._("Covered"), self.env._("Billed")
        return [
            (self.env._("Date"), 12, lambda entry: entry.line.date),
            (self.env._("Ticket"), 12, lambda entry: entry.line.ticket_id.number),
            (self.env._("Subject"), 40, lambda entry: entry.line.ticket_id.name),
            (self.env._("Person"), 22, lambda entry: entry.line.employee_id.name),
            (self.env._("Work"), 40, lambda entry: entry.line.name),
            (self.env._("Hours"), 8, lambda entry: say_minutes(entry.minutes)),
            (self.env._("Who Pays"), 12, lambda entry: covered if entry.line.covered else billed),
            (self.env._("Coverage"), 20, lambda entry: kinds.get(entry.line.cover_kind, "")),
            (self.env._("Why"), 60, lambda entry: entry.line.cover_reason or ""),
            (self.env._("Left"), 8, lambda entry: "" if entry.balance is False else say_minutes(entry.balance)),
        ]

    def _write_statement(self, file, date_from, date_to):
        """Write the statement as a spreadsheet into a file that is open for writing bytes."""
        import xlsxwriter

        entries = self._get_statement(date_from, date_to)
        columns = self._get_statement_columns()
        with xlsxwriter.Workbook(file, OPTIONS) as book:
            sheet = book.add_worksheet(self.env._("Statement"))
            title = book.add_format(TITLE)
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            sheet.freeze_panes(1, 0)
            for index, (name, width, __) in enumerate(columns):
                sheet.set_column(index, index, width)
                sheet.write_string(0, index, name, title)
            for row, entry in enumerate(entries, start=1):
                sheet.write_datetime(row, 0, fields.Datetime.to_datetime(columns[0][2](entry)), day)
                for index, (__, __, get) in enumerate(columns[1:], start=1):
                    sheet.write_string(row, index, get(entry) or "")
