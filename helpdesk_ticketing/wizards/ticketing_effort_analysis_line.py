from odoo import fields, models

VERDICTS = [
    ("few", "Too few answers"),
    ("unclear", "No link to be seen"),
    ("weak", "A weak link"),
    ("clear", "A clear link"),
]


class TicketingEffortAnalysisLine(models.TransientModel):
    """One measure, beside what customers said."""

    _name = "ticketing.effort.analysis.line"
    _description = "Measure beside Scores"

    analysis_id = fields.Many2one("ticketing.effort.analysis", required=True, ondelete="cascade", index=True)
    measure = fields.Selection(
        [
            ("contacts", "Contacts"),
            ("channel_switches", "Channel Switches"),
            ("agents", "People Involved"),
            ("handovers", "Handovers"),
            ("reopenings", "Reopenings"),
            ("repeats_7", "Repeats in 7 Days"),
            ("repeats_30", "Repeats in 30 Days"),
            ("waiting_share", "Waiting (%)"),
        ],
        readonly=True,
    )
    happy = fields.Float("Mean, Happy", readonly=True, digits=(16, 2))
    neutral = fields.Float("Mean, Neutral", readonly=True, digits=(16, 2))
    unhappy = fields.Float("Mean, Unhappy", readonly=True, digits=(16, 2))
    coefficient = fields.Float(
        "With Satisfaction",
        readonly=True,
        digits=(16, 2),
        help="Spearman's rank correlation, from -1 to 1. Below zero: the more of it, the lower the score.",
    )
    count = fields.Integer("Answers", readonly=True)
    verdict = fields.Selection(
        VERDICTS,
        "What it Says",
        readonly=True,
        help="A link counts when there are 30 answers at least and the 95 % interval of the coefficient does not hold "
        "zero; from 0.3 on it is clear. That things go together does not say which of them is the cause.",
    )
    effort_coefficient = fields.Float("With Effort Score", readonly=True, digits=(16, 2))
    effort_count = fields.Integer("Scores", readonly=True)
    effort_verdict = fields.Selection(VERDICTS, "What that Says", readonly=True)
