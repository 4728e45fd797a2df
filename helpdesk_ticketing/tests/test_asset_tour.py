from odoo.tests import tagged

from .common_asset import PortalAssetCase


@tagged("post_install", "-at_install")
class TestAssetTour(PortalAssetCase):
    """A real browser, as wide as a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_customer_reports_a_fault(self):
        """From his equipment to the unit, its form, and back to the unit that shows the ticket."""
        self.start_tour("/my", "ticketing_portal_equipment", login=self.marta.login)
        ticket = self.env["ticketing.ticket"].search([("name", "=", "The pump hums")])
        self.assertEqual((ticket.lot_id, ticket.partner_id), (self.unit, self.contact))
