from odoo import fields, models
from odoo.tools import date_utils


class TicketingProgressTemplateLine(models.Model):
    """A milestone as a template plans it."""

    _name = "ticketing.progress.template.line"
    _description = "Milestone of a Template of Billing Plans"
    _order = "sequence, id"

    template_id = fields.Many2one("ticketing.progress.template", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char("Milestone", required=True, translate=True)
    percentage = fields.Float(digits=(16, 2), required=True)
    days = fields.Integer(
        "Days after Start", help="When it is planned to be reached, counted from the start of the works."
    )

    _percent_range = models.Constraint(
        "CHECK (percentage >= 0 AND percentage <= 100)", "The percentage of a milestone is between 0 and 100."
    )

    def _prepare_milestone(self, start):
        return {"name": self.name, "deadline": date_utils.add(start, days=self.days), "sequence": self.sequence}

    def _prepare_wizard_row(self):
        return {"name": self.name, "percentage": self.percentage, "sequence": self.sequence, "days": self.days}
