"""What is said before an invoice is posted: each flaw gives its one sentence, and is one by the official rules."""

import dataclasses
from collections.abc import Callable

from odoo.exceptions import UserError
from odoo.tests import tagged

from . import einvoice_cases as einvoice
from .einvoice_cases import labour
from .einvoice_validation import check_en16931_cii, check_ubl
from .test_einvoice_rules import EInvoiceCase

UBL, CII = "ubl_bis3", "facturx"
NOBODY = einvoice.Party("Juan Nadie", "ES", company=False)


@dataclasses.dataclass(frozen=True)
class Flaw:
    """What is wrong with an otherwise good invoice, the words that tell it, and the rule that it would break."""

    spoil: Callable
    sentence: str
    rules: dict = dataclasses.field(default_factory=dict)  # format: official rule, or None where core refuses
    customer: einvoice.Party = einvoice.BENCH
    lines: tuple = (labour(1, 45),)


def customer(**values):
    return lambda invoice: invoice.commercial_partner_id.with_context(no_vat_validation=True).write(values)


def company(**values):
    return lambda invoice: invoice.company_id.partner_id.with_context(no_vat_validation=True).write(values)


def tax(**values):
    return lambda invoice: invoice.invoice_line_ids.tax_ids.write(values)


def other_reason(invoice):
    invoice.invoice_line_ids.tax_ids[0].ubl_cii_tax_exemption_reason_code = "VATEX-EU-132-1A"


def two_taxes(invoice):
    invoice.invoice_line_ids.tax_ids += einvoice.tax_of(invoice.env, labour(1, 1, "10"))


def withholding(invoice):
    taxes = invoice.env["account.tax"]
    invoice.invoice_line_ids.tax_ids += taxes.search(
        [("type_tax_use", "=", "sale"), ("amount", "=", -15), *taxes._check_company_domain(invoice.company_id)], limit=1
    )


def unnamed(invoice):
    taxes = invoice.invoice_line_ids.tax_ids
    invoice.invoice_line_ids.write({"product_id": False, "name": False})
    invoice.invoice_line_ids.tax_ids = taxes


def delivery_without_country(invoice):
    invoice.partner_shipping_id = invoice.env["res.partner"].create(
        {"name": "Nave", "type": "delivery", "parent_id": invoice.partner_id.id}
    )
    invoice.partner_shipping_id.country_id = False


def no_account(invoice):
    invoice.partner_bank_id = False


