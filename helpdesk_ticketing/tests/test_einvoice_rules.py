"""Every invoice of `einvoice_cases`, in every format, judged by the official rules; and the judges judged."""

import io
import logging
import os
import time
from collections import defaultdict
from unittest import SkipTest

import pypdf
from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools.pdf import OdooPdfFileReader, OdooPdfFileWriter

from . import einvoice_cases as einvoice
from .einvoice_cases import labour, material
from .einvoice_validation import (
    CII,
    DS,
    UBL,
    check_en16931_cii,
    check_en16931_ubl,
    check_facturae,
    check_peppol_bis3,
    extract_cii_from_pdf,
)

_logger = logging.getLogger(__name__)


class EInvoiceCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not (cls.env.company.chart_template or "").startswith("es_"):
            raise SkipTest("the company has no Spanish chart of accounts")
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, mail_notrack=True))
        einvoice.prepare(cls.env)
        cls.facturae = "l10n_es_edi_facturae_xml_file" in cls.env["account.move"]._fields
        if cls.facturae:
            einvoice.make_certificate(cls.env)

    def export(self, invoice, file_format):
        """The document as core's own builder makes it; a builder's complaint fails the test."""
        if file_format == "facturae":
            xml, errors = invoice._l10n_es_edi_facturae_render_facturae()
        else:
            xml, errors = self.env["res.partner"]._get_edi_builder(file_format)._export_invoice(invoice)
        self.assertFalse(errors)
        return xml

    def posted(self, spec):
        invoice = einvoice.make_invoice(self.env, spec)
        invoice.action_post()
        return invoice

    def need_facturae(self):
        if not self.facturae:
            self.skipTest("l10n_es_edi_facturae is not installed")
        if not os.environ.get("HELPDESK_FACTURAE_XSD"):
            self.skipTest("HELPDESK_FACTURAE_XSD is not set: see dev/facturae_xsd.sh")

    def assertRule(self, rule, errors):
        """Among the violations is the rule expected (the start of a message)."""
        self.assertTrue(any(error.startswith(rule) for error in errors), f"{rule} is not in {errors}")


