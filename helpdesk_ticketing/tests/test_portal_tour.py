from odoo import Command
from odoo.tests import tagged

from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalTour(PortalCase):
    """A real browser, as wide as a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_customer(self):
        """The customer reports a problem, and signs what was done for another one."""
        note = self._ready_note(name="Boiler cold")
        self.start_tour("/my", "ticketing_portal_customer", login=self.marta.login)
        self.assertEqual((note.state, note.sign_method), ("signed", "portal"))
        self.assertEqual(note.signer_name, "Marta Test")
        reported = self.env["ticketing.ticket"].search([("name", "=", "Lamp in the hall is dark")])
        self.assertEqual(reported.partner_id, self.contact)
        self.assertEqual(reported.stage_kind, "solved")

    def test_link(self):
        """The customer signs on his own phone, without log-in; the mistake on the way loses nothing."""
        note = self._ready_note()
        self.start_tour(f"/ticketing/sign/{note.id}/{note.sign_token}", "ticketing_sign_link")
        self.assertEqual((note.state, note.sign_method), ("signed", "link"))
        self.assertEqual(note.signer_name, "Ana López")
        self.assertTrue(note.signature)


class ServiceTour:
    """The customer's way from the failure to the payment."""

    def test_service(self):
        """Form by type, draft, ticket, answer, urgent, signature; then the invoice is paid on core's page."""
        kind = self.env["ticketing.type"].create({"name": "Boiler fault"})
        self.env["ticketing.ticket.field"].create({"type_id": kind.id, "name": "Error code", "required": True})
        note = self._ready_note(name="Boiler cold")
        self.start_tour("/my/tickets/new", "ticketing_portal_service", login=self.marta.login)
        ticket = self.env["ticketing.ticket"].search([("name", "=", "The boiler shows E5")])
        self.assertEqual((ticket.type_id, ticket.form_answer_ids.value), (kind, "E5"))
        self.assertIn("It is getting cold", str(ticket.message_ids.mapped("body")))
        self.assertEqual(ticket.activity_ids.user_id, self.manager)
        self.assertEqual(note.state, "signed")
        note.billing_request_ids._try("_bill")
        invoice = note.ticket_id.invoice_ids
        invoice.action_post()
        self._offer_payment()
        self.start_tour("/my", "ticketing_portal_pay", login=self.marta.login)
        payment = self.env["payment.transaction"].search([("invoice_ids", "in", invoice.ids)])
        self.assertEqual((payment.amount, payment.partner_id), (invoice.amount_total, self.contact))

    def _offer_payment(self):
        """A provider of core's that asks nobody: its page is the one that tells how the payment is going."""
        form = self.env["ir.ui.view"].create(
            {
                "name": "Payment in tests",
                "type": "qweb",
                "arch": '<form action="/payment/status" method="get"/>',
            }
        )
        method = self.env.ref("payment.payment_method_unknown")
        self.env["payment.provider"].search([("state", "!=", "disabled")]).state = "disabled"
        self.env["payment.provider"].create(
            {
                "name": "Payment in tests",
                "code": "none",
                "state": "test",
                "is_published": True,
                "payment_method_ids": [Command.set(method.ids)],
                "redirect_form_view_id": form.id,
                "available_currency_ids": [Command.set(self.company.currency_id.ids)],
            }
        )
        method.active = True


@tagged("post_install", "-at_install")
class TestServiceTourPhone(ServiceTour, PortalCase):
    browser_size = "390x844"
    touch_enabled = True


@tagged("post_install", "-at_install")
class TestServiceTourDesk(ServiceTour, PortalCase):
    browser_size = "1280x900"
