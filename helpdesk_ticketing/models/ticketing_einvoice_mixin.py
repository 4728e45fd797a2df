from odoo import api, fields, models
from odoo.exceptions import UserError

# UNTDID 5305: what the rate of each category must be. Sources: BR-S-05, BR-AF-05, BR-AG-05; BR-Z-05, BR-E-05...
TAXED_CATEGORIES = {"S", "L", "M", "B"}
UNTAXED_CATEGORIES = {"Z", "E", "AE", "G", "K", "O"}


class TicketingEinvoiceMixin(models.AbstractModel):
    """What an electronic invoice misses, said before it is posted in words that an accountant can act on.

    A format's own checks stand in a method of their own; a bridge for another format extends `_get_format_gaps`.
    Sources: EN 16931-1 (business rules BR-...), Peppol BIS Billing 3.0 (R...), Factur-X 1.0.
    """

    _name = "ticketing.einvoice.mixin"
    _description = "Electronic Invoice: Checks"

    einvoice_gaps = fields.Text("Missing for the E-invoice", compute="_compute_einvoice_gaps")
    einvoice_warnings = fields.Text("Missing for the Factur-X Copy", compute="_compute_einvoice_gaps")

    @api.depends(
        "state",
        "partner_id",
        "partner_bank_id",
        "invoice_line_ids.name",
        "invoice_line_ids.product_id",
        "invoice_line_ids.tax_ids",
    )
    def _compute_einvoice_gaps(self):
        """Only for drafts of the desk: an invoice that was sent is past mending."""
        self.einvoice_gaps = self.einvoice_warnings = False
        for move in self:
            if move._is_of_desk() and move.state == "draft" and move.partner_id:
                move.einvoice_gaps = "\n".join(move._get_einvoice_gaps())
                move.einvoice_warnings = "\n".join(move._get_einvoice_warnings())

    def _get_einvoice_format(self):
        """Return the format of the electronic invoice: the customer's, else the company's default.

        Where the default needs an electronic address that the customer has not, as consumers and most foreigners,
        Factur-X serves: a PDF that a person can read, with the data in it.
        """
        self.ensure_one()
        partner = self.commercial_partner_id.with_company(self.company_id)
        default = self.company_id.ticketing_einvoice_format
        if not partner.invoice_edi_format and default in partner._get_peppol_formats() and not partner.peppol_endpoint:
            return "facturx"
        return partner.invoice_edi_format or default

    def _check_einvoice_ready(self):
        """Check what the electronic invoice needs, then export it once as a rehearsal.

        :raises UserError: all that is missing, in words an accountant can act on
        """
        self._check_einvoice_gaps()
        self._rehearse_einvoice()

    def _check_einvoice_gaps(self):
        self.ensure_one()
        if gaps := self._get_einvoice_gaps():
            raise UserError("\n".join(gaps))

    def _get_einvoice_gaps(self):
        """Return the list of what the electronic invoice misses (sentences, each once)."""
        self.ensure_one()
        file_format = self._get_einvoice_format()
        gaps = self._get_customer_gaps() + self._get_company_gaps() + self._get_format_gaps(file_format)
        if not file_format:
            gaps.append(
                self.env._(
                    "No e-invoice format: choose one for %s (its tab Invoicing) or in Settings / Helpdesk Ticketing.",
                    self.commercial_partner_id.display_name,
                )
            )
        return list(dict.fromkeys(gaps))

    def _get_einvoice_warnings(self):
        """Return what only the Factur-X copy misses which every PDF carries: no reason to hold the invoice back."""
        self.ensure_one()
        if self._get_einvoice_format() == "facturx":
            return []
        known = set(self._get_einvoice_gaps())
        return [gap for gap in dict.fromkeys(self._get_format_gaps("facturx")) if gap not in known]

    def _get_format_gaps(self, file_format):
        """Return what one format needs beyond the customer's and the company's data.

        :param str file_format: as in `res.partner.invoice_edi_format`
        """
        if file_format == "facturx":
            return self._get_en16931_gaps() + self._get_facturx_gaps()
        if file_format in self.env["res.partner"]._get_ubl_cii_formats():
            return self._get_en16931_gaps() + self._get_ubl_gaps()
        return []

    # What every format needs

    def _get_customer_gaps(self):
        customer = self.commercial_partner_id
        name = customer.display_name
        country = customer.country_id
        european = country in self.env.ref("base.europe").country_ids
        checks = [
            (country, self.env._("The customer %s has no country: set it in the contact.", name)),
            (
                self._get_tax_number(customer) or not customer.is_company or not european,
                self.env._("The customer %s has no tax ID (VAT): set it in the contact.", name),
            ),
            (customer.city, self.env._("The address of the customer %s has no city: set it in the contact.", name)),
            (
                customer.zip or not country.zip_required,
                self.env._("The address of the customer %s has no postcode: set it in the contact.", name),
            ),
        ]
        return [message for fine, message in checks if not fine]

    def _get_company_gaps(self):
        company = self.company_id
        checks = [
            (
                self._get_tax_number(company.partner_id),
                self.env._("Your company %s has no tax ID (VAT): set it in Settings / Companies.", company.name),
            ),
            (
                company.country_id,
                self.env._("Your company %s has no country: set it in Settings / Companies.", company.name),
            ),
            (
                self.partner_bank_id or self.move_type == "out_refund",
                self.env._(
                    "No bank account to pay on: add one to the contact of %s (tab Invoicing) and choose it as the invoice's "
                    "recipient bank (tab Other Info).",
                    company.name,
                ),
            ),
        ]
        return [message for fine, message in checks if not fine]

    @api.model
    def _get_tax_number(self, partner):
        """Return the tax number; core lets people write a stroke for none."""
        return partner.vat if partner.vat and partner.vat != "/" else False

    # EN 16931, in either syntax

    def _get_en16931_gaps(self):
        return [*self._get_address_gaps(), *self._get_line_gaps(), *self._get_tax_gaps()]

    def _get_address_gaps(self):
        """Countries of the addresses that are printed: BR-11, BR-57; our prefix: BR-CO-09."""
        gaps = []
        number = self._get_tax_number(self.company_id.partner_id)
        if number and not number[:2].isalpha():
            gaps.append(
                self.env._(
                    "The tax ID %(number)s of your company %(company)s lacks its country's prefix: complete it in "
                    "Settings / Companies.",
                    number=number,
                    company=self.company_id.name,
                )
            )
        for partner, sort in (
            (self.partner_id, self.env._("invoice address")),
            (self.partner_shipping_id, self.env._("delivery address")),
        ):
            if partner and partner != self.commercial_partner_id and not partner.country_id:
                gaps.append(
                    self.env._(
                        "The %(sort)s %(name)s has no country: set it in the contact.",
                        sort=sort,
                        name=partner.display_name,
                    )
                )
        return gaps

    def _get_product_lines(self):
        return self.invoice_line_ids.filtered(lambda line: line.display_type == "product")

    def _get_line_title(self, line):
        return (line.name or line.product_id.display_name or "").strip().split("\n")[0] or self.env._("without text")

    def _get_line_gaps(self):
        """There is something to pay for (BR-16), named (BR-25), under one VAT (BR-CO-04, UBL-SR-48)."""
        lines = self._get_product_lines()
        gaps = [] if lines else [self.env._("The invoice has no lines: add what is invoiced.")]
        for line in lines:
            if not (line.product_id or (line.name or "").strip()):
                gaps.append(self.env._("A line has neither a product nor a text: fill it in or delete it."))
            if len(self._get_vat_taxes(line)) != 1:
                gaps.append(
                    self.env._(
                        "The line '%s' needs exactly one tax: choose it in the column Taxes.",
                        self._get_line_title(line),
                    )
                )
        return gaps

    @api.model
    def _get_vat_taxes(self, line):
        """Return the line's taxes but withholdings and fixed ones (ecotaxes), which have elements of their own."""
        taxes = line.tax_ids.flatten_taxes_hierarchy()
        return taxes.filtered(lambda tax: tax.amount_type != "fixed" and tax.amount >= 0)

    def _get_tax_gaps(self):
        """Categories and exemption reasons of the taxes: BR-S-05 and alike, BR-E-01 and alike, BR-IC-02, BR-AE-02."""
        gaps, reasons = [], {}
        edi = self.env["account.edi.common"]
        customer, supplier = self.commercial_partner_id, self.company_id.partner_id
        taxes = self.env["account.tax"].union(*map(self._get_vat_taxes, self._get_product_lines()))
        for tax in taxes:
            category = edi._get_tax_category_code(customer, supplier, tax)
            reason = edi._get_tax_exemption_reason(customer, supplier, tax)
            if category in UNTAXED_CATEGORIES:
                reasons.setdefault(category, {})[tuple(reason.values())] = tax
            gaps += self._get_category_gaps(tax, category)
        for category, found in reasons.items():
            if len(found) > 1:
                gaps.append(
                    self.env._(
                        "The taxes %(taxes)s are of one category (%(category)s) but name different exemption reasons: "
                        "give them one in Invoicing / Configuration / Taxes, or use one of them only.",
                        taxes=", ".join(tax.name for tax in found.values()),
                        category=category,
                    )
                )
        return gaps

    def _get_category_gaps(self, tax, category):
        customer = self.commercial_partner_id
        if (category in TAXED_CATEGORIES and not tax.amount) or (category in UNTAXED_CATEGORIES and tax.amount):
            return [
                self.env._(
                    "The tax %(tax)s of %(rate)g %% can't be of category %(category)s: set its category code in "
                    "Invoicing / Configuration / Taxes (tab Advanced Options).",
                    tax=tax.name,
                    rate=tax.amount,
                    category=category,
                )
            ]
        number = self._get_tax_number(customer)
        if category == "K" and not (number and number[:2].isalpha()):
            return [
                self.env._(
                    "An intra-community invoice needs the tax ID of %s with its country's prefix: set it in the "
                    "contact, or choose another fiscal position.",
                    customer.display_name,
                )
            ]
        if category == "AE" and not number:
            return [
                self.env._(
                    "An invoice with reverse charge needs the tax ID of %s: set it in the contact.",
                    customer.display_name,
                )
            ]
        return []

    # One syntax

    def _get_ubl_gaps(self):
        """Where the invoice goes to and comes from on the Peppol network: R010, R020, UBL-SR-53."""
        gaps = []
        customer, company = self.commercial_partner_id, self.company_id.partner_id
        if not (customer.peppol_eas and customer.peppol_endpoint):
            gaps.append(
                self.env._(
                    "The customer %s has no electronic address: set his Peppol address in the contact (tab Invoicing), "
                    "or choose another format there, as Factur-X.",
                    customer.display_name,
                )
            )
        if not (company.peppol_eas and company.peppol_endpoint):
            gaps.append(
                self.env._(
                    "Your company %s has no electronic address: set its Peppol address in its contact (tab Invoicing).",
                    company.name,
                )
            )
        return gaps

    def _get_facturx_gaps(self):
        """What core's builder can't write (two taxes on a line) and what it asks for (BR-DE-6, BR-DE-7)."""
        company = self.company_id
        gaps = []
        if not company.partner_id.phone:
            gaps.append(self.env._("Your company %s has no phone: set it in Settings / Companies.", company.name))
        if not company.email:
            gaps.append(self.env._("Your company %s has no email: set it in Settings / Companies.", company.name))
        for line in self._get_product_lines():
            if line.tax_ids.flatten_taxes_hierarchy().filtered(lambda tax: tax.amount < 0):
                gaps.append(
                    self.env._(
                        "The line '%s' has a withholding, which Factur-X can't express: choose another format for "
                        "the customer (his tab Invoicing).",
                        self._get_line_title(line),
                    )
                )
        return gaps

    # Rehearsal and result

    def _rehearse_einvoice(self):
        """Export the XML without keeping it, so that its errors show before anything is posted."""
        builder = self.commercial_partner_id._get_edi_builder(self._get_einvoice_format())
        if builder is None:
            return
        draft = self.state == "draft"
        __, errors = builder.with_context(ticketing_rehearsal=draft)._export_invoice(self)
        if errors:
            raise UserError("\n".join(sorted(errors)))

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
