from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# What a customer reads on the note, and what its invoice takes from the order.
FROZEN_FIELDS = {"product_id", "product_uom_id", "name", "tax_ids"}
# All that a technician says about material. Prices, taxes and discounts are not his.
TECHNICIAN_FIELDS = {
    "ticket_id",
    "product_id",
    "product_uom_qty",
    "product_uom_id",
    "name",
    "sequence",
    "used_lot_ids",
}


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = [
        "sale.order.line",
        "ticketing.cover.material.mixin",
        "ticketing.cover.prepaid.mixin",
        "ticketing.progress.item.mixin",
        "ticketing.progress.sell.mixin",
    ]

    ticket_id = fields.Many2one(
        "ticketing.ticket",
        compute="_compute_ticket_id",
        store=True,
        precompute=True,
        readonly=False,
        index="btree_not_null",
    )
    covered = fields.Boolean(
        copy=False, help="The customer does not pay for this line: it is delivered with a discount of 100 %."
    )
    cover_reason = fields.Char("Why", copy=False, help="Why the customer pays for this line, or does not.")
    contract_discount = fields.Float(
        "Discount of the Contract (%)",
        digits="Discount",
        readonly=True,
        copy=False,
        help="On hours that are not included.",
    )
    used_lot_ids = fields.Many2many(
        "stock.lot",
        string="Serial Numbers Used",
        domain="[('product_id', '=', product_id)]",
        copy=False,
    )
    own_free_qty = fields.Float(
        "Available",
        compute="_compute_own_free_qty",
        digits="Product Unit",
        help="Free where the material is taken from.",
    )
    own_stock_short = fields.Boolean("Short of Stock", compute="_compute_own_free_qty")

    @api.depends("order_id.ticket_id")
    def _compute_ticket_id(self):
        for line in self:
            line.ticket_id = line.order_id.ticket_id or line.ticket_id

    @api.depends("product_id", "product_uom_qty", "qty_delivered", "ticket_id.user_id", "ticket_id.team_id")
    def _compute_own_free_qty(self):
        """Free quantity in the van or warehouse the ticket takes from: one stock query a location."""
        self.own_free_qty = 0.0
        self.own_stock_short = False
        storable = self.filtered(lambda line: line.ticket_id and line.product_id.is_storable)
        for location, lines in storable.grouped(lambda line: line.ticket_id.material_location_id).items():
            # quantities in the technician's own place are what he needs to know, whatever his stock rights
            products = lines.product_id.sudo().with_context(location=location.id)
            free = {product.id: product.free_qty for product in products}
            for line in lines:
                line.own_free_qty = free[line.product_id.id]
                waiting = line.product_uom_qty - line.qty_delivered
                reserved = sum(line.sudo().move_ids.filtered(lambda m: m.state != "done").mapped("quantity"))
                line.own_stock_short = waiting > line.own_free_qty + reserved

    @api.depends_context("progress_title")
    def _compute_display_name(self):
        """Among the parts of one contract, its number, product and customer tell nothing."""
        super()._compute_display_name()
        if self.env.context.get("progress_title"):
            for line in self:
                line.display_name = line._get_progress_title()

    @api.depends("covered")
    def _compute_discount(self):
        """Covered lines cost nothing, whatever the pricelist says; their taxes stay, as e-invoices demand."""
        super()._compute_discount()
        for line in self:
            if line.covered:
                line.discount = 100.0
            elif line._origin.covered:
                line.discount = line.contract_discount
            else:
                line.discount = max(line.discount, line.contract_discount)

    @api.depends("progress_plan_id.certified_amount")  # what certificates change, by whichever method
    def _compute_qty_delivered(self):
        super()._compute_qty_delivered()

    def _prepare_qty_delivered(self):
        """Of what a plan bills, what certificates have certified; a milestone that is only reached is not accepted."""
        planned = self.filtered("progress_plan_id")
        quantities = super(SaleOrderLine, self - planned)._prepare_qty_delivered()
        if planned:
            quantities.update(planned._get_progress_delivered())
        return quantities

    def _prepare_qty_invoiced(self):
        planned = self.filtered("progress_plan_id")
        quantities = super(SaleOrderLine, self - planned)._prepare_qty_invoiced()
        quantities.update(planned._get_progress_invoiced())
        return quantities

    @api.depends("progress_plan_id", "order_id.progress_plan_ids")
    def _compute_qty_to_invoice(self):
        """What a plan bills, and the deposits that it deducts, are never billed by core's own ways."""
        super()._compute_qty_to_invoice()
        for line in self:
            if line.progress_plan_id or (line.is_downpayment and line.order_id.progress_plan_ids):
                line.qty_to_invoice = 0.0

    @api.depends("progress_plan_id.state", "price_subtotal")
    def _compute_untaxed_amount_to_invoice(self):
        """What a plan bills is sold, and will be invoiced: core would count what is delivered, and drop what is less."""
        super()._compute_untaxed_amount_to_invoice()
        for line in self:
            if line.state == "sale" and line.progress_plan_id.state in ("running", "done"):
                line.untaxed_amount_to_invoice = line.price_subtotal - line.untaxed_amount_invoiced

    def _prepare_invoice_line(self, **optional_values):
        """The work of a plan is booked on its project, as core books what its project sells."""
        values = super()._prepare_invoice_line(**optional_values)
        if not values.get("analytic_distribution") and not self.analytic_distribution:
            if distribution := self._get_progress_distribution():
                values["analytic_distribution"] = distribution
        return values

    @api.constrains("ticket_id", "order_id")
    def _check_own_order(self):
        for line in self.filtered("ticket_id"):
            if line.order_id.ticket_id != line.ticket_id:
                raise ValidationError(
                    self.env._(
                        "The work of ticket %(ticket)s stands on its own sale order, not on %(order)s.",
                        ticket=line.ticket_id.display_name,
                        order=line.order_id.name,
                    )
                )

    @api.constrains("covered", "cover_reason")
    def _check_cover_reason(self):
        for line in self:
            if line.ticket_id and line.covered and not line.cover_reason:
                raise ValidationError(
                    self.env._("Say why %s is covered: the customer reads it.", line.product_id.display_name)
                )

    @api.constrains("product_uom_qty", "product_id", "ticket_id")
    def _check_ticket_material(self):
        for line in self.filtered("ticket_id"):
            product = line.product_id
            if line.product_uom_qty < 0:
                raise ValidationError(
                    self.env._(
                        "%s: the quantity can't be negative. Use a return for material that comes back.",
                        product.display_name,
                    )
                )
            if not line.display_type and product.type != "consu" and product.service_policy != "delivered_timesheet":
                raise ValidationError(
                    self.env._(
                        "%(line)s is neither hours nor goods: no delivery note would show it, and nothing would bill it. "
                        "Use a product of the type 'Goods', or change the prices of the other lines.",
                        line=line.name or product.display_name,
                    )
                )
            if product.type == "consu" and product.invoice_policy != "delivery":
                raise ValidationError(
                    self.env._(
                        "%s is invoiced on ordered quantities: set its invoicing policy to 'Delivered quantities', "
                        "so that what is billed is what the customer signed.",
                        product.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.browse()._check_cover_steps(*vals_list)
        for vals in vals_list:
            if vals.get("ticket_id") and not vals.get("order_id"):
                ticket = self.env["ticketing.ticket"].browse(vals["ticket_id"])
                ticket._check_may_work()
                vals["order_id"] = ticket._get_or_create_order().id
        records = self
        if self._acts_as_technician():
            records = self.sudo()
            for vals in vals_list:
                self._check_technician(
                    vals.keys() - {"order_id"}, self.env["ticketing.ticket"].browse(vals.get("ticket_id"))
                )
        lines = super(SaleOrderLine, records).create(vals_list).with_env(self.env)
        if material := lines.filtered(lambda line: line.ticket_id and line.product_id.type == "consu"):
            material.filtered(lambda line: line.covered and not line.cover_kind)._mark_manual()
            material._decide_coverage()
        lines.filtered(
            lambda line: line.state == "sale" and line.product_id.ticketing_prepaid_hours
        )._top_up_contracts()
        return lines

    def _mark_manual(self):
        self._as_deciding().write({"cover_kind": "manual"})
        self._log_manual()

    def write(self, vals):
        deciding = self._is_deciding()
        if not deciding:
            self._check_cover_steps(vals)
        by_hand = not deciding and {"covered", "cover_reason"} & vals.keys() and self.filtered("ticket_id")
        if by_hand and not (self.env.su or self.env.user.has_group("helpdesk_ticketing.group_manager")):
            raise UserError(self.env._("Only a helpdesk manager may decide that work is covered."))
        if FROZEN_FIELDS & vals.keys():
            self._check_not_frozen()
        self._check_progress_frozen(vals)
        manual = by_hand._get_manual_values(vals) if by_hand else vals
        lines = self
        # on what is no ticket's everybody has the rights that core gives him: an accountant posts down payments
        if self and self._acts_as_technician() and all(line.ticket_id for line in self.sudo()):
            self._check_technician(vals.keys(), self.ticket_id)
            lines = self.sudo()
        was_covered = lines.filtered("covered") if not vals.get("covered", True) else lines.browse()
        result = super(SaleOrderLine, lines).write(vals)
        was_covered._bill_again()
        lines.filtered(lambda line: not line.ticket_id)._follow_sold(vals.keys())
        lines.filtered("progress_plan_id")._check_progress_whole(vals.keys())
        if by_hand:
            by_hand._as_deciding().write({name: manual[name] for name in ("cover_kind", "cover_contract_id")})
            by_hand._log_manual()
        elif "product_id" in vals and not deciding:
            self.filtered("ticket_id")._decide_coverage()
        return result

    def _bill_again(self):
        """Take the discount back from what is no longer covered: without pricelists core keeps it."""
        for line in self.filtered(lambda line: line.discount == 100):
            line.discount = line.contract_discount

    def _get_frozen_notes(self):
        """Return the delivery notes, ready or signed, that show these lines, as superuser."""
        lines = self.env["ticketing.delivery.note.line"].sudo()  # a salesman need not see delivery notes
        found = lines.search([("sale_line_id", "in", self.ids), ("note_id.state", "in", ("ready", "signed"))])
        return found.note_id

    def _check_not_frozen(self):
        """Refuse to name or to tax anew, on the invoice, what a customer has before him or has signed.

        Its price and discount need no refusal: the note's own lines keep them.

        :raises UserError: a line stands on a delivery note that is ready or signed
        """
        lines = self.filtered("ticket_id")
        if notes := lines and lines._get_frozen_notes():
            raise UserError(
                self.env._(
                    "This work stands on the delivery note %s: its product, unit, description and taxes can't be "
                    "changed any more.",
                    ", ".join(notes.mapped("name")),
                )
            )

    def _check_removable(self):
        """Refuse to take material away that the customer has, or has before him to sign.

        :raises UserError: says why
        """
        line = self.sudo()  # of a ticket that the user may write
        if notes := self._get_frozen_notes():
            raise UserError(
                self.env._(
                    "%(product)s stands on the delivery note %(notes)s, which waits for its signature or has it.",
                    product=line.product_id.display_name,
                    notes=", ".join(notes.mapped("name")),
                )
            )
        if line.qty_delivered or "done" in line.move_ids.mapped("state"):
            raise UserError(
                self.env._("%s was delivered already: the warehouse books its return.", line.product_id.display_name)
            )
        if line.cover_kind == "call_out":
            raise UserError(self.env._("The call-out fee follows from the contract."))

    def _reserve_lots(self):
        """Reserve the units that were chosen, instead of those which core has guessed."""
        for line in self:
            for move in line.move_ids.filtered(lambda move: move.state not in ("done", "cancel")):
                move.move_line_ids.unlink()
                for lot in line.used_lot_ids:
                    quantity = move.product_uom_qty / len(line.used_lot_ids)
                    values = move._prepare_move_line_vals(quantity=quantity)
                    self.env["stock.move.line"].create({**values, "lot_id": lot.id, "quantity": quantity})

    def _acts_as_technician(self):
        """Tell whether the user has no sales rights: then he may only record a ticket's material."""
        return not self.env.su and not self.env.user.has_group("sales_team.group_sale_salesman")

    def _check_technician(self, names, tickets):
        """Guard what is done as superuser for a technician.

        :raises AccessError: not a ticket he may write, or a field that is not his to set
        """
        tickets.check_access("write")
        own = TECHNICIAN_FIELDS
        if self.env.user.has_group("helpdesk_ticketing.group_manager"):
            own = own | {"covered", "cover_reason"}
        if not tickets or names - own:
            raise AccessError(
                self.env._("You may record the material of tickets, but not change: %s", ", ".join(sorted(names - own)))
            )

    def _prepare_procurement_values(self):
        values = super()._prepare_procurement_values()
        if self.ticket_id:
            values["ticketing_location_id"] = self.ticket_id._get_material_location().id
        return values
