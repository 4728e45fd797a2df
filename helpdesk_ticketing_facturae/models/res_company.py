from odoo import api, models

# Category (UNTDID 5305) and reason code (VATEX) of EN 16931 by what Spain's tax authority calls the tax: its type
# and, for exempt ones, the article of the VAT law. Art. 20 and "other" are article 132 of Directive 2006/112/EC,
# art. 22 is article 148; art. 25 (intra-community) is told from the customer's country, which core does well.
CODES = {
    ("sujeto", False): ("S", False),
    ("sujeto_isp", False): ("AE", "VATEX-EU-AE"),
    ("exento", "E1"): ("E", "VATEX-EU-132"),
    ("exento", "E2"): ("G", "VATEX-EU-G"),
    ("exento", "E3"): ("E", "VATEX-EU-148"),
    ("exento", "E6"): ("E", "VATEX-EU-132"),
}


class ResCompany(models.Model):
    _inherit = "res.company"

    def _complete_einvoice_tax_codes(self):
        """Fill the e-invoice codes that Spain's chart of accounts leaves empty; what somebody set stays.

        Without them core guesses: an invoice to the Canaries is told as taxed there at 0 % (BR-AF-05), a subject
        rate of 0 % as exempt, reverse charge as exempt for no reason.

        :return: how many taxes were completed
        :rtype: int
        """
        completed = 0
        for company in self:
            if not (company.chart_template or "").startswith("es_") or company.chart_template.startswith("es_canary"):
                continue
            for tax in company._get_taxes_to_complete():
                completed += company._complete_tax(tax)
        return completed

    def _get_taxes_to_complete(self):
        self.ensure_one()
        return (
            self.env["account.tax"]
            .with_context(active_test=False)
            .search(
                [
                    *self.env["account.tax"]._check_company_domain(self),
                    ("type_tax_use", "=", "sale"),
                    ("amount_type", "=", "percent"),
                    ("ubl_cii_tax_category_code", "=", False),
                ]
            )
        )

    def _complete_tax(self, tax):
        category, reason = self._get_einvoice_codes(tax)
        if not category:
            return 0
        values = {"ubl_cii_tax_category_code": category}
        if reason and not tax.ubl_cii_tax_exemption_reason_code:
            values["ubl_cii_tax_exemption_reason_code"] = reason
        tax.write(values)
        return 1

    @api.model
    def _get_einvoice_codes(self, tax):
        """Return category and reason code of a tax, or nothing to leave it to core."""
        kind, article = tax.l10n_es_type, tax.l10n_es_exempt_reason
        if kind == "sujeto" and not tax.amount:
            return "Z", False
        if kind == "no_sujeto_loc" and self._is_for_exports(tax):
            # Services to where the goods are exported: in one invoice there can be one reason only (BR-G-01).
            return "G", "VATEX-EU-G"
        return CODES.get((kind, article), (False, False))

    @api.model
    def _is_for_exports(self, tax):
        """Tell whether a fiscal position that exempts exported goods uses the tax, too."""
        return "E2" in tax.fiscal_position_ids.tax_ids.mapped("l10n_es_exempt_reason")
