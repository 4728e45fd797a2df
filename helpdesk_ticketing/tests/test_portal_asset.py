import re

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.stock_lot import CUSTOMER_FIELDS
from .common_asset import PortalAssetCase

QUIET = ("odoo.http", "odoo.models", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install")
class TestPortalAsset(PortalAssetCase):
    """The customer's equipment."""

    def test_home_and_list(self):
        """Colleagues see their company's units, and how many faults are open; nobody sees another's."""
        self._create_ticket(lot_id=self.unit.id)
        for user, own, other in (
            (self.marta, "PUMP-1", "PUMP-2"),
            (self.colleague, "PUMP-1", "PUMP-2"),
            (self.stranger, "PUMP-2", "PUMP-1"),
        ):
            page = self._get("/my/equipment", user).text
            self.assertIn(own, page)
            self.assertNotIn(other, page)
            self.assertEqual("Open: 1" in page, own == "PUMP-1", user.login)
            values = self.make_jsonrpc_request("/my/counters", {"counters": ["ticketing_asset_count"]})
            self.assertEqual(values["ticketing_asset_count"], 1)
        self.assertIn("/my/equipment", self.url_open("/my").text)

    def test_search_and_nonsense(self):
        self._login(self.marta)
        for query, found in (
            ("search=pump-1", True),
            ("search=pump", True),
            ("search=nothing", False),
            ("search=PUMP-2", False),
            ("search=pump%00&search_in=x", True),
            ("search_in=name&search=pump", True),
        ):
            page = self.url_open(f"/my/equipment?{query}")
            self.assertEqual(page.status_code, 200)
            self.assertEqual(f"/my/equipment/{self.unit.id}" in page.text, found, query)
        self.assertEqual(self.url_open("/my/equipment/page/99999999").status_code, 200)

    def test_page(self):
        """Warranty, contract, his tickets of it, the way to report; nothing of what the desk keeps for itself."""
        ticket = self._create_ticket(lot_id=self.unit.id, name="It hums")
        self._create_ticket(lot_id=self.unit.id, name="Not his", partner_id=self.stranger.partner_id.id)
        self.unit.ticketing_manual_warranty_until = "2199-12-31"
        page = self._get(f"/my/equipment/{self.unit.id}", self.colleague).text
        for part in ("PUMP-1", "Cellar", "Under warranty until", "12/31/2199", "It hums", ticket.number):
            self.assertIn(part, page)
        self.assertIn(f"/my/tickets/new?lot_id={self.unit.id}", page)
        for secret in ("Not his", "10.0.0.7", "Between us", "Sold before", self.unit.ticketing_label_token):
            self.assertNotIn(secret, page)

    def test_guessed(self):
        """Another's unit and one that does not exist get the same answer; a label's token opens no page of these."""
        answers = set()
        for number in (self.foreign.id, 2**31 - 1, 2**40, 0):
            page = self._get(f"/my/equipment/{number}", self.marta)
            self.assertEqual(page.status_code, 404)
            self.assertNotIn("PUMP-2", page.text)
            answers.add(re.search(r"<h4>.*?</h4>", page.text).group())
        self.assertEqual(len(answers), 1)
        token = self.unit.ticketing_label_token
        self._login(None)
        page = self.url_open(f"/my/equipment/{self.unit.id}?access_token={token}")
        self.assertIn("/web/login", page.url)

    def test_other_company(self):
        """A unit of a company whose customer he is not logged in for does not show, though it is his."""
        company = self.env["res.company"].create({"name": "Elsewhere", "iap_enrich_auto_done": True})
        unit = self.env["stock.lot"].create(
            {
                "name": "ELSEWHERE-1",
                "product_id": self.pump.id,
                "company_id": company.id,
                "ticketing_manual_customer_id": self.contact.id,
                "ticketing_manual_reason": "x",
            }
        )
        self.assertNotIn("ELSEWHERE-1", self._get("/my/equipment", self.marta).text)
        self.assertEqual(self.url_open(f"/my/equipment/{unit.id}").status_code, 404)

    def test_rights(self):
        """Whatever route reads it: his own unit, these fields, and nothing else."""
        own, other = self.unit.with_user(self.marta), self.foreign.with_user(self.marta)
        self.assertEqual(own.search([]), own)
        self.assertEqual(own.read(["name"])[0]["name"], "PUMP-1")
        readable = {name for name, field in own._fields.items() if own._has_field_access(field, "read")}
        self.assertLessEqual(readable, CUSTOMER_FIELDS)
        for name in ("ticketing_ip", "ticketing_label_token", "ticketing_remote_url", "note", "avg_cost"):
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                own.read([name])
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                own.search([(name, "!=", False)])
        for call in (
            lambda: other.read(["name"]),
            lambda: own.write({"ticketing_place": "x"}),
            lambda: own.create({"name": "x", "product_id": self.pump.id}),
            own.unlink,
            own.action_ticketing_label,
            own.action_ticketing_label_renew,
            own.action_ticketing_label_revoke,
            own.action_ticketing_remote,
        ):
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                call()

    def test_what_was_said_of_it(self):
        """The chatter of a unit is the house's, and of those who had it before."""
        self.unit.message_post(body="Leased to another", message_type="comment", subtype_xmlid="mail.mt_comment")
        said = [("model", "=", "stock.lot"), ("res_id", "=", self.unit.id), ("message_type", "=", "comment")]
        messages = self.env["mail.message"]
        self.assertFalse(messages.with_user(self.marta).search_read(said, ["body"]))
        [message] = messages.with_user(self.agent).search_read(said, ["body"])
        self.assertIn("Leased to another", message["body"])

    def test_whose_it_is_is_not_told(self):
        """A ticket of his on another's unit names neither the other customer nor what covers it."""
        ticket = self._create_ticket(lot_id=self.foreign.id)
        self.assertIn("Other Company", ticket.with_user(self.agent).asset_alert)
        own = ticket.with_user(self.marta)
        self.assertTrue(own.read(["name"]))
        for name in ("asset_alert", "asset_summary", "asset_has_remote"):
            with self.subTest(name), self.assertRaises(AccessError), mute_logger(*QUIET):
                own.read([name])

    def test_queries_are_constant(self):
        def create(count, prefix):
            self.env["stock.lot"].create(
                [
                    {
                        "name": f"{prefix}-{number}",
                        "product_id": self.pump.id,
                        "ticketing_manual_customer_id": self.contact.id,
                        "ticketing_manual_reason": "x",
                    }
                    for number in range(count)
                ]
            )

        create(9, "FIRST")
        self._login(self.marta)
        first = self._count_queries("/my/equipment")
        create(10, "MORE")
        second = self._count_queries("/my/equipment")
        self.assertEqual(first, second)
        self.assertLessEqual(second, 20)


@tagged("post_install", "-at_install")
class TestPortalAssetForm(PortalAssetCase):
    """The customer's form, with his equipment."""

    def _send(self, **form):
        self._login(self.marta)
        return self._post("/my/tickets/new", {"subject": "It hums", "description": "Since Monday", **form})

    def _mine(self):
        return self.env["ticketing.ticket"].search([("partner_id", "=", self.contact.id)], order="id")

    def test_his_own(self):
        self._send(lot_id=str(self.unit.id))
        self.assertEqual((self._mine().lot_id, self._mine().product_id), (self.unit, self.pump))
        self.assertFalse(self._mine().asset_alert)

    def test_of_others(self):
        """Another's unit, one that is not there, nonsense: the ticket comes, without a unit."""
        self._login(self.marta)
        self.assertNotIn("PUMP-2", self.url_open(f"/my/tickets/new?lot_id={self.foreign.id}").text)
        for number in (self.foreign.id, 2**30, "1 or 1", "-1", "9" * 30):
            self._send(lot_id=str(number))
        self.assertEqual(len(self._mine()), 5)
        self.assertFalse(self._mine().lot_id)

    def test_staff_without_right(self):
        """Somebody of the house who sees no serial numbers may report, too."""
        page = self._get("/my/tickets/new", self.accountant)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn('name="lot_id"', page.text)
