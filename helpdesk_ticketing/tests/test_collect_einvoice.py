from lxml import etree

from odoo.tests import tagged

from .common_collect import CollectCase


@tagged("post_install", "-at_install")
class TestCollectedEInvoice(CollectCase):
    """Several notes on one electronic invoice. That it keeps the official rules is checked after each test."""

    def _send(self, file_format, **values):
        """Return the requests of two notes and remote work, and the file in which they were sent."""
        self.customer.invoice_edi_format = file_format
        requests = self._signed_requests(2, **values) | self._solved_remote(**values)
        self._let_the_day_come(requests)
        self._approve(requests)
        self._run_billing()
        self.assertEqual(requests.mapped("state"), ["sent"] * 3, requests.mapped("error"))
        return requests, etree.fromstring(requests.invoice_id.ubl_cii_xml_id.raw)

    def _texts(self, document, path):
        return [node.text for node in document.findall(path)]

    def test_ubl(self):
        requests, document = self._send("ubl_bis3")
        lines = document.findall("{*}InvoiceLine")
        self.assertEqual(len(lines), 3, "titles are no lines")
        for request, line in zip(requests, lines, strict=True):
            self.assertIn(request.note_id.name or request.ticket_id.number, line.findtext("{*}Note"))
        self.assertEqual(self._texts(document, "{*}DespatchDocumentReference/{*}ID"), [], "there is more than one")
        self.assertEqual(self._texts(document, "{*}OrderReference/{*}ID"), [], "the customer gave none")
        self.assertIn(requests[0].note_id.name, document.findtext("{*}BuyerReference"))

    def test_cii(self):
        requests, document = self._send("facturx")
        notes = self._texts(
            document, ".//{*}IncludedSupplyChainTradeLineItem/{*}AssociatedDocumentLineDocument/{*}IncludedNote/{*}Content"
        )
        self.assertEqual(len(notes), 3)
        for request, note in zip(requests, notes, strict=True):
            self.assertIn(request.note_id.name or request.ticket_id.number, note)
        self.assertEqual(self._texts(document, ".//{*}DespatchAdviceReferencedDocument"), [])

    def test_common_reference(self):
        """The customer's number that all of the work has is the invoice's; of different ones each stands in its section."""
        __, document = self._send("ubl_bis3", customer_reference="PO 9")
        self.assertEqual(document.findtext("{*}BuyerReference"), "PO 9")
        self.assertEqual(document.findtext("{*}OrderReference/{*}ID"), "PO 9")
        requests = self._signed_requests(1, customer_reference="A 1") | self._signed_requests(1, customer_reference="B 2")
        self._let_the_day_come(requests)
        self._approve(requests)
        self._run_billing()
        document = etree.fromstring(requests.invoice_id.ubl_cii_xml_id.raw)
        self.assertEqual(self._texts(document, "{*}OrderReference/{*}ID"), [])
        self.assertEqual(["A 1" in note for note in self._texts(document, "{*}InvoiceLine/{*}Note")], [True, False])

    def test_credit_note_of_one(self):
        requests, __ = self._send("ubl_bis3")
        credit = self._credit(requests.invoice_id, requests[1])
        self.env["account.move.send"]._generate_and_send_invoices(
            credit, sending_methods={"manual"}, invoice_edi_format="ubl_bis3"
        )
        document = etree.fromstring(credit.ubl_cii_xml_id.raw)
        self.assertEqual(len(document.findall("{*}CreditNoteLine")), 1)
