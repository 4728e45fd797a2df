from odoo import models
from odoo.exceptions import UserError

from ..tools.progress import add, get_deposit


class TicketingProgressDepositMixin(models.AbstractModel):
    """What was paid in advance by core's down payments, and what certificates and releases deduct of it."""

    _name = "ticketing.progress.deposit.mixin"
    _description = "Billing Plan: Deposits"

    def _get_deposits(self, payer=None):
        """Return {order line of a down payment: untaxed amount that was invoiced and not credited}.

        :param payer: whose; default is anybody's
        """
        deposits = {}
        for line in self.sale_order_id.order_line.filtered(lambda line: line.is_downpayment and not line.display_type):
            invoiced = line.invoice_lines.filtered(
                lambda row: row.parent_state == "posted" and row.move_id._is_downpayment()
            )
            if payer is not None:
                company = payer.commercial_partner_id
                invoiced = invoiced.filtered(lambda row, company=company: row.move_id.commercial_partner_id == company)
            amount = sum(row.price_subtotal * -row.move_id.direction_sign for row in invoiced)
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
        net = add([row["amount"] - row["retention_amount"] for row in rows], self.currency_id.rounding)
        to_date = [(key, amount) for key, (amount, __) in certified.items()]
        to_date += [((row["sale_line_id"], row["milestone_id"]), row["amount"]) for row in rows]
        percent = self._get_payer_percent(note.payer, to_date)
        return [
            self._prepare_deposit_line(*deduction)
            for deduction in self._get_deductions(note._get_payer(), net, percent)
        ]

    def _get_deductions(self, payer, net, percent):
        """Return what is to be deducted now: [(order line of a down payment, paid in, deducted before, deducted now)].

        :param net: what there is to pay
        :param percent: of what the payer pays that is completed
        """
        step = self.currency_id.rounding
        deposits = self._get_deposits(payer)
        deducted = self._get_deducted(self.sale_order_id.order_line.browse([line.id for line in deposits]))
        deductions = []
        for line, deposit in deposits.items():
            before = deducted.get(line.id, 0.0)
            part = get_deposit(deposit, before, net, percent, step, at_once=self.deposit_method == "first")
            if part:
                net = add([net, -part], step)
                deductions.append((line, deposit, before, part))
        return deductions

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

        :raises UserError: says how much is still to be invoiced
        """
        running = self.filtered(lambda plan: plan.state in ("running", "done"))
        for order in running.sale_order_id:
            plans = running.filtered(lambda plan, order=order: plan.sale_order_id == order)
            deposits = plans[0]._get_deposits()
            deducted = plans[0]._get_deducted(self.env["sale.order.line"].browse([line.id for line in deposits]))
            left = sum(deposits.values()) - sum(deducted.values())
            rest = sum(plan.total_amount - plan.certified_amount + plan.retained_amount for plan in plans)
            if order.currency_id.compare_amounts(left, max(rest, 0.0)) > 0:
                raise UserError(
                    self.env._(
                        "%(left)s would be paid in, but only %(rest)s of %(plans)s are still to be invoiced: have the "
                        "customer pay his invoices instead.",
                        left=order.currency_id.format(left),
                        rest=order.currency_id.format(max(rest, 0.0)),
                        plans=", ".join(plans.mapped("name")),
                    )
                )