FLAWS = {
    "no country": Flaw(
        customer(country_id=False),
        "The customer Taller Náutico del Sur, S.L. has no country: set it in the contact.",
        {UBL: None, CII: "BR-11"},
    ),
    "no tax ID": Flaw(customer(vat="/"), "The customer Taller Náutico del Sur, S.L. has no tax ID (VAT)", {UBL: ""}),
    "no city": Flaw(customer(city=False), "The address of the customer Taller Náutico del Sur, S.L. has no city"),
    "no postcode": Flaw(
        customer(zip=False), "The address of the customer Taller Náutico del Sur, S.L. has no postcode"
    ),
    "no address on the network": Flaw(
        customer(peppol_endpoint=False),
        "The customer Taller Náutico del Sur, S.L. has no electronic address: set his Peppol address",
        {UBL: "PEPPOL-EN16931-R010"},
    ),
    "consumer without any number": Flaw(
        lambda invoice: None,
        "The customer Juan Nadie has no electronic address",
        {UBL: "UBL-SR-53"},
        NOBODY,
    ),
    "our address on the network": Flaw(
        company(peppol_endpoint=False),
        "has no electronic address: set its Peppol address",
        {UBL: "PEPPOL-EN16931-R020"},
    ),
    "intra-community without prefix": Flaw(
        customer(vat="111111117"),
        "An intra-community invoice needs the tax ID of Müller & Söhne GmbH with its country's prefix",
        {UBL: "BR-IC-02", CII: "BR-IC-02"},
        einvoice.GERMAN,
    ),
    "reverse charge without tax ID": Flaw(
        customer(vat=False, is_company=False),
        "An invoice with reverse charge needs the tax ID of Construcciones Júcar, S.L.",
        {CII: "BR-AE-02"},
        einvoice.BUILDER,
    ),
    "two exemption reasons": Flaw(
        other_reason,
        "are of one category (E) but name different exemption reasons",
        {UBL: "BR-E-01", CII: "BR-E-01"},
        lines=(labour(1, 45, "exempt"), labour(1, 45, "exempt_other")),
    ),
    "standard rate of zero": Flaw(
        tax(ubl_cii_tax_category_code="S"),
        "of 0 % can't be of category S",
        {UBL: "BR-S-05", CII: "BR-S-05"},
        lines=(labour(1, 45, "0"),),
    ),
    "exempt with a rate": Flaw(
        tax(ubl_cii_tax_category_code="E"), "of 21 % can't be of category E", {UBL: "BR-E-05", CII: "BR-E-05"}
    ),
    "Canary Islands without codes": Flaw(
        tax(ubl_cii_tax_category_code=False, ubl_cii_tax_exemption_reason_code=False),
        "of 0 % can't be of category L",
        {UBL: "", CII: None},
        einvoice.CANARIAN,
    ),
    "no lines": Flaw(
        lambda invoice: None,
        "The invoice has no lines: add what is invoiced.",
        {UBL: "BR-16", CII: "BR-16"},
        lines=(einvoice.Line("note", "Nada"),),
    ),
    "line without name": Flaw(unnamed, "A line has neither a product nor a text", {UBL: None, CII: "BR-25"}),
    "line without tax": Flaw(
        lambda invoice: invoice.invoice_line_ids.write({"tax_ids": False}),
        "The line 'Mano de obra' needs exactly one tax",
        {UBL: "", CII: None},
    ),
    "two taxes": Flaw(two_taxes, "The line 'Mano de obra' needs exactly one tax", {UBL: None, CII: "XSD"}),
    "withholding": Flaw(withholding, "The line 'Mano de obra' has a withholding", {CII: "XSD"}),
    "delivery address": Flaw(
        delivery_without_country, "The delivery address Taller Náutico del Sur, S.L., Nave has no country", {UBL: None}
    ),
    "no bank account": Flaw(no_account, "No bank account to pay on: add one to", {UBL: "", CII: None}),
    "our tax ID": Flaw(company(vat="/"), "has no tax ID (VAT): set it in Settings / Companies.", {CII: "BR-CO-09"}),
    "our prefix": Flaw(company(vat="B96123450"), "lacks its country's prefix", {UBL: "BR-CO-09", CII: "BR-CO-09"}),
    "our phone": Flaw(company(phone=False), "has no phone: set it in Settings / Companies.", {CII: None}),
    "our email": Flaw(company(email=False), "has no email: set it in Settings / Companies.", {CII: None}),
}
CHECKS = {UBL: check_ubl, CII: check_en16931_cii}


class GapsCase(EInvoiceCase):
    """A table of flaws, each made on a good invoice in each of its formats."""

    def assertFlaws(self, flaws, checks):
        for name, flaw in flaws.items():
            for file_format, rule in (flaw.rules or dict.fromkeys(checks, "")).items():
                with self.subTest(name, file_format=file_format), self.env.cr.savepoint() as savepoint:
                    self.assertFlaw(flaw, file_format, rule, checks[file_format])
                    savepoint.rollback()
                    self.env.invalidate_all()

    def assertFlaw(self, flaw, file_format, rule, check):
        """:param rule: the rule that the document breaks; None where core refuses it; empty for a demand of ours"""
        invoice = einvoice.make_invoice(self.env, einvoice.Invoice("flaw", flaw.customer, flaw.lines))
        invoice.commercial_partner_id.invoice_edi_format = file_format
        if flaw.spoil.__name__ != "<lambda>" or flaw.customer is not NOBODY and flaw.lines[0].kind != "note":
            self.assertEqual(invoice._get_einvoice_gaps(), [], "a good invoice until it is spoilt")
        flaw.spoil(invoice)
        gaps = invoice._get_einvoice_gaps()
        self.assertEqual(len(gaps), 1, gaps)
        self.assertIn(flaw.sentence, gaps[0])
        if rule == "":
            return
        invoice.action_post()
        if rule is None:
            self.assertTrue(self.is_refused(invoice, file_format), "core itself refuses to make the document")
        else:
            self.assertRule(rule, check(self.export(invoice, file_format)))

    def is_refused(self, invoice, file_format):
        try:
            self.export(invoice, file_format)
        except (self.failureException, UserError):
            return True
        return False


