from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import groupby

from ..tools.coverage import say_minutes


class TicketingContractStatement(models.TransientModel):
    """Asks for which days, and offers the statement as a document or a spreadsheet."""

    _name = "ticketing.contract.statement"
    _description = "Statement of Use"

    contract_id = fields.Many2one("ticketing.contract", required=True, readonly=True, ondelete="cascade")
    date_from = fields.Date(
        "From", required=True, compute="_compute_dates", store=True, readonly=False, precompute=True
    )
    date_to = fields.Date("To", required=True, compute="_compute_dates", store=True, readonly=False, precompute=True)

    _dates_in_order = models.Constraint("CHECK (date_from <= date_to)", "A statement can't end before it starts.")

    @api.depends("contract_id")
    def _compute_dates(self):
        for statement in self:
            today = (statement.contract_id.company_id or self.env.company)._get_ticketing_today()
            statement.date_from = statement.contract_id.date_start
            statement.date_to = max(today, statement.date_from or today)

    @api.depends("contract_id")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = statement._get_report_name()

    def action_print(self):
        self.contract_id._check_statement()
        return self.env.ref("helpdesk_ticketing.contract_statement_report").report_action(self)

    def action_export(self):
        self.ensure_one()
        self.contract_id._check_statement()
        if not self.env.user.has_group("base.group_allow_export"):
            raise ValidationError(self.env._("You may not export data: ask an administrator."))
        return {"type": "ir.actions.act_url", "url": f"/ticketing/contract/statement/{self.id}", "target": "self"}

    # For the document

    def _get_entries(self):
        self.ensure_one()
        return self.contract_id._get_statement(self.date_from, self.date_to)

    def _say_minutes(self, minutes):
        return say_minutes(minutes)

    def _say_hours(self, entries):
        return say_minutes(sum(entry.minutes for entry in entries))

    def _get_months(self):
        """Return the entries month by month: each begins with its own heads, which no renderer repeats for us."""
        return [
            list(entries) for __, entries in groupby(self._get_entries(), lambda entry: entry.line.date.replace(day=1))
        ]

    def _get_report_name(self):
        """Return its name in the customer's language, in which it is written."""
        self.ensure_one()
        statement = self.with_context(lang=self.contract_id.partner_id.lang or self.env.lang)
        return statement.env._("Statement %s", self.contract_id.number)
