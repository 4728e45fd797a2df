from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "ticketing.einvoice.mixin", "ticketing.prepaid.move.mixin"]

    ticket_id = fields.Many2one("ticketing.ticket", readonly=True, copy=False, index="btree_not_null")
    progress_plan_id = fields.Many2one(
        "ticketing.progress.plan", "Billing Plan", readonly=True, copy=False, index="btree_not_null"
    )
    replaced_invoice_id = fields.Many2one(
        "account.move", readonly=True, copy=False, help="The invoice that was reversed and that this one replaces."
    )
    billing_request_ids = fields.One2many("ticketing.billing.request", "invoice_id", string="Billing Requests")
    ticket_ids = fields.Many2many(
        "ticketing.ticket",
        string="Tickets",
        compute="_compute_ticket_ids",
        compute_sudo=True,  # who sees invoices need not see billing requests
    )
    note_ids = fields.Many2many("ticketing.delivery.note", string="Delivery Notes", compute="_compute_note_ids")
    buyer_reference = fields.Char(
        "Customer's Reference",
        help="What the customer wants to read on his invoices (BT-10): his order number, cost centre or the like.",
    )

    @api.depends("ticket_id", "invoice_line_ids.billing_request_id")
    def _compute_ticket_ids(self):
        """Whose work stands on it; ``ticket_id`` is the first of them."""
        for move in self:
            move.ticket_ids = move.invoice_line_ids.billing_request_id.ticket_id or move.ticket_id

    @api.depends("billing_request_ids.note_id")
    def _compute_note_ids(self):
        for move in self:
            move.note_ids = move.billing_request_ids.note_id

    def _is_of_desk(self):
        """Tell whether the invoice bills the work of a ticket or of a billing plan."""
        return bool(self.ticket_id or self.progress_plan_id)

    def action_view_progress_plan(self):
        self.ensure_one()
        return self.progress_plan_id._get_records_action()

    # Sending

    def _get_ticketing_sending_settings(self):
        """Return the settings with which core sends the invoices of the desk.

        The customer's own way of sending comes first. A mail needs an address: the invoice contact's, else the
        company's; without one the invoice is delivered by hand.
        """
        self.ensure_one()
        customer = self.commercial_partner_id.with_company(self.company_id)
        method = customer.invoice_sending_method or "email"
        settings = {"sending_methods": {method}, "invoice_edi_format": self._get_einvoice_format()}
        if method == "email":
            recipient = (self.partner_id | self.commercial_partner_id).filtered("email")[:1]
            if not recipient:
                return {**settings, "sending_methods": {"manual"}}
            settings["mail_partner_ids"] = recipient.ids
        return settings

    def _get_customer_order_number(self):
        """Return the customer's own number for the work, if it is the same for all that stands on the invoice."""
        tickets = self.sudo().ticket_ids  # who sends invoices need not see tickets
        if plan := self.sudo().progress_plan_id:
            own = self.commercial_partner_id == plan.commercial_partner_id  # the lender has not ordered it
            return own and plan.sale_order_id.client_order_ref
        numbers = {ticket._get_customer_order_number() for ticket in tickets}
        return numbers.pop() if len(numbers) == 1 else False

    def _get_only_note(self):
        """Return the delivery note that the invoice is about, none if there are several."""
        notes = self.sudo().note_ids  # as above
        shared = len(self.invoice_line_ids.sudo().billing_request_id) > 1
        return notes.browse() if shared or len(notes) > 1 else notes

    # Credit notes

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """A credit note belongs to the ticket of the invoice, whoever makes it."""
        default_values_list = default_values_list or [{} for __ in self]
        for move, values in zip(self, default_values_list, strict=True):
            for name in ("ticket_id", "progress_plan_id"):
                if move[name]:
                    values.setdefault(name, move[name].id)
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def _reverse_for_return(self, quantities, picking, ticket):
        """Return a draft credit note for returned material.

        :param quantities: {sale.order.line: quantity in its unit}
        :param picking: the return
        :param ticket: whose material it is
        """
        self.ensure_one()
        self._check_still_invoiced(quantities, picking)
        credit = self.with_context(tracking_disable=True)._reverse_moves(
            [
                {
                    "ref": self.env._("Return %(picking)s of %(invoice)s", picking=picking.name, invoice=self.name),
                    "invoice_date": False,
                }
            ]
        )
        wanted = dict(quantities)
        commands = []
        notes = picking.move_ids.origin_returned_move_id.note_id
        for line in credit.invoice_line_ids.sorted(lambda line: line.billing_request_id.note_id not in notes):
            sale_line = line.sale_line_ids[:1]
            quantity = min(wanted.get(sale_line, 0.0), line.quantity)
            if quantity:
                wanted[sale_line] -= quantity
                commands.append(Command.update(line.id, {"quantity": quantity}))
            else:
                commands.append(Command.delete(line.id))
        credit.write({"invoice_line_ids": commands, "ticket_id": ticket.id})
        return credit

    def _check_still_invoiced(self, quantities, picking):
        """Refuse to credit more than is invoiced net of earlier credit notes.

        :param quantities: {sale.order.line: quantity in its unit}
        :raises UserError: says how much is left
        """
        invoiced = self._get_net_quantities()
        for sale_line, quantity in quantities.items():
            left = invoiced.get(sale_line, 0.0)
            if sale_line.product_uom_id.compare(quantity, left) > 0:
                raise UserError(
                    self.env._(
                        "Return %(picking)s brings back %(quantity)g of %(product)s, but only %(left)g of %(invoice)s are "
                        "not credited yet: make the credit note by hand, then cancel this request.",
                        picking=picking.name,
                        quantity=quantity,
                        product=sale_line.product_id.display_name,
                        left=left,
                        invoice=self.name,
                    )
                )

    def _get_net_quantities(self):
        """Return {sale.order.line: quantity} of these invoices less their credit notes, drafts included."""
        net = {}
        for move in (self | self.reversal_move_ids).filtered(lambda move: move.state != "cancel"):
            sign = -1 if move.move_type == "out_refund" else 1
            for line in move.invoice_line_ids:
                for sale_line in line.sale_line_ids[:1]:
                    net[sale_line] = net.get(sale_line, 0.0) + sign * line.quantity
        return net

    # Posting, on its form or by approval

    def _post(self, soft=True):
        self._check_as_signed()
        self._assign_typed_lines()
        refunds = self.filtered(lambda move: move.progress_plan_id and move.move_type == "out_refund")
        refunds.sudo().billing_request_ids._link_credited()  # who posts need not see the helpdesk
        if not soft:
            self._date_by_company()
        self._put_off_due_date()
        posted = super()._post(soft=soft)
        posted._follow_prepaid()
        posted._check_deposits_kept()
        posted._check_deposits_fit()
        return posted

    def _date_by_company(self):
        """Whoever posts an invoice of the desk, wherever he is: its day is the company's."""
        undated = self.filtered(lambda move: move.state == "draft" and not move.invoice_date and move._is_of_desk())
        sold = undated.filtered(lambda move: move.is_sale_document(include_receipts=True))
        for company, moves in sold.grouped("company_id").items():
            moves.invoice_date = company._get_ticketing_today()

    def _put_off_due_date(self):
        """What is due at once is due on the day of the invoice: core keeps the day on which its draft was made."""
        for move in self.filtered(lambda move: move._is_of_desk() and not move.invoice_payment_term_id):
            day = move.invoice_date or fields.Date.context_today(move)
            if move.state == "draft" and move.invoice_date_due and move.invoice_date_due < day:
                move.invoice_date_due = day

    def _check_deposits_kept(self):
        """A deposit that certificates have deducted stays paid in."""
        deposits = self.invoice_line_ids.filtered("is_downpayment").sale_line_ids
        deposits.sudo().order_id.progress_plan_ids._check_deposits_kept()  # who posts need not see the plan

    def _check_deposits_fit(self):
        """A deposit is paid in while certificates are left to deduct it."""
        deposits = self.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and any(move.invoice_line_ids.mapped("is_downpayment"))
                and move._is_downpayment()
            )
        )
        deposits.sudo().line_ids.sale_line_ids.order_id.progress_plan_ids._check_deposits_fit()  # as above

    def _assign_typed_lines(self):
        """What was typed into a section of a shared invoice, as travel expenses, belongs to that section's ticket."""
        for invoice in self.filtered(lambda move: len(move.sudo().invoice_line_ids.billing_request_id) > 1):
            lines = invoice.sudo().invoice_line_ids  # who posts need not see the helpdesk
            for line in lines.filtered(lambda line: line.display_type == "product" and not line.billing_request_id):
                line.billing_request_id = line._get_section().billing_request_id

    def _check_as_signed(self):
        """Refuse to invoice more than the customer signed, whatever was typed into the draft. Less is our affair.

        :raises UserError: says what is too much
        """
        moves = self.filtered(lambda move: move._is_of_desk()).sudo()  # who posts need not see the helpdesk
        requests = moves.billing_request_ids
        billing = requests.filtered(lambda request: not request.cancelled and request.kind != "return")
        for invoice, sharing in billing.grouped("invoice_id").items():
            if invoice.move_type != sharing._get_move_type():
                raise UserError(
                    self.env._(
                        "The type of %s was changed: it would be paid the wrong way round. Change it back.",
                        invoice.display_name,
                    )
                )
            for request, quantities in invoice._get_quantities_by_request(sharing).items():
                request._check_recorded(quantities, invoice)

    def _get_quantities_by_request(self, requests):
        """Return {request: {sale.order.line: quantity in its unit}} of this invoice.

        Where requests share it, what was typed in for a ticket's order line counts for the ticket's first one.

        :param requests: the live ones of the invoice
        """
        if len(requests) < 2 and len(self.invoice_line_ids.billing_request_id) < 2:
            return {requests: self._get_quantities()}
        first = {request.ticket_id: request for request in requests.sorted("id", reverse=True)}
        lines = {}
        for line in self.invoice_line_ids:
            source = line.billing_request_id
            if source not in requests:
                source = first.get(line.sale_line_ids[:1].ticket_id, requests.browse())
            lines[source] = lines.get(source, line.browse()) | line
        return {request: of_request._get_quantities() for request, of_request in lines.items()}

    def _get_quantities(self, requests=None):
        """Return {sale.order.line: quantity in its unit} of these invoices' lines, or of those of some requests."""
        lines = self.invoice_line_ids
        if requests is not None:
            lines = lines.filtered(lambda line: line.billing_request_id in requests)
        return lines._get_quantities()

    def button_draft(self):
        """What is taken back to draft has to be approved and sent again: the customer holds another one.

        By somebody, even under the team's amount: the cron would post it while the accountant corrects it.
        """
        requests = self.sudo().billing_request_ids  # who corrects an invoice need not see the helpdesk
        requests._check_not_credited("posted")
        result = super().button_draft()
        if requests:
            requests.invoice_id.is_move_sent = False
            requests.write({"approved_by_id": False, "approved_on": False, "sent_on": False, "by_hand": False})
            requests.next_try_on = False
        self._follow_prepaid()
        self._check_deposits_kept()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._follow_prepaid()
        return result

    # What becomes of the invoice

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        tickets = self.sudo().billing_request_ids.ticket_id  # who books a payment need not see tickets
        if tickets:
            tickets._close_settled()
        return result

    def _take_over_requests(self):
        """Have the invoices that replace others approved and sent in their place: the work is not billed a third time."""
        for invoice in self.sudo():  # who reverses an invoice need not see tickets
            if requests := invoice.replaced_invoice_id.billing_request_ids.filtered(lambda r: not r.cancelled):
                requests._replace_invoice(invoice)

    def unlink(self):
        """A draft that the accountant deletes leaves its request waiting for his decision, not lost."""
        requests = self.sudo().billing_request_ids  # deleting an invoice needs no helpdesk rights
        if requests:
            requests._check_not_credited("draft", "posted")
            requests._free_hours()
            requests.write(
                {
                    "invoice_id": False,
                    "error": self.env._("The draft invoice was deleted by %s.", self.env.user.name),
                    "next_try_on": False,
                }
            )
        topups = self._get_prepaid_topups()
        result = super().unlink()
        topups._follow_sales()
        return result

    def action_ticketing_approve(self):
        """Approve on the invoice itself, as in the queue: post it, and have it sent."""
        self.billing_request_ids._check_accountant()
        self.billing_request_ids._approve_checked()

    def action_view_ticket(self):
        self.ensure_one()
        if len(self.ticket_ids) > 1:
            action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
            return {**action, "domain": [("id", "in", self.ticket_ids.ids)], "context": {}}
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }
