from odoo import fields, models
from odoo.exceptions import UserError

FORMAT = "es_facturae"


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_einvoice_gaps(self):
        """Add what Facturae 3.2.2 needs. Core sends without XML, and without a word, when the certificate is missing."""
        gaps = super()._get_einvoice_gaps()
        if self._get_einvoice_format() != FORMAT:
            return gaps
        certificates = self.company_id.sudo().l10n_es_edi_facturae_certificate_ids  # the key itself is not read
        if not certificates:
            gaps.append(
                self.env._(
                    "Facturae needs a certificate to sign with: add one for %s in Settings / Accounting / Certificates.",
                    self.company_id.name,
                )
            )
        elif not certificates.filtered("is_valid"):
            last = max(certificate.date_end or fields.Datetime.now() for certificate in certificates)
            gaps.append(
                self.env._(
                    "The Facturae certificate of %(company)s is not valid (it ended on %(date)s): add the new one in "
                    "Settings / Accounting / Certificates.",
                    company=self.company_id.name,
                    date=fields.Date.to_string(last),
                )
            )
        if not self.commercial_partner_id.vat:
            gaps.append(
                self.env._("Facturae needs the tax ID (NIF) of %s.", self.commercial_partner_id.display_name)
            )
        if self.move_type == "out_refund" and not self.reversed_entry_id:
            gaps.append(self.env._("A Facturae credit note must say which invoice it corrects."))
        return gaps

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
