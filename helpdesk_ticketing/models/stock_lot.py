from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from .ticketing_asset_device_mixin import DEVICE_FIELDS
from .ticketing_stage import CLOSED_KINDS

# What people say of a unit themselves; it holds until the unit is delivered or comes back.
MANUAL_FIELDS = {
    "ticketing_manual_customer_id",
    "ticketing_manual_reason",
    "ticketing_manual_delivered_on",
    "ticketing_manual_warranty_until",
}
# What the desk writes without rights in the warehouse: the unit itself is the warehouse's.
DESK_FIELDS = {*MANUAL_FIELDS, *DEVICE_FIELDS, "ticketing_place_id", "ticketing_place", "lot_properties", "note"}
NEW_FIELDS = {*DESK_FIELDS, "name", "ref", "product_id", "company_id"}
# All that a customer reads of his unit.
CUSTOMER_FIELDS = {
    "id",
    "display_name",
    "name",
    "ref",
    "product_id",
    "product_uom_id",
    "company_id",
    "create_date",
    "write_date",
    "ticketing_customer_id",
    "ticketing_place_id",
    "ticketing_place",
    "ticketing_delivered_on",
    "ticketing_warranty_until",
}


class StockLot(models.Model):
    """A serial number as the customer's equipment: whose it is, where it stands, and until when it is covered."""

    _name = "stock.lot"
    _inherit = [
        "stock.lot",
        "ticketing.asset.device.mixin",
        "ticketing.asset.label.mixin",
        "ticketing.asset.history.mixin",
        "ticketing.contract.condition.mixin",
    ]

    ticketing_moved_on = fields.Datetime("Last Moved", readonly=True, copy=False, help="To a customer, or back.")
    ticketing_delivered_to_id = fields.Many2one(
        "res.partner",
        "Delivered to",
        compute="_compute_ticketing_delivery",
        store=True,
        index="btree_not_null",
        help="The customer company when it was delivered: not who employs the contact later.",
    )
    ticketing_first_delivered_on = fields.Date("First Delivery", compute="_compute_ticketing_delivery", store=True)
    ticketing_customer_id = fields.Many2one(
        "res.partner",
        "Customer",
        compute="_compute_ticketing_owner",
        store=True,
        help="To whom it was delivered last, unless it came back; or who was set by hand.",
    )
    ticketing_delivered_on = fields.Date("Delivered on", compute="_compute_ticketing_owner", store=True)
    ticketing_place_id = fields.Many2one(
        "res.partner",
        "Site",
        compute="_compute_ticketing_place_id",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        domain="[('id', 'child_of', ticketing_customer_id)]",
        help="The contact or address where it stands.",
    )
    ticketing_place = fields.Char("Place", copy=False, help="Where exactly: floor, room, rack.")
    ticketing_warranty_until = fields.Date(
        "Warranty until", compute="_compute_ticketing_warranty_until", store=True, index="btree_not_null"
    )
    ticketing_contract_id = fields.Many2one(
        "ticketing.contract",
        "Covering Contract",
        compute="_compute_ticketing_contract_id",
        help="Of the customer's contracts the one that fits this unit best today.",
    )

    ticketing_manual_customer_id = fields.Many2one(
        "res.partner",
        "Customer by Hand",
        copy=False,
        domain="[('parent_id', '=', False)]",
        index="btree_not_null",
        tracking=True,
        help="Whose it is, where no delivery says so: it was sold by somebody else, or before.",
    )
    ticketing_manual_reason = fields.Char("Reason", copy=False, tracking=True)
    ticketing_manual_delivered_on = fields.Date("Delivered on (by Hand)", copy=False, tracking=True)
    ticketing_manual_warranty_until = fields.Date("Warranty until (by Hand)", copy=False, tracking=True)

    # The customer's own list, and the desk's.
    _ticketing_customer_index = models.Index(
        "(ticketing_customer_id, name, id) WHERE ticketing_customer_id IS NOT NULL"
    )
    _ticketing_list_index = models.Index("(name, id) WHERE ticketing_customer_id IS NOT NULL")

    # Whose it is

    @api.depends("ticketing_moved_on", "product_id")
    def _compute_ticketing_delivery(self):
        deliveries, nobody = self._get_deliveries(), self.env["res.partner"]
        for lot in self:
            partner, day = deliveries.get(lot._origin, (nobody, False))
            lot.ticketing_delivered_to_id = partner.commercial_partner_id
            lot.ticketing_first_delivered_on = day

    @api.depends(
        "ticketing_delivered_to_id",
        "ticketing_first_delivered_on",
        "ticketing_manual_customer_id",
        "ticketing_manual_delivered_on",
    )
    def _compute_ticketing_owner(self):
        for lot in self:
            told = lot.ticketing_manual_customer_id.commercial_partner_id
            lot.ticketing_customer_id = told or lot.ticketing_delivered_to_id
            lot.ticketing_delivered_on = lot.ticketing_manual_delivered_on or lot.ticketing_first_delivered_on

    @api.depends("ticketing_customer_id")
    def _compute_ticketing_place_id(self):
        """A new customer's unit stands where it was delivered; what is said later is not touched."""
        moved = self.filtered(
            lambda lot: (
                lot.ticketing_place_id.commercial_partner_id != lot.ticketing_customer_id or not lot.ticketing_place_id
            )
        )
        deliveries, nobody = moved._get_deliveries(), self.env["res.partner"]
        for lot in moved:
            partner, __ = deliveries.get(lot._origin, (nobody, False))
            own = partner.commercial_partner_id == lot.ticketing_customer_id
            lot.ticketing_place_id = partner if own else (lot.ticketing_manual_customer_id or lot.ticketing_customer_id)
        for lot in self - moved:
            lot.ticketing_place_id = lot.ticketing_place_id

    def _get_deliveries(self):
        """Return {unit: (address, day of the first delivery to this customer)} of those that are with a customer.

        Units alone: what shares its number with others may be with many customers. What comes back from a repair is as
        old as it was.
        """
        units = self._origin.filtered(lambda lot: lot.product_id.tracking == "serial")
        found, first = {}, {}
        for line in units._get_customer_moves():
            lot, partner = line.lot_id, line.picking_id.partner_id
            if line.location_dest_usage != "customer":
                found.pop(lot, None)
            elif partner:
                day = line.company_id._get_ticketing_day(line.date)
                found[lot] = (partner, first.setdefault((lot, partner.commercial_partner_id), day))
        return found

    def _get_customer_moves(self):
        """Return the moves of these units to customers and back, the oldest first, as superuser."""
        if not self.ids:
            return self.env["stock.move.line"].sudo()
        lines = self.env["stock.move.line"].sudo()  # whose a unit is does not depend on who asks
        return lines.search_fetch(self._get_customer_move_domain(), order="date, id")

    def _get_customer_move_domain(self):
        to = Domain("location_dest_id.usage", "=", "customer") & Domain("location_id.usage", "!=", "customer")
        back = Domain("location_id.usage", "=", "customer") & Domain("location_dest_id.usage", "!=", "customer")
        return Domain("lot_id", "in", self.ids) & Domain("state", "=", "done") & (to | back)

    def _get_first_deliveries(self):
        """Return {(unit, customer): day} of the first delivery of each unit to a customer: it starts the warranty."""
        days = {}
        for line in self._get_customer_moves():
            partner = line.picking_id.partner_id.commercial_partner_id
            if line.location_dest_usage == "customer" and partner:
                day = line.company_id._get_ticketing_day(line.date)
                days.setdefault((line.lot_id.with_env(self.env), partner.with_env(self.env)), day)
        return days

    def _on_moved(self):
        """These units were delivered or came back: what was set by hand is over."""
        if not self:
            return
        lots = self.sudo()  # the mover need not be of the desk
        lots.write({"ticketing_moved_on": fields.Datetime.now()})
        if told := lots.filtered(lambda lot: any(lot[name] for name in MANUAL_FIELDS)):
            told.write(dict.fromkeys(MANUAL_FIELDS, False))

    @api.model
    def _follow_persons(self, persons):
        """Units of persons who are found to belong to a company are the company's."""
        lots = self.sudo()  # who may write customers need not see equipment
        found = lots.with_context(active_test=False).search([("ticketing_customer_id", "in", persons.ids)])
        for person, units in found.grouped("ticketing_delivered_to_id").items():
            if person in persons:
                units.ticketing_delivered_to_id = person.commercial_partner_id
        self.env.add_to_compute(found._fields["ticketing_customer_id"], found)

    @api.constrains("ticketing_manual_customer_id", "ticketing_manual_reason")
    def _check_ticketing_manual_reason(self):
        for lot in self:
            if lot.ticketing_manual_customer_id and not (lot.ticketing_manual_reason or "").strip():
                raise ValidationError(
                    self.env._("Say why %s belongs to a customer to whom it was not delivered.", lot.display_name)
                )

    def _get_ticket_partner(self):
        """Return whose the tickets about this unit are: the contact where it stands, else the customer."""
        self.ensure_one()
        own = self.ticketing_place_id.commercial_partner_id == self.ticketing_customer_id
        return self.ticketing_place_id if own else self.ticketing_customer_id

    @api.model
    def _get_customer_unit_domain(self):
        """Return which units are those of the user's company: record rules let others see more."""
        customer = self.env.user.partner_id.commercial_partner_id
        return [("ticketing_customer_id", "=", customer.id), ("ticketing_customer_id", "!=", False)]

    # What covers it

    @api.depends("ticketing_delivered_on", "ticketing_manual_warranty_until", "product_id.ticketing_warranty_months")
    def _compute_ticketing_warranty_until(self):
        for lot in self:
            months, day = lot.product_id.ticketing_warranty_months, lot.ticketing_delivered_on
            end = day + relativedelta(months=months, days=-1) if months and day else False
            lot.ticketing_warranty_until = lot.ticketing_manual_warranty_until or end

    @api.depends("ticketing_customer_id", "product_id", "company_id")
    @api.depends_context("allowed_company_ids")
    def _compute_ticketing_contract_id(self):
        scopes = self.env["ticketing.contract"]._get_scopes()
        companies = {company.id: company._get_ticketing_today() for company in self.env.companies}
        for lot, known in zip(self, self.sudo(), strict=True):  # the customer's group is what it is, whoever asks
            allowed = {known.company_id.id} & companies.keys() if known.company_id else companies
            group = known.ticketing_customer_id._get_group() if scopes and known.ticketing_customer_id else ()
            found = [scope for partner in group for scope in scopes.get(partner.id, ())]
            ranks = {
                scope.id: rank
                for scope in found
                if scope.company_id in allowed
                and (rank := scope.get_unit_rank(known.id, known.product_id.id, companies[scope.company_id]))
            }
            lot.ticketing_contract_id = max(ranks, key=ranks.get) if ranks else False

    def _say_warranty(self):
        """Return in a few words until when the warranty lasts or lasted; empty: none is known."""
        self.ensure_one()
        if not (end := self.ticketing_warranty_until):
            return ""
        if end < fields.Date.context_today(self):
            return self.env._("Warranty ended on %s", format_date(self.env, end))
        return self.env._("Under warranty until %s", format_date(self.env, end))

    # Who may what

    def _has_field_access(self, field, operation):
        """A customer reads of his unit what concerns him: no notes, values or addresses of devices."""
        if not super()._has_field_access(field, operation):
            return False
        return self.env.su or self.env.user._is_internal() or field.name in CUSTOMER_FIELDS

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """A customer reads his unit, not what was said of it: it was another's before, or the house's."""
        if self.env.user._is_internal():
            return super()._mail_get_operation_for_mail_message_operation(message_operation)
        return dict.fromkeys(self, "write")

    def _check_desk_fields(self, allowed, *vals_list):
        """Refuse the desk what is the warehouse's.

        :raises AccessError: neither of the warehouse, nor a field of the desk
        """
        if self.env.su or self.env.user.has_group("stock.group_stock_user"):
            return
        names = {name for vals in vals_list for name in vals} - allowed
        typed = [name for name in names if not name.startswith(("activity_", "message_"))]
        if typed:
            raise AccessError(
                self.env._(
                    "The desk says whose a unit is and what is known of the device; the warehouse keeps: %s",
                    ", ".join(sorted(self._fields[name].string for name in typed if name in self._fields)),
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_desk_fields(NEW_FIELDS, *vals_list)
        if any(vals.get("ticketing_manual_warranty_until") for vals in vals_list):
            self.env.registry.clear_cache("stable")
        return super().create(vals_list)

    def write(self, vals):
        self._check_desk_fields(DESK_FIELDS, vals)
        if "ticketing_manual_warranty_until" in vals:
            self.env.registry.clear_cache("stable")
        result = super().write(vals)
        if not MANUAL_FIELDS.isdisjoint(vals):
            self._decide_tickets_anew()
        return result

    def _decide_tickets_anew(self):
        """The warranty of the work that nobody has signed for follows."""
        tickets = self.env["ticketing.ticket"].sudo()  # coverage is the same for whoever sees the ticket
        tickets.search([("lot_id", "in", self.ids), ("stage_kind", "not in", CLOSED_KINDS)])._decide_coverage()

    # Choosing one on a ticket

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """With a customer in the context: his units; what is typed is looked for among the others, too."""
        customer = self.env.context.get("ticketing_customer_id")
        if not customer:
            return super().name_search(name, domain, operator, limit)
        domain = Domain(domain or Domain.TRUE)
        own = super().name_search(name, domain & Domain("ticketing_customer_id", "=", customer), operator, limit)
        if own and (not name or len(own) == limit):
            return own
        others = domain & Domain("ticketing_customer_id", "!=", customer)
        return own + super().name_search(name, others, operator, limit and limit - len(own))
