from odoo.tests import HttpCase, tagged

from .common import TicketingCase


@tagged("post_install", "-at_install")
class TestDeskTours(TicketingCase, HttpCase):
    """Each role in a real browser, with no more rights than it has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = cls.agent | cls.technician | cls.accountant | cls.manager
        people.write({"password": "desk", "tz": "Europe/Madrid"})
        for user in people:
            user.password = user.login

    def _run_cron(self, xmlid):
        """An HttpCase is in test mode already."""
        self.env.ref(f"helpdesk_ticketing.{xmlid}").method_direct_trigger()

    def test_agent_takes_a_call(self):
        self.start_tour(f"/odoo/tickets?default_team_id={self.team.id}", "ticketing_agent", login="desk.agent")
        ticket = self.env["ticketing.ticket"].search([("name", "=", "No hot water")])
        self.assertEqual((ticket.partner_id, ticket.user_id), (self.contact, self.agent))
        self.assertEqual((ticket.priority, ticket.stage_kind), ("3", "solved"))
        self.assertIn(self.contact, ticket.message_follower_ids.partner_id)

    def test_agent_types_faster_than_the_line(self):
        """What is being typed while the server answers to the field before is not lost."""
        self.start_tour(
            f"/odoo/tickets?default_team_id={self.team.id}", "ticketing_agent_slow_line", login="desk.agent"
        )
        ticket = self.env["ticketing.ticket"].search([("name", "=", "No hot water")])
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertEqual((ticket.customer_reference, ticket.lot_id), ("C-78", self.serials[0]))

    def test_technician_on_his_phone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        ticket = self._create_ticket()
        self.start_tour("/odoo/my-tickets", "ticketing_technician_phone", login="desk.technician")
        note = ticket.note_ids
        self.assertEqual((note.state, note.signer_name), ("signed", "Marta Test"))
        self.assertEqual(sorted(note.line_ids.mapped("quantity")), [1.5, 2])
        self.assertTrue(note.signature)

    def test_accountant_approves_many_and_books_the_payment(self):
        notes = self._signed_note() | self._signed_note()
        notes.ticket_id.action_solve()
        self._run_billing()
        self.start_tour("/odoo/billing-approval", "ticketing_accountant", login="desk.accountant")
        self._run_billing()
        self.assertEqual(set(notes.billing_request_ids.mapped("state")), {"sent"})
        self.start_tour("/odoo/billing-queue", "ticketing_whole_chain_pay", login="desk.accountant")
        self.assertIn("closed", notes.ticket_id.mapped("stage_kind"))
