from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from .ticketing_contract_overlap_mixin import SCOPE_FIELDS

# What is covered: if it changes, unsigned work is decided anew.
COVER_FIELDS = SCOPE_FIELDS | {
    "covers_labour",
    "allowance",
    "included_hours",
    "carry_over",
    "discount",
    "material_cover",
    "material_ids",
    "excluded_cause_ids",
    "topup_ids",
    "renewal_months",
    "renewal_count",
}


class Scope(NamedTuple):
    """Whose tickets a contract is for: no records, so that it is kept for all users and a ticket asks nothing."""

    id: int
    company_id: int
    since: date
    until: date | bool
    team_ids: frozenset
    product_ids: frozenset
    lot_ids: frozenset

    def get_rank(self, ticket, day):
        """Return how closely the contract fits a ticket reported on a day: comparable, None if it does not.

        Equipment counts more than the team; of equal ones the later contract is taken.
        """
        if self.company_id != ticket.company_id.id or (self.team_ids and ticket.team_id.id not in self.team_ids):
            return None
        return self.get_unit_rank(ticket.lot_id.id, ticket.product_id.id, day)

    def get_unit_rank(self, lot_id, product_id, day):
        """Return how closely the contract fits a unit on a day, whichever team asks: as ``get_rank``."""
        equipment = 2 * (lot_id in self.lot_ids) or int(product_id in self.product_ids)
        if (
            day < self.since
            or (self.until and day > self.until)
            or ((self.lot_ids or self.product_ids) and not equipment)
        ):
            return None
        return equipment, bool(self.team_ids), self.since, self.id


class TicketingContract(models.Model):
    """Support contract: for whom, from when until when, what is covered and what is billed."""

    _name = "ticketing.contract"
    _description = "Support Contract"
    _inherit = [
        "ticketing.contract.cover.mixin",
        "ticketing.contract.term.mixin",
        "ticketing.contract.overlap.mixin",
        "ticketing.contract.statement.mixin",
        "ticketing.margin.mixin",
        "ticketing.billing.policy.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_start desc, id desc"
    _billed_by = "ticket_id.contract_id"
    _rec_names_search = ["number", "name", "partner_id"]
    _check_company_auto = True
    _margin_field = "contract_id"

    number = fields.Char(default="/", readonly=True, copy=False, index="trigram")
    name = fields.Char("Title", required=True, tracking=True)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Is reminded before the end.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        domain=[("parent_id", "=", False)],
        help="The contract is for the whole group: all contacts and subsidiaries.",
    )
    confirmed = fields.Boolean(readonly=True, copy=False)
    cancelled_on = fields.Date(
        readonly=True, copy=False, tracking=True, help="Work of later days is not covered any more."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("expired", "Expired"), ("cancelled", "Cancelled")],
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )

    # Which tickets it is for
    # None of these can be deleted: without the last one the contract would be for everything.
    team_ids = fields.Many2many(
        "ticketing.team", string="Teams", check_company=True, ondelete="restrict", help="Empty: every team."
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Equipment",
        ondelete="restrict",
        help="Only for tickets about these products. Empty: all.",
    )
    lot_ids = fields.Many2many(
        "stock.lot",
        string="Serial Numbers",
        check_company=True,
        ondelete="restrict",
        help="Only for tickets about these units, or about the equipment above. Empty: all.",
    )
    sla_policy_ids = fields.Many2many(
        "ticketing.sla.policy",
        "ticketing_contract_sla_policy_rel",
        "contract_id",
        "policy_id",
        string="SLA Policies",
        help="What is promised under this contract, besides the policies that hold for everybody.",
    )
    contact_ids = fields.Many2many(
        "res.partner",
        "ticketing_contract_contact_rel",
        "contract_id",
        "partner_id",
        string="Named Contacts",
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="Who may ask for service under this contract.",
    )
    document_ids = fields.Many2many(
        "ir.attachment", string="Documents", bypass_search_access=True, help="The signed contract and its annexes."
    )
    description = fields.Html("Notes")
    ticket_ids = fields.One2many("ticketing.ticket", "contract_id", string="Tickets")
    ticket_count = fields.Integer("Number of Tickets", compute="_compute_ticket_count")

    _number_unique = models.UniqueIndex("(company_id, number) WHERE number != '/'", "This number is already taken.")
    _dates_in_order = models.Constraint(
        "CHECK (date_start <= date_end)", "A contract can't end before it starts: correct its dates."
    )

    @api.depends("confirmed", "cancelled_on", "date_end")
    def _compute_state(self):
        for contract in self:
            today = (contract.company_id or self.env.company)._get_ticketing_today()
            if contract.cancelled_on:
                contract.state = "cancelled"
            elif not contract.confirmed:
                contract.state = "draft"
            else:
                contract.state = "expired" if contract.date_end and contract.date_end < today else "active"

    @api.depends("number", "name")
    def _compute_display_name(self):
        for contract in self:
            parts = (contract.number if contract.number != "/" else "", contract.name)
            contract.display_name = " ".join(filter(None, parts))

    @api.depends("ticket_ids")
    def _compute_ticket_count(self):
        counts = dict(
            self.env["ticketing.ticket"]._read_group([("contract_id", "in", self.ids)], ["contract_id"], ["__count"])
        )
        for contract in self:
            contract.ticket_count = counts.get(contract, 0)

    @api.constrains("partner_id", "contact_ids")
    def _check_contacts(self):
        for contract in self:
            group = contract.partner_id.commercial_partner_id
            for contact in contract.contact_ids:
                if group not in contact._get_group():
                    raise ValidationError(
                        self.env._(
                            "%(contact)s does not belong to %(customer)s: only the customer's own people are named.",
                            contact=contact.display_name,
                            customer=contract.partner_id.display_name,
                        )
                    )

    @api.constrains("document_ids")
    def _adopt_documents(self):
        """What the form of a new contract uploaded becomes the contract's."""
        for contract in self:
            contract.document_ids._adopt(contract)

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        for contract in contracts.filtered(lambda contract: contract.number == "/"):
            contract.number = contract.company_id._next_contract_number()
        contracts._on_changed(COVER_FIELDS)
        return contracts

    def write(self, vals):
        result = super().write(vals)
        self._on_changed(vals.keys())
        return result

    def _on_changed(self, names):
        """Bring what depends on the contract up to date: tickets without signature, and what policies know of it."""
        if SCOPE_FIELDS.isdisjoint(names) and COVER_FIELDS.isdisjoint(names) and "sla_policy_ids" not in names:
            return
        self.env.registry.clear_cache("stable")
        confirmed = self.filtered("confirmed")
        if not confirmed:
            return
        if not SCOPE_FIELDS.isdisjoint(names):
            confirmed._rematch_tickets()
        if not COVER_FIELDS.isdisjoint(names):
            confirmed._decide_anew()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        if confirmed := self.filtered("confirmed"):
            raise UserError(
                self.env._(
                    "%s is in force or was: cancel it instead, so that what was decided by it can be explained.",
                    ", ".join(confirmed.mapped("display_name")),
                )
            )

    def unlink(self):
        self.env.registry.clear_cache("stable")
        return super().unlink()

    # Steps

    def action_confirm(self):
        self.check_access("write")
        for contract in self:
            if contract.state != "draft":
                raise UserError(self.env._("%s is confirmed already.", contract.display_name))
        self.write({"confirmed": True})

    def action_cancel(self):
        """End the contract today; what was done until then stays covered."""
        self.check_access("write")
        for company, contracts in self.grouped("company_id").items():
            contracts.write({"cancelled_on": company._get_ticketing_today()})

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
        return {
            **action,
            "domain": [("contract_id", "=", self.id)],
            "context": {"default_partner_id": self.partner_id.id, "default_contract_id": self.id},
        }

    # Matching

    @api.model
    @ormcache(cache="stable")
    def _get_scopes(self):
        """Return {customer: its contracts}, ended ones too: late entries belong to them."""
        scopes = {}
        contracts = self.sudo().search([("confirmed", "=", True)])  # the same for whoever asks
        for contract in contracts:
            scope = Scope(
                id=contract.id,
                company_id=contract.company_id.id,
                since=contract.date_start,
                until=contract._get_last_day(),
                team_ids=frozenset(contract.team_ids.ids),
                product_ids=frozenset(contract.product_ids.ids),
                lot_ids=frozenset(contract.lot_ids.ids),
            )
            scopes.setdefault(contract.partner_id.commercial_partner_id.id, []).append(scope)
        return scopes

    @api.model
    @ormcache(cache="stable")
    def _get_starts(self):
        """Return {contract: its first day}."""
        return {scope.id: scope.since for scopes in self._get_scopes().values() for scope in scopes}

    def _get_last_day(self):
        """Return the last day on which work is covered, False without an end."""
        self.ensure_one()
        days = [day for day in (self.date_end, self.cancelled_on) if day]
        return min(days) if days else False

    def _rematch_tickets(self):
        """Match the open tickets again that have one of these contracts, or none and could have one."""
        tickets = self.env["ticketing.ticket"].sudo()  # who may write contracts may not see all tickets
        groups = self.partner_id.commercial_partner_id
        found = tickets.search(
            [
                ("stage_kind", "not in", ("closed", "cancelled")),
                ("company_id", "in", self.company_id.ids),
                ("contract_id", "in", [False, *self.ids]),
                ("commercial_partner_id", "child_of", groups.ids),
            ]
        )
        by_contract = {}
        for ticket in found:
            contract = ticket._match_contract()
            if contract != ticket.contract_id:
                by_contract.setdefault(contract, []).append(ticket.id)
        for contract, ids in by_contract.items():
            tickets.browse(ids).write({"contract_id": contract.id})
