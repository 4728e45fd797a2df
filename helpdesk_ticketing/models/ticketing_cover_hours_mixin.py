from odoo import api, fields, models
from odoo.tools import format_duration

from ..tools.coverage import to_minutes

# What decides on coverage, and what the two rows of one entry have in common.
COVER_TRIGGERS = {"unit_amount", "date", "ticket_id", "covered", "cover_reason", "cover_kind"}
SHARED_FIELDS = {"name", "date", "employee_id", "user_id", "ticket_id", "project_id", "task_id"}


class TicketingCoverHoursMixin(models.AbstractModel):
    """Hours of a ticket: covered or billed.

    An entry that is longer than what is left of the contract's hours becomes two rows, one covered and one billed. They
    stay one entry: whatever is changed on one of them, both are decided again, and are one row again if all fits.
    """

    _name = "ticketing.cover.hours.mixin"
    _description = "Hours: Covered or Billed"
    _inherit = ["ticketing.cover.line.mixin"]

    split_id = fields.Many2one(
        "account.analytic.line", "Split from", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )

    def _get_work_name(self):
        return f"{format_duration(self.unit_amount)} h, {self.name}"

    @api.model
    def _get_open_domain(self):
        """Hours that nobody has before him to sign, and that no request bills."""
        return [
            ("ticket_id", "!=", False),
            ("billing_request_id", "=", False),
            "|",
            ("note_id", "=", False),
            ("note_id.state", "not in", ("ready", "signed")),
        ]

    def _filter_open(self):
        return self.filtered(
            lambda line: (
                line.ticket_id and not line.billing_request_id and line.note_id.state not in ("ready", "signed")
            )
        )

    # Entries of one row, or of two

    def _get_entries(self):
        """Return the rows of each entry that can be decided: those of this recordset come first in theirs."""
        roots = self.split_id | self.filtered(lambda line: not line.split_id)
        others = self.search([("split_id", "in", roots.ids)]) | roots
        entries = {}
        for line in [*self, *(others - self)]:
            entries.setdefault(line.split_id or line, []).append(line.id)
        found = [
            self.browse(ids)._filter_open().filtered(lambda line: not line._is_by_hand()) for ids in entries.values()
        ]
        return sorted(filter(None, found), key=lambda entry: (entry[0].date, min(entry.ids)))

    def _leave_entry(self):
        """What is decided by hand is no part of an entry any more."""
        for others in (self.search([("split_id", "in", self.ids)]) - self).grouped("split_id").values():
            others[0].split_id = False
            others[1:].split_id = others[0]
        self.filtered("split_id").split_id = False

    def _follow_entry(self, vals):
        """Change what the rows of an entry have in common on the others, too."""
        shared = {name: vals[name] for name in SHARED_FIELDS & vals.keys()}
        if not shared or not self.env["ticketing.contract"]._decides_coverage():
            return
        lines = self._as_deciding()
        for entry in lines._get_entries():
            if others := entry - lines:
                others.write(dict(shared))

    # Deciding

    def _get_used_contracts(self):
        """Return the contracts whose included hours these rows use."""
        used = self.sudo().filtered(lambda line: line.cover_kind == "contract").cover_contract_id
        return used.filtered(lambda contract: contract._is_counted())

    def _decide_coverage(self, freed=None):
        """Decide again what contract and warranty say of these hours, where nobody has them before him to sign.

        Who recorded first, has first what is included. What becomes free goes to hours that came too late for it.

        :param freed: contracts that others have used less of, by now
        """
        if self.env["ticketing.contract"]._decides_coverage():
            lines = self._as_deciding()
            lines._apply(lines._plan(freed))

    def _get_first(self):
        """Return the row that speaks for its entry; unlike ``self[0]`` it is read together with all others."""
        return next(iter(self))

    def _plan(self, freed=None):
        """Decide, and account for what is used of the contracts: the queries are the same for any number of lines.

        :return: [(rows of an entry, values of the rows that it should have)]
        """
        freed = self._get_used_contracts() | (freed or self.env["ticketing.contract"]).sudo()
        entries = self._get_entries()
        if freed:
            entries += self._get_waiting(freed)._get_entries()
        rows = self.browse().union(*entries)
        entries = [entry.with_prefetch(rows.ids) for entry in entries]  # read all at once, not entry by entry
        warranties = rows.ticket_id._get_warranties()
        judged = [(entry, *entry._judge(warranties)) for entry in entries]
        shares = rows._share(judged, freed)
        return [
            (entry, entry._prepare_rows(kind, contract, shares, warranties.get(entry.ticket_id)))
            for entry, kind, contract in judged
        ]

    def _get_waiting(self, contracts):
        """Return the rows that are billed because nothing was left, without those of this recordset's entries."""
        found = self.search(
            [*self._get_open_domain(), ("cover_contract_id", "in", contracts.ids), ("cover_kind", "=", "exhausted")]
        )
        mine = self | self.split_id
        return found.filtered(lambda line: line not in mine and line.split_id not in mine)

    def _judge(self, warranties):
        """Return (kind of coverage, contract) of an entry."""
        line = self._get_first()
        ticket = line.ticket_id
        contract = ticket.contract_id
        if ticket in warranties and ticket._warranty_covers_labour():
            return "warranty", contract
        return contract and contract._judge_hours(line.date, ticket.cause_id) or False, contract

    def _share(self, judged, freed):
        """Take the hours of entries from what their contracts have left.

        :param judged: [(entry, kind, contract)]
        :param freed: contracts whose accounts have to be brought up to date, besides
        :return: {first row of an entry: covered minutes}
        """
        days = {}
        for entry, kind, contract in judged:
            if kind == "allowance":
                days.setdefault(contract, set()).add(entry._get_first().date)
        for contract in freed:
            days.setdefault(contract, set()).update(contract.period_ids.mapped("date_from"))
        days = {contract: wanted for contract, wanted in days.items() if wanted}
        if not days:
            return {}
        periods = self.env["ticketing.contract.period"]
        allowances = periods._open(days, self)
        covered = {}
        for entry, kind, contract in judged:
            if kind == "allowance":
                number = contract._get_period(entry._get_first().date)[0]
                covered[entry._get_first()] = allowances[contract].take(
                    number, to_minutes(sum(entry.mapped("unit_amount")))
                )
        periods._close(allowances)
        return covered

    def _prepare_rows(self, kind, contract, shares, warranty):
        """Return the values of the rows that an entry should have."""
        parts = self._get_parts(kind, shares)
        decisions = [
            {**self._get_first()._get_decision(kind, contract, self._get_first().date, warranty), "unit_amount": hours}
            for hours, kind in parts
        ]
        if len(self) == len(parts) == 1:
            del decisions[0]["unit_amount"]
        return decisions

    def _apply(self, plan):
        """Write what was decided, with one row less or more where an entry needs it."""
        decisions = {}
        gone = self.browse()
        for entry, wanted in plan:
            rows = entry._assign_rows(len(wanted))
            gone |= entry - self.browse().union(*filter(None, rows))
            for row, values in zip(rows, wanted, strict=True):
                if row:
                    decisions[row] = values
                else:
                    entry._get_first()._add_row(values)
        if gone:
            gone._leave_entry()
            gone.unlink()
        self._write_decisions(decisions)

    def _get_parts(self, kind, shares):
        """Return the rows that an entry should have: [(hours, kind)]."""
        hours = sum(self.mapped("unit_amount"))
        if kind != "allowance":
            return [(hours, kind)]
        covered = shares[self._get_first()]
        if covered >= to_minutes(hours):
            return [(hours, "contract")]
        if not covered:
            return [(hours, "exhausted")]
        return [(covered / 60, "contract"), (hours - covered / 60, "exhausted")]

    def _assign_rows(self, count):
        """Return which rows an entry keeps, None for one that it lacks: those that were changed are the first ones."""
        if count == 1:
            return [self[0]]
        if len(self) == 1:
            return [self, None]
        covered = self.filtered("covered")[:1] or self[:1]
        return [covered, (self - covered)[:1]]

    def _add_row(self, values):
        self.ensure_one()
        line = self.ticket_id._get_labour_line(values["covered"])
        same = {"ticket_id": self.ticket_id.id, "split_id": (self.split_id or self).id, "so_line": line.id}
        return self.create(self.copy_data({**same, **values}))
