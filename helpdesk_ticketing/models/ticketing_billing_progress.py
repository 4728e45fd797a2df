from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.progress import add, get_line, get_percent

PROGRESS_KINDS = ("progress", "release")


class TicketingBillingProgress(models.Model):
    """Requests of certificates and of retention that is released: on the same rails as signed notes."""

    _inherit = "ticketing.billing.request"

    kind = fields.Selection(
        selection_add=[("progress", "Certificate"), ("release", "Retention")],
        ondelete={"progress": "cascade", "release": "cascade"},
    )
    plan_id = fields.Many2one(
        "ticketing.progress.plan", "Billing Plan", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    release_id = fields.Many2one(
        "ticketing.retention.release", "Retention", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    _release_unique = models.UniqueIndex(
        "(release_id) WHERE release_id IS NOT NULL AND cancelled IS NOT TRUE", "This retention is already being billed."
    )
    _progress_source_present = models.Constraint(
        "CHECK (CASE WHEN kind IN ('progress', 'release') THEN plan_id IS NOT NULL ELSE ticket_id IS NOT NULL END)",
        "A request bills a ticket or a billing plan.",
    )

    @api.depends("release_id", "plan_id.name")
    def _compute_display_name(self):
        of_plans = self.filtered("plan_id")
        super(TicketingBillingProgress, self - of_plans)._compute_display_name()
        for request in of_plans:
            what = request.note_id.name or self.env._("Retention")
            request.display_name = " / ".join(filter(None, (what, request.plan_id.name)))

    def _get_source(self):
        return self.note_id or self.plan_id or super()._get_source()

    @api.depends("plan_id.team_id", "plan_id.company_id", "plan_id.partner_id", "plan_id.user_id")
    def _compute_parties(self):
        super()._compute_parties()

    # Queueing

    @api.model
    def _queue_certificates(self, notes):
        """Queue accepted certificates; one whose lines are all worth nothing has nothing to invoice."""
        return self._queue(
            [
                {"kind": "progress", "note_id": note.id, "plan_id": note.plan_id.id}
                for note in notes
                if any(note.line_ids.mapped("amount"))
            ]
        )

    @api.model
    def _queue_releases(self, releases):
        return self._queue(
            [{"kind": "release", "release_id": release.id, "plan_id": release.plan_id.id} for release in releases]
        )

    @api.model
    def _prepare_waiting(self, values):
        """A certificate is invoiced when it is accepted, whatever is agreed for the customer's other work."""
        return {} if values["kind"] in PROGRESS_KINDS else super()._prepare_waiting(values)

    def _plan_anew(self):  # pylint: disable=useless-parent-delegation  # of others it plans nothing
        return super(TicketingBillingProgress, self.filtered(lambda request: not request.plan_id))._plan_anew()

    # What is billed

    def _get_billable_lines(self):
        if self.kind == "release":
            return [line._prepare_billable() for line in self._in_payers_language().release_id.line_ids]
        if self.kind != "progress":
            return super()._get_billable_lines()
        lines = []
        for line in self._in_payers_language().note_id.line_ids:
            if line.amount:
                lines.append((line.sale_line_id, {"discount": 0.0, **self._prepare_progress_line(line)}))
            if line.retention_amount:
                lines.append((line.sale_line_id, {"discount": 0.0, **self._prepare_retention_line(line)}))
        return [(line, {**values, "sequence": number}) for number, (line, values) in enumerate(lines, 1)]

    def _in_payers_language(self):
        return self.with_context(lang=self._get_payer().lang)

    def _prepare_progress_line(self, line):
        if line.kind == "deposit":
            return self._prepare_deduction(line.name, line.amount)
        quantity, price = get_line(line.amount, line.quantity)  # exact, unlike the price on the paper
        name = self.env._("Certificate %(number)s: %(name)s", number=self.note_id.certificate_number, name=line.name)
        return {"quantity": quantity, "price_unit": price, "name": name}

    def _prepare_deduction(self, name, amount):
        """Return the values of the line that deducts (or gives back) a deposit."""
        return {
            "name": self.env._("Deduction of the deposit: %s", name),
            "quantity": -1.0 if amount < 0 else 1.0,
            "price_unit": abs(amount),
            "discount": 0.0,
            "extra_tax_data": False,
        }

    def _prepare_retention_line(self, line):
        """Return the values of the line that takes off what is held back, under the tax of what it is held back of."""
        total = line.sale_line_id.price_subtotal
        quantity, price = get_line(-line.retention_amount, get_percent(line.retention_amount, total))
        return {
            "name": self.env._("Retention: %s", line.name),
            "quantity": quantity,
            "price_unit": price,
        }

    def _get_net_amounts(self):
        """Return {order line: untaxed amount} of what the request bills."""
        step = self.plan_id.currency_id.rounding
        amounts = {}
        if self.kind == "release":
            for line in self.release_id.line_ids:
                amounts[line.sale_line_id] = add([amounts.get(line.sale_line_id, 0.0), line.amount], step)
        else:
            for line in self.note_id.line_ids:
                amounts[line.sale_line_id] = add(
                    [amounts.get(line.sale_line_id, 0.0), line.amount, -line.retention_amount], step
                )
        return amounts

    def _get_move_type(self):
        return "out_refund" if len(self) == 1 and self._is_credit() else super()._get_move_type()

    def _is_credit(self):
        """Tell whether more is given back than billed: that is a credit note."""
        return (
            self.kind in PROGRESS_KINDS and add(self._get_net_amounts().values(), self.plan_id.currency_id.rounding) < 0
        )

    def _check_recorded(self, quantities, invoice):
        """A certificate's invoice is what was accepted, to the cent.

        :raises UserError: says which amount differs
        """
        if self.kind not in PROGRESS_KINDS:
            return super()._check_recorded(quantities, invoice)
        sign = -1 if invoice.move_type == "out_refund" else 1
        invoiced = {}
        for line in invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            invoiced.setdefault(line.sale_line_ids[:1], []).append(sign * line.price_subtotal)
        expected = self._get_net_amounts()
        for sale_line in {*invoiced, *expected}:
            amount, wanted = sum(invoiced.get(sale_line, [])), expected.get(sale_line, 0.0)
            if invoice.currency_id.compare_amounts(amount, wanted):
                raise UserError(
                    self.env._(
                        "%(amount)s of %(line)s are on %(invoice)s, but %(wanted)s were accepted: delete the draft and try "
                        "again, or have another certificate accepted.",
                        amount=invoice.currency_id.format(amount),
                        line=sale_line._get_progress_title() if sale_line else self.env._("something else"),
                        invoice=invoice.display_name,
                        wanted=invoice.currency_id.format(wanted),
                    )
                )
        return None

    # The draft

    def _get_order(self):
        return self.plan_id.sale_order_id or super()._get_order()

    def _get_payer(self):
        if self.kind not in PROGRESS_KINDS:
            return super()._get_payer()
        source = self.note_id or self.release_id
        payer = source._get_payer()
        invoiced = self.plan_id.sale_order_id.partner_invoice_id
        own = payer.commercial_partner_id == invoiced.commercial_partner_id
        if source.payer == "customer" and (own or self.plan_id._get_chosen_company()):
            return invoiced
        return payer.browse(payer.address_get(["invoice"])["invoice"])

    def _prepare_invoice_values(self):
        if self.kind not in PROGRESS_KINDS:
            return super()._prepare_invoice_values()
        name = self.note_id.name or self._in_payers_language().env._("Retention")
        order = self.plan_id.sale_order_id
        return {
            "progress_plan_id": self.plan_id.id,
            "ref": f"{self.plan_id.name} {name}",
            "buyer_reference": order.client_order_ref or self.commercial_partner_id.ref or name,
            "invoice_origin": ", ".join(filter(None, (order.name, self.note_id.name))),
            "invoice_user_id": False,
            "user_id": False,
        }

    def _prepare_payer_values(self, payer):
        """What the customer agreed, and what he paid online, is none of the lender's."""
        values = super()._prepare_payer_values(payer)
        source = self.note_id or self.release_id
        if self.kind not in PROGRESS_KINDS or source.payer != "lender":
            return values
        company = payer.commercial_partner_id.with_company(self.company_id)
        return {
            **values,
            "transaction_ids": [Command.clear()],
            "payment_reference": False,
            "invoice_payment_term_id": company.property_payment_term_id.id,
            "preferred_payment_method_line_id": False,
            "buyer_reference": company.ref or self.note_id.name or self._in_payers_language().env._("Retention"),
        }

    def _prepare_invoice(self, lines):
        """A credit note where more is given back than billed: its lines have the opposite signs."""
        values = super()._prepare_invoice(lines)
        if not self._is_credit():
            return values
        for __, __, line in values["invoice_line_ids"]:
            line["quantity"] = -line["quantity"]
        last = self._get_credited_invoice()
        return {**values, "move_type": self._get_move_type(), "reversed_entry_id": last.id}

    def _prepare_lines(self, lang, lines):
        """The work of a project is booked on it, as core's own invoices of its order are.

        Core looks for the project of each order line with a query: once, however many milestones are billed of it.
        """
        if not self.plan_id:
            return super()._prepare_lines(lang, lines)
        sold = self.env["sale.order.line"].union(*(line for line, __ in lines)).with_context(lang=lang)
        common = {line.id: line._prepare_invoice_line() for line in sold}
        return [{**common[line.id], **values} for line, values in lines]

    def _is_reversed(self):
        """Tell whether an accountant took the whole invoice back, before or after it was paid.

        What later certificates give back of it has requests of their own; it is not to be billed again.
        """
        if not self.plan_id:
            return super()._is_reversed()
        invoice = self.invoice_id
        refunds = self._get_credits().filtered(lambda move: move.state == "posted")
        return (
            bool(refunds)
            and invoice.currency_id.compare_amounts(sum(refunds.mapped("amount_untaxed")), invoice.amount_untaxed) >= 0
        )

    def _get_credits(self):
        """Those of plans that certificates have made are billed by their own requests: they take nothing back of this one."""
        refunds = super()._get_credits()
        return refunds.filtered(lambda move: not move.billing_request_ids) if self.plan_id else refunds

    def _get_credited_invoice(self):
        """Return the last invoice of the plan to this payer: what a credit note gives back was billed by then."""
        payer = self._get_payer().commercial_partner_id
        requests = self.search([("plan_id", "=", self.plan_id.id), ("invoice_id.state", "=", "posted")])
        invoices = requests.filtered(lambda request: not request._is_reversed()).invoice_id
        return invoices.filtered(
            lambda move: move.move_type == "out_invoice" and move.commercial_partner_id == payer
        ).sorted("id")[-1:]

    def _link_credited(self):
        """Say which invoice a credit note is about, if it was made before that one was posted.

        :raises UserError: nothing was invoiced yet
        """
        for request in self:
            credit = request.invoice_id
            if not credit.reversed_entry_id:
                credit.reversed_entry_id = request._get_credited_invoice()
            if not credit.reversed_entry_id:
                raise UserError(
                    self.env._(
                        "%s gives back what was never invoiced: approve the earlier invoices of its plan first, or give up "
                        "both.",
                        request.display_name,
                    )
                )

    def _may_be_auto_approved(self):
        if self.release_id:
            amounts = [release.amount - release.deposit_amount for release in self.release_id]
            return sum(amounts) <= self._get_auto_approve_amount()
        return super()._may_be_auto_approved()

    # Given up, billed again

    def action_cancel(self):
        """What is given up is due again: later certificates start from what is left."""
        self._lock_plans()
        result = super().action_cancel()
        self._check_plans()
        for request in self.filtered(lambda request: request.kind == "progress"):
            request._check_not_certified_anew()
        return result

    def _check_not_certified_anew(self):
        """Refuse to give up what gives back, once later certificates have certified it anew: both would be invoiced.

        :raises UserError: says which to give up first
        """
        back = self.note_id.line_ids.filtered(lambda line: line.amount * line.sale_line_id.price_subtotal < 0)
        parts = {(line.sale_line_id, line.milestone_id) for line in back if line.kind == "progress"}
        later = self.sudo().plan_id.certificate_ids.filtered(  # only their names are told
            lambda note: note.id > self.note_id.id and note.is_certified
        )
        anew = later.line_ids.filtered(
            lambda line: (
                (line.sale_line_id, line.milestone_id) in parts and line.amount * line.sale_line_id.price_subtotal > 0
            )
        )
        if anew:
            raise UserError(
                self.env._(
                    "%(request)s gives back what %(later)s certify anew: give those up first.",
                    request=self.display_name,
                    later=", ".join(anew.note_id.sorted("id").mapped("display_name")),
                )
            )

    def action_bill_again(self):
        self._lock_plans()
        given_up = self.filtered(lambda request: request.kind in PROGRESS_KINDS and request.cancelled)
        for request in given_up:
            request._check_not_superseded()
        result = super().action_bill_again()
        self._check_plans()
        given_up.sudo().plan_id._check_deposits_fit()  # only sums are told: it deducts none that was paid in since
        return result

    def _check_plans(self):
        plans = self.sudo().plan_id  # only sums are told
        plans._check_given_back()
        plans._check_held()
        plans._check_deposits_kept()

    def _lock_plans(self):
        for plan in self.sudo().plan_id:  # only to have one after the other; what follows is checked
            plan._lock()

    def _check_not_superseded(self):
        """Refuse to bill again what later certificates may have certified anew.

        :raises UserError: says which
        """
        later = self.sudo().plan_id.certificate_ids.filtered(  # only their names are told
            lambda note: note.id > self.note_id.id and note.state in ("draft", "ready", "signed")
        )
        releases = self.sudo().plan_id.release_ids.filtered(
            lambda release: release.id > self.release_id.id and release.is_live
        )
        blocking = later if self.kind == "progress" else releases
        if blocking:
            raise UserError(
                self.env._(
                    "%(request)s was given up, and %(later)s start from there: what is due stands on them.",
                    request=self.display_name,
                    later=", ".join(blocking.mapped("display_name")),
                )
            )

    def _is_free(self):
        if self.kind == "release":
            return not self.search_count([("release_id", "=", self.release_id.id), ("cancelled", "=", False)])
        return super()._is_free()

    @api.depends("release_id.amount", "release_id.deposit_amount")
    def _compute_amount_recorded(self):
        releases = self.filtered("release_id")
        super(TicketingBillingProgress, self - releases)._compute_amount_recorded()
        for request in releases:
            release = request.release_id
            request.amount_recorded = add([release.amount, -release.deposit_amount], release.currency_id.rounding)
