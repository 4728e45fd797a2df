from odoo import Command, api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.ticketing_effort import MEASURES
from ..tools.correlation import get_verdict

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
        """Return the number of tickets and answers, and the values of a line for each measure: one query.

        Spearman's coefficient is Pearson's of the ranks, where equal values share the mean of their ranks.
        """
        self.env.flush_all()
        report = self.env["ticketing.effort.report"]
        found = report._search(self._get_domain())  # with the user's record rules
        columns = [SQL.identifier(found.table, name) for name in ("satisfaction", "effort", *MEASURES)]
        rows = self.env.execute_query(
            SQL(
                """
                WITH solved AS MATERIALIZED (%(tickets)s),
                     said AS (
                         SELECT row_number() OVER () AS number, solved.*,
                                CASE satisfaction WHEN 'happy' THEN 5 WHEN 'neutral' THEN 3 WHEN 'unhappy' THEN 1 END
                                AS face
                           FROM solved WHERE satisfaction IS NOT NULL OR effort IS NOT NULL
                     ),
                     long AS (
                         SELECT measure, value, satisfaction, against, score
                           FROM said
                          CROSS JOIN LATERAL (VALUES %(measures)s) measured(measure, value)
                          CROSS JOIN LATERAL (VALUES ('face', face::float), ('effort', effort)) scored(against, score)
                          WHERE score IS NOT NULL
                     ),
                     ranked AS (
                         SELECT long.*,
                                rank() OVER (PARTITION BY measure, against ORDER BY value)
                                + (count(*) OVER (PARTITION BY measure, against, value) - 1) / 2.0 AS value_rank,
                                rank() OVER (PARTITION BY measure, against ORDER BY score)
                                + (count(*) OVER (PARTITION BY measure, against, score) - 1) / 2.0 AS score_rank
                           FROM long
                     )
                SELECT measure, against, count(*), corr(value_rank, score_rank),
                       avg(value) FILTER (WHERE satisfaction = 'happy'),
                       avg(value) FILTER (WHERE satisfaction = 'neutral'),
                       avg(value) FILTER (WHERE satisfaction = 'unhappy'),
                       (SELECT count(*) FROM said), (SELECT count(*) FROM solved)
                  FROM ranked GROUP BY measure, against
                 UNION ALL
                SELECT NULL, NULL, 0, NULL, NULL, NULL, NULL, (SELECT count(*) FROM said), (SELECT count(*) FROM solved)
                """,
                tickets=found.select(*columns),
                measures=SQL(", ").join(SQL("(%s, %s)", name, SQL.identifier(name)) for name in MEASURES),
            )
        )
        figures = {row[:2]: row[2:7] for row in rows if row[0]}
        return rows[-1][-1], rows[-1][-2], [self._prepare_line(name, figures) for name in MEASURES]

    @api.model
    def _prepare_line(self, measure, figures):
        count, coefficient, happy, neutral, unhappy = figures.get((measure, "face"), (0, None, None, None, None))
        effort_count, effort_coefficient, *__ = figures.get((measure, "effort"), (0, None))
        return {
            "measure": measure,
            "happy": happy or 0,
            "neutral": neutral or 0,
            "unhappy": unhappy or 0,
            "count": count,
            "coefficient": coefficient or 0,
            "verdict": get_verdict(coefficient, count),
            "effort_count": effort_count,
            "effort_coefficient": effort_coefficient or 0,
            "effort_verdict": get_verdict(effort_coefficient, effort_count),
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

        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as book:
            looks = {
                "title": book.add_format({"bold": True, "bg_color": "#e9ecef", "bottom": 1, "text_wrap": True}),
                "number": book.add_format({"num_format": "0.00"}),
                "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
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
