import doctest
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..tools import remote_link
from . import test_performance
from .common_contract import ContractCase


class AssetCase(ContractCase):
    """Pumps with serial numbers, that are delivered, come back, or were sold by others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit, cls.spare = cls.serials
        cls.other = cls.env["res.partner"].create({"name": "Other Company", "is_company": True})

    @classmethod
    def _move(cls, unit, partner, back=False):
        """Deliver a unit to a customer, or take it back, as the warehouse does."""
        operation = cls.warehouse.in_type_id if back else cls.warehouse.out_type_id
        customers = cls.env.ref("stock.stock_location_customers")
        places = (customers, cls.van) if back else (cls.van, customers)
        ends = {"location_id": places[0].id, "location_dest_id": places[1].id}
        picking = cls.env["stock.picking"].create(
            {
                "partner_id": partner.id,
                "picking_type_id": operation.id,
                **ends,
                "move_ids": [
                    Command.create({"product_id": unit.product_id.id, "product_uom_qty": 1, **ends}),
                ],
            }
        )
        picking.action_confirm()
        line = {"product_id": unit.product_id.id, "lot_id": unit.id, "quantity": 1, "picked": True, **ends}
        picking.move_ids.move_line_ids = [Command.clear(), Command.create({**line, "picking_id": picking.id})]
        picking.button_validate()
        return picking

    @classmethod
    def _set_by_hand(cls, unit, partner=None, **values):
        unit.write(
            {
                "ticketing_manual_customer_id": (partner or cls.contact).id,
                "ticketing_manual_reason": "Sold by somebody else",
                **values,
            }
        )
        return unit


@tagged("post_install", "-at_install")
class TestAssetOwner(AssetCase):
    """Whose a unit is, where it stands, and until when it is covered."""

    def test_delivered(self):
        self.pump.product_tmpl_id.ticketing_warranty_months = 6
        self.assertFalse(self.unit.ticketing_customer_id)
        self._deliver_pump(days_ago=100)
        self.assertEqual(self.unit.ticketing_customer_id, self.customer)
        self.assertEqual(self.unit.ticketing_place_id, self.contact)
        self.assertEqual(self.unit.ticketing_delivered_on, self.today - timedelta(days=100))
        end = self.today - timedelta(days=100) + relativedelta(months=6, days=-1)
        self.assertEqual(self.unit.ticketing_warranty_until, end)
        self.pump.product_tmpl_id.ticketing_warranty_months = 0
        self.assertFalse(self.unit.ticketing_warranty_until)
        self.assertFalse(self.spare.ticketing_customer_id)

    def test_returned_and_sold_again(self):
        self._move(self.unit, self.contact)
        self._set_by_hand(self.unit, self.other, ticketing_manual_warranty_until=self.today)
        self.assertEqual(self.unit.ticketing_customer_id, self.other, "what is said by hand counts")
        self._move(self.unit, self.contact, back=True)
        self.assertFalse(self.unit.ticketing_customer_id or self.unit.ticketing_place_id)
        self.assertFalse(self.unit.ticketing_manual_reason, "until the unit moves")
        self.assertFalse(self.unit.ticketing_warranty_until)
        self._move(self.unit, self.other)
        self.assertEqual(self.unit.ticketing_customer_id, self.other)
        self.assertEqual(self.unit.ticketing_place_id, self.other)

    def test_repaired(self):
        """What comes back from a repair is under warranty from its first delivery; with another customer, from his."""
        self.pump.product_tmpl_id.ticketing_warranty_months = 12
        for day, partner, back in (
            ("2025-01-01", self.contact, False),
            ("2025-12-01", self.contact, True),
            ("2025-12-10", self.customer, False),
        ):
            with freeze_time(day):
                self._move(self.unit, partner, back)
        self.assertEqual(self.unit.ticketing_customer_id, self.customer)
        self.assertEqual(self.unit.ticketing_delivered_on, date(2025, 1, 1))
        self.assertEqual(self.unit.ticketing_warranty_until, date(2025, 12, 31))
        with freeze_time("2026-02-01"):
            self._move(self.unit, self.customer, back=True)
        self.assertFalse(self.unit.ticketing_warranty_until)
        with freeze_time("2026-02-02"):
            self._move(self.unit, self.other)
        self.assertEqual(self.unit.ticketing_warranty_until, date(2027, 2, 1))

    def test_contact_who_leaves(self):
        """A unit stays the company's to which it was delivered; that of a person becomes his company's."""
        self._move(self.unit, self.contact)
        self.assertEqual(self.unit.ticketing_customer_id, self.customer)
        self.contact.parent_id = self.other
        self.unit.ticketing_manual_delivered_on = self.today
        self.assertEqual(self.unit.ticketing_customer_id, self.customer)
        person = self.env["res.partner"].create({"name": "Person"})
        self._move(self.spare, person)
        told = self._set_by_hand(self.spare.copy({"name": "PUMP-3"}), person)
        self.assertEqual((self.spare | told).ticketing_customer_id, person)
        person.parent_id = self.other
        self.assertEqual(self.spare.ticketing_customer_id, self.other)
        self.assertEqual(told.ticketing_customer_id, self.other)

    def test_lot_of_many_has_no_owner(self):
        """What shares its number with others is nobody's in particular."""
        cable = self._create_product("Cable", is_storable=True, tracking="lot")
        drum = self.env["stock.lot"].create({"name": "DRUM-1", "product_id": cable.id})
        self._stock(cable, 5, drum)
        self._move(drum, self.contact)
        self.assertTrue(drum._get_first_deliveries())
        self.assertFalse(drum.ticketing_customer_id)

    def test_wrong_serial_number_corrected(self):
        """The warehouse corrects which of two was delivered: both know."""
        self._stock(self.pump, 1, self.spare, self.env.ref("stock.stock_location_customers"))
        picking = self._move(self.unit, self.contact)
        picking.move_ids.move_line_ids.lot_id = self.spare
        self.assertFalse(self.unit.ticketing_customer_id)
        self.assertEqual(self.spare.ticketing_customer_id, self.customer)

    def test_place(self):
        """Where it stands is the delivery's address until somebody says otherwise, and of its customer alone."""
        self._move(self.unit, self.contact)
        site = self.env["res.partner"].create({"name": "Annex", "parent_id": self.customer.id, "type": "other"})
        self.unit.ticketing_place_id = site
        self.pump.product_tmpl_id.ticketing_warranty_months = 12
        self.unit._on_moved()
        self.assertEqual(self.unit.ticketing_place_id, site)
        self._set_by_hand(self.unit, self.other)
        self.assertEqual(self.unit.ticketing_place_id, self.other)

    def test_contract(self):
        """The contract that fits best today: of the unit itself before that of the customer; none of another's."""
        self._set_by_hand(self.unit)
        self.assertFalse(self.unit.ticketing_contract_id)
        wide = self._create_contract()
        self.env.invalidate_all()
        self.assertEqual(self.unit.ticketing_contract_id, wide)
        narrow = self._create_contract(name="Pump", lot_ids=[Command.set(self.unit.ids)])
        self._create_contract(
            name="Ended", date_end=self.today - timedelta(days=1), lot_ids=[Command.set(self.spare.ids)]
        )
        self._create_contract(name="Of others", partner_id=self.other.id)
        self.env.invalidate_all()
        self.assertEqual(self.unit.with_user(self.technician).ticketing_contract_id, narrow)
        self.assertEqual(self._set_by_hand(self.spare).ticketing_contract_id, wide)

    def test_warranty_by_hand_decides(self):
        """What is said by hand covers the work, and uncovers it."""
        self._set_by_hand(self.unit)
        ticket = self._create_ticket(product_id=self.pump.id, lot_id=self.unit.id)
        valve = self._add_material(ticket)
        self.assertFalse(valve.covered)
        self.unit.ticketing_manual_warranty_until = self.today + timedelta(days=1)
        self.assertEqual((valve.cover_kind, ticket.warranty_until), ("warranty", self.today + timedelta(days=1)))
        self.unit.ticketing_manual_warranty_until = self.today - timedelta(days=1)
        self.assertFalse(valve.covered)
        self.unit.ticketing_manual_warranty_until = self.today + timedelta(days=1)
        self.assertTrue(valve.covered)
        self._set_by_hand(self.unit, self.other)
        self.assertFalse(valve.covered, "it is another's now")

    def test_history(self):
        """Tickets, notes, parts and deliveries, as far as the user sees them."""
        self._move(self.unit, self.contact)
        ticket = self._create_ticket(lot_id=self.unit.id, product_id=self.pump.id)
        valve = self._add_material(ticket)
        note = self._make_ready(ticket)
        solved = self._create_ticket(lot_id=self.unit.id, user_id=self.manager.id)
        solved._move_to_kind("solved")
        unit = self.unit.with_user(self.manager)
        self.assertEqual((unit.ticketing_ticket_count, unit.ticketing_open_count), (2, 1))
        self.assertEqual((unit.ticketing_note_ids, unit.ticketing_part_ids), (note, valve))
        self.assertEqual(unit.ticketing_picking_count, 1)
        mine = self.unit.with_user(self.technician)
        self.assertEqual(mine.ticketing_ticket_ids, ticket, "a technician sees his own")
        self.assertEqual(mine.ticketing_ticket_count, 1)
        self.assertEqual(self.spare.with_user(self.technician).ticketing_ticket_count, 0)
        for action in (
            unit.action_ticketing_tickets(),
            unit.action_ticketing_notes(),
            unit.action_ticketing_pickings(),
        ):
            self.assertTrue(self.env[action["res_model"]].search_count(action["domain"]))