@tagged("post_install", "-at_install")
class TestEInvoiceCases(EInvoiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        started = time.perf_counter()
        cls.specs = einvoice.cases()
        cls.invoices = einvoice.make_invoices(cls.env, cls.specs)
        cls.invoices.action_post()
        _logger.info("%s invoices made and posted in %.1f s", len(cls.specs), time.perf_counter() - started)

    def judge(self, file_format, *checks, only=lambda spec: True):
        violations, seconds, count = defaultdict(list), 0.0, 0
        for spec, invoice in zip(self.specs, self.invoices, strict=True):
            if not only(spec):
                continue
            xml = self.export(invoice, file_format)
            started = time.perf_counter()
            for check in checks:
                for error in check(xml):
                    violations[error].append(spec.key)
            seconds += time.perf_counter() - started
            count += 1
        self.assertEqual(dict(violations), {})
        self.assertGreaterEqual(count, 200)
        _logger.info("%s: %s documents valid, judged in %.1f ms each", file_format, count, 1000 * seconds / count)

    def test_cases_are_varied_and_stable(self):
        self.assertEqual(self.specs, einvoice.cases())
        self.assertGreaterEqual(len(self.specs), 200)
        lines = [line for spec in self.specs for line in spec.lines]
        self.assertEqual({spec.currency for spec in self.specs}, set(einvoice.CURRENCIES))
        self.assertGreater(len({line.quantity for line in lines}), 100)
        self.assertGreater(sum(line.covered for line in lines), 50)
        self.assertGreater(sum(spec.credit_note for spec in self.specs), 50)

    def test_covered_lines_keep_their_tax_and_cost_nothing(self):
        for spec, invoice in zip(self.specs, self.invoices, strict=True):
            for line, invoice_line in zip(spec.lines, invoice.invoice_line_ids, strict=False):
                if line.covered and not spec.kept_lines:
                    self.assertEqual(invoice_line.price_subtotal, 0, spec.key)
                    self.assertTrue(invoice_line.tax_ids, spec.key)

    def test_ubl_bis3(self):
        self.judge("ubl_bis3", check_en16931_ubl, check_peppol_bis3)

    def test_facturx(self):
        self.judge("facturx", check_en16931_cii)

    def test_facturae(self):
        self.need_facturae()
        self.judge("facturae", check_facturae, only=lambda spec: spec.customer.vat)

    def test_facturae_of_an_unidentified_customer_is_refused(self):
        self.need_facturae()
        spec, invoice = next(pair for pair in zip(self.specs, self.invoices, strict=True) if not pair[0].customer.vat)
        with self.assertRaises(UserError, msg=spec.key):
            self.export(invoice, "facturae")


@tagged("post_install", "-at_install")
class TestEInvoiceJudges(EInvoiceCase):
    """A document that was valid is damaged in one place, and the check must say which rule is broken."""

    def setUp(self):
        super().setUp()
        lines = (labour(1.25, 48, "21"), material(3, 19.99, "10", discount=5))
        self.invoice = self.posted(einvoice.Invoice("judges", einvoice.BENCH, lines))

    def damaged(self, xml, namespaces, path, change):
        root = etree.fromstring(xml)
        found = root.find(path, namespaces)
        self.assertIsNotNone(found, path)
        if change is None:
            found.getparent().remove(found)
        else:
            found.text = change
        return etree.tostring(root)

    def test_judges_accept_the_document_undamaged(self):
        self.assertEqual(check_en16931_ubl(self.export(self.invoice, "ubl_bis3")), [])
        self.assertEqual(check_peppol_bis3(self.export(self.invoice, "ubl_bis3")), [])
        self.assertEqual(check_en16931_cii(self.export(self.invoice, "facturx")), [])

    def test_ubl_damaged(self):
        xml = self.export(self.invoice, "ubl_bis3")
        supplier = "cac:AccountingSupplierParty/cac:Party/"
        total = "cac:LegalMonetaryTotal/cbc:"
        category = "cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory"
        for path, change, rule in (
            (f"{total}PayableAmount", "1.00", "BR-CO-16"),
            (f"{total}TaxInclusiveAmount", "1.00", "BR-CO-15"),
            (f"{total}LineExtensionAmount", "1.00", "BR-CO-10"),
            ("cac:TaxTotal/cbc:TaxAmount", "1.00", "BR-CO-14"),
            ("cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount", "1.00", "BR-S-08"),
            (f"{supplier}cac:PartyTaxScheme", None, "BR-S-02"),
            (f"{supplier}cac:PartyTaxScheme/cbc:CompanyID", "29805314", "BR-CO-09"),
            (category, None, "BR-CO-04"),
            (f"{category}/cbc:Percent", "0", "BR-S-05"),
            ("cbc:DocumentCurrencyCode", "XYZ", "BR-CL-04"),
            ("cbc:IssueDate", "14/03/2025", "XSD"),
            ("cbc:ID", None, "XSD"),
            ("cac:AccountingCustomerParty", None, "BR-07"),
        ):
            with self.subTest(path=path):
                self.assertRule(rule, check_en16931_ubl(self.damaged(xml, UBL, path, change)))

    def test_peppol_damaged(self):
        xml = self.export(self.invoice, "ubl_bis3")
        unreferenced = self.damaged(xml, UBL, "cac:OrderReference", None)
        self.assertEqual(check_peppol_bis3(unreferenced), [])
        allowance = "cac:InvoiceLine[2]/cac:AllowanceCharge/cbc:"
        for document, path, change, rule in (
            (unreferenced, "cbc:BuyerReference", None, "PEPPOL-EN16931-R003"),
            (xml, "cbc:ProfileID", None, "PEPPOL-EN16931-R001"),
            (xml, "cbc:ProfileID", "urn:fdc:peppol.eu", "PEPPOL-EN16931-R007"),
            (xml, "cbc:CustomizationID", "urn:cen.eu:en16931:2017", "PEPPOL-EN16931-R004"),
            (xml, "cac:AccountingCustomerParty/cac:Party/cbc:EndpointID", None, "PEPPOL-EN16931-R010"),
            (xml, "cac:AccountingSupplierParty/cac:Party/cbc:EndpointID", None, "PEPPOL-EN16931-R020"),
            (xml, "cac:AccountingCustomerParty/cac:Party/cac:PartyName/cbc:Name", "", "PEPPOL-EN16931-R008"),
            (xml, "cac:InvoiceLine/cac:Price/cbc:PriceAmount", "47.5", "PEPPOL-EN16931-R120"),
            (xml, f"{allowance}MultiplierFactorNumeric", "6", "PEPPOL-EN16931-R040"),
            (xml, f"{allowance}BaseAmount", None, "PEPPOL-EN16931-R041"),
            (xml, f"{allowance}MultiplierFactorNumeric", None, "PEPPOL-EN16931-R042"),
            (xml, "cac:TaxTotal", None, "PEPPOL-EN16931-R053"),
            (xml, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount", "1.00", "BR-CO-15"),
        ):
            with self.subTest(rule=rule):
                self.assertRule(rule, check_peppol_bis3(self.damaged(document, UBL, path, change)))

    def test_cii_damaged(self):
        xml = self.export(self.invoice, "facturx")
        total = ".//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"
        for path, change, rule in (
            (f"{total}DuePayableAmount", "1.00", "BR-CO-16"),
            (f"{total}GrandTotalAmount", "1.00", "BR-CO-15"),
            (f"{total}LineTotalAmount", "1.00", "BR-CO-10"),
            (".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:BasisAmount", "1.00", "BR-S-08"),
            (".//ram:SellerTradeParty/ram:SpecifiedTaxRegistration", None, "BR-S-02"),
            (".//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID", "29805314", "BR-CO-09"),
            (".//ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax", None, "BR-CO-04"),
            (".//ram:InvoiceCurrencyCode", "XYZ", "FX-SCH"),
            (".//ram:BuyerTradeParty/ram:PostalTradeAddress/ram:CountryID", None, "BR-11"),
            (".//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", "urn:other", "FX-SCH"),
            (".//ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedTradeProduct/ram:Name", None, "BR-25"),
            ("rsm:ExchangedDocument/ram:TypeCode", None, "XSD"),
        ):
            with self.subTest(path=path):
                self.assertRule(rule, check_en16931_cii(self.damaged(xml, CII, path, change)))

    def test_facturae_damaged(self):
        self.need_facturae()
        xml = self.export(self.invoice, "facturae")
        self.assertEqual(check_facturae(xml), [])
        totals = "Invoices/Invoice/InvoiceTotals/"
        for path, change, rule in (
            (f"{totals}InvoiceTotal", "1.00", "SUM: invoice total"),
            (f"{totals}TotalTaxOutputs", "1.00", "SUM: taxes"),
            (f"{totals}TotalGrossAmount", "1.00", "SUM: gross amount"),
            ("Invoices/Invoice/Items/InvoiceLine/Quantity", "2", "SUM: line 1, quantity"),
            ("Invoices/Invoice/Items/InvoiceLine[2]/GrossAmount", "1.00", "SUM: line 2, cost"),
            ("Invoices/Invoice/TaxesOutputs/Tax/TaxRate", "10.000", "SUM: base by rate"),
            ("Invoices/Invoice/TaxesOutputs/Tax/TaxTypeCode", None, "XSD"),
            ("Parties/BuyerParty/LegalEntity/AddressInSpain/PostCode", "2801", "XSD"),
            ("Invoices/Invoice/InvoiceHeader/InvoiceNumber", "OTRA", "SIGNATURE: the digest"),
            ("ds:Signature", None, "SIGNATURE: the document is not signed"),
            ("ds:Signature/ds:SignatureValue", "AAAA", "SIGNATURE: the signature"),
        ):
            with self.subTest(path=path):
                self.assertRule(rule, check_facturae(self.damaged(xml, DS, path, change)))

    def test_what_is_no_document(self):
        entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'
        checks = [check_en16931_ubl, check_en16931_cii, check_peppol_bis3]
        for check in checks:
            for xml in (b"", b"<a>", b"not XML", entity):
                self.assertRule("XML", check(xml))
            self.assertRule("XSD", check(b"<a/>"))

    def test_cii_out_of_a_pdf(self):
        xml = self.export(self.invoice, "facturx")
        plain, page, embedded = io.BytesIO(), pypdf.PdfWriter(), io.BytesIO()
        page.add_blank_page(99, 99)
        page.write(plain)
        writer = OdooPdfFileWriter()
        writer.cloneReaderDocumentRoot(OdooPdfFileReader(plain, strict=False))
        writer.addAttachment("factur-x.xml", xml, subtype="text/xml")
        writer.write(embedded)
        self.assertEqual(extract_cii_from_pdf(embedded.getvalue()), xml)
        self.assertIsNone(extract_cii_from_pdf(plain.getvalue()))
