from odoo import fields, models

MANAGER = "helpdesk_ticketing.group_manager"


class TicketingMarginMixin(models.AbstractModel):
    """What a ticket, or all tickets of a contract, leave after their cost. Cost is for managers alone."""

    _name = "ticketing.margin.mixin"
    _description = "Margin"
    _margin_field = None  # of ticketing.margin.report: the one that names these records

    margin = fields.Monetary(compute="_compute_margin", currency_field="margin_currency_id", groups=MANAGER)
    margin_missing = fields.Boolean(
        compute="_compute_margin", groups=MANAGER, help="Something has no cost: the margin is too good."
    )
    margin_currency_id = fields.Many2one("res.currency", compute="_compute_margin", groups=MANAGER)

    def _compute_margin(self):
        name = self._margin_field
        rows = self.env["ticketing.margin.report"]._read_group(
            [(name, "in", self.ids)], [name], ["margin:sum", "missing_cost:bool_or"]
        )
        margins = {record: figures for record, *figures in rows}
        for record in self:
            record.margin, record.margin_missing = margins.get(record._origin, (0.0, False))
            record.margin_currency_id = record.company_id.currency_id

    def action_view_margin(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_margin_report_action")
        return {
            **action,
            "view_mode": "list,pivot,graph",
            "views": [(False, "list"), (False, "pivot"), (False, "graph")],
            "domain": [(self._margin_field, "=", self.id)],
            "context": {},
        }