@tagged("post_install", "-at_install")
class TestAssetOnTicket(AssetCase):
    """Choosing a unit on a ticket, and what the ticket says of it."""

    def test_fills_product_and_customer(self):
        self._set_by_hand(self.unit)
        form = Form(self.env["ticketing.ticket"].with_user(self.agent))
        form.name = "It hums"
        form.lot_id = self.unit.with_user(self.agent)
        self.assertEqual((form.product_id, form.partner_id), (self.pump, self.contact))
        self.assertFalse(form.asset_alert)
        ticket = form.save()
        self.assertEqual(ticket.commercial_partner_id, self.customer)

    def test_customer_that_was_chosen_stays(self):
        """The unit of another customer is warned of, not refused: equipment is lent, sold and moved."""
        self._set_by_hand(self.unit, self.other)
        form = Form(self.env["ticketing.ticket"].with_user(self.agent))
        form.name = "It hums"
        form.partner_id = self.contact
        form.lot_id = self.unit.with_user(self.agent)
        self.assertEqual(form.partner_id, self.contact)
        self.assertIn("PUMP-1 belongs to Other Company, not to", form.asset_alert)
        ticket = form.save()
        self.assertNotIn("warranty until", ticket.asset_summary)
        ticket.partner_id = self.other
        self.assertFalse(ticket.asset_alert)

    def test_take_owner(self):
        self._set_by_hand(self.unit)
        ticket = self._create_ticket(partner_id=False, lot_id=self.unit.id)
        self.assertIn("belongs to Hotel Test", ticket.asset_alert)
        ticket.with_user(self.technician).action_take_owner()
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertFalse(ticket.asset_alert)

    def test_summary(self):
        """Warranty and contract in one line."""
        self._set_by_hand(self.unit, ticketing_manual_warranty_until=self.today + timedelta(days=9))
        ticket = self._create_ticket(lot_id=self.unit.id)
        self.assertRegex(ticket.asset_summary, r"^Under warranty until .+ · Without a contract$")
        contract = self._create_contract()
        self.unit.ticketing_manual_warranty_until = self.today - timedelta(days=9)
        self.env.invalidate_all()
        self.assertRegex(ticket.asset_summary, rf"^Warranty ended on .+ · {contract.number} Maintenance$")
        self.assertFalse(self._create_ticket().asset_summary)

    def test_choice(self):
        """His units come first and alone; by their number the others are found."""
        self._set_by_hand(self.unit)
        self._set_by_hand(self.spare, self.other)
        lots = self.env["stock.lot"].with_user(self.agent).with_context(ticketing_customer_id=self.customer.id)
        domain = [("product_id", "=", self.pump.id)]
        self.assertEqual([found for found, __ in lots.name_search("", domain)], self.unit.ids)
        self.assertEqual([found for found, __ in lots.name_search("PUMP-", domain)], (self.unit | self.spare).ids)
        self.assertEqual([found for found, __ in lots.name_search("PUMP-2", domain)], self.spare.ids)
        self.assertEqual(len(lots.name_search("PUMP-", domain, limit=1)), 1)
        nobody = lots.with_context(ticketing_customer_id=self.contact.copy().id)
        self.assertEqual(len(nobody.name_search("", domain)), 2, "who has none chooses among all")

    def test_remote_session(self):
        """It opens what was checked, in a new tab, and the ticket tells."""
        self.unit.ticketing_remote_url = "rustdesk://123456789"
        ticket = self._create_ticket(lot_id=self.unit.id)
        self.assertTrue(ticket.asset_has_remote)
        action = ticket.with_user(self.technician).action_remote_session()
        self.assertEqual(action["tag"], "ticketing_remote_session")
        self.assertEqual(action["params"], {"url": "rustdesk://123456789"})
        self.assertIn("Remote session opened with PUMP-1", ticket.message_ids[0].body)
        self.assertEqual(ticket.message_ids[0].author_id, self.technician.partner_id)
        self.unit.with_user(self.technician).action_ticketing_remote()
        self.assertIn("Remote session opened", self.unit.message_ids[0].body)

    def test_ways_out(self):
        ticket = self._create_ticket(lot_id=self.unit.id).with_user(self.technician)
        for action in (ticket.action_view_asset(), ticket.action_view_device()):
            self.assertEqual((action["res_model"], action["res_id"]), ("stock.lot", self.unit.id))


