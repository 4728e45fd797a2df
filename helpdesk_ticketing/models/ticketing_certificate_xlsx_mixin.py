from odoo import models

from ..tools.progress import get_percent
from ..tools.spreadsheet import TITLE

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
PERCENT = "0.00%"


class TicketingCertificateXlsxMixin(models.AbstractModel):
    """A certificate as a spreadsheet: the sums on the first sheet are counted from the positions on the second."""

    _name = "ticketing.certificate.xlsx.mixin"
    _description = "Certificate as XLSX"

    def action_export_xlsx(self):
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": f"/ticketing/certificate/{self.id}/xlsx", "target": "download"}

    def _write_certificate(self, file):
        """Write the certificate into a file that is open for writing bytes, in its customer's language."""
        import xlsxwriter

        note = self._as_reader()._in_customers_language()
        with xlsxwriter.Workbook(file, OPTIONS) as book:
            looks = note._make_looks(book)
            summary = book.add_worksheet(note.env._("Certificate"))
            ends = {"positions": note._write_positions(book.add_worksheet(note.env._("Positions")), looks)}
            if deposits := note._get_certificate_deposits():
                ends["deposits"] = note._write_deposits(book.add_worksheet(note.env._("Deposits")), looks, deposits)
            note._write_summary(summary, looks, ends)

    def _make_looks(self, book):
        places = self.currency_id.decimal_places
        money = f"#,##0.{'0' * places}" if places else "#,##0"
        title = {**TITLE, "valign": "top"}
        return {
            "heading": book.add_format({"bold": True, "font_size": 14}),
            "title": book.add_format(title),
            "title_right": book.add_format({**title, "align": "right"}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "label": book.add_format({"bold": True, "valign": "top"}),
            "money": book.add_format({"num_format": money, "valign": "top"}),
            "percent": book.add_format({"num_format": PERCENT, "valign": "top"}),
            "total": book.add_format({"bold": True, "top": 1}),
            "total_money": book.add_format({"num_format": money, "bold": True, "top": 1}),
            "total_percent": book.add_format({"num_format": PERCENT, "bold": True, "top": 1}),
        }

    def _write_heads(self, sheet, looks, titles, texts):
        """Write the titles of columns, of which the first are of texts; they stay in sight, on paper, too."""
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        for column, (name, width) in enumerate(titles):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, looks["title" if column < texts else "title_right"])

    def _write_positions(self, sheet, looks):
        """Write a row for each position and one for their total; return the number of the latter, as people count."""
        titles = [
            (self.env._("Position"), 44),
            (self.env._("Part of"), 28),
            (self.env._("Contract"), 16),
            (self.env._("Before"), 16),
            (self.env._("This Period"), 16),
            (self.env._("To Date"), 16),
            (self.env._("Completed (%)"), 14),
            (self.env._("Retention of this Period"), 16),
        ]
        self._write_heads(sheet, looks, titles, 2)
        positions = self._get_certificate_positions()
        for row, position in enumerate(positions, 1):
            sheet.write_string(row, 0, position.name, looks["text"])
            sheet.write_string(row, 1, position.part, looks["text"])
            sheet.write_number(row, 2, position.total, looks["money"])
            sheet.write_number(row, 3, position.before, looks["money"])
            sheet.write_number(row, 4, position.period, looks["money"])
            sheet.write_formula(row, 5, f"=D{row + 1}+E{row + 1}", looks["money"], position.to_date)
            sheet.write_number(row, 6, position.percent / 100, looks["percent"])
            sheet.write_number(row, 7, position.retention, looks["money"])
        last, total = len(positions) + 1, self._sum_positions(positions)
        sheet.write_string(last, 0, total.name, looks["total"])
        sheet.write_blank(last, 1, None, looks["total"])
        sums = {"C": total.total, "D": total.before, "E": total.period, "F": total.to_date, "H": total.retention}
        for letter, amount in sums.items():
            sheet.write_formula(f"{letter}{last + 1}", f"=SUM({letter}2:{letter}{last})", looks["total_money"], amount)
        share = f"=IF(C{last + 1}=0,0,ROUND(F{last + 1}/C{last + 1},4))"
        sheet.write_formula(last, 6, share, looks["total_percent"], total.percent / 100)
        return last + 1

    def _write_deposits(self, sheet, looks, deposits):
        """Write a row for each deposit and one for their total; return the number of the latter, as people count."""
        titles = [
            (self.env._("Deposit"), 44),
            (self.env._("Paid"), 16),
            (self.env._("Deducted Before"), 16),
            (self.env._("Deducted Now"), 16),
            (self.env._("Still to Deduct"), 16),
        ]
        self._write_heads(sheet, looks, titles, 1)
        for row, (name, *amounts, left) in enumerate(deposits, 1):
            sheet.write_string(row, 0, name, looks["text"])
            for column, amount in enumerate(amounts, 1):
                sheet.write_number(row, column, amount, looks["money"])
            sheet.write_formula(row, 4, f"=B{row + 1}-C{row + 1}-D{row + 1}", looks["money"], left)
        last = len(deposits) + 1
        sheet.write_string(last, 0, self.env._("Total"), looks["total"])
        for column, letter in enumerate("BCDE", 1):
            amount = self.currency_id.round(sum(deposit[column] for deposit in deposits))
            sheet.write_formula(last, column, f"=SUM({letter}2:{letter}{last})", looks["total_money"], amount)
        return last + 1

    def _write_summary(self, sheet, looks, ends):
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 1, 40)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, self._get_certificate_title(), looks["heading"])
        row = 1
        for label, text in self._get_summary_facts():
            row += 1
            sheet.write_string(row, 0, label, looks["label"])
            sheet.write_string(row, 1, text, looks["text"])
        self._write_totals(sheet, looks, self._write_sums(sheet, looks, ends, row + 2))

    def _get_summary_facts(self):
        evidence = []
        labels = {"customer": self.env._("Accepted by"), "lender": self.env._("Accepted by the lender")}
        for proof in self._get_acceptances():
            if proof["signer_name"]:
                signed_on = self._format_moment(proof["signed_on"])
                evidence.append((labels[proof["signer"]], f"{proof['signer_name']}, {signed_on}"))
        if self.content_hash:
            evidence.append((self.env._("SHA-256 of the Content"), self.content_hash))
        return [
            *self._get_certificate_facts(),
            (self.env._("Customer"), self.partner_id.display_name),
            (self.env._("Paid by"), self._get_payer().display_name),
            (self.env._("Status"), dict(self._fields["state"]._description_selection(self.env))[self.state]),
            (self.env._("Currency"), self.currency_id.name),
            *evidence,
        ]

    def _write_sums(self, sheet, looks, ends, row):
        """Write the sums from a row on; return {key: number of its row, as people count}."""
        sums = self._get_certificate_sums()
        at = {key: row + number for number, key in enumerate(sums, 1)}
        positions = "'{}'!{{}}{}".format(self.env._("Positions"), ends["positions"])
        formulas = {
            "total": f"=B{at['contract']}+B{at['changes']}",
            "before": "=" + positions.format("D"),
            "period": "=" + positions.format("E"),
            "to_date": f"=B{at['before']}+B{at['period']}",
            "retention": "=" + positions.format("H"),
            "balance": f"=B{at['total']}-B{at['to_date']}+B{at['retained']}",
        }
        if "deposits" in ends:
            formulas["deposit"] = "='{}'!D{}".format(self.env._("Deposits"), ends["deposits"])
        for key, (label, amount) in sums.items():
            line = at[key] - 1
            sheet.write_string(line, 0, label, looks["label"])
            if key in formulas:
                sheet.write_formula(line, 1, formulas[key], looks["money"], amount)
            else:
                sheet.write_number(line, 1, amount, looks["money"])
        percent = get_percent(self.to_date_amount, self.total_amount) / 100 if self.total_amount else 0.0
        line = row + len(sums)
        sheet.write_string(line, 0, self.env._("Completed (%)"), looks["label"])
        share = f"=IF(B{at['total']}=0,0,ROUND(B{at['to_date']}/B{at['total']},4))"
        sheet.write_formula(line, 1, share, looks["percent"], percent)
        return at

    def _write_totals(self, sheet, looks, at):
        """Write what is invoiced, with its taxes, below the sums."""
        totals = self._get_tax_totals()
        row = max(at.values()) + 2
        sheet.write_string(row, 0, self.env._("To invoice, without taxes"), looks["label"])
        untaxed = f"=B{at['period']}-B{at['retention']}-B{at['deposit']}"
        sheet.write_formula(row, 1, untaxed, looks["money"], self.amount_untaxed)
        first = row + 1
        for subtotal in totals["subtotals"]:
            for group in subtotal["tax_groups"]:
                row += 1
                sheet.write_string(row, 0, group["group_name"], looks["label"])
                sheet.write_number(row, 1, self.currency_id.round(group["tax_amount_currency"]), looks["money"])
        sheet.write_string(row + 1, 0, self.env._("Total to invoice"), looks["total"])
        total = self.currency_id.round(totals["total_amount_currency"])
        sheet.write_formula(row + 1, 1, f"=SUM(B{first}:B{row + 1})", looks["total_money"], total)
