from odoo import models

from odoo.addons.account_edi_ubl_cii.models.account_edi_common import FloatFmt


class AccountEdiXmlUblBis3(models.AbstractModel):
    _inherit = "account.edi.xml.ubl_bis3"

    def _add_invoice_header_nodes(self, document_node, vals):
        """References that help the customer to find what he pays for.

        BT-10 is his own reference. BT-13 is his order's number only if he gave one: core writes a number of ours
        there, which his software looks for in vain. BT-16 is the delivery note that he signed, if it is one.
        """
        super()._add_invoice_header_nodes(document_node, vals)
        invoice = vals["invoice"]
        if not invoice._is_of_desk():
            return
        if invoice.buyer_reference and invoice.commercial_partner_id.peppol_eas != "0204":  # Germany's Leitweg-ID
            document_node["cbc:BuyerReference"] = {"_text": invoice.buyer_reference}
        order = invoice._get_customer_order_number()
        document_node["cac:OrderReference"] = {"cbc:ID": {"_text": order}} if order else None
        if note := invoice._get_only_note():
            document_node["cac:DespatchDocumentReference"] = [{"cbc:ID": {"_text": note.name}}]

    def _add_document_line_note_nodes(self, line_node, vals):
        """BT-127: under which delivery note the line stands, where several share the invoice: BT-16 is but one."""
        super()._add_document_line_note_nodes(line_node, vals)
        line = vals["base_line"]["record"]
        if line._name == "account.move.line" and (source := line._get_source_text()):
            line_node["cbc:Note"] = {"_text": source}

    def _invoice_constraints_cen_en16931_ubl(self, invoice, vals):
        """A draft has no date yet: for intra-community ones core then looks for a period that is not there."""
        vals["document_node"].setdefault("cac:InvoicePeriod", {})
        constraints = super()._invoice_constraints_cen_en16931_ubl(invoice, vals)
        if self.env.context.get("ticketing_rehearsal"):
            constraints.pop("cen_en16931_delivery_date_invoicing_period", None)
        return constraints

    def _ubl_get_tax_subtotal_node(self, vals, tax_subtotal):
        """Taxable amounts of exempt, zero, export and intra-community taxes are the sum of their lines too.

        Core sees to that for standard rates only. Where taxes are rounded globally, as Spain's chart of
        accounts does, the others may differ from their lines by a cent (BR-E-08, BR-Z-08, BR-G-08, BR-IC-08).
        """
        node = super()._ubl_get_tax_subtotal_node(vals, tax_subtotal)
        currency = tax_subtotal["currency"]
        keys = {
            (category["cbc:ID"]["_text"], category["cbc:Percent"]["_text"])
            for category in node["cac:TaxCategory"]
            if category["cbc:ID"]["_text"] != "S"
        }
        if not keys or currency != vals["currency_id"]:
            return node

        def concerned(categories):
            return any(
                (category["cbc:ID"]["_text"], category["cbc:Percent"]["_text"]) in keys for category in categories
            )

        document = vals["document_node"]
        amounts = [
            line["cbc:LineExtensionAmount"]["_text"]
            for line in document[self._get_tags_for_document_type(vals)["document_line"]]
            if concerned(line["cac:Item"]["cac:ClassifiedTaxCategory"])
        ]
        for charge in document.get("cac:AllowanceCharge") or []:
            if concerned(charge["cac:TaxCategory"]):
                sign = 1 if charge["cbc:ChargeIndicator"]["_text"] == "true" else -1
                amounts.append(sign * charge["cbc:Amount"]["_text"])
        if amounts:
            node["cbc:TaxableAmount"]["_text"] = FloatFmt(sum(amounts), min_dp=currency.decimal_places)
        return node

    def _get_invoice_line_node(self, vals):
        """A line's amount is quantity by price less allowances, whatever the currency is rounded to.

        In a currency without decimals the amounts are rounded to whole units and the price is not: what
        rounding took or gave is told as an allowance or a charge (PEPPOL-EN16931-R120), and a discount
        rounded that much no longer claims to be its percentage (R040).
        """
        node = super()._get_invoice_line_node(vals)
        allowances = node["cac:AllowanceCharge"]
        for allowance in allowances:
            base, percent = allowance.get("cbc:BaseAmount"), allowance.get("cbc:MultiplierFactorNumeric")
            if base and percent:
                exact = base["_text"] * percent["_text"] / 100
                if abs(exact - allowance["cbc:Amount"]["_text"]) > 0.015:
                    del allowance["cbc:BaseAmount"], allowance["cbc:MultiplierFactorNumeric"]
        quantity = node[self._get_tags_for_document_type(vals)["line_quantity"]]["_text"]
        expected = quantity * float(str(node["cac:Price"]["cbc:PriceAmount"]["_text"]))
        for allowance in allowances:
            sign = 1 if allowance["cbc:ChargeIndicator"]["_text"] == "true" else -1
            expected += sign * allowance["cbc:Amount"]["_text"]
        lost = round(node["cbc:LineExtensionAmount"]["_text"] - expected, 2)
        if abs(lost) > 0.01:
            allowances.append(
                {
                    "cbc:ChargeIndicator": {"_text": "true" if lost > 0 else "false"},
                    "cbc:AllowanceChargeReason": {"_text": self.env._("Rounding")},
                    "cbc:Amount": {"_text": FloatFmt(abs(lost), min_dp=2), "currencyID": vals["currency_name"]},
                }
            )
        return node
