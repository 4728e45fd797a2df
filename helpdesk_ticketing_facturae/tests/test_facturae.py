from lxml import etree

from odoo.tests import tagged

from odoo.addons.helpdesk_ticketing.tests.common import TicketingCase
from odoo.addons.helpdesk_ticketing.tests.einvoice_cases import make_certificate
from odoo.addons.helpdesk_ticketing.tests.einvoice_validation import check_facturae


@tagged("post_install", "-at_install")
class TestFacturae(TicketingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["certificate.certificate"].search([("company_id", "=", cls.company.id)]).unlink()
        cls.customer.write({"invoice_edi_format": "es_facturae", "country_id": cls.env.ref("base.es").id})

    def _billed_request(self):
        note = self._signed_note()
        self._run_billing()
        return note.billing_request_ids

    def test_signed_note_becomes_a_signed_facturae(self):
        make_certificate(self.env, 365)
        request = self._billed_request()
        self.assertEqual((request.state, request.error), ("to_approve", False))
        request.with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertEqual((request.state, request.error), ("sent", False))
        xml = request.invoice_id.l10n_es_edi_facturae_xml_id.raw
        self.assertEqual(check_facturae(xml), [])
        document = etree.fromstring(xml)
        self.assertEqual(document.findtext(".//{*}SchemaVersion"), "3.2.2")
        self.assertTrue(document.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"))
        self.assertEqual(len(document.findall(".//{*}InvoiceLine")), 2)

    def test_without_certificate_it_fails_in_words_and_is_not_sent(self):
        request = self._billed_request()
        self.assertEqual(request.state, "failed")
        self.assertIn("certificate", request.error)

    def test_expired_certificate_is_said_before_posting_and_blocks_nobody_else(self):
        make_certificate(self.env, -3)
        request = self._billed_request()
        self.assertEqual(request.state, "failed")
        self.assertIn("not valid", request.error)
        other = self.env["res.partner"].create(
            {"name": "Other", "is_company": True, "vat": "ESA58818501", "zip": "46001", "city": "Valencia"}
            | {"country_id": self.env.ref("base.es").id, "invoice_edi_format": "ubl_bis3"}
        )
        note = self._signed_note(partner_id=other.id)
        self._run_billing()
        self.assertEqual(note.billing_request_ids.state, "to_approve")

    def test_certificate_that_expired_after_posting_keeps_the_invoice_unsent(self):
        certificate = make_certificate(self.env, 365)
        request = self._billed_request()
        request.with_user(self.accountant).action_approve()
        certificate.unlink()
        expired = make_certificate(self.env, -1)
        self._run_billing()
        self.assertEqual(request.state, "failed")
        self.assertFalse(request.sent_on)
        expired.unlink()
        make_certificate(self.env)
        request.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual((request.state, request.error), ("sent", False))

    def test_collected_notes_are_named_line_by_line(self):
        make_certificate(self.env, 365)
        self.customer.ticketing_billing_period = "month"
        notes = [self._signed_note(customer_reference=reference) for reference in ("A 1", "B 2")]
        requests = notes[0].billing_request_ids | notes[1].billing_request_ids
        requests.with_user(self.accountant).action_invoice_now()
        requests.with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertEqual(requests.mapped("state"), ["sent", "sent"], requests.mapped("error"))
        xml = requests.invoice_id.l10n_es_edi_facturae_xml_id.raw
        self.assertEqual(check_facturae(xml), [])
        lines = [
            (line.findtext("{*}ReceiverTransactionReference"), line.findtext(".//{*}DeliveryNoteNumber"))
            for line in etree.fromstring(xml).findall(".//{*}InvoiceLine")
        ]
        self.assertEqual(lines, [("A 1", notes[0].name)] * 2 + [("B 2", notes[1].name)] * 2)
