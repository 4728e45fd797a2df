from odoo import api, fields, models


class TicketingProgressOrderMixin(models.AbstractModel):
    """The way from a quotation or an order to its billing plans."""

    _name = "ticketing.progress.order.mixin"
    _description = "Sale Order: Billing Plans"

    progress_plan_count = fields.Integer(
        "Number of Billing Plans",
        compute="_compute_progress_plan_count",
        compute_sudo=True,  # a number, for who may see the order
    )
    can_plan_billing = fields.Boolean(compute="_compute_can_plan_billing")

    @api.depends("progress_plan_ids")
    def _compute_progress_plan_count(self):
        for order in self:
            order.progress_plan_count = len(order.progress_plan_ids)

    @api.depends(
        "state", "ticket_id", "order_line.progress_plan_id", "order_line.product_id", "order_line.price_subtotal"
    )
    def _compute_can_plan_billing(self):
        for order in self:
            open_order = order.state in ("draft", "sent", "sale") and not order.ticket_id
            order.can_plan_billing = open_order and bool(order.order_line._filter_plannable())

    def action_plan_billing(self):
        """Ask how a line is to be billed by progress."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_progress_wizard_action"),
            "context": {"default_order_id": self.id},
        }

    def action_view_progress_plans(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_progress_plan_action")
        plans = self.progress_plan_ids
        if len(plans) == 1:
            return {**action, "res_id": plans.id, "views": [(False, "form")], "context": {}}
        return {**action, "domain": [("sale_order_id", "in", self.ids)], "context": {}}
