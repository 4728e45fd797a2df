from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    ticket_id = fields.Many2one("ticketing.ticket", readonly=True, copy=False, index="btree_not_null")
    replaced_invoice_id = fields.Many2one(
        "account.move", readonly=True, copy=False, help="The invoice that was reversed and that this one replaces."
    )
    billing_request_ids = fields.One2many("ticketing.billing.request", "invoice_id", string="Billing Requests")
    note_ids = fields.Many2many("ticketing.delivery.note", string="Delivery Notes", compute="_compute_note_ids")

    @api.depends("billing_request_ids.note_id")
    def _compute_note_ids(self):
        for move in self:
            move.note_ids = move.billing_request_ids.note_id

    # Before posting: is the electronic invoice going to work?

    def _get_einvoice_format(self):
        """Return the format of the electronic invoice: the customer's, else the company's default."""
        self.ensure_one()
        partner = self.commercial_partner_id.with_company(self.company_id)
        return partner.invoice_edi_format or self.company_id.ticketing_einvoice_format

    def _check_einvoice_ready(self):
        """Check what the electronic invoice needs, then export it once as a rehearsal.

        :raises UserError: all that is missing, in words an accountant can act on
        """
        self.ensure_one()
        if missing := self._get_einvoice_gaps():
            raise UserError("\n".join(missing))
        self._rehearse_einvoice()

    def _get_einvoice_gaps(self):
        """Return the list of what the electronic invoice misses (sentences).

        Sources: EN 16931-1 (BT-31, BT-40, BT-48, BT-55, BT-84, BT-151), Peppol BIS Billing 3.0.
        """
        customer, company = self.commercial_partner_id, self.company_id
        checks = [
            (
                self._get_einvoice_format(),
                self.env._(
                    "No e-invoice format: choose one for %s (Accounting tab) or for the company.", customer.display_name
                ),
            ),
            (customer.country_id, self.env._("The customer %s has no country.", customer.display_name)),
            (
                customer.vat or not customer.is_company,
                self.env._("The customer %s has no tax ID (VAT).", customer.display_name),
            ),
            (
                customer.zip and customer.city,
                self.env._("The address of %s has no city or postcode.", customer.display_name),
            ),
            (company.vat, self.env._("Your company %s has no tax ID (VAT).", company.name)),
            (company.country_id, self.env._("Your company %s has no country.", company.name)),
            (
                company.partner_id.bank_ids or self.move_type == "out_refund",
                self.env._("Your company %s has no bank account: the customer could not pay.", company.name),
            ),
        ]
        gaps = [message for fine, message in checks if not fine]
        for line in self.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            if len(line.tax_ids.filtered(lambda tax: tax.amount >= 0)) != 1:
                gaps.append(self.env._("The line '%s' needs exactly one tax.", (line.name or "").split("\n")[0]))
        return gaps

    def _rehearse_einvoice(self):
        """Export the XML without keeping it, so that its errors show before anything is posted."""
        builder = self.commercial_partner_id._get_edi_builder(self._get_einvoice_format())
        if builder is None:
            return
        __, errors = builder.with_context(ticketing_rehearsal=True)._export_invoice(self)
        if errors:
            raise UserError("\n".join(sorted(errors)))

    def _get_ticketing_sending_settings(self):
        """Return the settings with which core sends the invoices of the desk."""
        self.ensure_one()
        methods = {"email"} if self.partner_id.email else {"manual"}
        return {"sending_methods": methods, "invoice_edi_format": self._get_einvoice_format()}

    def _check_einvoice_made(self):
        """An invoice whose XML was not produced is an error, never "sent".

        :raises UserError: no XML
        """
        self.ensure_one()
        if not self._has_einvoice_file():
            raise UserError(
                self.env._(
                    "The electronic invoice (XML) of %s was not produced, so it was not sent: check the customer's format.",
                    self.name,
                )
            )

    def _has_einvoice_file(self):
        return bool(self.ubl_cii_xml_id)

    # Returns

    def _reverse_for_return(self, quantities, picking):
        """Return a draft credit note for returned material.

        :param quantities: {sale.order.line: quantity in its unit}
        :param picking: the return
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
        for line in credit.invoice_line_ids:
            sale_line = line.sale_line_ids[:1]
            quantity = min(wanted.get(sale_line, 0.0), line.quantity)
            if quantity:
                wanted[sale_line] -= quantity
                commands.append(Command.update(line.id, {"quantity": quantity}))
            else:
                commands.append(Command.delete(line.id))
        credit.write({"invoice_line_ids": commands, "ticket_id": self.ticket_id.id})
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
                requests._make_due(invoice_id=invoice.id, approved_by_id=False, approved_on=False, sent_on=False)
                requests._get_timesheets().timesheet_invoice_id = invoice

    def unlink(self):
        """A draft that the accountant deletes leaves its request waiting for his decision, not lost."""
        requests = self.sudo().billing_request_ids  # deleting an invoice needs no helpdesk rights
        if requests:
            requests._get_timesheets().timesheet_invoice_id = False
            requests.write(
                {
                    "invoice_id": False,
                    "error": self.env._("The draft invoice was deleted by %s.", self.env.user.name),
                    "next_try_on": False,
                }
            )
        return super().unlink()

    def action_view_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }
