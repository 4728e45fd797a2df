from odoo import api, fields, models
from odoo.exceptions import ValidationError

PROGRESS_KINDS = ("progress", "deposit")
# Not in the content of other notes: what was signed before keeps its hash.
CONTENT_FIELDS = ("amount_total", "amount_before", "amount", "percent_to_date", "retention_amount")


class TicketingCertificateLine(models.Model):
    """A line of a certificate: what is completed of a milestone or of an order line, or what is deducted of a deposit."""

    _inherit = "ticketing.delivery.note.line"

    kind = fields.Selection(
        selection_add=[("progress", "Progress"), ("deposit", "Deposit")],
        ondelete={"progress": "cascade", "deposit": "cascade"},
    )
    milestone_id = fields.Many2one("project.milestone", index="btree_not_null", ondelete="restrict")
    payer = fields.Selection(related="note_id.payer", store=True)
    amount_total = fields.Monetary("Contract", help="Of the milestone or the order line; of a deposit, what was paid.")
    amount_before = fields.Monetary("Before")
    amount = fields.Monetary("This Period")
    amount_to_date = fields.Monetary("To Date", compute="_compute_amount_to_date")
    percent_to_date = fields.Float("Completed (%)", digits=(16, 2))
    retention_amount = fields.Monetary("Retention")

    _milestone_index = models.Index("(milestone_id, note_id) WHERE milestone_id IS NOT NULL")

    @api.depends("amount_before", "amount")
    def _compute_amount_to_date(self):
        for line in self:
            line.amount_to_date = line.amount_before + line.amount

    @api.constrains("quantity")
    def _check_quantity(self):
        """What is given back of a certificate is negative; nothing else is."""
        return super(
            TicketingCertificateLine, self.filtered(lambda line: line.kind not in PROGRESS_KINDS)
        )._check_quantity()

    @api.constrains("amount", "amount_before", "amount_total")
    def _check_not_above(self):
        """Never more than the contract and its changes, whatever was certified before."""
        for line in self.filtered(lambda line: line.kind == "progress"):
            to_date, total = line.amount_before + line.amount, line.amount_total
            if line.currency_id.compare_amounts(abs(to_date), abs(total)) > 0:
                raise ValidationError(
                    self.env._(
                        "%(name)s: %(amount)s would be certified of %(total)s.",
                        name=line.name,
                        amount=line.currency_id.format(to_date),
                        total=line.currency_id.format(total),
                    )
                )

    def _content(self):
        content = super()._content()
        if self.kind in PROGRESS_KINDS:
            content |= {"milestone": self.milestone_id.id, **{name: f"{self[name]:.6f}" for name in CONTENT_FIELDS}}
        return content
