from odoo import api, fields, models

from ..tools.progress import split


class TicketingProgressChangeMilestone(models.TransientModel):
    """When a change is paid for."""

    _name = "ticketing.progress.change.milestone"
    _description = "Milestone of a Change"
    _order = "sequence, id"

    change_id = fields.Many2one("ticketing.progress.change", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="change_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char("Milestone", required=True)
    percentage = fields.Float(digits=(16, 2))
    amount = fields.Monetary(compute="_compute_amount")
    deadline = fields.Date("Planned for")

    @api.depends(
        "percentage", "sequence", "change_id.amount", "change_id.direction", "change_id.milestone_ids.percentage"
    )
    def _compute_amount(self):
        for change in self.change_id:
            rows = change.milestone_ids
            shares = split(change._get_signed(), rows.mapped("percentage"), change.currency_id.rounding or 0.01)
            for row, share in zip(rows, shares, strict=True):
                row.amount = share
        for row in self.filtered(lambda row: not row.change_id):
            row.amount = 0.0

    def _prepare_milestone(self):
        return {"name": self.name, "percentage": self.percentage, "deadline": self.deadline}
