from odoo import fields, models


class ProjectTask(models.Model):
    _name = "project.task"
    _inherit = ["project.task", "ticketing.document.mixin"]

    ticket_id = fields.Many2one(
        "ticketing.ticket", "Made of Ticket", copy=False, readonly=True, index="btree_not_null", ondelete="set null"
    )

    _ticket_unique = models.UniqueIndex("(ticket_id) WHERE ticket_id IS NOT NULL", "The ticket already has its task.")

    def _get_document_owners(self):
        return {**super()._get_document_owners(), "ticketing.ticket": [("id", "=", self.ticket_id.id)]}

    def action_view_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.ticket",
            "views": [(False, "form")],
            "res_id": self.ticket_id.id,
        }
