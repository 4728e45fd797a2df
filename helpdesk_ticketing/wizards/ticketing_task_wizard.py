from odoo import api, fields, models
from odoo.exceptions import UserError


class TicketingTaskWizard(models.TransientModel):
    """Asks in which project a ticket becomes a task, or what the project is called that is made of it."""

    _name = "ticketing.task.wizard"
    _description = "Make a Task or a Project of a Ticket"

    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True)
    partner_id = fields.Many2one(related="ticket_id.commercial_partner_id")
    makes_project = fields.Boolean("In a New Project")
    name = fields.Char("Task", compute="_compute_from_ticket", store=True, readonly=False, precompute=True)
    project_name = fields.Char(
        "Project's Name", compute="_compute_from_ticket", store=True, readonly=False, precompute=True
    )
    project_id = fields.Many2one(
        "project.project",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('is_template', '=', False), ('partner_id.commercial_partner_id', 'in', (False, partner_id))]",
    )
    milestone_id = fields.Many2one(
        "project.milestone",
        compute="_compute_milestone_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('project_id', '=', project_id)]",
        help="It waits for this ticket: it can be marked as reached once the ticket is solved.",
    )

    @api.depends("ticket_id")
    def _compute_from_ticket(self):
        for wizard in self:
            ticket = wizard.ticket_id
            wizard.name = ticket.name
            wizard.project_name = ticket.name
            wizard.project_id = ticket.milestone_id.project_id or wizard._find_project()

    def _find_project(self):
        """Return the customer's project, if there is but one."""
        customer = self.ticket_id.commercial_partner_id
        projects = self.env["project.project"]
        if customer and projects.has_access("read"):
            domain = [("partner_id.commercial_partner_id", "=", customer.id), ("is_template", "=", False)]
            projects = projects.search(domain, limit=2)
        return projects if len(projects) == 1 else projects.browse()

    @api.depends("project_id", "makes_project")
    def _compute_milestone_id(self):
        for wizard in self:
            own = wizard.ticket_id.milestone_id
            fits = not wizard.makes_project and own.project_id == wizard.project_id
            wizard.milestone_id = own if fits else False

    def action_confirm(self):
        """Make the task, and its project before; a second click shows what the first has made."""
        self.ensure_one()
        ticket = self.ticket_id
        ticket._lock_for_task()
        if not ticket.task_ids:
            project = self._make_project() if self.makes_project else self._get_project()
            milestone = self.milestone_id.filtered(lambda milestone: milestone.project_id == project)
            ticket._make_task(self.name, project, milestone)
        return ticket.action_view_task()

    def _get_project(self):
        if not self.project_id:
            raise UserError(
                self.env._("Choose the project in which the task is to be, or make a project of the ticket.")
            )
        return self.project_id

    def _make_project(self):
        """Return a new project of the ticket's customer, made as the user."""
        return self.env["project.project"].create(
            {
                "name": self.project_name or self.ticket_id.name,
                "partner_id": self.ticket_id.partner_id.id,
                "company_id": self.ticket_id.company_id.id,
                "allow_billable": True,
                "allow_milestones": True,
            }
        )
