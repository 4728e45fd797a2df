from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common_collect import CollectCase
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalSight(PortalCase):
    """A contact sees the tickets of his company, or his own and those that he follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.note = cls._ready_note(name="Of Marta")
        cls.theirs = cls.note.ticket_id
        cls.own = cls._create_ticket(name="Of the colleague", partner_id=cls.colleague.partner_id.id)
        cls.followed = cls._create_ticket(name="Followed by the colleague")
        cls.followed.message_subscribe(cls.colleague.partner_id.ids)
        cls.tickets = cls.theirs | cls.own | cls.followed

    def _seen(self):
        return self.tickets.with_user(self.colleague).search([("id", "in", self.tickets.ids)]).sudo(False)

    def test_rules_and_pages(self):
        self.assertEqual(self._seen(), self.tickets.with_user(self.colleague))
        self.colleague.partner_id.ticketing_sees = "own"
        self.assertEqual(set(self._seen().ids), {self.own.id, self.followed.id})
        self._login(self.colleague)
        page = self.url_open("/my/tickets?filterby=all").text
        self.assertNotIn("Of Marta", page)
        self.assertIn("Followed by the colleague", page)
        self.assertEqual(self.url_open(f"/my/tickets/{self.theirs.id}").status_code, 404)
        self.assertEqual(self.url_open(f"/my/notes/{self.note.id}").status_code, 404)
        self.assertNotIn(self.note.name, self.url_open("/my/notes").text)
        answer = self._sign_json(f"/my/notes/{self.note.id}/sign")
        self.assertIn("error", answer)
        self.assertEqual(self.note.state, "ready")
        for records in (self.note, self.note.line_ids, self.theirs):
            with self.assertRaises(AccessError):
                records.with_user(self.colleague).check_access("read")
        fetched = self.make_jsonrpc_request(
            "/mail/chatter_fetch", {"thread_model": "ticketing.ticket", "thread_id": self.theirs.id}
        )
        self.assertFalse(fetched["messages"])
        self.followed.message_unsubscribe(self.colleague.partner_id.ids)
        self.assertEqual(self._seen().ids, self.own.ids)
        self.colleague.partner_id.ticketing_sees = "company"
        self.assertEqual(len(self._seen()), 3)

    def test_following_does_not_open_another_companys_ticket(self):
        foreign = self._create_ticket(name="Foreign", partner_id=self.stranger.partner_id.id)
        foreign.message_subscribe(self.colleague.partner_id.ids)
        self.colleague.partner_id.ticketing_sees = "own"
        self.assertFalse(foreign.with_user(self.colleague).search([("id", "=", foreign.id)]))

    def test_faults_of_equipment_are_counted_as_they_are_seen(self):
        unit = self.serials[0]
        self.env.cr.execute(
            "UPDATE stock_lot SET ticketing_customer_id = %s WHERE id = %s", (self.customer.id, unit.id)
        )
        unit.invalidate_recordset()
        self._create_ticket(name="Pump of Marta", lot_id=unit.id, product_id=self.pump.id)
        self._login(self.colleague)
        self.assertIn("Open: 1", self.url_open("/my/equipment").text)
        self.colleague.partner_id.ticketing_sees = "own"
        self.assertNotIn("Open: 1", self.url_open("/my/equipment").text)

    def test_restricted_list_is_found_by_index(self):
        self.colleague.partner_id.ticketing_sees = "own"
        tickets = self.env["ticketing.ticket"].with_user(self.colleague)
        query = tickets._search([("stage_kind", "!=", "closed")], order="id desc", limit=20)
        self.env.flush_all()
        # In a table of a few rows any index does.
        self.env.cr.execute(
            """INSERT INTO ticketing_ticket (name, company_id, team_id, stage_id, stage_kind, impact, urgency, priority, active)
               SELECT name, company_id, team_id, stage_id, stage_kind, impact, urgency, priority, TRUE
                 FROM ticketing_ticket pattern, generate_series(1, 5000)
                WHERE pattern.id = (SELECT max(id) FROM ticketing_ticket)"""
        )
        self.env.cr.execute("ANALYZE ticketing_ticket")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query.select())))
        self.assertRegex(plan, r"(using|on) ticketing_ticket__(commercial_partner_id|partner_id)_index")
        self.assertNotIn("Seq Scan on mail_followers", plan)

    def test_restricted_list_costs_no_more_with_more_tickets(self):
        self.colleague.partner_id.ticketing_sees = "own"
        values = {"partner_id": self.colleague.partner_id.id, "team_id": self.team.id}
        self.env["ticketing.ticket"].create([{**values, "name": f"First {n}"} for n in range(5)])
        self._login(self.colleague)
        first = self._count_queries("/my/tickets?filterby=all")
        self.env["ticketing.ticket"].create([{**values, "name": f"More {n}"} for n in range(10)])
        self.assertEqual(self._count_queries("/my/tickets?filterby=all"), first)
        self.assertLessEqual(first, 22)


@tagged("post_install", "-at_install")
class TestPortalHome(PortalCase):
    """The cards of the home page, and where they lead."""

    def _count(self, *counters):
        return self.make_jsonrpc_request("/my/counters", {"counters": counters})

    def test_visits(self):
        """The next visit is told; a visit of last week is none, nor one of another customer's."""
        now = fields.Datetime.now()
        self._create_ticket(name="Soon", planned_on=now + timedelta(days=2))
        self._create_ticket(name="Later", planned_on=now + timedelta(days=9))
        self._create_ticket(name="Gone", planned_on=now - timedelta(days=7))
        self._create_ticket(name="Solved", planned_on=now + timedelta(days=1))._move_to_kind("solved")
        foreign = {"partner_id": self.stranger.partner_id.id, "planned_on": now + timedelta(hours=30)}
        self._create_ticket(name="Foreign", **foreign)
        self._login(self.marta)
        values = self._count("ticketing_visit_count", "ticketing_visit_next")
        self.assertEqual(values["ticketing_visit_count"], 2)
        self.assertIn((now + timedelta(days=2)).strftime("%a %-d %b"), values["ticketing_visit_next"])
        page = self.url_open("/my/tickets?filterby=visits&sortby=visit").text
        self.assertLess(page.index("Soon"), page.index("Later"))
        self.assertNotIn("Gone", page)
        self._login(self.colleague)
        self.assertEqual(self._count("ticketing_visit_next", "note_to_sign_count")["note_to_sign_count"], 0)

    def test_to_pay(self):
        """Posted and unpaid invoices of tickets, in core's list; not those of others, nor what is sold otherwise."""
        note = self._signed_note()
        note.billing_request_ids._try("_bill")
        invoice = note.ticket_id.invoice_ids
        shop = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.contact.id,
                "invoice_line_ids": [(0, 0, {"name": "Shop", "price_unit": 10})],
            }
        )
        self._login(self.marta)
        self.assertEqual(self._count("ticketing_to_pay_count")["ticketing_to_pay_count"], 0)
        (invoice | shop).action_post()
        self.assertEqual(self._count("ticketing_to_pay_count")["ticketing_to_pay_count"], 1)
        page = self.url_open("/my/invoices?filterby=ticketing_to_pay").text
        self.assertIn(invoice.name, page)
        self.assertNotIn(shop.name, page)
        self._login(self.stranger)
        self.assertEqual(self._count("ticketing_to_pay_count")["ticketing_to_pay_count"], 0)

    def test_conversation_is_searched_without_notes(self):
        """What was said to the customer is found; what colleagues note is not, nor another company's."""
        ticket = self._create_ticket(name="Talked about")
        ticket.message_post(body="The thermocouple is ordered", message_type="comment", subtype_xmlid="mail.mt_comment")
        ticket.message_post(body="He is a difficult client", message_type="comment", subtype_xmlid="mail.mt_note")
        for user, text, found in (
            (self.marta, "thermocouple", True),
            (self.marta, "difficult", False),
            (self.stranger, "thermocouple", False),
        ):
            page = self._get(f"/my/tickets?search_in=talk&search={text}", user).text
            self.assertEqual("Talked about" in page, found, text)

    def test_page_costs_few_queries(self):
        """However much stands on the page of a ticket: notes, invoices, answers, stages."""
        note = self._signed_note()
        ticket = note.ticket_id
        note.billing_request_ids._try("_bill")
        ticket.invoice_ids.action_post()
        self._login(self.marta)
        url = f"/my/tickets/{ticket.id}"
        first = self._count_queries(url)
        answers = [{"ticket_id": ticket.id, "label": f"Asked {n}", "kind": "char", "value": "E5"} for n in range(10)]
        self.env["ticketing.ticket.answer"].create(answers)
        self.assertEqual(self._count_queries(url), first)
        self.assertLessEqual(first, 22)

    def test_types_narrow_the_list(self):
        kind = self.env["ticketing.type"].create({"name": "Boiler fault"})
        self._create_ticket(name="Of the type", type_id=kind.id)
        self._create_ticket(name="Of no type")
        self._login(self.marta)
        page = self.url_open(f"/my/tickets?kind={kind.id}").text
        self.assertIn("Of the type", page)
        self.assertNotIn("Of no type", page)
        self.assertIn("Of no type", self.url_open("/my/tickets?kind=x").text)


@tagged("post_install", "-at_install")
class TestPortalSharedInvoice(CollectCase, PortalCase):
    """An invoice of several tickets is on the page of each of them."""

    def test_shared_invoice(self):
        requests = self._signed_requests(2)
        requests._collect()
        requests.invoice_id.action_post()
        self.assertEqual((len(requests.ticket_id), len(requests.invoice_id)), (2, 1))
        for ticket in requests.ticket_id:
            self.assertIn(requests.invoice_id.name, self._get(f"/my/tickets/{ticket.id}", self.marta).text)