@tagged("post_install", "-at_install")
class TestAssetBadInput(AssetCase):
    """What is refused, and in which words."""

    def test_remote_link_rules(self):
        result = doctest.testmod(remote_link)
        self.assertTrue(result.attempted)
        self.assertEqual(result.failed, 0)

    def test_remote_links(self):
        for link in (
            "javascript:alert(1)",
            "JaVaScRiPt://x",
            "data:text/html,x",
            "ftp://host",
            "https:",
            "anydesk:a b",
        ):
            with self.assertRaisesRegex(ValidationError, "PUMP-1 must begin with one of https:"), self.cr.savepoint():
                self.unit.ticketing_remote_url = link
        for link in ("https://a.example/x?y=1", "rustdesk://1", "anydesk:123@ad", "teamviewer10://control?device=1"):
            self.unit.ticketing_remote_url = link

    def test_link_written_around_the_check(self):
        """An import into the database passes the check of the field: the button checks again."""
        self.unit.flush_recordset()
        self.env.cr.execute(
            "UPDATE stock_lot SET ticketing_remote_url = 'javascript:alert(1)' WHERE id = %s", (self.unit.id,)
        )
        self.unit.invalidate_recordset()
        ticket = self._create_ticket(lot_id=self.unit.id)
        with self.assertRaisesRegex(ValidationError, "no link to a remote session"):
            ticket.action_remote_session()
        with self.assertRaisesRegex(UserError, "names no serial number"):
            self._create_ticket().action_remote_session()

    def test_script_in_notes(self):
        """What a browser would run is not kept."""
        unit = self.unit.with_user(self.technician)
        unit.ticketing_device_notes = (
            "<p onclick='steal()'>Key <b>here</b><script>steal()</script><img src=x onerror='steal()'></p>"
        )
        notes = self.unit.ticketing_device_notes
        self.assertIn("<b>here</b>", notes)
        for forbidden in ("steal", "script", "onclick", "onerror"):
            self.assertNotIn(forbidden, notes)

    def test_reason(self):
        for reason in (False, "  "):
            with self.assertRaisesRegex(ValidationError, "Say why PUMP-1 belongs to"), self.cr.savepoint():
                self._set_by_hand(self.unit, ticketing_manual_reason=reason)

    def test_other_company(self):
        """A unit of another company can't be chosen, and does not show."""
        company = self.env["res.company"].create({"name": "Elsewhere", "iap_enrich_auto_done": True})
        foreign = self.env["stock.lot"].create(
            {"name": "FOREIGN-1", "product_id": self.pump.id, "company_id": company.id}
        )
        with self.assertRaisesRegex(UserError, "FOREIGN-1"), self.cr.savepoint():
            self._create_ticket(lot_id=foreign.id)
        self.assertFalse(foreign.with_user(self.technician).search([("name", "=", "FOREIGN-1")]))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            foreign.with_user(self.technician).action_ticketing_label()

    def test_desk_and_warehouse(self):
        """The desk says whose a unit is; number and product are the warehouse's. Who is of neither sees nothing."""
        unit = self.unit.with_user(self.technician)
        self._set_by_hand(unit, ticketing_hostname="boiler", ticketing_place="Cellar")
        form = Form(self.env["stock.lot"].with_user(self.agent), "helpdesk_ticketing.stock_lot_view_form")
        form.product_id = self.pump
        form.name = "X-1"
        form.ticketing_manual_customer_id = self.other
        form.ticketing_manual_reason = "Installed by others"
        self.assertEqual(form.save().ticketing_customer_id, self.other)
        for values in ({"name": "OTHER"}, {"product_id": self.valve.id}, {"ticketing_customer_id": self.other.id}):
            with self.assertRaisesRegex(AccessError, "the warehouse keeps"), self.cr.savepoint():
                unit.write(values)
        with self.assertRaises(AccessError), mute_logger("odoo.models", "odoo.addons.base.models.ir_model"):
            unit.ticketing_label_token = "guessed"
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            unit.unlink()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self.unit.with_user(self.accountant).read(["name"])
        ticket = self._create_ticket(lot_id=self.unit.id).with_user(self.accountant)
        columns = {"lot_id": {"fields": {"display_name": {}}}, "asset_summary": {}, "asset_alert": {}}
        [values] = ticket.web_read(columns)
        self.assertEqual(values["lot_id"]["display_name"], "PUMP-1", "but opens the ticket")


