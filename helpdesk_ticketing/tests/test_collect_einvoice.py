from lxml import etree

from odoo.tests import tagged

from .common_collect import CollectCase
from .einvoice_validation import check_en16931_cii, check_ubl


@tagged("post_install", "-at_install")
class TestCollectedEInvoice(CollectCase):
    """Several notes on one electronic invoice."""

    def _export(self, file_format, **values):
        """Return the posted requests of two notes and remote work, and their electronic invoice."""
        self.customer.invoice_edi_format = file_format
        requests = self._signed_requests(2, **values) | self._solved_remote(**values)
        self._let_the_day_come(requests)
        self._approve(requests)
        return requests, self._read(requests.invoice_id, file_format)

    def _read(self, invoice, file_format):
        """Return the invoice's file, as it will be sent, once the official rules have been kept."""
        xml, errors = self.customer._get_edi_builder(file_format)._export_invoice(invoice)
        self.assertFalse(errors)
        check = check_en16931_cii if file_format == "facturx" else check_ubl
        self.assertEqual(check(xml), [])
        return etree.fromstring(xml)

    def _texts(self, document, path):
        return [node.text for node in document.findall(path)]

    def test_ubl(self):
        requests, document = self._export("ubl_bis3")
        lines = document.findall("{*}InvoiceLine")
        self.assertEqual(len(lines), 3, "titles are no lines")
        for request, line in zip(requests, lines, strict=True):
            self.assertIn(request.note_id.name or request.ticket_id.number, line.findtext("{*}Note"))
        self.assertEqual(self._texts(document, "{*}DespatchDocumentReference/{*}ID"), [], "there is more than one")
        self.assertEqual(self._texts(document, "{*}OrderReference/{*}ID"), [], "the customer gave none")
        self.assertIn(requests[0].note_id.name, document.findtext("{*}BuyerReference"))

    def test_cii(self):
        requests, document = self._export("facturx")
        notes = self._texts(
            document,
            ".//{*}IncludedSupplyChainTradeLineItem/{*}AssociatedDocumentLineDocument/{*}IncludedNote/{*}Content",
        )
        self.assertEqual(len(notes), 3)
        for request, note in zip(requests, notes, strict=True):
            self.assertIn(request.note_id.name or request.ticket_id.number, note)
        self.assertEqual(self._texts(document, ".//{*}DespatchAdviceReferencedDocument"), [])

    def test_common_reference(self):
        """The customer's number that all of the work has is the invoice's; of different ones each stands in its section."""
        __, document = self._export("ubl_bis3", customer_reference="PO 9")
        self.assertEqual(document.findtext("{*}BuyerReference"), "PO 9")
        self.assertEqual(document.findtext("{*}OrderReference/{*}ID"), "PO 9")
        requests = self._signed_requests(1, customer_reference="A 1") | self._signed_requests(
            1, customer_reference="B 2"
        )
        self._let_the_day_come(requests)
        self._approve(requests)
        document = self._read(requests.invoice_id, "ubl_bis3")
        self.assertEqual(self._texts(document, "{*}OrderReference/{*}ID"), [])
        self.assertEqual(["A 1" in note for note in self._texts(document, "{*}InvoiceLine/{*}Note")], [True, False])

    def test_credit_note_of_one(self):
        requests, __ = self._export("ubl_bis3")
        credit = self._credit(requests.invoice_id, requests[1])
        document = self._read(credit, "ubl_bis3")
        self.assertEqual(len(document.findall("{*}CreditNoteLine")), 1)
