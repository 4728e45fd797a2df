from odoo import api, models
from odoo.exceptions import UserError

from ..tools.progress import add, get_deposit


class TicketingProgressDepositMixin(models.AbstractModel):
    """What was paid in advance by core's down payments, and what certificates and releases deduct of it."""

    _name = "ticketing.progress.deposit.mixin"
    _description = "Billing Plan: Deposits"

    def _get_chosen_company(self):
        """Return the other company that the salesman chose on the order to pay for its customer, if there is one."""
        chosen = self.sale_order_id.partner_invoice_id
        return chosen if chosen.is_company and chosen == chosen.commercial_partner_id else chosen.browse()

    def _get_payer_companies(self):
        """Return {payer: the companies whose deposits are his}."""
        customer = self.commercial_partner_id | self.partner_id.commercial_partner_id | self._get_chosen_company()
        return {
            "customer": customer,
            "lender": self.lender_commercial_partner_id | self.lender_id.commercial_partner_id,
        }

    def _get_deposit_rows(self):
        """Return {order line of a down payment: the posted lines of its invoices and credit notes}."""
        deposits = self.sale_order_id.order_line.filtered(lambda line: line.is_downpayment and not line.display_type)
        return {
            line: line.invoice_lines.filtered(
                lambda row: row.parent_state == "posted" and row.move_id._is_downpayment()
            )
            for line in deposits
        }

    def _get_deposits(self, payer=None):
        """Return {order line of a down payment: untaxed amount that was invoiced and not credited}.

        :param payer: whose, customer or lender; default is anybody's
        """
        companies = payer and self._get_payer_companies()[payer]
        deposits = {}
        for line, rows in self._get_deposit_rows().items():
            if payer:
                rows = rows.filtered(lambda row: row.move_id.commercial_partner_id in companies)
            amount = sum(row.price_subtotal * -row.move_id.direction_sign for row in rows)
            deposits[line] = self.currency_id.round(amount)
        return deposits

    def _get_deducted(self, lines):
        """Return {order line id: amount} of what is deducted of deposits, on whichever plan's paper that stands or counts.

        :param lines: order lines of down payments
        """
        Line = self.env["ticketing.delivery.note.line"]
        counts = ["|", ("note_id.is_certified", "=", True), ("note_id.state", "=", "ready")]
        rows = Line._read_group(
            [("sale_line_id", "in", lines.ids), ("kind", "=", "deposit"), *counts], ["sale_line_id"], ["amount:sum"]
        )
        rows += self.env["ticketing.retention.release.line"]._read_group(
            [("sale_line_id", "in", lines.ids), ("release_id.is_live", "=", True)], ["sale_line_id"], ["amount:sum"]
        )
        deducted = {}
        for line, amount in rows:
            deducted[line.id] = add([deducted.get(line.id, 0.0), -amount], line.currency_id.rounding)
        return deducted

    def _get_payer_percent(self, payer, certified):
        """Return how much (%) of what a payer pays is completed, so that his deposit ends with his last certificate.

        :param certified: [((order line id, milestone id or False), amount)]
        """
        step = self.currency_id.rounding
        if self.method == "milestone":
            milestones = self.milestone_ids.filtered(lambda milestone: milestone.payer == payer)
            total = add(milestones.mapped("amount"), step)
            certified = [(key, amount) for key, amount in certified if key[1] in milestones.ids]
        else:
            total = self.total_amount
        return 100.0 * add([amount for __, amount in certified], step) / total if total else 100.0

    def _prepare_deposit_lines(self, note, rows, certified):
        due, held = {}, {}
        for row in rows:
            line = row["sale_line_id"]
            due.setdefault(line, []).append(row["amount"] - row["retention_amount"])
            held.setdefault(line, []).append(row["retention_amount"])
        to_date = [(key, amount) for key, (amount, __) in certified.items()]
        to_date += [((row["sale_line_id"], row["milestone_id"]), row["amount"]) for row in rows]
        percent = self._get_payer_percent(note.payer, to_date)
        if percent >= 100:
            for (line, payer), amount in self._get_held().items():
                if payer == note.payer:
                    held.setdefault(line, []).append(amount)
        deductions = self._get_deductions(note.payer, self._sum_by_tax(due), percent, self._sum_by_tax(held))
        return [self._prepare_deposit_line(*deduction) for deduction in deductions]

    def _sum_by_tax(self, amounts):
        """Return {taxes: sum}, for what must be deducted of the tax that it was invoiced with.

        :param amounts: {order line id: amounts}
        """
        sums = {}
        for line in self.env["sale.order.line"].browse(amounts):
            sums.setdefault(line._get_deposit_taxes(), []).extend(amounts[line.id])
        return {taxes: add(parts, self.currency_id.rounding) for taxes, parts in sums.items()}

    def _get_deductions(self, payer, due, percent, held):
        """Return what is to be deducted now: [(order line of a down payment, paid in, deducted before, deducted now)].

        Of each tax no more than is due with it: else the taxes of the invoice could be more than it bills, or it would be
        negative. The rest is carried on.

        :param due: {taxes: untaxed amount} that there is to pay
        :param percent: of what the payer pays that is completed
        :param held: {taxes: amount} that is held back still, of which what is left can be deducted later
        """
        step, due = self.currency_id.rounding, dict(due)
        deposits = self._get_deposits(payer)
        deducted = self._get_deducted(self.env["sale.order.line"].union(*deposits))
        parts = {}
        for line, deposit in deposits.items():
            taxes = line._get_deposit_taxes()
            own, net = due.get(taxes, 0.0), add(due.values(), step)
            room = min(own, net, key=abs) if own * net > 0 else 0.0
            before = deducted.get(line.id, 0.0)
            parts[line] = get_deposit(deposit, before, room, percent, step, at_once=self.deposit_method == "first")
            due[taxes] = add([own, -parts[line]], step)
        if percent >= 100:
            left = {line: add([deposits[line], -deducted.get(line.id, 0.0), -parts[line]], step) for line in deposits}
            for line, rest in self._get_last_rests(left, due, held).items():
                parts[line] = add([parts[line], rest], step)
        return [(line, deposits[line], deducted.get(line.id, 0.0), part) for line, part in parts.items() if part]

    def _get_last_rests(self, left, due, held):
        """Return {order line: amount} of what is deducted of other taxes in the end, where nothing of its own is to come.

        :param left: {order line of a down payment: amount that is not deducted}
        :param due: {taxes: untaxed amount} that there is to pay after what was deducted; the invoice stays positive
        :param held: as above
        """
        step, held, rests = self.currency_id.rounding, dict(held), {}
        net = add(due.values(), step)
        gross = sum(amount * self._get_gross(taxes) for taxes, amount in due.items())
        for line, amount in left.items():
            taxes = line._get_deposit_taxes()
            later = min(max(held.get(taxes, 0.0), 0.0), max(amount, 0.0))
            held[taxes] = held.get(taxes, 0.0) - later
            rest, rate = min(add([amount, -later], step), net), self._get_gross(taxes)
            if rest * rate > gross + step / 2:
                rest = add([gross / rate, -step], step)
            if rest > 0:
                rests[line] = rest
                net, gross = add([net, -rest], step), gross - rest * rate
        return rests

    @api.model
    def _get_gross(self, taxes):
        """Return what one is with its taxes."""
        million = 1_000_000.0
        return taxes.compute_all(million, handle_price_include=False)["total_included"] / million

    def _prepare_deposit_line(self, line, deposit, before, part):
        return {
            "kind": "deposit",
            "sale_line_id": line.id,
            "name": line.name,
            "quantity": -1.0 if part > 0 else 1.0,
            "price_unit": abs(part),
            "uom_id": (line.product_uom_id or self.env.ref("uom.product_uom_unit")).id,
            "tax_names": ", ".join(line.tax_ids.mapped("name")),
            "amount_total": deposit,
            "amount_before": -before,
            "amount": -part,
        }

    # What core would do with them

    def _check_deposits_kept(self):
        """Refuse to take back a deposit that certificates have deducted: nobody would pay that part of the contract.

        :raises UserError: says how much is deducted
        """
        for plan in self:
            deposits = plan._get_deposits()
            deducted = plan._get_deducted(self.env["sale.order.line"].browse([line.id for line in deposits]))
            for line, deposit in deposits.items():
                amount = deducted.get(line.id, 0.0)
                if plan.currency_id.compare_amounts(deposit, amount) < 0:
                    raise UserError(
                        self.env._(
                            "Certificates of %(plan)s deduct %(amount)s of the deposit %(line)s, of which %(deposit)s would "
                            "be left: credit their invoices and give them up first.",
                            plan=plan.name,
                            amount=plan.currency_id.format(amount),
                            line=line.name,
                            deposit=plan.currency_id.format(deposit),
                        )
                    )

    def _check_deposits_fit(self):
        """Refuse a deposit that no certificate is left to deduct: it would be paid on top of the contract.

        :raises UserError: says how much its payer has still to pay
        """
        for order in self.filtered(lambda plan: plan.state in ("running", "done")).sale_order_id:
            order.progress_plan_ids[:1]._check_order_deposits()

    def _check_order_deposits(self):
        plans = self.sale_order_id.progress_plan_ids.filtered(lambda plan: plan.state != "cancelled")
        rests = {(plan, payer): rest for plan in plans for payer, rest in plan._get_payer_rests().items()}
        for payers, left, rest in self._get_deposit_pools(rests):
            if self.currency_id.compare_amounts(left, rest) > 0:
                raise UserError(
                    self.env._(
                        "%(left)s of deposits of %(payer)s would be paid in, but only %(rest)s of %(plans)s are left for him "
                        "to pay: give him milestones that are not certified yet, or credit his down payment and invoice it "
                        "to who pays.",
                        left=self.currency_id.format(left),
                        payer=", ".join(payers.mapped("display_name")),
                        rest=self.currency_id.format(rest),
                        plans=", ".join(plans.mapped("name")),
                    )
                )

    def _check_deposits_ending(self):
        """Refuse the final acceptance while more of a deposit is left than the release of retention deducts.

        :raises UserError: says how much is to be credited
        """
        others = self.sale_order_id.progress_plan_ids.filtered(lambda plan: plan.state != "cancelled") - self
        rests = {(plan, payer): rest for plan in others for payer, rest in plan._get_payer_rests().items()}
        released = self._prepare_release()
        lines = self.env["sale.order.line"].browse({line for line, __ in released}).filtered("is_downpayment")
        for payer in self._get_payer_companies():
            rests[self, payer] = -sum(released.get((line.id, payer), 0.0) for line in lines)
        for payers, left, rest in self._get_deposit_pools(rests):
            if self.currency_id.compare_amounts(left, rest) > 0:
                raise UserError(
                    self.env._(
                        "%(left)s of deposits of %(payer)s are not deducted, and no certificate is left to deduct them: credit "
                        "that much of his down payment before the final acceptance.",
                        left=self.currency_id.format(left - rest),
                        payer=", ".join(payers.mapped("display_name")),
                    )
                )

    def _get_payer_rests(self):
        """Return {payer: untaxed amount} that he has still to pay: what is not certified, and what is held back of him."""
        certified, rests = self._get_certified(), {"customer": [], "lender": []}
        if self.method == "milestone":
            for milestone in self.milestone_ids:
                before = certified.get((milestone.sale_line_id.id, milestone.id), (0.0, 0.0))[0]
                rests[milestone.payer or self.payer] += [milestone.amount, -before]
        else:
            rests[self.payer] += [self.total_amount, *(-amount for amount, __ in certified.values())]
        for (__, payer), amount in self._get_held().items():
            rests[payer].append(amount)
        return {payer: add(amounts, self.currency_id.rounding) for payer, amounts in rests.items()}

    def _get_deposit_pools(self, rests):
        """Return [(companies, what is left of their deposits, what can still be deducted of what they pay)].

        :param rests: {(plan of the order, payer): amount that he has still to pay}
        """
        step, pools = self.currency_id.rounding, {}
        rows = self._get_deposit_rows()
        deducted = self._get_deducted(self.env["sale.order.line"].union(*rows))
        for line, amount in self._get_deposits().items():
            company = rows[line].move_id.commercial_partner_id[:1]
            paying = tuple(key for key in rests if company in key[0]._get_payer_companies()[key[1]])
            companies, lefts = pools.get(paying, (company, []))
            pools[paying] = companies | company, [*lefts, amount, -deducted.get(line.id, 0.0)]
        return [
            (companies, add(lefts, step), max(add([rests[key] for key in paying], step), 0.0))
            for paying, (companies, lefts) in pools.items()
        ]
