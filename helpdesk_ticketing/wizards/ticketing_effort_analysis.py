from collections import Counter

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.ticketing_effort import MEASURES
from ..models.ticketing_feedback import RATES
from ..tools.correlation import get_rank_correlation, get_verdict
from ..tools.spreadsheet import MOMENT, OPTIONS, TITLE

CONDITIONS = {"date_from", "date_to", "team_ids", "type_ids"}


class TicketingEffortAnalysis(models.TransientModel):
    """Which of the things that make it hard for customers go with low scores."""

    _name = "ticketing.effort.analysis"
    _description = "What Goes with Low Scores"

    date_from = fields.Date(
        "Solved from", default=lambda self: fields.Date.add(fields.Date.context_today(self), years=-1)
    )
    date_to = fields.Date("Solved until")
    team_ids = fields.Many2many("ticketing.team", string="Teams")
    type_ids = fields.Many2many("ticketing.type", string="Types")
    line_ids = fields.One2many("ticketing.effort.analysis.line", "analysis_id", string="Measures", readonly=True)
    ticket_count = fields.Integer("Solved Tickets", readonly=True)
    answer_count = fields.Integer("Answers", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        analyses = super().create(vals_list)
        analyses._refresh()
        return analyses

    def write(self, vals):
        result = super().write(vals)
        if CONDITIONS & vals.keys():
            self._refresh()
        return result

    @api.onchange(*CONDITIONS)
    def _refresh(self):
        for analysis in self:
            tickets, answers, figures = analysis._measure()
            analysis.ticket_count = tickets
            analysis.answer_count = answers
            analysis.line_ids = [Command.clear(), *(Command.create(values) for values in figures)]

    def action_open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Goes with Low Scores"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def _compute_display_name(self):
        self.display_name = self.env._("What Goes with Low Scores")

    def _get_domain(self):
        self.ensure_one()
        domain = Domain.TRUE
        if self.date_from:
            domain &= Domain("solved_on", ">=", self.date_from)
        if self.date_to:
            domain &= Domain("solved_on", "<", fields.Date.add(self.date_to, days=1))
        if self.team_ids:
            domain &= Domain("team_id", "in", self.team_ids._origin.ids)
        if self.type_ids:
            domain &= Domain("type_id", "in", self.type_ids._origin.ids)
        return domain

    def _measure(self):
        """Return the number of tickets and answers, and the values of a line for each measure: two queries."""
        self.env.flush_all()
        report = self.env["ticketing.effort.report"]
        answers = {name: {} for name in MEASURES}
        for measure, value, face, effort, count in self._read_answers(report):
            answers[measure][value, face, effort] = count
        total = sum(answers[MEASURES[0]].values())
        lines = [self._prepare_line(name, found) for name, found in answers.items()]
        return report.search_count(self._get_domain()), total, lines

    def _read_answers(self, report):
        """Return [(measure, value, face, effort score, how many)] of the answers that the user may see.

        Equal ones are counted together: there are few different ones of hundred thousands.
        """
        found = report._search(self._get_domain())  # with the user's record rules
        columns = [SQL.identifier(found.table, name) for name in ("satisfaction", "effort", *MEASURES)]
        return self.env.execute_query(
            SQL(
                """
                SELECT measure, round(value * 10) / 10, satisfaction, effort, count(*)
                  FROM (%(tickets)s) solved
                 CROSS JOIN LATERAL (VALUES %(measures)s) measured(measure, value)
                 WHERE satisfaction IS NOT NULL OR effort IS NOT NULL
                 GROUP BY 1, 2, 3, 4
                """,
                tickets=found.select(*columns),
                measures=SQL(", ").join(SQL("(%s, %s)", name, SQL.identifier(name)) for name in MEASURES),
            )
        )

    @api.model
    def _prepare_line(self, measure, answers):
        faces, efforts, means = Counter(), Counter(), {}
        for (value, face, effort), count in answers.items():
            if face:
                faces[value, RATES[face]] += count
                means.setdefault(face, Counter())[value] += count
            if effort:
                efforts[value, effort] += count
        coefficient, effort_coefficient = get_rank_correlation(faces), get_rank_correlation(efforts)
        return {
            "measure": measure,
            **{
                face: sum(value * count for value, count in means[face].items()) / means[face].total() for face in means
            },
            "count": faces.total(),
            "coefficient": coefficient or 0,
            "verdict": get_verdict(coefficient, faces.total()),
            "effort_count": efforts.total(),
            "effort_coefficient": effort_coefficient or 0,
            "effort_verdict": get_verdict(effort_coefficient, efforts.total()),
        }

    def action_view_tickets(self):
        """Open the tickets with an answer behind the figures."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_effort_report_action")
        domain = self._get_domain() & (Domain("satisfaction", "!=", False) | Domain("effort", ">", 0))
        return {**action, "domain": list(domain), "views": [(False, "list"), (False, "pivot")], "context": {}}

    # As a spreadsheet

    def action_export_xlsx(self):
        """Offer the table and its tickets as a file.

        :raises AccessError: the user may not export
        """
        self.ensure_one()
        self._check_export()
        return {"type": "ir.actions.act_url", "url": f"/ticketing/effort/export/{self.id}", "target": "self"}

    def _check_export(self):
        self.env["ticketing.effort.report"].check_access("read")
        if not self.env.user.has_group("base.group_allow_export") and not self.env.su:
            raise AccessError(self.env._("You may not export data: ask an administrator."))

    def _write_xlsx(self, file):
        """Write the table and, on a second sheet, the tickets with an answer.

        :param file: open for writing bytes
        """
        import xlsxwriter

        with xlsxwriter.Workbook(file, OPTIONS) as book:
            looks = {
                "title": book.add_format(TITLE),
                "number": book.add_format({"num_format": "0.00"}),
                "moment": book.add_format({"num_format": MOMENT}),
            }
            self._write_lines(book.add_worksheet(self.env._("Scores")), looks)
            self._write_tickets(book.add_worksheet(self.env._("Tickets")), looks)

    def _write_lines(self, sheet, looks):
        line = self.line_ids
        names = [name for name in line._fields if name in self._get_line_columns()]
        labels = line.fields_get(names, ["string", "selection"])
        self._write_titles(sheet, [labels[name]["string"] for name in names], looks)
        for row, each in enumerate(self.line_ids, start=1):
            for column, name in enumerate(names):
                if selection := labels[name].get("selection"):
                    sheet.write_string(row, column, dict(selection).get(each[name], ""))
                else:
                    sheet.write_number(row, column, each[name], looks["number"])

    @api.model
    def _get_line_columns(self):
        return {
            "measure", "happy", "neutral", "unhappy", "coefficient", "count", "verdict",
            "effort_coefficient", "effort_count", "effort_verdict",
        }  # fmt: skip

    def _write_tickets(self, sheet, looks):
        report = self.env["ticketing.effort.report"]
        names = ["ticket_id", "commercial_partner_id", "team_id", "user_id", "type_id", "channel_id"]
        labels = report.fields_get([*names, "solved_on", *MEASURES, "satisfaction", "effort"], ["string", "selection"])
        faces = dict(labels["satisfaction"]["selection"])
        self._write_titles(
            sheet,
            [labels[name]["string"] for name in (*names, "solved_on", *MEASURES, "satisfaction", "effort")],
            looks,
        )
        tickets = report.search(self._get_domain() & (Domain("satisfaction", "!=", False) | Domain("effort", ">", 0)))
        for row, ticket in enumerate(tickets, start=1):
            for column, name in enumerate(names):
                sheet.write_string(row, column, ticket[name].display_name or "")
            sheet.write_datetime(row, len(names), ticket.solved_on, looks["moment"])
            for column, name in enumerate(MEASURES, start=len(names) + 1):
                sheet.write_number(row, column, ticket[name], looks["number"])
            last = len(names) + 1 + len(MEASURES)
            sheet.write_string(row, last, faces.get(ticket.satisfaction, ""))
            if ticket.effort:
                sheet.write_number(row, last + 1, ticket.effort)

    @api.model
    def _write_titles(self, sheet, titles, looks):
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(titles) - 1, 16)
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title, looks["title"])