@tagged("post_install", "-at_install")
class TestAssetQueries(AssetCase):
    """Lists and labels of many units, and what a unit adds to the ticket's form."""

    _count = test_performance.TestQueries._count

    def _units(self, count, prefix):
        self._create_contract(partner_id=self.env["res.partner"].create({"name": prefix}).id)
        units = self.env["stock.lot"].create(
            [
                {
                    "name": f"{prefix}-{number}",
                    "product_id": self.pump.id,
                    "ticketing_manual_customer_id": self.contact.id,
                    "ticketing_manual_reason": "Before",
                }
                for number in range(count)
            ]
        )
        self.env["ticketing.ticket"].create(
            [{"name": "x", "partner_id": self.contact.id, "team_id": self.team.id, "lot_id": unit.id} for unit in units]
        )
        return units

    def test_list(self):
        named = {"fields": {"display_name": {}}}
        columns = {
            "name": {},
            "product_id": named,
            "ticketing_customer_id": named,
            "ticketing_warranty_until": {},
            "ticketing_contract_id": named,
            "ticketing_open_count": {},
        }

        def count(units):
            return self._count(
                lambda env, __: env["stock.lot"].web_search_read([("id", "in", units.ids)], columns, limit=80)
            )

        some, more = count(self._units(10, "SOME")), count(self._units(30, "MORE"))
        self.assertEqual(some, more, "the queries must not grow with the units")
        self.assertLessEqual(more, 8)

    def test_labels(self):
        def count(units):
            units.action_ticketing_label()
            return self._count(lambda env, __: units.with_env(env)._prepare_labels())

        some, more = count(self._units(5, "SOME")), count(self._units(20, "MORE"))
        self.assertEqual(some, more, "the queries must not grow with the labels")
        self.assertLessEqual(more, 6)

    def test_moves(self):
        """A delivery of many units costs as many statements of ours as that of few."""

        def count(size):
            units = self._units(size, f"MOVED-{size}")
            days = [{"ticketing_moved_on": f"2020-01-0{day}"} for day in (1, 2, 3)]
            return self._count(lambda env, number: units.with_env(env(su=True)).write(days[number]))

        some, more = count(5), count(20)
        self.assertEqual(some, more, "the queries must not grow with the units")
        self.assertLessEqual(more, 7)

    def test_form(self):
        """A ticket that names a unit costs one query more than one that only names its product."""
        [unit] = self._units(1, "FORM")
        names = ("name", "product_id", "lot_id", "warranty_until", "contract_id")
        named = {"fields": {"display_name": {}}}
        form = {name: named if name.endswith("_id") else {} for name in names}
        more = form | {"asset_summary": {}, "asset_alert": {}, "asset_has_remote": {}, "commercial_partner_id": {}}
        ticket = self._create_ticket(product_id=self.pump.id, lot_id=unit.id)

        def count(columns):
            return self._count(lambda env, __: ticket.with_env(env).web_read(columns))

        self.assertLessEqual(count(more), count(form) + 1)

    def test_days(self):
        """Days are what the warehouse recorded, not when it was asked."""
        self._deliver_pump(days_ago=3)
        self._deliver_pump(days_ago=1, serial=self.spare)
        days = (self.unit | self.spare).mapped("ticketing_delivered_on")
        self.assertEqual(days, [self.today - timedelta(days=3), self.today - timedelta(days=1)])
        self.assertLess(self.unit.ticketing_moved_on, fields.Datetime.now() + timedelta(seconds=1))
