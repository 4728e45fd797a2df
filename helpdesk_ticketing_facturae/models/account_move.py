import re

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.l10n_es_edi_facturae.models.account_move import COUNTRY_CODE_MAP

FORMAT = "es_facturae"
# Limits of Facturae 3.2.2.
NUMBER_LENGTH = 20
TEXT_LENGTH = 2500
REFERENCE_LENGTH = 20
BIC_LENGTH = 11


class AccountMove(models.Model):
    _inherit = "account.move"

    # Before posting

    def _get_format_gaps(self, file_format):
        """Add what Facturae 3.2.2 needs. Core writes an invalid file, or none, without a word."""
        gaps = super()._get_format_gaps(file_format)
        if file_format == FORMAT:
            gaps += [
                *self._get_certificate_gaps(),
                *self._get_facturae_party_gaps(self.commercial_partner_id),
                *self._get_facturae_party_gaps(self.company_id.partner_id),
                *self._get_facturae_line_gaps(),
                *self._get_facturae_document_gaps(),
            ]
        return gaps

    def _get_certificate_gaps(self):
        certificates = self.company_id.sudo().l10n_es_edi_facturae_certificate_ids  # the key itself is not read
        if not certificates:
            return [
                self.env._(
                    "Facturae needs a certificate to sign with: add one for %s in Invoicing / Configuration / "
                    "Spain Facturae EDI / Certificates.",
                    self.company_id.name,
                )
            ]
        if not certificates.filtered("is_valid"):
            last = max(certificate.date_end or fields.Datetime.now() for certificate in certificates)
            return [
                self.env._(
                    "The Facturae certificate of %(company)s is not valid (it ended on %(date)s): add the new one in "
                    "Invoicing / Configuration / Spain Facturae EDI / Certificates.",
                    company=self.company_id.name,
                    date=fields.Date.to_string(last),
                )
            ]
        return []

    def _get_facturae_party_gaps(self, partner):
        """Address and tax ID of either side, as the schema wants them."""
        name = partner.display_name
        country = partner.country_id
        spanish = country.code == "ES"
        checks = [
            (self._get_tax_number(partner), self.env._("Facturae needs the tax ID (NIF) of %s.", name)),
            (
                partner.street or partner.street2,
                self.env._("Facturae needs the street of %s: set it in the contact.", name),
            ),
            (
                not spanish or re.fullmatch(r"[0-9]{5}", partner.zip or ""),
                self.env._("Facturae needs the postcode of %s in five digits: set it in the contact.", name),
            ),
            (partner.city, self.env._("Facturae needs the city of %s: set it in the contact.", name)),
            (
                not country or country.code in COUNTRY_CODE_MAP,
                self.env._("Facturae knows no code for the country of %s: choose another format.", name),
            ),
        ]
        return [message for fine, message in checks if not fine]

    def _get_facturae_line_gaps(self):
        gaps = []
        lines = self._get_product_lines()
        if not lines:
            gaps.append(self.env._("The invoice has no lines: add what is invoiced."))
        for line in lines:
            title = self._get_line_title(line)
            taxes = line.tax_ids.flatten_taxes_hierarchy()
            if not (line.name or "").strip():
                gaps.append(self.env._("A line has no text: Facturae needs one."))
            if len(line.name or "") > TEXT_LENGTH:
                gaps.append(
                    self.env._(
                        "The text of the line '%(line)s' has %(length)s characters, Facturae takes %(limit)s: shorten it.",
                        line=title[:60],
                        length=len(line.name),
                        limit=TEXT_LENGTH,
                    )
                )
            if not taxes.filtered(lambda tax: tax.amount >= 0):
                gaps.append(
                    self.env._("The line '%s' has no tax: choose one in the column Taxes, even one of 0 %%.", title)
                )
            gaps += [
                self.env._(
                    "The tax %s has no Facturae tax type: set it in Invoicing / Configuration / Taxes (tab Advanced "
                    "Options).",
                    tax.name,
                )
                for tax in taxes
                if not tax.l10n_es_edi_facturae_tax_type
            ]
        return gaps

    def _get_facturae_document_gaps(self):
        gaps = []
        number = self._get_expected_number()
        if len(number) > NUMBER_LENGTH:
            gaps.append(
                self.env._(
                    "Invoice numbers like %(number)s are too long for Facturae, which takes %(limit)s characters: "
                    "number the journal %(journal)s in another way.",
                    number=number,
                    limit=NUMBER_LENGTH,
                    journal=self.journal_id.name,
                )
            )
        if self.move_type == "out_refund" and not self.reversed_entry_id:
            gaps.append(
                self.env._("A Facturae credit note must say which invoice it corrects: make it from that invoice.")
            )
        return gaps

    def _get_expected_number(self):
        """Return the invoice's number or, while it has none, one that looks like it: the last of its journal."""
        if self.name and self.name != "/":
            return self.name
        return self._get_last_sequence() or self._get_starting_sequence() or ""

    def _rehearse_einvoice(self):
        if self._get_einvoice_format() != FORMAT:
            return super()._rehearse_einvoice()
        values, __ = self.with_context(lang=self.partner_id.lang)._l10n_es_edi_facturae_export_facturae()
        # The number and the date are given at posting: the rehearsal reads them from a copy in memory.
        today = fields.Date.context_today(self)
        values["Invoices"][0]["invoice_record"] = self.new({"name": "0", "invoice_date": today, "date": today})
        try:
            self.env["ir.qweb"]._render("l10n_es_edi_facturae.account_invoice_facturae_export", values)
        except ValueError as error:
            raise UserError(self.env._("The Facturae file can't be made: %s", error)) from error

    def _has_einvoice_file(self):
        if self._get_einvoice_format() == FORMAT:
            return bool(self.l10n_es_edi_facturae_xml_id)
        return super()._has_einvoice_file()

    # The file

    def _l10n_es_edi_facturae_export_facturae(self):
        """Amounts in euros for taxes in another currency: core's template asks a value that core never sets."""
        values, signature = super()._l10n_es_edi_facturae_export_facturae()
        values["need_conversion"] = values["conversion_needed"]
        reference = self._get_facturae_reference()
        if reference:
            for invoice in values["Invoices"]:
                invoice["InvoiceIssueData"]["ReceiverTransactionReference"] = reference
        return values, signature

    def _get_facturae_reference(self):
        return (self.buyer_reference or "")[:REFERENCE_LENGTH] if self._is_of_desk() else ""

    def _l10n_es_edi_facturae_prepare_inv_line(self, base_line, aggregated_values):
        """The customer's reference for the line's work, and the number of the delivery note that he signed for it."""
        values = super()._l10n_es_edi_facturae_prepare_inv_line(base_line, aggregated_values)
        request = base_line["record"]._get_source()
        own_reference = request.ticket_id._get_customer_order_number() if request.ticket_id else False
        if reference := (own_reference or "")[:REFERENCE_LENGTH] or self._get_facturae_reference():
            values["ReceiverTransactionReference"] = reference
        values["DeliveryNotes"] = [
            {"number": note.name[:30], "date": fields.Date.to_string(note.signed_on)} for note in request.note_id
        ]
        return values

    def _l10n_es_edi_facturae_convert_payment_terms_to_installments(self):
        """Facturae takes BICs of eleven characters only; those of eight name the head office, which is XXX."""
        installments = super()._l10n_es_edi_facturae_convert_payment_terms_to_installments()
        for installment in installments:
            account = installment["AccountToBeCredited"]
            if account["BIC"]:
                account["BIC"] = account["BIC"].ljust(BIC_LENGTH, "X")
        return installments
