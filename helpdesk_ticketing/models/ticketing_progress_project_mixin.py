from odoo import fields, models


class TicketingProgressProjectMixin(models.AbstractModel):
    """A project knows how it is paid for."""

    _name = "ticketing.progress.project.mixin"
    _description = "Project: Billing Plans"

    progress_plan_ids = fields.One2many("ticketing.progress.plan", "project_id", "Billing Plans")
    progress_plan_count = fields.Integer(
        "Number of Billing Plans",
        compute="_compute_progress_counts",
        compute_sudo=True,  # numbers, for who may see the project
    )
    progress_overdue_count = fields.Integer(
        "Overdue Billed Milestones", compute="_compute_progress_counts", compute_sudo=True
    )

    def _compute_progress_counts(self):
        plans = dict(
            self.env["ticketing.progress.plan"]._read_group(
                [("project_id", "in", self.ids), ("state", "!=", "cancelled")], ["project_id"], ["__count"]
            )
        )
        overdue = dict(
            self.env["project.milestone"]._read_group(
                [("project_id", "in", self.ids), *self.env["project.milestone"]._get_overdue_domain()],
                ["project_id"],
                ["__count"],
            )
        )
        for project in self:
            project.progress_plan_count = plans.get(project._origin, 0)
            project.progress_overdue_count = overdue.get(project._origin, 0)

    def action_view_progress_plans(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_progress_plan_action")
        plans = self.env["ticketing.progress.plan"].search([("project_id", "in", self.ids)], limit=2)
        if len(plans) == 1:
            return {**action, "res_id": plans.id, "views": [(False, "form")], "context": {}}
        return {**action, "domain": [("project_id", "in", self.ids)], "context": {}}

    def action_view_overdue_milestones(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.project_milestone_action_progress")
        return {
            **action,
            "domain": [("project_id", "in", self.ids), ("plan_id", "!=", False)],
            "context": {"search_default_overdue": 1, "create": False},
        }

    def _get_progress_buttons(self):
        """Return what the project's dashboard shows of how it is billed, and of what is late."""
        may_read = self.env["ticketing.progress.plan"].has_access("read")
        return [
            {
                "icon": "calendar-check-o",
                "text": self.env._("Billing Plans"),
                "number": self.progress_plan_count,
                "action_type": "object",
                "action": "action_view_progress_plans",
                "show": may_read and bool(self.progress_plan_count),
                "sequence": 29,
            },
            {
                "icon": "exclamation-triangle text-danger",
                "text": self.env._("Overdue Milestones"),
                "number": self.progress_overdue_count,
                "action_type": "object",
                "action": "action_view_overdue_milestones",
                "show": may_read and bool(self.progress_overdue_count),
                "sequence": 29,
            },
        ]
