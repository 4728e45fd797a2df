from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    ticket_id = fields.Many2one("ticketing.ticket", readonly=True, copy=False, index="btree_not_null")
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
        self._check_einvoice_gaps()
        self._rehearse_einvoice()

    def _check_einvoice_gaps(self):
        self.ensure_one()
        if missing := self._get_einvoice_gaps():
            raise UserError("\n".join(missing))

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
        draft = self.state == "draft"
        __, errors = builder.with_context(ticketing_rehearsal=draft)._export_invoice(self)
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
            quantity = min(wanted.pop(sale_line, 0.0), line.quantity)
            commands.append(Command.update(line.id, {"quantity": quantity}) if quantity else Command.delete(line.id))
        credit.write({"invoice_line_ids": commands, "ticket_id": self.ticket_id.id})
        return credit

    # What becomes of the invoice

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        tickets = self.sudo().billing_request_ids.ticket_id  # who books a payment need not see tickets
        if tickets:
            tickets._close_settled()
        return result

    def unlink(self):
        """A draft that the accountant deletes leaves its request waiting for his decision, not lost."""
        requests = self.sudo().billing_request_ids  # deleting an invoice needs no helpdesk rights
        if requests:
            requests.write({"invoice_id": False})
            requests._get_all_timesheets().timesheet_invoice_id = False
            requests.write(
                {
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
