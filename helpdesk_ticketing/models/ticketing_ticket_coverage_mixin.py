from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

# What decides on coverage, besides the work itself.
COVER_FIELDS = ("contract_id", "cause_id", "lot_id", "commercial_partner_id", "happened_on")
TRIGGERS = {*COVER_FIELDS, "partner_id", "team_id", "product_id"}


class TicketingTicketCoverageMixin(models.AbstractModel):
    """Under which contract a ticket is worked on, and whether the unit's warranty holds."""

    _name = "ticketing.ticket.coverage.mixin"
    _description = "Ticket: Contract and Warranty"

    contract_id = fields.Many2one(
        "ticketing.contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        copy=False,
        tracking=True,
        check_company=True,
        domain="[('confirmed', '=', True), ('company_id', '=', company_id)]",
        help="By customer, team, equipment and day; matched again when one of them changes.",
    )
    contract_balance = fields.Char(compute="_compute_contract_balance")
    cause_id = fields.Many2one(
        "ticketing.sla.cause", tracking=True, help="Some causes are not covered by the contract."
    )
    warranty_until = fields.Date("Warranty until", compute="_compute_warranty_until")

    @api.depends("partner_id", "team_id", "product_id", "lot_id", "happened_on")
    def _compute_contract_id(self):
        for ticket in self:
            ticket.contract_id = ticket._match_contract()

    def _match_contract(self):
        """Return the contract that fits best, the present one among equals: no query, whatever the number of tickets."""
        self.ensure_one()
        contracts = self.env["ticketing.contract"]
        scopes = contracts._get_scopes()
        if not scopes or not self.partner_id:
            return contracts
        found = [scope for partner in self.partner_id._get_group() for scope in scopes.get(partner.id, ())]
        day = self._get_reported_day()
        ranks = {scope.id: scope.get_rank(self, day) for scope in found}
        fitting = {contract: rank for contract, rank in ranks.items() if rank}
        return contracts.browse(max(fitting, key=fitting.get)) if fitting else contracts

    def _get_reported_day(self):
        """Return the company's day on which it went wrong, else on which it was reported."""
        company = self.company_id or self.env.company
        return company._get_ticketing_day(self.happened_on or self.create_date or fields.Datetime.now())

    @api.constrains("contract_id", "partner_id")
    def _check_contract(self):
        for ticket in self.sudo().filtered("contract_id"):  # who may write a ticket may not read all customers
            contract = ticket.contract_id
            if contract.partner_id.commercial_partner_id not in ticket.partner_id._get_group():
                raise ValidationError(
                    self.env._(
                        "Contract %(contract)s is of %(customer)s, not of the customer of ticket %(ticket)s.",
                        contract=contract.display_name,
                        customer=contract.partner_id.display_name,
                        ticket=ticket.display_name,
                    )
                )
            if not contract.confirmed:
                raise ValidationError(self.env._("Contract %s is a draft: confirm it first.", contract.display_name))

    @api.constrains("product_id", "lot_id")
    def _check_lot(self):
        """A unit decides on contract and warranty: it must be the one that the ticket is about."""
        for ticket in self.filtered(lambda ticket: ticket.product_id and ticket.lot_id):
            if ticket.lot_id.product_id != ticket.product_id:
                raise ValidationError(
                    self.env._(
                        "Serial number %(lot)s is of %(unit)s, not of %(product)s: correct one of them.",
                        lot=ticket.lot_id.name,
                        unit=ticket.lot_id.product_id.display_name,
                        product=ticket.product_id.display_name,
                    )
                )

    @api.depends("contract_id.balance")
    @api.depends_context("lang")
    def _compute_contract_balance(self):
        for ticket in self:
            ticket.contract_balance = ticket.sudo().contract_id.balance  # seen with its ticket

    def _sla_contract_start(self):
        starts = self.env["ticketing.contract"]._get_starts() if self.contract_id else {}
        return starts.get(self.contract_id.id) or super()._sla_contract_start()

    def action_view_contract(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.contract",
            "res_id": self.contract_id.id,
            "views": [(False, "form")],
        }

    # Warranty

    @api.depends("lot_id", "commercial_partner_id", "product_id")
    def _compute_warranty_until(self):
        warranties = self.sudo()._get_warranty_ends()  # a date only, of a unit that the user sees
        for ticket in self:
            ticket.warranty_until = warranties.get(ticket._origin or ticket)

    def _get_warranty_ends(self):
        """Return {ticket: last day of its unit's warranty}, counted from the first delivery to this customer."""
        tickets = self.filtered("lot_id")
        if not tickets or not self.env["product.template"]._has_warranties():
            return {}
        own = tickets.filtered(
            lambda ticket: (
                ticket.commercial_partner_id and ticket.commercial_partner_id == ticket.lot_id.ticketing_customer_id
            )
        )
        ends = {
            ticket._origin or ticket: ticket.lot_id.ticketing_warranty_until
            for ticket in own
            if ticket.lot_id.ticketing_warranty_until
        }
        former = tickets - own  # of whoever had the unit before, or of a lot of many
        delivered = former.lot_id._get_first_deliveries()
        for ticket in former:
            months = ticket.lot_id.product_id.ticketing_warranty_months
            day = delivered.get((ticket.lot_id, ticket.commercial_partner_id))
            if months and day:
                ends[ticket._origin or ticket] = day + relativedelta(months=months, days=-1)
        return ends

    def _get_warranties(self):
        """Return {ticket: last day} of those whose warranty held when it went wrong, and whose cause it covers."""
        ends = self._get_warranty_ends()
        return {
            ticket: end
            for ticket, end in ends.items()
            if ticket._get_reported_day() <= end and not ticket.cause_id.voids_warranty
        }

    def _warranty_covers_labour(self):
        self.ensure_one()
        return self.lot_id.product_id.ticketing_warranty_labour

    def _say_warranty(self, end):
        self.ensure_one()
        return self.env._(
            "Under warranty until %(end)s (serial number %(lot)s).",
            end=format_date(self.env, end),
            lot=self.lot_id.name,
        )

    # When it is decided again

    def write(self, vals):
        if TRIGGERS.isdisjoint(vals) or not self.env["ticketing.contract"]._decides_coverage():
            return super().write(vals)
        before = self._get_cover_keys()
        result = super().write(vals)
        after = self._get_cover_keys()
        self.filtered(lambda ticket: before[ticket.id] != after[ticket.id])._decide_coverage()
        return result

    def _get_cover_keys(self):
        tickets = self.sudo()  # the same for whoever writes
        return {ticket.id: tuple(ticket[name] for name in COVER_FIELDS) for ticket in tickets}

    def _decide_coverage(self):
        """Decide on the work of these tickets again, where nobody has it before him to sign."""
        tickets = self.sudo().filtered("sale_order_id")  # coverage is the same for whoever changes the ticket
        tickets._sync_labour_discount()
        tickets.timesheet_ids._decide_coverage()
        tickets.material_ids._decide_coverage()

    # What is billed all the same

    def _get_labour_discount(self):
        """Return the percentage that the contract takes off hours which it does not include."""
        self.ensure_one()
        contract = self.contract_id
        return 0.0 if self.cause_id & contract.excluded_cause_ids else contract.discount

    def _sync_labour_discount(self):
        for ticket in self.filtered("labour_line_id"):
            line, discount = ticket.labour_line_id, ticket._get_labour_discount()
            if line.contract_discount != discount:
                own = 0.0 if line.discount == line.contract_discount else line.discount
                line.write({"contract_discount": discount, "discount": max(own, discount)})

    def _add_call_out(self):
        """Add the contract's call-out fee for a visit, unless one stands on no delivery note yet."""
        self.ensure_one()
        ticket = self.sudo()  # a technician's delivery note, which he may make
        contract = ticket.contract_id
        product = contract.call_out_product_id
        if not product or ticket.service_mode != "onsite" or not ticket._filter_open_work():
            return
        fees = ticket.material_ids.filtered(lambda line: line.cover_kind == "call_out")
        if fees.filtered(lambda line: not line._get_frozen_notes()):
            return
        order = ticket._get_or_create_order()
        ticket.material_ids._as_deciding().create(
            {
                "order_id": order.id,
                "ticket_id": ticket.id,
                "product_id": product.id,
                "product_uom_qty": 1,
                "price_unit": contract.currency_id._convert(
                    contract.call_out_price, order.currency_id, ticket.company_id
                ),
                "cover_kind": "call_out",
                "cover_contract_id": contract.id,
                "cover_reason": contract.with_context(lang=ticket.partner_id.lang)._say_call_out(),
            }
        )
