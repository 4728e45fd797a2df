from collections import defaultdict

from lxml import etree

from odoo import models
from odoo.tools import float_repr

from odoo.addons.account_edi_ubl_cii.models.account_edi_xml_cii_facturx import CII_NAMESPACES

EXTENDED = "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended"
EN16931 = "urn:cen.eu:en16931:2017"
PRODUCT_NUMBERS = ("GlobalID", "SellerAssignedID", "BuyerAssignedID")


class AccountEdiXmlCii(models.AbstractModel):
    _inherit = "account.edi.xml.cii"

    def _export_invoice(self, invoice):
        """Factur-X of profile EN 16931, which is the one that core writes into the PDF's metadata.

        Core claims the profile "extended" in the document itself, rounds prices to cents, and sums lines
        and taxes in another way than the invoice where taxes are rounded globally, as Spain's chart of
        accounts does (BR-CO-10, BR-CO-15, BR-S-08).
        """
        xml, errors = super()._export_invoice(invoice)
        root = etree.fromstring(xml)
        guideline = root.find(".//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", CII_NAMESPACES)
        if guideline is None or guideline.text != EXTENDED:
            return xml, errors
        guideline.text = EN16931
        # Not part of the profile.
        self._cii_remove(root, ".//ram:ShipToTradeParty/ram:DefinedTradeContact")
        # A buyer's number without its country's prefix is no VAT identifier (BR-CO-09).
        for number in root.findall(".//ram:BuyerTradeParty/ram:SpecifiedTaxRegistration", CII_NAMESPACES):
            if not number.findtext("ram:ID", "", CII_NAMESPACES)[:2].isalpha():
                number.getparent().remove(number)
        self._cii_set_names(root, invoice)
        self._cii_set_references(root, invoice)
        self._cii_set_amounts(root, invoice)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8"), errors

    def _check_non_0_rate_tax(self, vals):
        """Only what is taxed with IGIC needs its rate: a sale to the Canaries from the mainland is an export."""
        if any(values.get("tax_category_code") == "L" for values in vals["tax_details"]["tax_details"].values()):
            return super()._check_non_0_rate_tax(vals)
        return None

    def _cii_remove(self, root, path):
        for node in root.findall(path, CII_NAMESPACES):
            node.getparent().remove(node)

    def _cii_set_names(self, root, invoice):
        """A line without a product is named by its text (BR-25)."""
        lines = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        nodes = root.findall(".//ram:IncludedSupplyChainTradeLineItem", CII_NAMESPACES)
        for line, node in zip(lines, nodes, strict=True):
            product = node.find("ram:SpecifiedTradeProduct", CII_NAMESPACES)
            if product is not None and product.find("ram:Name", CII_NAMESPACES) is None:
                name = etree.Element(f"{{{CII_NAMESPACES['ram']}}}Name")
                name.text = (line.name or "").strip().split("\n")[0]
                before = [child for child in product if etree.QName(child).localname in PRODUCT_NUMBERS]
                product.insert(len(before), name)

    def _cii_set_references(self, root, invoice):
        """BT-13 is the customer's order, if he gave its number, and BT-16 the delivery note that he signed.

        Where several notes share the invoice, each line says under which it stands (BT-127).
        """
        if not invoice._is_of_desk():
            return
        order = invoice._get_customer_order_number()
        number = root.find(".//ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID", CII_NAMESPACES)
        if order and number is not None:
            number.text = order
        else:
            self._cii_remove(root, ".//ram:BuyerOrderReferencedDocument")
        delivery = root.find(".//ram:ApplicableHeaderTradeDelivery", CII_NAMESPACES)
        ram = f"{{{CII_NAMESPACES['ram']}}}"
        if note := invoice._get_only_note():
            document = etree.SubElement(delivery, f"{ram}DespatchAdviceReferencedDocument")
            etree.SubElement(document, f"{ram}IssuerAssignedID").text = note.name
        lines = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        documents = root.findall(".//ram:AssociatedDocumentLineDocument", CII_NAMESPACES)
        for line, document in zip(lines, documents, strict=True):
            if source := line._get_source_text():
                note = etree.SubElement(document, f"{ram}IncludedNote")
                etree.SubElement(note, f"{ram}Content").text = source

    def _cii_set_amounts(self, root, invoice):
        """Prices, line amounts, tax breakdown and totals as the invoice has them, to the cent."""

        def write(node, path, amount, digits=2):
            found = node.find(path, CII_NAMESPACES)
            if found is not None:
                # Minus zero is a number of its own in XPath.
                found.text = float_repr(amount or 0.0, digits).removeprefix("-" if not round(amount, digits) else "")

        base_lines = {base_line["record"]: base_line for base_line in invoice._get_rounded_base_and_tax_lines()[0]}
        lines = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        net_total, bases, taxes = 0.0, defaultdict(float), defaultdict(float)
        nodes = root.findall(".//ram:IncludedSupplyChainTradeLineItem", CII_NAMESPACES)
        for line, node in zip(lines, nodes, strict=True):
            base_line = base_lines[line]
            details = base_line["tax_details"]
            fixed = sum(
                data["tax_amount_currency"] for data in details["taxes_data"] if data["tax"].amount_type == "fixed"
            )
            amount = details["total_excluded_currency"] + details["delta_total_excluded_currency"] + fixed
            settlement = node.find("ram:SpecifiedLineTradeSettlement", CII_NAMESPACES)
            write(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount", amount)
            self._cii_set_prices(node, line, details["raw_total_excluded_currency"], write)
            key = self._cii_tax_key(settlement.find("ram:ApplicableTradeTax", CII_NAMESPACES))
            net_total += amount
            bases[key] += amount
            taxes[key] += sum(
                data["tax_amount_currency"] for data in details["taxes_data"] if data["tax"].amount_type != "fixed"
            )
        header = root.find(".//ram:ApplicableHeaderTradeSettlement", CII_NAMESPACES)
        for node in header.findall("ram:ApplicableTradeTax", CII_NAMESPACES):
            key = self._cii_tax_key(node)
            write(node, "ram:BasisAmount", bases[key])
            write(node, "ram:CalculatedAmount", taxes[key])
        totals = header.find("ram:SpecifiedTradeSettlementHeaderMonetarySummation", CII_NAMESPACES)
        write(totals, "ram:LineTotalAmount", net_total)
        write(totals, "ram:TaxBasisTotalAmount", net_total)
        write(totals, "ram:TaxTotalAmount", sum(taxes.values()))

    def _cii_set_prices(self, node, line, raw_total, write):
        """The price before and after the discount, with the decimals it has."""
        if not line.quantity:
            return
        net = abs(raw_total / line.quantity)
        gross = net / (1 - line.discount / 100) if line.discount != 100 else abs(line.price_unit)
        agreement = node.find("ram:SpecifiedLineTradeAgreement", CII_NAMESPACES)
        write(agreement, "ram:GrossPriceProductTradePrice/ram:ChargeAmount", gross, 6)
        discount = "ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge/ram:ActualAmount"
        write(agreement, discount, gross - net, 6)
        write(agreement, "ram:NetPriceProductTradePrice/ram:ChargeAmount", net, 6)

    def _cii_tax_key(self, node):
        if node is None:
            return None
        rate = node.findtext("ram:RateApplicablePercent", None, CII_NAMESPACES)
        return node.findtext("ram:CategoryCode", None, CII_NAMESPACES), rate and float(rate)
