from odoo import models
from odoo.fields import Domain


class TicketingProgressDocumentMixin(models.AbstractModel):
    """The files of a project, of the contracts that are billed of it, and of the tickets for which it waits."""

    _name = "ticketing.progress.document.mixin"
    _description = "Documents of a Project"
    _inherit = "ticketing.document.mixin"

    def _get_ticket_domain(self, project):
        """Return the domain of the tickets that became tasks of a project, or for which its milestones wait."""
        return Domain("task_ids.project_id", "=", project.id) | Domain("milestone_id.project_id", "=", project.id)

    def _get_project_owners(self, project, plans):
        """Return {model: domain} of what belongs to a project, and to some of its billing plans."""
        of_project = [("project_id", "=", project.id)]
        tickets = self.env["ticketing.ticket"].sudo()._search(self._get_ticket_domain(project))  # only where to look
        return {
            "project.project": [("id", "=", project.id)],
            "project.task": of_project,
            "project.milestone": of_project,
            "ticketing.progress.plan": [("id", "in", plans.ids)],
            "ticketing.delivery.note": ["|", ("plan_id", "in", plans.ids), ("ticket_id", "in", tickets)],
            "account.move": [("progress_plan_id", "in", plans.ids)],
            "sale.order": [("id", "in", plans.sale_order_id.ids)],
            "ticketing.ticket": [("id", "in", tickets)],
        }
