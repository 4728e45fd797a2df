from ast import literal_eval

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from . import test_performance
from .common import MANAGER
from .common_contract import ContractCase

FIGURES = ("hours", "labour_cost", "material_cost", "cost", "revenue", "to_bill", "margin", "margin_percent")


class MarginCase(ContractCase):
    """The desk of the other tests: two who cost 20 and 30 an hour, one of whom nobody knows, and valves of 10."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.senior, cls.unknown = cls.env["hr.employee"].create(
            [{"name": "Senior", "hourly_cost": 30}, {"name": "Unknown"}]
        )
        cls.valve.standard_price = 10

    def _row(self, ticket, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        Report = self.env["ticketing.margin.report"].with_user(user or self.manager)
        return Report.search([("ticket_id", "=", ticket.id)])

    def _figures(self, ticket, *names):
        row = self._row(ticket)
        return tuple(round(row[name], 2) for name in names or FIGURES)

    def _add_hours_of(self, ticket, employee, hours, **values):
        return self._add_hours(ticket, hours, user=self.env.user, employee_id=employee.id, **values)

    def _bill(self, ticket):
        """Post the invoice of what was signed."""
        self._run_billing()
        invoice = ticket.billing_request_ids.invoice_id
        invoice.action_post()
        return invoice

    def _give_back(self, move, quantity):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=move.picking_id.id)
            .create({})
        )
        wizard.product_return_moves.quantity = quantity
        back = wizard._create_return()
        back.move_ids.picked = True
        back._action_done()


@tagged("post_install", "-at_install")
class TestMargin(MarginCase):
    def _work(self, **values):
        """Three hours of two people and three valves, signed for."""
        ticket = self._create_ticket(**values)
        self._add_hours(ticket, 2)
        self._add_hours_of(ticket, self.senior, 1)
        self._add_material(ticket, quantity=3)
        self._sign(self._make_ready(ticket))
        return ticket

    def test_from_signature_to_credit_note(self):
        ticket = self._work()
        self.assertEqual(self._figures(ticket), (3, 70, 30, 100, 0, 225, -100, 0))
        invoice = self._bill(ticket)
        self.assertEqual(self._figures(ticket), (3, 70, 30, 100, 225, 0, 125, 55.56))
        self.assertFalse(self._row(ticket).missing_cost)
        self._give_back(ticket.note_ids.line_ids.move_id, 1)
        self.assertEqual(self._figures(ticket, "material_cost", "revenue", "margin"), (20, 225, 135))
        self._run_billing()
        credit = ticket.billing_request_ids.invoice_id - invoice
        self.assertEqual(self._figures(ticket, "revenue"), (225,), "a draft counts for nothing")
        credit.action_post()
        self.assertEqual(self._figures(ticket), (3, 70, 20, 90, 195, 0, 105, 53.85))

    def test_lines_typed_in_by_hand(self):
        """A discount on the invoice and goodwill on a credit note bill no order line, and count all the same."""
        ticket = self._work()
        self._run_billing()
        invoice = ticket.billing_request_ids.invoice_id
        discount = {"name": "Thank you for waiting", "quantity": 1, "price_unit": -5, "tax_ids": self.tax.ids}
        invoice.invoice_line_ids = [Command.create(discount)]
        invoice.action_post()
        credit = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "ticket_id": ticket.id,
                "invoice_line_ids": [Command.create({**discount, "price_unit": 20})],
            }
        )
        self.assertEqual(self._figures(ticket, "revenue"), (220,))
        credit.action_post()
        self.assertEqual(self._figures(ticket, "revenue", "margin"), (200, 100))

    def test_another_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", dollar.id)]).unlink()
        self.env["res.currency.rate"].create({"currency_id": dollar.id, "name": "2020-01-01", "rate": 2})
        pricelist = self.env["product.pricelist"].create({"name": "Dollars", "currency_id": dollar.id})
        self.customer.specific_property_product_pricelist = pricelist
        self._create_contract(included_hours=2)
        ticket = self._work()
        self.assertEqual(ticket.sale_order_id.currency_id, dollar)
        self.assertEqual(self._figures(ticket, "to_bill", "covered_value"), (135, 90))
        invoice = self._bill(ticket)
        self.assertEqual(invoice.amount_untaxed, 270)
        self.assertEqual(self._figures(ticket, "revenue", "to_bill", "margin"), (135, 0, 35))

    def test_covered_work(self):
        contract = self._create_contract(included_hours=2.5, material_cover="all")
        ticket = self._work()
        self.assertEqual(ticket.contract_id, contract)
        # two hours at 20, half an hour at 30 and three valves at 10; at 45 an hour and 30 a valve
        names = ("covered_cost", "covered_value", "cost", "to_bill")
        self.assertEqual(self._figures(ticket, *names), (85, 202.5, 100, 22.5))
        self._bill(ticket)
        self.assertEqual(self._figures(ticket, "revenue", "margin"), (22.5, -77.5))
        self.assertEqual(contract.with_user(self.manager).margin, -77.5)

    def test_remote_work(self):
        ticket = self._create_ticket(service_mode="remote")
        self._add_hours(ticket, 2)
        self.assertEqual(self._figures(ticket, "to_bill"), (0,), "it is not solved yet")
        ticket.action_solve()
        self.assertEqual(self._figures(ticket, "cost", "to_bill", "margin"), (40, 90, -40))
        self._bill(ticket)
        self.assertEqual(self._figures(ticket, "revenue", "to_bill", "margin"), (90, 0, 50))

    def test_billing_given_up(self):
        ticket = self._work()
        ticket.billing_request_ids.with_user(self.accountant).action_cancel()
        self.assertEqual(self._figures(ticket, "to_bill", "margin"), (0, -100))

    def test_ticket_without_work(self):
        self.assertFalse(self._row(self._create_ticket()))

    # Groups

    def test_percentage_of_a_group(self):
        """Of 225 and 45 billed, 125 and 25 are left: 55.56 %, weighted. With a ticket that bills nothing, it is less."""
        self._bill(self._work())
        other = self._create_ticket()
        self._add_hours(other, 1)
        self._sign(self._make_ready(other))
        self._bill(other)
        free = self._create_ticket()
        self._add_hours(free, 3)
        self.env.flush_all()
        Report = self.env["ticketing.margin.report"].with_user(self.manager)
        [(customer, margin, revenue, percent)] = Report._read_group(
            [("commercial_partner_id", "=", self.customer.id)],
            ["commercial_partner_id"],
            ["margin:sum", "revenue:sum", "margin_percent:avg"],
        )
        self.assertEqual((customer, margin, revenue), (self.customer, 90, 270))
        self.assertAlmostEqual(percent, 100 * 90 / 270)
        [(percent,)] = Report._read_group([("ticket_id", "=", free.id)], [], ["margin_percent:avg"])
        self.assertFalse(percent, "of nothing")

    def test_filters(self):
        """A ticket on which work goes on is no loss yet; nor is one whose work waits for its invoice."""
        names = ("Loss", "Going on", "Earned", "Waiting")
        loss, going_on, earned, waiting = tickets = [self._create_ticket(name=name) for name in names]
        for ticket in tickets:
            self._add_hours(ticket, 1)
        self._add_hours_of(loss, self.unknown, 1)
        for ticket in earned, waiting:
            self._sign(self._make_ready(ticket))
            if ticket == earned:
                self._bill(ticket)
        for ticket in loss, earned, waiting:
            ticket.action_solve()
        self.env.flush_all()
        found = {name: self._filter(name, tickets) for name in ("loss", "to_bill", "missing_cost", "done")}
        self.assertEqual(
            found, {"loss": loss, "to_bill": waiting, "missing_cost": loss, "done": waiting | earned | loss}
        )
        self.assertIn(going_on, self._filter("no_contract", tickets))

    def _filter(self, name, tickets):
        """Return which of these tickets a filter of the view finds."""
        view = self.env.ref("helpdesk_ticketing.ticketing_margin_report_view_search")
        [node] = etree.fromstring(view.arch).xpath(f"//filter[@name='{name}']")
        domain = [*literal_eval(node.get("domain")), ("ticket_id", "in", [ticket.id for ticket in tickets])]
        return self.env["ticketing.margin.report"].with_user(self.manager).search(domain).ticket_id

    # Bad input

    def test_hours_without_cost(self):
        ticket = self._create_ticket()
        self._add_hours(ticket, 1)
        self.assertFalse(self._row(ticket).missing_cost)
        self._add_hours_of(ticket, self.unknown, 0.5)
        self.assertTrue(self._row(ticket).missing_cost)
        self.assertEqual(self._figures(ticket, "hours", "labour_cost"), (1.5, 20))

    def test_material_without_cost(self):
        """It is flagged until somebody says what the product costs, in whatever unit it was delivered."""
        self.valve.standard_price = 0
        ticket = self._create_ticket()
        self._add_material(ticket, product_uom_id=self.env.ref("uom.product_uom_dozen").id)
        self._make_ready(ticket)
        self.assertTrue(self._row(ticket).missing_cost)
        self.assertEqual(self._figures(ticket, "material_cost"), (0,))
        self.valve.standard_price = 10
        self.assertFalse(self._row(ticket).missing_cost)
        self.assertEqual(self._figures(ticket, "material_cost"), (120,))
        self.valve.standard_price = 0
        self._give_back(ticket.note_ids.line_ids.move_id, 12)
        self.assertFalse(self._row(ticket).missing_cost, "the customer has none of it")

    def test_what_is_missing_is_named_and_mended(self):
        self.valve.standard_price = 0
        ticket = self._create_ticket()
        self._add_hours(ticket, 1)
        self._add_hours_of(ticket, self.unknown, 2)
        self._add_material(ticket)
        self._sign(self._make_ready(ticket))
        row = self._row(ticket)
        self.assertEqual(row.missing_note, "Hourly cost of Unknown. Cost of Valve.")
        self.assertTrue(ticket.with_user(self.manager).margin_missing)
        self.unknown.hourly_cost = 25
        self.assertEqual(self._figures(ticket, "labour_cost"), (20,), "as it was when they were recorded")
        self._row(ticket).action_apply_costs()
        self.assertEqual(self._figures(ticket, "labour_cost"), (70,), "though they are signed")
        self.assertEqual(self._row(ticket).missing_note, "Cost of Valve.")
        self.valve.standard_price = 10
        self.env.invalidate_all()
        self.assertFalse(self._row(ticket).missing_note)
        self.assertFalse(ticket.with_user(self.manager).margin_missing)


@tagged("post_install", "-at_install")
class TestMarginAccess(MarginCase):
    """What somebody costs is the managers' business."""

    def test_managers_alone(self):
        contract = self._create_contract()
        ticket = self._create_ticket()
        self._add_hours(ticket, 6)
        self.env.flush_all()
        portal = new_test_user(self.env, login="margin.portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        for user in (self.agent, self.technician, self.accountant, portal):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self._row(ticket, user)
                for record in (ticket, contract):
                    with self.assertRaises(AccessError):
                        record.with_user(user).read(["margin"])
                    self.assertNotIn("margin", record.with_user(user).fields_get())
        for record in (ticket, contract):
            self.assertEqual(record.with_user(self.manager).margin, -120)
            action = record.with_user(self.manager).action_view_margin()
            self.assertEqual(
                self.env["ticketing.margin.report"].with_user(self.manager).search(action["domain"]).ticket_id, ticket
            )
        self.assertEqual(self._row(ticket).action_view_ticket()["res_id"], ticket.id)

    def test_forms(self):
        """Only managers get the button, and only they the menu."""
        menu = self.env.ref("helpdesk_ticketing.menu_margin_report")
        for user, expected in ((self.manager, True), (self.agent, False)):
            for model in ("ticketing.ticket", "ticketing.contract"):
                arch = self.env[model].with_user(user).get_view(view_type="form")["arch"]
                self.assertEqual("action_view_margin" in arch, expected, (user.login, model))
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(menu.id in visible, expected, user.login)

    def test_two_companies(self):
        company = self.env["res.company"].create({"name": "Foreign, S.L.", "iap_enrich_auto_done": True})
        env = self.env(context={**self.env.context, "allowed_company_ids": company.ids})
        employee = env["hr.employee"].create({"name": "Abroad", "hourly_cost": 50, "company_id": company.id})
        project = env["project.project"].create(
            {"name": "Abroad", "allow_timesheets": True, "allow_billable": True, "company_id": company.id}
        )
        team = env["ticketing.team"].create(
            {
                "name": "Abroad",
                "company_id": company.id,
                "resource_calendar_id": company.resource_calendar_id.id,
                "project_id": project.id,
                "labour_product_id": self.labour.id,
            }
        )
        theirs = self._create_ticket(team_id=team.id, user_id=False)
        env["account.analytic.line"].create(
            {"ticket_id": theirs.id, "employee_id": employee.id, "name": "Repair", "unit_amount": 2}
        )
        ours = self._create_ticket()
        self._add_hours(ours, 1)
        self.env.flush_all()
        both = new_test_user(
            self.env,
            login="margin.both",
            groups=MANAGER,
            company_ids=[Command.set([self.company.id, company.id])],
        )
        Report = self.env["ticketing.margin.report"].with_user(both)
        wanted = [("ticket_id", "in", (ours | theirs).ids)]
        for companies, costs in ((self.company, [20]), (company, [100]), (self.company | company, [20, 100])):
            rows = Report.with_context(allowed_company_ids=companies.ids).search(wanted)
            self.assertEqual(sorted(rows.mapped("cost")), costs)
        self.assertFalse(self._row(theirs), "not his company's")


@tagged("post_install", "-at_install")
class TestMarginQueries(MarginCase):
    _count = test_performance.TestQueries._count

    def _tickets_with_work(self, count):
        tickets = self.env["ticketing.ticket"].union(*(self._create_ticket() for __ in range(count)))
        for ticket in tickets:
            self._add_hours(ticket, 1)
            self._add_material(ticket)
        return tickets

    def test_constant(self):
        few, many = self._tickets_with_work(2), self._tickets_with_work(6)

        def count(tickets, run):
            return self._count(lambda env, __: run(env, tickets.with_env(env)), self.manager)

        def listed(env, tickets):
            env["ticketing.margin.report"].web_search_read(
                [("ticket_id", "in", tickets.ids)], {"ticket_id": {"fields": {"display_name": {}}}, "margin": {}}
            )

        def grouped(env, tickets):
            env["ticketing.margin.report"].formatted_read_group(
                [("ticket_id", "in", tickets.ids)], ["ticket_id"], ["margin:sum", "margin_percent:avg"]
            )

        def counted(env, tickets):
            tickets.mapped("margin")

        for run, most in ((listed, 5), (grouped, 5), (counted, 3)):
            with self.subTest(run=run.__name__):
                self.assertEqual(count(few, run), count(many, run), "the queries must not grow with the tickets")
                self.assertLessEqual(count(many, run), most)

    def test_by_index(self):
        """All tables are reached by an index: without sequential scans nothing else is left to the planner."""
        ticket = self._tickets_with_work(1)
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for domain in ([("ticket_id", "=", ticket.id)], [("contract_id", "in", self._create_contract().ids)]):
            query = self.env["ticketing.margin.report"].sudo()._search(domain)
            plan = self.env.execute_query(SQL("EXPLAIN %s", query.select(SQL("id"), SQL("margin"))))
            scans = [line for (line,) in plan if "Seq Scan" in line]
            self.assertEqual(scans, [], "\n".join(line for (line,) in plan))
