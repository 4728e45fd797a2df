from odoo import api, fields, models
from odoo.tools import date_utils

from ..tools.progress import split


class TicketingProgressWizardMilestone(models.TransientModel):
    """A milestone as the plan will have it."""

    _name = "ticketing.progress.wizard.milestone"
    _description = "Milestone of a New Billing Plan"
    _order = "sequence, id"

    wizard_id = fields.Many2one("ticketing.progress.wizard", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char("Milestone", required=True)
    percentage = fields.Float(digits=(16, 2))
    amount = fields.Monetary(compute="_compute_amount")
    days = fields.Integer("Days after Start")
    deadline = fields.Date("Planned for", compute="_compute_deadline", store=True, readonly=False)
    payer = fields.Selection(
        lambda self: self.env["ticketing.progress.wizard"]._get_plan_selection("payer"),
        "Paid by",
        help="Empty: as the plan.",
    )

    @api.depends("percentage", "sequence", "wizard_id.amount", "wizard_id.milestone_ids.percentage")
    def _compute_amount(self):
        for wizard in self.wizard_id:
            rows = wizard.milestone_ids
            shares = split(wizard.amount, rows.mapped("percentage"), wizard.currency_id.rounding or 0.01)
            for row, share in zip(rows, shares, strict=True):
                row.amount = share
        for row in self.filtered(lambda row: not row.wizard_id):
            row.amount = 0.0

    @api.depends("wizard_id.date_start", "days")
    def _compute_deadline(self):
        for row in self:
            start = row.wizard_id.date_start
            row.deadline = start and date_utils.add(start, days=row.days)

    def _prepare_milestone(self):
        values = {"name": self.name, "percentage": self.percentage, "deadline": self.deadline}
        return {**values, "payer": self.payer} if self.payer else values
