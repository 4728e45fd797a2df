from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common_progress import ProgressCase


@tagged("-at_install", "post_install")
class TestProgressUi(ProgressCase):
    """Plans are made on quotations, changed by a button, and each sees and presses what is his."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._make_user("seller", "sales_team.group_sale_salesman")
        cls.leader = cls._make_user("leader", "project.group_project_manager")
        cls.thirds = cls.env.ref("helpdesk_ticketing.progress_template_thirds")

    @classmethod
    def _make_user(cls, login, *groups):
        return cls.env["res.users"].create(
            {
                "name": login,
                "login": f"progress_{login}",
                "email": f"{login}@example.com",
                "group_ids": [Command.set([cls.env.ref(group).id for group in ("base.group_user", *groups)])],
            }
        )

    def _quote(self, price=10000.0, quantity=1, discount=0.0, **values):
        line = {"product_id": self.works.id, "product_uom_qty": quantity, "price_unit": price, "discount": discount}
        return (
            self.env["sale.order"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [Command.create({**line, "name": "Heating\nWith all"})],
                    **values,
                }
            )
        )

    def _open_wizard(self, order):
        action = order.action_plan_billing()
        return Form(self.env[action["res_model"]].with_user(self.seller).with_context(**action["context"]))

    def _plan(self, order, **values):
        wizard = self._open_wizard(order)
        for name, value in values.items():
            setattr(wizard, name, value)
        action = wizard.save().action_plan()
        return self.env["ticketing.progress.plan"].browse(action["res_id"])

    # On the quotation

    def test_awkward_totals(self):
        """The line is sold as 100 at a hundredth of its price; no total changes by a cent, whatever is rounded how."""
        for rounding in ("round_per_line", "round_globally"):
            self.env.company.tax_calculation_rounding_method = rounding
            for price, quantity, discount in [
                (10000.0, 1, 0),
                (10000.01, 1, 0),
                (10000.01, 1, 12.5),
                (0.01, 1, 0),
                (33.333333, 3, 7.77),
                (99.99, 7.25, 33.33),
            ]:
                with self.subTest(rounding=rounding, price=price, quantity=quantity, discount=discount):
                    order = self._quote(price, quantity, discount)
                    order.order_line = [
                        Command.create({"product_id": self.works.id, "price_unit": 0.335, "product_uom_qty": 3})
                    ]
                    line = order.order_line[0]
                    before = [line.price_subtotal, order.amount_untaxed, order.amount_tax, order.amount_total]
                    wizard = self._open_wizard(order)
                    wizard.line_id = line
                    plan = self.env["ticketing.progress.plan"].browse(wizard.save().action_plan()["res_id"])
                    self.assertEqual((line.product_uom_qty, line.discount), (100, 0))
                    after = [line.price_subtotal, order.amount_untaxed, order.amount_tax, order.amount_total]
                    self.assertEqual(after, before)
                    amounts = plan.milestone_ids.mapped("amount")
                    self.assertAlmostEqual(sum(amounts), line.price_subtotal, 6)
                    self.assertEqual(plan.total_amount, line.price_subtotal)

    def test_planned_then_confirmed(self):
        """The seller plans his quotation; it starts once it is sold. The wizard says what it does."""
        order = self._quote(10000.01, discount=12.5)
        wizard = self._open_wizard(order)
        self.assertIn("12.50", wizard.sold_as)
        self.assertIn("87.500087", wizard.becomes)
        self.assertEqual([row["percentage"] for row in wizard.milestone_ids._records], [30, 40, 30])
        self.assertEqual(wizard.percent_sum, 100)
        with wizard.milestone_ids.edit(0) as row:
            row.percentage = 20
        self.assertEqual(wizard.percent_sum, 90)
        with self.assertRaisesRegex(UserError, "90.00"):
            wizard.save().action_plan()
        with wizard.milestone_ids.edit(0) as row:
            row.percentage = 30
        wizard.retention_percent = 5
        wizard.date_start = "2030-01-01"
        plan = self.env["ticketing.progress.plan"].browse(wizard.save().action_plan()["res_id"])
        self.assertEqual((plan.state, plan.name, plan.project_id.name), ("draft", "Heating", "Heating"))
        self.assertEqual(plan.project_id.partner_id, self.customer)
        self.assertEqual(plan.milestone_ids.mapped("retention_percent"), [5, 5, 5])
        self.assertEqual(str(plan.milestone_ids[1].deadline), "2030-01-31")
        self.assertFalse(order.can_plan_billing)
        self.assertEqual(order.action_view_progress_plans()["res_id"], plan.id)
        order.action_confirm()
        self.assertEqual(plan.state, "running")
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_planned_when_confirmed(self):
        """By completion, paid by a lender, in a project that there is."""
        order = self._quote()
        order.action_confirm()
        wizard = self._open_wizard(order)
        wizard.template_id = self.env.ref("helpdesk_ticketing.progress_template_completion")
        wizard.project_id = self.project
        lender = self.env["res.partner"].create({"name": "Bank", "is_company": True})
        wizard.lender_id = lender
        wizard.payer = "lender"
        plan = self.env["ticketing.progress.plan"].browse(wizard.save().action_plan()["res_id"])
        self.assertEqual((plan.state, plan.method, plan.payer), ("running", "completion", "lender"))
        self.assertEqual((plan.project_id, plan.lender_id), (self.project, lender))
        self.assertFalse(plan.milestone_ids)
        self.assertTrue(plan.next_date)

    def test_not_plannable(self):
        """Goods, lines without a price, of tickets, or invoiced; and what somebody else sells."""
        order = self._quote()
        order.order_line.product_id = self.valve
        self.assertFalse(order.can_plan_billing)
        order = self._quote()
        other = self._make_user("stranger", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["ticketing.progress.wizard"].with_user(other).create(
                {"order_id": order.id, "line_id": order.order_line.id, "name": "x"}
            ).action_plan()
        wizard = self._open_wizard(order).save()
        order.order_line.price_unit = 0
        with self.assertRaisesRegex(UserError, "can't be billed by progress"):
            wizard.action_plan()

    def test_deleted(self):
        """A plan that certified nothing goes, and its order is billed as any other."""
        plan = self._make_plan()
        line = plan.sale_line_ids
        plan.unlink()
        self.assertFalse(line.progress_plan_id or line.progress_milestone_ids)

    # Changes

    def test_change(self):
        """More and less, each with milestones of its own; what was certified stays."""
        plan = self._make_plan(user_id=self.leader.id)
        plan.milestone_ids[0].is_reached = True
        self._accept(self._certify(plan))
        plan = plan.with_user(self.leader)
        for direction, amount, total in [("more", 1000.01, 11000.01), ("less", 500.0, 10500.01)]:
            action = plan.action_add_change()
            change = Form(self.env[action["res_model"]].with_user(self.leader).with_context(**action["context"]))
            change.name = f"A bit {direction}"
            change.direction = direction
            change.amount = amount
            self.assertEqual(change.total_after, total)
            with change.milestone_ids.edit(0) as row:
                row.percentage = 33.33
            with change.milestone_ids.new() as row:
                row.name = "Rest"
                row.percentage = 66.67
            change.save().action_confirm()
            self.assertEqual(plan.total_amount, total)
        plan = plan.sudo()
        self.assertEqual(plan.sale_line_ids.mapped("product_uom_qty"), [100, 100, -100])
        self.assertEqual(plan.change_amount, 500.01)
        self.assertEqual(plan.milestone_ids[3:].mapped("amount"), [333.3, 666.71, -166.65, -333.35])
        self.assertEqual(plan.certified_amount, 3000)
        self.assertFalse(plan.open_reason)
        too_much = self.env["ticketing.progress.change"].with_user(self.leader)
        too_much = too_much.create({"plan_id": plan.id, "name": "All", "direction": "less", "amount": 99999})
        with self.assertRaisesRegex(UserError, "are left in the contract"):
            too_much.action_confirm()

    # The plan's form

    def test_form(self):
        """Two milestones of a running plan are changed together; what is missing is told while it is typed."""
        plan = self._make_plan(user_id=self.leader.id)
        form = Form(plan.with_user(self.leader))
        with form.milestone_ids.edit(0) as row:
            row.percentage = 20
        self.assertIn("90.00", form.open_reason)
        with form.milestone_ids.edit(1) as row:
            row.percentage = 50
        self.assertFalse(form.open_reason)
        form.save()
        self.assertEqual(plan.milestone_ids.mapped("amount"), [2000, 5000, 3000])
        with form.milestone_ids.edit(0) as row:
            row.percentage = 10
        with self.assertRaisesRegex(ValidationError, "90.00"):
            form.save()

    def test_template(self):
        """It takes the place of what no certificate shows, and shares out what is left."""
        plan = self._make_plan(percents=(12.5, 87.5), user_id=self.leader.id)
        plan.milestone_ids[0].is_reached = True
        self._accept(self._certify(plan))
        form = Form(plan.with_user(self.leader))
        form.template_id = self.thirds
        form.save().action_apply_template()
        self.assertEqual(plan.milestone_ids.mapped("percentage"), [12.5, 26.25, 35, 26.25])
        self.assertEqual(plan.milestone_ids.mapped("amount"), [1250, 2625, 3500, 2625])
        with self.assertRaisesRegex(ValidationError, "99.99"):
            self.thirds.line_ids = [Command.update(self.thirds.line_ids[0].id, {"percentage": 29.99})]

    def test_product_template(self):
        self.works.product_tmpl_id.ticketing_progress_template_id = self.env.ref(
            "helpdesk_ticketing.progress_template_halves"
        )
        plan = self._plan(self._quote())
        self.assertEqual(plan.milestone_ids.mapped("amount"), [5000, 5000])

    # Who may what

    def test_rights(self):
        """Leader and manager certify and sign; accountant and agent read; a stranger sees nothing."""
        agent = self._make_user("agent", "helpdesk_ticketing.group_user_own")
        plan = self._make_plan(user_id=agent.id, retention_percent=5)
        plan.milestone_ids[0].is_reached = True
        for user in (agent, self.accountant, self.seller):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                plan.with_user(user).action_certify()
        plan.sale_order_id.user_id = self.seller
        for user in (self.leader, self.manager, self.accountant, agent, self.seller):
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                form = Form(plan.with_user(user))
                self.assertEqual(form.certified_amount, 0)
                self.assertEqual(form.share_text, "Heating: 100.00 %")
        for user, milestone in ((self.leader, 0), (self.manager, 1)):
            with self.subTest(user=user.login):
                Form(plan.milestone_ids[milestone].with_user(user))
                plan.milestone_ids[milestone].with_user(user).is_reached = True
                plan.with_user(user).action_certify()
                note = plan.certificate_ids.filtered(lambda note: note.state == "draft").with_user(user)
                view = "helpdesk_ticketing.ticketing_certificate_view_form"
                Form(note, view=view)
                note.action_ready()
                Form(note, view=view)
                wizard = Form(
                    self.env["ticketing.sign.wizard"].with_user(user).with_context(**note.action_open_sign()["context"])
                )
                wizard.signer_name = "Marta Ruiz"
                wizard.signature = self.signature.decode()
                wizard.save().action_confirm()
                self.assertEqual(note.state, "signed")
                Form(note.with_user(self.accountant), view=view)
                Form(note.with_user(agent), view=view)
        outsider = self._make_user("outsider", "helpdesk_ticketing.group_user_own")
        self.assertFalse(self.env["ticketing.progress.plan"].with_user(outsider).search([]))
        self.assertFalse(self.env["sale.order"].with_user(outsider).search([("id", "=", plan.sale_order_id.id)]))

    def test_dashboard(self):
        """The project's dashboard shows amounts and states of billed milestones, and what is late."""
        plan = self._make_plan(user_id=self.leader.id)
        plan.milestone_ids[0].deadline = "2020-01-01"
        view = self.env.ref("helpdesk_ticketing.ticketing_progress_plan_view_search")
        overdue = etree.fromstring(view.arch).find(".//filter[@name='overdue']").get("domain")
        self.assertIn(plan, plan.search(safe_eval(overdue)))
        panel = self.project.with_user(self.leader).get_panel_data()
        buttons = {button["action"]: button.get("number") for button in panel["buttons"] if button["show"]}
        self.assertEqual((buttons["action_view_progress_plans"], buttons["action_view_overdue_milestones"]), (1, 1))
        milestone = next(row for row in panel["milestones"]["data"] if row["id"] == plan.milestone_ids[0].id)
        self.assertEqual(
            (milestone["progress_state"], milestone["progress_amount"]), ("planned", plan.currency_id.format(3000))
        )
