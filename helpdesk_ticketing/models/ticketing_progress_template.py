from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.progress import add, split


class TicketingProgressTemplate(models.Model):
    """How contracts of a kind are usually paid for: the milestones of a new billing plan, and its terms."""

    _name = "ticketing.progress.template"
    _description = "Template of Billing Plans"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for all companies.")
    method = fields.Selection(
        lambda self: self.env["ticketing.progress.plan"]._fields["method"]._description_selection(self.env),
        default="milestone",
        required=True,
    )
    completion_source = fields.Selection(
        lambda self: self.env["ticketing.progress.plan"]._fields["completion_source"]._description_selection(self.env),
        "Completion from",
        default="tasks",
        required=True,
    )
    acceptance = fields.Selection(
        lambda self: self.env["ticketing.progress.plan"]._fields["acceptance"]._description_selection(self.env),
        "Accepted by",
        default="both",
        required=True,
    )
    retention_percent = fields.Float("Retention (%)", digits=(16, 2))
    line_ids = fields.One2many("ticketing.progress.template.line", "template_id", "Milestones", copy=True)
    percent_sum = fields.Float("Sum (%)", digits=(16, 2), compute="_compute_percent_sum")

    _retention_range = models.Constraint(
        "CHECK (retention_percent >= 0 AND retention_percent <= 100)", "A retention is between 0 and 100 %."
    )

    @api.depends("line_ids.percentage")
    def _compute_percent_sum(self):
        for template in self:
            template.percent_sum = add(template.line_ids.mapped("percentage"), 0.01)

    @api.constrains("line_ids", "method")
    def _check_sum(self):
        for template in self.filtered(lambda template: template.method == "milestone" and template.line_ids):
            if template.percent_sum != 100:
                raise ValidationError(
                    self.env._(
                        "The milestones of %(template)s add up to %(sum).2f %% instead of 100.00 %%: correct their "
                        "percentages.",
                        template=template.name,
                        sum=template.percent_sum,
                    )
                )

    def _prepare_milestones(self, start, percent=100.0):
        """Return [values of a milestone].

        :param date start: from which the days of the lines count
        :param float percent: of the order line that they share out: less than 100 where a part is certified already
        """
        shares = split(percent, self.line_ids.mapped("percentage"), 0.01)
        return [
            {**line._prepare_milestone(start), "percentage": share}
            for line, share in zip(self.line_ids, shares, strict=True)
        ]
