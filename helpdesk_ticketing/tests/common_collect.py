from odoo import fields

from .common import TicketingCase


class CollectCase(TicketingCase):
    """A customer who is invoiced once a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.ticketing_billing_period = "month"

    @classmethod
    def _solved_remote(cls, hours=0.5, **values):
        ticket = cls._create_ticket(service_mode="remote", **values)
        cls._add_hours(ticket, hours)
        ticket.action_solve()
        return ticket.billing_request_ids

    @classmethod
    def _signed_requests(cls, count, **values):
        notes = [cls._signed_note(quantity=0, **values) for __ in range(count)]
        return cls.env["ticketing.billing.request"].union(*(note.billing_request_ids for note in notes)).sorted("id")

    def _let_the_day_come(self, requests):
        requests.next_try_on = fields.Datetime.now()
        self._run_billing()

    def _collected(self, count=2, **values):
        """Return requests that share a draft."""
        requests = self._signed_requests(count, **values)
        self._let_the_day_come(requests)
        self.assertEqual(requests.mapped("error"), [False] * count)
        self.assertEqual(len(requests.invoice_id), 1)
        return requests

    def _approve(self, requests):
        return requests.with_user(self.accountant).action_approve()

    def _deliver(self, requests):
        """Approve, and say that the customer has the invoice: making PDFs takes most of the time."""
        self._approve(requests)
        requests.sent_on = fields.Datetime.now()

    def _sections(self, invoice):
        """Return what the invoice says: [(title of the section, [(product, quantity, price)])]."""
        found = []
        for line in invoice.invoice_line_ids.sorted("sequence"):
            if line.display_type == "line_section":
                found.append((line.name, []))
            else:
                found[-1][1].append((line.product_id.name, line.quantity, line.price_unit))
        return found

    def _reverse(self, invoice):
        return (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )

    def _credit(self, invoice, requests=None):
        """Credit an invoice by hand, or what some requests have on it."""
        credit = self.env["account.move"].browse(self._reverse(invoice).refund_moves()["res_id"])
        if requests:
            credit.invoice_line_ids.filtered(lambda line: line.billing_request_id not in requests).unlink()
        credit.action_post()
        return credit
