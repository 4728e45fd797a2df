from odoo import fields, models

MANAGER = "helpdesk_ticketing.group_manager"


class TicketingMarginMixin(models.AbstractModel):
    """What a ticket, or all tickets of a contract, leave after their cost. Cost is for managers alone."""

    _name = "ticketing.margin.mixin"
    _description = "Margin"
    _margin_field = None  # of ticketing.margin.report: the one that names these records

    margin = fields.Monetary(compute="_compute_margin", currency_field="margin_currency_id", groups=MANAGER)
    margin_currency_id = fields.Many2one("res.currency", compute="_compute_margin", groups=MANAGER)

    def _compute_margin(self):
        name = self._margin_field
        margins = dict(
            self.env["ticketing.margin.report"]._read_group([(name, "in", self.ids)], [name], ["margin:sum"])
        )
        for record in self:
            record.margin = margins.get(record._origin, 0.0)
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
