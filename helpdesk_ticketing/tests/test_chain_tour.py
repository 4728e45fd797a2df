from odoo.tests import tagged

from .common_inbound import InboundCase
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestChainTour(InboundCase, PortalCase):
    """One complaint, from the raw e-mail to the paid invoice, in the browsers of everyone who has a part in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = cls.agent | cls.technician | cls.accountant
        people.write({"tz": "Europe/Madrid"})

    def _use_browser(self, size, touch=False):
        self.browser_size, self.touch_enabled = size, touch

    def _run_cron(self, xmlid):
        """An HttpCase is in test mode already."""
        self.env.ref(f"helpdesk_ticketing.{xmlid}").method_direct_trigger()

    def test_from_mail_to_paid(self):
        raw = self._mail("The boiler drips.", Subject="It does not work")
        ticket = self._ticket(raw)
        self.assertEqual((ticket.partner_id, ticket.user_id.id), (self.contact, False))

        self.start_tour(f"/odoo/tickets?default_team_id={self.team.id}", "ticketing_chain_agent", login="desk.agent")
        self.assertEqual(ticket.user_id, self.technician)

        self._use_browser("390x844", touch=True)
        self.start_tour("/odoo/my-tickets", "ticketing_technician_phone", login="desk.technician")
        self.start_tour("/odoo/my-tickets", "ticketing_chain_solve", login="desk.technician")
        self.assertEqual((ticket.stage_kind, ticket.billing_state), ("solved", "queued"))

        self._run_billing()
        self._use_browser("1366x768")
        self.start_tour("/odoo/billing-approval", "ticketing_chain_accountant", login="desk.accountant")
        self._run_billing()
        request = ticket.billing_request_ids
        self.assertEqual((request.state, request.error), ("sent", False))
        self.start_tour("/odoo/billing-queue", "ticketing_whole_chain_pay", login="desk.accountant")
        self.assertEqual((ticket.billing_state, ticket.stage_kind), ("paid", "closed"))

        self._use_browser("390x844", touch=True)
        self.start_tour("/my/tickets?filterby=all", "ticketing_chain_customer", login=self.marta.login)
