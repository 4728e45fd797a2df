from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, ValidationError


class TicketingTicketProjectMixin(models.AbstractModel):
    """What a ticket has to do with projects: the task that it became, and the milestone that waits for it."""

    _name = "ticketing.ticket.project.mixin"
    _description = "Ticket: Task and Milestone"

    milestone_id = fields.Many2one(
        "project.milestone",
        index="btree_not_null",
        copy=False,
        tracking=True,
        domain="[('project_id.partner_id.commercial_partner_id', '=?', commercial_partner_id)]",
        help="It can be marked as reached once this ticket is solved.",
    )
    task_ids = fields.One2many("project.task", "ticket_id", copy=False, context={"active_test": False})
    # Stored, so that a form need not ask for the task of each ticket that has none.
    has_task = fields.Boolean("Became a Task", compute="_compute_has_task", store=True, precompute=True)

    @api.depends("task_ids")
    def _compute_has_task(self):
        for ticket in self:
            ticket.has_task = bool(ticket.task_ids)

    @api.constrains("milestone_id", "partner_id")
    def _check_milestone(self):
        """Only a milestone of the ticket's own customer waits for it: its name is read by him, too."""
        for ticket in self.filtered("milestone_id"):
            milestone = ticket.sudo().milestone_id  # whose it is, whoever may see the project
            customer = milestone.project_id.partner_id.commercial_partner_id
            if customer and ticket.commercial_partner_id and customer != ticket.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "The milestone %(milestone)s is of a project of %(customer)s, and the ticket %(ticket)s is not: choose "
                        "a milestone of the same customer, or none.",
                        milestone=milestone.name,
                        customer=customer.display_name,
                        ticket=ticket.display_name,
                    )
                )

    # Solved

    def _on_solved(self):
        super()._on_solved()
        self._tell_milestones()

    def _cancel_work(self):
        """A ticket that is given up holds nothing up, either."""
        super()._cancel_work()
        self._tell_milestones()

    def _tell_milestones(self):
        if milestones := self.milestone_id:
            milestones.sudo()._tell_solved()  # its manager is told, whoever solved the ticket

    # A task of its own

    def action_open_task_wizard(self):
        """Ask where the task is to be, or show the one that there is."""
        self.ensure_one()
        if self.has_task:
            return self.action_view_task()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_task_wizard_action")
        if self.env.context.get("default_makes_project"):
            action["name"] = self.env._("Make a Project")
        return {**action, "context": {**self.env.context, "default_ticket_id": self.id}}

    def action_view_task(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "project.task",
            "views": [(False, "form")],
            "res_id": self.task_ids[:1].id,
        }

    def _make_task(self, name, project, milestone):
        """Return the ticket's task, made as the user. The ticket is locked, and has none."""
        self.ensure_one()
        task = self.env["project.task"].create(self._prepare_task(name, project, milestone))
        if milestone and not self.milestone_id:
            self.milestone_id = milestone
        self._tell_of_task(task)
        return task

    def _prepare_task(self, name, project, milestone):
        """Return the values of the ticket's task; a bridge adds its own."""
        return {
            "name": name or self.name,
            "ticket_id": self.id,
            "project_id": project.id,
            "milestone_id": milestone.id,
            "partner_id": self.partner_id.id,
            "description": self.description,
        }

    def _tell_of_task(self, task):
        self.message_post(body=self.env._("The task %s was made of it.", task._get_html_link()))
        task.message_post_with_source(
            "mail.message_origin_link",
            render_values={"self": task, "origin": self},
            subtype_xmlid="mail.mt_note",
        )

    def _lock_for_task(self):
        """Have a second click wait for the first.

        :raises ConcurrencyError: another request is at it; Odoo tries this one again
        """
        self.check_access("write")
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise ConcurrencyError(f"{self} is being changed by another request") from error
        self.invalidate_recordset(["task_ids", "has_task"])
