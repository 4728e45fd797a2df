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
