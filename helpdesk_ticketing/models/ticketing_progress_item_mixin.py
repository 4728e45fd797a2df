from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.progress import add, get_percent, split

# What certificates are made of.
PROGRESS_FROZEN = {
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "discount",
    "tax_ids",
    "progress_plan_id",
    "progress_kind",
}


class TicketingProgressItemMixin(models.AbstractModel):
    """An order line that a billing plan bills: the contract, or a change of it."""

    _name = "ticketing.progress.item.mixin"
    _description = "Order Line: Billed by Progress"

    progress_plan_id = fields.Many2one(
        "ticketing.progress.plan", "Billing Plan", copy=False, index="btree_not_null", ondelete="restrict"
    )
    progress_kind = fields.Selection(
        [("contract", "Contract"), ("change", "Change")], "Part of", copy=False, help="Of what the billing plan bills."
    )
    progress_milestone_ids = fields.One2many("project.milestone", "sale_line_id", "Billed Milestones")

    def _get_progress_title(self):
        """Return what a certificate calls the line: its first words, as they stand on the order."""
        self.ensure_one()
        return (self.name or self.product_id.display_name or "").strip().split("\n")[0]

    def _check_progress_item(self):
        """Refuse a line that no percentage can be billed of.

        :raises UserError: says what to change
        """
        for line in self:
            order = line.order_id
            if line.progress_plan_id.sale_order_id != order:
                raise UserError(
                    self.env._(
                        "%(line)s stands on %(order)s and not on the order of its billing plan.",
                        line=line._get_progress_title(),
                        order=order.name,
                    )
                )
            if abs(line.product_uom_qty) != 100:
                raise UserError(
                    self.env._(
                        "Sell %(line)s with a quantity of 100 (-100 for what is taken away) at a hundredth of its price: so "
                        "each percentage of it can be billed exactly. The button 'Plan Billing' of %(order)s does it.",
                        line=line._get_progress_title(),
                        order=order.name,
                    )
                )
            if line.tax_ids.flatten_taxes_hierarchy().filtered("price_include"):
                raise UserError(
                    self.env._(
                        "%s has a tax that is included in its price: choose one that is added to it, since certificates tell "
                        "amounts without taxes.",
                        line._get_progress_title(),
                    )
                )
            if line._is_invoiced_apart():
                raise UserError(
                    self.env._(
                        "%s is invoiced already, without a certificate: credit that invoice first, or sell the rest on a line "
                        "of its own.",
                        line._get_progress_title(),
                    )
                )

    def _is_invoiced_apart(self):
        lines = self.sudo().invoice_lines  # who plans need not see invoices; only whether there are any
        apart = lines.filtered(lambda line: line.parent_state != "cancel" and not line.billing_request_id)
        return bool(self.currency_id.round(sum(line.price_subtotal * -line.move_id.direction_sign for line in apart)))

    def _share_out_milestones(self, milestones):
        """Write the amounts of a line's milestones; those that stand on certificates keep theirs.

        :param milestones: those to be written, which may be new ones that are not saved yet
        """
        step = self.currency_id.rounding or 0.01
        together = (self.progress_milestone_ids | milestones).filtered("plan_id")
        settled = together.filtered(lambda milestone: milestone._is_certified())
        free = (together - settled).sorted(lambda milestone: (milestone.sequence, milestone._origin.id or 2**31))
        shares = split(
            self.price_subtotal,
            free.mapped("percentage"),
            step,
            settled=add(settled.mapped("amount"), step),
            settled_percent=add(settled.mapped("percentage"), 0.01),
        )
        for milestone, share in zip(free, shares, strict=True):
            milestone.amount = share
        for milestone in settled & milestones:
            milestone.amount = milestone.amount

    def _get_deposit_taxes(self):
        """Return the taxes under which a deposit is deducted: core takes none that is a fixed amount into a down payment."""
        return self.tax_ids.filtered(lambda tax: tax.amount_type != "fixed").sorted("id")

    def _get_progress_distribution(self):
        """Return on which project a line of a plan is booked, None if on none.

        A deposit is deducted where it was booked, so that there is nothing left of it.
        """
        booked = self.is_downpayment and self.invoice_lines.filtered(
            lambda row: row.parent_state != "cancel" and row.move_id._is_downpayment()
        )
        if booked:
            return booked[0].analytic_distribution
        plan = self.progress_plan_id or (self.is_downpayment and self.order_id.progress_plan_ids[:1])
        account = plan and plan.sudo().project_id.account_id  # who invoices need not see the project
        return {account.id: 100} if account else None

    # What core counts, in the unit of which 100 are sold

    def _get_progress_delivered(self):
        """Return {line: quantity} that certificates have certified."""
        rows = (
            self.env["ticketing.delivery.note.line"]
            .sudo()
            ._read_group(  # a quantity, whoever may see certificates
                [("sale_line_id", "in", self.ids), ("kind", "=", "progress"), ("note_id.is_certified", "=", True)],
                ["sale_line_id"],
                ["amount:sum"],
            )
        )
        amounts = {line.id: amount for line, amount in rows}
        return {line: line._get_progress_quantity(amounts.get(line._origin.id, 0.0)) for line in self}

    def _get_progress_invoiced(self):
        """Return {line: quantity} that is invoiced: what is held back is not."""
        quantities = {}
        for line in self:
            rows = line._get_invoice_lines().filtered(lambda row: row.parent_state != "cancel")
            amount = sum(row.price_subtotal * -row.move_id.direction_sign for row in rows)
            quantities[line] = line._get_progress_quantity(amount)
        return quantities

    def _get_progress_quantity(self, amount):
        """Return the quantity for an amount: of quantities that are rounded one by one the sum would not be 100."""
        total = self.price_subtotal
        return get_percent(amount, total) * (1 if self.product_uom_qty > 0 else -1) if total else 0.0

    # What must not change any more

    def _check_progress_frozen(self, vals):
        """Refuse to sell for another price what certificates say is done.

        :raises UserError: names the certificates, and says what to do
        """
        lines = self.filtered("progress_plan_id")
        notes = lines and lines._get_frozen_notes()
        if not notes or not lines._changes(vals):
            return
        raise UserError(
            self.env._(
                "%(line)s stands on the certificate %(notes)s: its price, quantity, product and taxes can't be changed any "
                "more. Sell a change instead, as a line of its own.",
                line=lines[:1]._get_progress_title(),
                notes=", ".join(notes.mapped("name")),
            )
        )

    def _changes(self, vals):
        """Tell whether values differ from what these lines say."""
        for name in PROGRESS_FROZEN & vals.keys():
            field = self._fields[name]
            for line in self:
                old = line[name]
                new = field.convert_to_record(field.convert_to_cache(vals[name], line), line)
                if abs(old - new) > 1e-9 if isinstance(old, float) else old != new:
                    return True
        return False

    def _check_progress_whole(self, names):
        """What a running plan bills stays sold as it can be billed; its fixed amounts stay its sum."""
        if names & PROGRESS_FROZEN:
            for line in self.filtered(lambda line: line.progress_plan_id.state == "running"):
                line._check_progress_item()
                if line.progress_milestone_ids.filtered("plan_id"):
                    line.progress_plan_id._check_line_planned(line)
