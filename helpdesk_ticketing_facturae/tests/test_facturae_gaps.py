"""What Facturae needs: each flaw gives its one sentence, and the official schema refuses the file it would make."""

from odoo.tests import tagged

from odoo.addons.helpdesk_ticketing.tests import einvoice_cases as einvoice
from odoo.addons.helpdesk_ticketing.tests.einvoice_cases import labour, make_certificate
from odoo.addons.helpdesk_ticketing.tests.einvoice_validation import _parse, check_facturae
from odoo.addons.helpdesk_ticketing.tests.test_einvoice_gaps import Flaw, GapsCase, company, customer, tax

FORMAT = "es_facturae"
XSD, REFUSED = {FORMAT: "XSD"}, {FORMAT: None}
NAME = einvoice.BENCH.name


def no_certificate(invoice):
    invoice.company_id.l10n_es_edi_facturae_certificate_ids.unlink()


def expired_certificate(invoice):
    no_certificate(invoice)
    make_certificate(invoice.env, days=-3)


FLAWS = {
    "postcode": Flaw(customer(zip="2801"), f"Facturae needs the postcode of {NAME} in five digits", XSD),
    "street": Flaw(customer(street=False), f"Facturae needs the street of {NAME}", XSD),
    "foreign street": Flaw(customer(street=False), "Facturae needs the street of Müller", XSD, einvoice.GERMAN),
    "our postcode": Flaw(company(zip=False), "in five digits", XSD),
    "our street": Flaw(company(street=False), "Facturae needs the street of", XSD),
    "kind of tax": Flaw(tax(l10n_es_edi_facturae_tax_type=False), "has no Facturae tax type", XSD),
    "no tax": Flaw(lambda invoice: invoice.invoice_line_ids.write({"tax_ids": False}), "has no tax: choose one", XSD),
    "long number": Flaw(
        lambda invoice: invoice.write({"name": "FACTURA/CLIENTES/2025/00001"}), "are too long for Facturae", XSD
    ),
    "long text": Flaw(
        lambda invoice: invoice.invoice_line_ids.write({"name": "x" * 2501}),
        "has 2501 characters, Facturae takes 2500: shorten it.",
        XSD,
    ),
    "no text": Flaw(
        lambda invoice: invoice.invoice_line_ids.write({"name": False}), "A line has no text: Facturae needs one.", XSD
    ),
    "no certificate": Flaw(no_certificate, "Facturae needs a certificate to sign with", REFUSED),
    "expired certificate": Flaw(expired_certificate, "is not valid (it ended on", REFUSED),
    "nothing to correct": Flaw(
        lambda invoice: invoice.write({"move_type": "out_refund"}),
        "A Facturae credit note must say which invoice it corrects",
        REFUSED,
    ),
}


@tagged("post_install", "-at_install")
class TestFacturaeGaps(GapsCase):
    def export(self, invoice, file_format):
        return super().export(invoice, "facturae")

    def setUp(self):
        super().setUp()
        self.need_facturae()

    def test_each_flaw_is_told_in_one_sentence(self):
        self.assertFlaws(FLAWS, {FORMAT: check_facturae})

    def test_no_tax_id(self):
        """Told twice: as any invoice's, and as what Facturae can't do without."""
        invoice = einvoice.make_invoice(self.env, einvoice.Invoice("flaw", einvoice.BENCH, (labour(1, 45),)))
        invoice.commercial_partner_id.invoice_edi_format = FORMAT
        invoice.commercial_partner_id.vat = "/"
        self.assertIn(f"Facturae needs the tax ID (NIF) of {NAME}.", invoice._get_einvoice_gaps())

    def test_short_bic_is_completed(self):
        invoice = self.posted(einvoice.Invoice("bic", einvoice.BENCH, (labour(1, 45),)))
        invoice.partner_bank_id.bank_id = self.env["res.bank"].create({"name": "Banco", "bic": "CAIXESBB"})
        xml = self.export(invoice, FORMAT)
        self.assertEqual(check_facturae(xml), [])
        self.assertEqual(_parse(xml).findtext(".//BIC"), "CAIXESBBXXX")

    def test_taxes_in_another_currency_are_told_in_euros(self):
        invoice = self.posted(einvoice.Invoice("usd", einvoice.BENCH, (labour(2, 100, "21"),), "USD"))
        xml = self.export(invoice, FORMAT)
        self.assertEqual(check_facturae(xml), [])
        found = _parse(xml).find("Invoices/Invoice/TaxesOutputs/Tax/TaxAmount")
        self.assertEqual(found.findtext("TotalAmount"), "42.00")
        self.assertEqual(found.findtext("EquivalentInEuros"), f"{42 / einvoice.CURRENCIES['USD']:.2f}")