@tagged("post_install", "-at_install")
class TestEInvoiceGaps(GapsCase):
    def test_each_flaw_is_told_in_one_sentence(self):
        self.assertFlaws(FLAWS, CHECKS)

    def test_no_format(self):
        invoice = einvoice.make_invoice(self.env, einvoice.Invoice("flaw", einvoice.BENCH, (labour(1, 45),)))
        invoice.company_id.ticketing_einvoice_format = False
        self.assertEqual(len(invoice._get_einvoice_gaps()), 1)
        self.assertIn("No e-invoice format: choose one for Taller", invoice._get_einvoice_gaps()[0])

    def test_copy_in_the_pdf_is_only_warned_of(self):
        invoice = einvoice.make_invoice(self.env, einvoice.Invoice("copy", einvoice.BENCH, (labour(1, 45),)))
        invoice.commercial_partner_id.invoice_edi_format = UBL
        self.assertEqual(invoice._get_einvoice_warnings(), [])
        withholding(invoice)
        self.assertEqual(invoice._get_einvoice_gaps(), [])
        self.assertEqual(len(invoice._get_einvoice_warnings()), 1)
        invoice.action_post()
        self.assertEqual(check_ubl(self.export(invoice, UBL)), [])

    def test_line_without_product_is_named_by_its_text(self):
        invoice = einvoice.make_invoice(self.env, einvoice.Invoice("line", einvoice.BENCH, (labour(1, 45),)))
        taxes = invoice.invoice_line_ids.tax_ids
        invoice.invoice_line_ids.product_id = False
        invoice.invoice_line_ids.tax_ids = taxes
        invoice.commercial_partner_id.invoice_edi_format = CII
        self.assertEqual(invoice._get_einvoice_gaps(), [])
        invoice.action_post()
        self.assertEqual(check_en16931_cii(self.export(invoice, CII)), [])

    def test_tax_codes_are_completed_and_nothing_is_overwritten(self):
        for key, (rate, kind, exemption, category, reason) in einvoice.TAXES.items():
            taxes = einvoice._sale_taxes(self.env, kind, exemption)
            taxes = taxes.filtered(lambda tax, rate=rate: tax.amount == rate)
            self.assertTrue(taxes, key)
            self.assertEqual(set(taxes.mapped("ubl_cii_tax_category_code")), {category}, key)
            self.assertEqual(set(taxes.mapped("ubl_cii_tax_exemption_reason_code")), {reason or False}, key)
        ours = einvoice._sale_taxes(self.env, "exento", "E1")
        ours.write({"ubl_cii_tax_category_code": "O", "ubl_cii_tax_exemption_reason_code": "VATEX-EU-O"})
        empty = einvoice._sale_taxes(self.env, "sujeto_isp")
        empty.write({"ubl_cii_tax_category_code": False, "ubl_cii_tax_exemption_reason_code": False})
        self.assertEqual(self.env.company._complete_einvoice_tax_codes(), len(empty))
        self.assertEqual(set(empty.mapped("ubl_cii_tax_category_code")), {"AE"})
        self.assertEqual(set(ours.mapped("ubl_cii_tax_category_code")), {"O"})
        self.assertEqual(self.env.company._complete_einvoice_tax_codes(), 0)
