from odoo import api, fields, models
from odoo.tools import SQL


class TicketingContractPeriod(models.Model):
    """The account of a contract's allowance in one period.

    Whoever uses included hours locks its row, counts what is used, and writes the sum: of two who want the last hour at
    once, the second one waits for the first, and finds that the row has changed; Odoo then tries his request again.
    """

    _name = "ticketing.contract.period"
    _description = "Contract Period"
    _order = "contract_id, date_from"

    contract_id = fields.Many2one("ticketing.contract", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id")
    date_from = fields.Date("From", required=True, readonly=True)
    date_to = fields.Date("To", readonly=True)
    used_minutes = fields.Integer(readonly=True)
    used_hours = fields.Float("Used", compute="_compute_used_hours")

    _once = models.UniqueIndex("(contract_id, date_from)")

    @api.depends("used_minutes")
    def _compute_used_hours(self):
        for period in self:
            period.used_hours = period.used_minutes / 60

    @api.model
    def _open(self, days, lines):
        """Lock the accounts for work of some days.

        :param days: {ticketing.contract: days of the work that is decided}
        :param lines: account.analytic.line that are decided: their own use does not count
        :return: {ticketing.contract: Allowance}
        """
        self.env.flush_all()
        # the first period is opened by everybody: of two who know nothing of each other's rows, one has to repeat
        days = {contract: {contract.date_start, *wanted} for contract, wanted in days.items()}
        periods = {(contract.id, *contract._get_period(day)[1:]) for contract, wanted in days.items() for day in wanted}
        self._lock([contract.id for contract in days], sorted(periods, key=lambda period: period[:2]))
        used = self._count(days, lines)
        contracts = self.env["ticketing.contract"].union(*days)
        return {contract: contract._get_allowance(used.get(contract.id, {})) for contract in contracts}

    def _lock(self, contracts, periods):
        rows = SQL(", ").join(
            SQL("(%s, %s::date, %s::date, 0)", contract, first, last or None) for contract, first, last in periods
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO ticketing_contract_period (contract_id, date_from, date_to, used_minutes) VALUES %s "
                "ON CONFLICT (contract_id, date_from) DO NOTHING",
                rows,
            )
        )
        # all periods of a contract: what is carried over makes them depend on each other
        self.env.cr.execute(
            "SELECT id FROM ticketing_contract_period WHERE contract_id = ANY(%s) ORDER BY id FOR UPDATE", [contracts]
        )
        self.invalidate_model()

    def _count(self, contracts, lines):
        """Return {contract id: {number of the period: minutes used by other lines}}."""
        rows = self.env.execute_query(
            SQL(
                "SELECT cover_contract_id, date, sum(greatest(round(unit_amount * 60), 1))::int "
                "  FROM account_analytic_line "
                " WHERE cover_contract_id = ANY(%s) AND cover_kind = 'contract' AND unit_amount > 0 AND id != ALL(%s) "
                " GROUP BY 1, 2",
                [contract.id for contract in contracts],
                lines.ids,
            )
        )
        by_id = {contract.id: contract for contract in contracts}
        used = {}
        for contract_id, day, minutes in rows:
            periods = used.setdefault(contract_id, {})
            number = by_id[contract_id]._get_period(day)[0]
            periods[number] = periods.get(number, 0) + minutes
        return used

    @api.model
    def _close(self, allowances):
        """Write what is used by now; every locked row is written, so that who waits for it counts again."""
        rows = []
        for contract, allowance in allowances.items():
            for period in contract.period_ids:
                number = contract._get_period(period.date_from)[0]
                rows.append(SQL("(%s, %s)", period.id, allowance.used.get(number, 0)))
        self.env.cr.execute(
            SQL(
                "UPDATE ticketing_contract_period period SET used_minutes = sums.used "
                "FROM (VALUES %s) AS sums (id, used) WHERE period.id = sums.id",
                SQL(", ").join(rows),
            )
        )
        self.invalidate_model()

    @api.model
    def _rebuild(self, contracts):
        """Make the accounts anew when the periods of contracts have changed, from the work that used them.

        Whoever uses hours meanwhile collides with this, even if nothing was used before.
        """
        contracts.period_ids.unlink()
        used = self.env["account.analytic.line"]._read_group(
            [("cover_contract_id", "in", contracts.ids), ("cover_kind", "=", "contract")],
            ["cover_contract_id", "date:day"],
        )
        days = {contract: set() for contract in contracts if contract._is_counted()}
        for contract, day in used:
            days.setdefault(contract, set()).add(day)
        if days:
            self._close(self._open(days, self.env["account.analytic.line"]))
