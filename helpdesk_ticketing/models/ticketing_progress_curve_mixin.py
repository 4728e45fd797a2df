from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date, formatLang

from ..tools.curve import Line, cumulate, draw
from ..tools.progress import add, get_share

DAYS_OF_MONTH = 30.4
MOST_STEPS = 120


class TicketingProgressCurveMixin(models.AbstractModel):
    """The curve of a plan: what was planned, certified and paid by when, as amounts without taxes."""

    _name = "ticketing.progress.curve.mixin"
    _description = "Billing Plan: Curve"

    curve = fields.Html(compute="_compute_curve", sanitize=False)

    @api.depends_context("lang", "tz")
    def _compute_curve(self):
        for plan in self:
            plan.curve = plan._origin._draw_curve() if plan._origin else False

    def _draw_curve(self):
        """Return the curve as markup, in the language of the environment; a sentence where there is nothing to draw yet.

        :raises AccessError: the user may not read the plan
        """
        self.ensure_one()
        self.check_access("read")
        plan = self.sudo()  # sums of certificates and payments, for who may read the plan
        lines = plan._get_curve_lines()
        if not any(line.points for line in lines):
            return Markup('<p class="text-muted mb-0">%s</p>') % plan._explain_no_curve()
        title = self.env._("Planned, certified and paid: %s", plan.name)
        today = fields.Date.context_today(self)
        svg = draw(
            plan.id,
            title,
            ". ".join(line.label for line in lines),
            lines,
            format_amount=plan._format_tick,
            format_day=lambda day: format_date(self.env, day),
            today=today,
            today_label=self.env._("Today"),
        )
        return Markup("<figure class='o_ticketing_curve mb-0'>%s%s</figure>") % (Markup(svg), plan._note_undated())  # noqa: S704  draw() escapes

    def _explain_no_curve(self):
        if self.method == "completion":
            return self.env._("Nothing is planned yet: give the project its first and its last day.")
        return self.env._("Nothing is planned yet: give the milestones their dates.")

    def _format_tick(self, amount, distance):
        places = next((places for places in range(3) if round(distance, places) == distance), 2)
        return formatLang(self.env, amount, digits=places)

    def _get_curve_lines(self):
        """Return the lines; where nothing is to be drawn, with a label only."""
        step = self.currency_id.rounding or 0.01
        today = fields.Date.context_today(self)
        planned, certified, paid = (
            cumulate(events, step)
            for events in (self._get_planned_events(), self._get_certified_events(), self._get_paid_events())
        )
        past = max([today, *(day for day, __ in certified + paid)])
        say = self.currency_id.format
        planned_sum, certified_sum, paid_sum = (
            points[-1][1] if points else 0.0 for points in (planned, certified, paid)
        )
        return [
            Line("planned", self._label_planned(say(planned_sum)), planned, None),
            Line("certified", self.env._("Certified: %s", say(certified_sum)), certified, past),
            Line("paid", self.env._("Paid: %s", say(paid_sum)), paid, past),
        ]

    def _label_planned(self, amount):
        if self.method == "completion":
            return self.env._("Planned, evenly: %s", amount)
        return self.env._("Planned: %s", amount)

    def _note_undated(self):
        undated = self.milestone_ids.filtered(lambda milestone: not milestone.deadline)
        if self.method == "completion" or not undated:
            return ""
        amount = add(undated.mapped("amount"), self.currency_id.rounding or 0.01)
        text = self.env._("Without a planned date: %s", self.currency_id.format(amount))
        return Markup("<figcaption class='small text-muted'>%s</figcaption>") % text

    def _get_planned_events(self):
        """Return [(day, amount)] of the milestones; without these the contract, evenly from the project's start to its end."""
        if self.method == "milestone":
            return [(milestone.deadline, milestone.amount) for milestone in self.milestone_ids if milestone.deadline]
        start, end = self.project_id.date_start, self.project_id.date
        if not start or not end or end <= start:
            return []
        days = (end - start).days
        steps = min(max(round(days / DAYS_OF_MONTH / self.cadence_months), 1), MOST_STEPS, days)
        step = self.currency_id.rounding or 0.01
        shares = [get_share(self.total_amount, 100.0 * number / steps, step) for number in range(steps + 1)]
        return [
            (start + (end - start) * number / steps, add([shares[number], -shares[number - 1]], step))
            for number in range(1, steps + 1)
        ]

    def _get_certified_events(self):
        notes = self.certificate_ids.filtered("is_certified")
        return [(note._get_accepted_on(), note.period_amount) for note in notes if note._get_accepted_on()]

    # What was paid

    def _get_paid_events(self):
        """Return [(day, amount without taxes)] of what was paid or settled, each as its part of the invoice."""
        invoices = self.invoice_ids.filtered(lambda move: move.state == "posted" and move.amount_total)
        if not invoices:
            return []
        partials = self.env["account.partial.reconcile"].search(
            ["|", ("debit_move_id.move_id", "in", invoices.ids), ("credit_move_id.move_id", "in", invoices.ids)]
        )
        events = []
        for partial in partials:
            debit, credit = partial.debit_move_id, partial.credit_move_id
            for own, other, amount in (
                (debit, credit, partial.debit_amount_currency),
                (credit, debit, -partial.credit_amount_currency),
            ):
                if own.move_id in invoices and own.account_type == "asset_receivable":
                    share = amount * own.move_id.amount_untaxed / own.move_id.amount_total
                    events.append((max(other.date, own.date) if other.move_id in invoices else other.date, share))
        return events
