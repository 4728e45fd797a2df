from odoo import models
from odoo.fields import Domain


class ProjectProject(models.Model):
    _name = "project.project"
    _inherit = ["project.project", "ticketing.progress.project.mixin", "ticketing.progress.document.mixin"]

    def _get_stat_buttons(self):
        return [*super()._get_stat_buttons(), *self._get_progress_buttons()]

    def _get_document_owners(self):
        project = self.sudo()  # only where to look: each file is asked for
        plans = (
            project.env["ticketing.progress.plan"]
            .with_context(active_test=False)
            .search([("project_id", "=", self.id)])
        )
        owners = self._get_project_owners(project, plans)
        orders = plans.sale_order_id | project.sale_order_id
        return {**super()._get_document_owners(), **owners, "sale.order": [("id", "in", orders.ids)]}

    def _get_profitability_sale_order_items_domain(self, domain=None):
        """With what plans bill, certified or not: core leaves out what nothing is invoiced of, and what is less.

        And with their deposits, whose quantities say nothing once a part of them is deducted.
        """
        billed = ("running", "done")
        planned = Domain("progress_plan_id.state", "in", billed) | (
            Domain("is_downpayment", "=", True)
            & Domain("display_type", "=", False)
            & Domain("order_id.progress_plan_ids.state", "in", billed)
        )
        planned &= Domain("state", "=", "sale") & Domain(domain or Domain.TRUE)
        return super()._get_profitability_sale_order_items_domain(domain) | planned

    def action_view_tickets(self):
        """Show the tickets that became tasks of the project, and those for which its milestones wait."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
        return {
            **action,
            "display_name": self.env._("Tickets of %s", self.display_name),
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": list(self._get_ticket_domain(self)),
            "context": {"default_partner_id": self.partner_id.id},
        }
