from odoo import api, fields, models


class TicketingProgressMilestoneMixin(models.AbstractModel):
    """What lists and dashboards of milestones show of their billing."""

    _name = "ticketing.progress.milestone.mixin"
    _description = "Milestone: Shown with Its Billing"

    @api.model
    def _get_overdue_domain(self):
        return [
            ("plan_id.state", "=", "running"),
            ("is_reached", "=", False),
            ("deadline", "<", fields.Date.context_today(self)),
        ]

    def _get_progress_data(self):
        """Return what the project's dashboard shows of a milestone that a plan bills."""
        if not self.plan_id:
            return {"progress_amount": False}
        states = dict(self._fields["billing_state"]._description_selection(self.env))
        line = self.sale_line_id.sudo()  # its name, which core shows to all who see the project
        return {
            "sale_line_display_name": line._get_progress_title(),
            "progress_amount": self.currency_id.format(self.amount),
            "progress_state": self.billing_state,
            "progress_state_name": states[self.billing_state],
        }
