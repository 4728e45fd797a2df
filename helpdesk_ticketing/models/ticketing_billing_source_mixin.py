from odoo import fields, models
from odoo.exceptions import UserError


class TicketingBillingSourceMixin(models.AbstractModel):
    """What a request bills: the lines of a signed note, the hours of remote work, or the material that came back."""

    _name = "ticketing.billing.source.mixin"
    _description = "Billing Request: What It Bills"

    timesheet_ids = fields.One2many("account.analytic.line", "billing_request_id", string="Hours of Remote Work")

    def _get_timesheets(self):
        """Return the hours that the requests bill."""
        return self.note_id.line_ids.timesheet_id | self.timesheet_ids

    def _get_credits(self):
        """Hook: return the credit notes of the invoice, whatever their state, that take back what was billed."""
        return self.invoice_id.reversal_move_ids

    def _check_not_credited(self, *states):
        """Refuse to undo an invoice that a credit note takes back: that one would be left alone, and the work unpaid.

        :param states: those of the credit notes that are in the way
        :raises UserError: names them
        """
        for request in self:
            if credit_notes := request._get_credits().filtered(lambda move: move.state in states):
                raise UserError(
                    self.env._(
                        "%(credit)s takes %(invoice)s back: cancel that credit note first.",
                        credit=", ".join(credit_notes.mapped("display_name")),
                        invoice=request.invoice_id.display_name,
                    )
                )

    def _get_move_type(self):
        """Hook: return the type of the invoice that bills these requests."""
        return "out_invoice"

    def _get_billable_lines(self):
        """Return what to invoice: [(sale.order.line, extra invoice line values)], one a sale line and price."""
        if self.note_id:
            return self._get_note_lines()
        return self._get_remote_lines()

    def _get_recorded_quantities(self):
        """Return {sale.order.line: quantity in its unit} of what was signed, or recorded: no more may be billed."""
        if not self.note_id:
            return self._get_remote_hours()
        quantities = {}
        for line in self.note_id.line_ids:
            quantities[line.sale_line_id] = quantities.get(line.sale_line_id, 0.0) + line.quantity
        return quantities

    def _check_recorded(self, quantities, invoice):
        """Refuse more than what the request bills.

        :param quantities: {sale.order.line: quantity in its unit} on the invoice
        :raises UserError: says what is too much
        """
        recorded = self._get_recorded_quantities()
        for sale_line, quantity in quantities.items():
            if sale_line.product_uom_id.compare(quantity, recorded.get(sale_line, 0.0)) > 0:
                raise UserError(
                    self.env._(
                        "%(quantity)g of %(product)s are on %(invoice)s, but only %(signed)g were signed for or "
                        "recorded: correct the quantity, or record the work and have it signed.",
                        quantity=quantity,
                        product=sale_line.product_id.display_name,
                        invoice=invoice.display_name,
                        signed=recorded.get(sale_line, 0.0),
                    )
                )

    # A signed note

    def _get_note_lines(self):
        groups = self.note_id._group_lines()
        settled = self._get_settled_returns()
        lines = []
        for index, ((sale_line, price_unit, discount), signed) in enumerate(groups.items(), 1):
            quantity = sum(line.quantity for line in signed)
            back = min(settled.get(sale_line, 0.0), quantity)
            settled[sale_line] = settled.get(sale_line, 0.0) - back
            if quantity - back:
                extra = {
                    "quantity": quantity - back,
                    "price_unit": price_unit,
                    "discount": discount,
                    "sequence": index,
                    **self._prepare_cover_values(sale_line, [line.cover_reason for line in signed]),
                }
                lines.append((sale_line, extra))
        return lines

    def _get_settled_returns(self):
        """Return {sale.order.line: quantity} of what came back and was credited before the note is billed anew."""
        moves = self.note_id.line_ids.move_id.returned_move_ids
        requests = self.search([("picking_id", "in", moves.picking_id.ids), ("cancelled", "=", False)])
        return requests.filtered(lambda request: request.invoice_id.state == "posted")._get_returned_quantities()

    # Remote work

    def _get_remote_hours(self):
        hours = {}
        for timesheet in self.timesheet_ids:
            line = timesheet.so_line
            quantity = timesheet.product_uom_id._compute_quantity(
                timesheet.unit_amount, line.product_uom_id, round=False
            )
            hours[line] = hours.get(line, 0.0) + quantity
        return hours

    def _get_remote_lines(self):
        hours = self._get_remote_hours()
        reasons = {}
        for timesheet in self.timesheet_ids:
            reasons.setdefault(timesheet.so_line, []).append(timesheet.cover_reason)
        if not self.team_id.bill_covered and all(line.covered for line in hours):
            return []
        return [
            (line, {"quantity": quantity, "sequence": index, **self._prepare_cover_values(line, reasons[line])})
            for index, (line, quantity) in enumerate(hours.items(), 1)
            if quantity
        ]

    def _prepare_cover_values(self, sale_line, reasons):
        """Say on the invoice why a line costs nothing."""
        if not sale_line.covered:
            return {}
        told = " ".join(dict.fromkeys(filter(None, reasons))) or sale_line.cover_reason or ""
        return {"name": f"{sale_line.name}\n{self.env._('Covered: %s', told)}"}

    def _keeps_free_work(self):
        """Tell whether all that the customer paid for came back, and covered hours are left that were billed with it."""
        refunds = self.invoice_id.reversal_move_ids.filtered(lambda move: move.state == "posted")
        returns = self.sudo().search(
            [("kind", "=", "return"), ("invoice_id", "in", refunds.ids)]
        )  # states are nobody's
        return refunds == returns.invoice_id & refunds and not self._is_all_credited(refunds)

    def _is_credited_apart(self):
        """Tell whether all that these requests have on an invoice with others was credited, and so may be billed anew."""
        refunds = self.invoice_id.reversal_move_ids.filtered(lambda move: move.state == "posted")
        shares = len(self.invoice_id.invoice_line_ids.billing_request_id) > 1
        return bool(refunds) and shares and self._is_all_credited(refunds)

    def _is_all_credited(self, refunds):
        net = self.invoice_id._get_quantities(self)
        for line, quantity in refunds._get_quantities(self).items():
            net[line] = net.get(line, 0.0) - quantity
        return all(line.product_uom_id.compare(quantity, 0) <= 0 for line, quantity in net.items())

    # A return

    def _get_returned_quantities(self):
        """Return {sale.order.line: quantity in its unit} of what came back after it was signed for."""
        quantities = {}
        for move in self.picking_id.move_ids._get_returns_to_credit():
            line = move.sale_line_id
            quantity = move.product_uom._compute_quantity(move.quantity, line.product_uom_id)
            quantities[line] = quantities.get(line, 0.0) + quantity
        return quantities

    def _get_returned_invoice(self):
        """Return the invoice of the delivery that came back (empty while there is none)."""
        notes = self.picking_id.move_ids._get_returns_to_credit().origin_returned_move_id.note_id
        return notes.billing_request_ids.filtered(lambda request: not request.cancelled).invoice_id[:1]

    def _make_credit_note(self):
        """Return the draft credit note of a return: the returned quantities, linked to the invoice they reverse.

        :raises UserError: the delivery is not invoiced yet (tried again when it is), or more came back than is invoiced
        """
        invoice = self._get_returned_invoice()
        if invoice.state != "posted":
            raise UserError(
                self.env._(
                    "Return %s can be credited once the invoice of its delivery is posted.", self.picking_id.name
                )
            )
        return invoice._reverse_for_return(self._get_returned_quantities(), self.picking_id, self.ticket_id)

    def _get_waiting_returns(self):
        """Return the requests of returns that wait for the invoices of these requests."""
        pickings = self.note_id.line_ids.move_id.returned_move_ids.picking_id
        return self.search(
            [
                ("picking_id", "in", pickings.ids),
                ("invoice_id", "=", False),
                ("cancelled", "=", False),
                ("state", "in", ("queued", "failed")),
            ]
        )
