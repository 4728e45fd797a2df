import base64
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from odoo.tests import tagged

from odoo.addons.helpdesk_ticketing.tests.common import TicketingCase


def make_certificate(days):
    """Return a self-signed certificate with its key (PKCS #12, base64) that ends in so many days."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "ES"), x509.NameAttribute(NameOID.COMMON_NAME, "Instalaciones Test")]
    )
    end = datetime.utcnow() + timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=700))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    content = serialization.pkcs12.serialize_key_and_certificates(
        b"test", key, certificate, None, serialization.BestAvailableEncryption(b"secret")
    )
    return base64.b64encode(content)


@tagged("post_install", "-at_install")
class TestFacturae(TicketingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["certificate.certificate"].search([("company_id", "=", cls.company.id)]).unlink()
        cls.customer.write({"invoice_edi_format": "es_facturae", "country_id": cls.env.ref("base.es").id})

    def _add_certificate(self, days):
        return self.env["certificate.certificate"].create(
            {
                "name": "Test",
                "content": make_certificate(days),
                "pkcs12_password": "secret",
                "scope": "facturae",
                "company_id": self.company.id,
            }
        )

    def _billed_request(self):
        note = self._signed_note()
        self._run_billing()
        return note.billing_request_ids

    def test_signed_note_becomes_a_signed_facturae(self):
        self._add_certificate(365)
        request = self._billed_request()
        self.assertEqual((request.state, request.error), ("to_approve", False))
        request.with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertEqual((request.state, request.error), ("sent", False))
        document = etree.fromstring(request.invoice_id.l10n_es_edi_facturae_xml_id.raw)
        self.assertEqual(document.findtext(".//{*}SchemaVersion"), "3.2.2")
        self.assertTrue(document.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"))
        self.assertEqual(len(document.findall(".//{*}InvoiceLine")), 2)

    def test_without_certificate_it_fails_in_words_and_is_not_sent(self):
        request = self._billed_request()
        self.assertEqual(request.state, "failed")
        self.assertIn("certificate", request.error)

    def test_expired_certificate_is_said_before_posting_and_blocks_nobody_else(self):
        self._add_certificate(-3)
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
        certificate = self._add_certificate(365)
        request = self._billed_request()
        request.with_user(self.accountant).action_approve()
        certificate.content = make_certificate(-1)
        self._run_billing()
        self.assertEqual(request.state, "failed")
        self.assertFalse(request.sent_on)
        certificate.content = make_certificate(30)
        request.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual((request.state, request.error), ("sent", False))
