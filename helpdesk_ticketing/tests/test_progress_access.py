from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common_progress import ProgressCase

TERMS = ("plan_id", "percentage", "amount", "payer", "retention_percent", "billing_state", "currency_id", "ticket_ids")


@tagged("-at_install", "post_install")
class TestProgressAccess(ProgressCase):
    """Who reads and changes what of a billing plan, whichever way he asks; and that a running one stays whole."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._person("leader", "project.group_project_manager")
        cls.worker = cls._person("worker", "project.group_project_user")

    @classmethod
    def _person(cls, login, groups):
        return new_test_user(cls.env, login=f"access.{login}", groups=f"base.group_user,{groups}")

    def _make_order(self, **values):
        return self.env["sale.order"].create({"partner_id": self.customer.id, **values})

    def _make_certified(self, **values):
        plan = self._make_plan(**values)
        plan.milestone_ids[0].is_reached = True
        self._accept(self._certify(plan))
        return plan

    # Orders

    def test_orders_of_project_managers(self):
        """Plans take no order from a project manager, and give one who sells those of plans alone."""
        seller = self._person("seller", "project.group_project_manager,sales_team.group_sale_salesman")
        others, planned = self._make_order(user_id=self.agent.id), self._make_plan().sale_order_id
        planned.user_id = self.agent
        orders = others | planned
        found = {
            user: self.env["sale.order"].with_user(user).search([("id", "in", orders.ids)])
            for user in (self.leader, seller)
        }
        self.assertEqual((found[self.leader], found[seller]), (orders, planned))
        self.assertFalse(others.with_user(self.leader).has_access("write"))

    def test_order_button(self):
        """Who may read orders but no plans is not offered them."""
        biller = self._person("biller", "account.group_account_invoice")
        for user, shown in ((biller, 0), (self.leader, 1), (self.agent, 1)):
            arch = etree.fromstring(self.env["sale.order"].with_user(user).get_view(view_type="form")["arch"])
            self.assertEqual(len(arch.findall(".//button[@name='action_view_progress_plans']")), shown, user.login)

    # Certificates

    def test_certificate_is_not_typed(self):
        plan = self._make_plan()
        plan.milestone_ids[0].is_reached = True
        note = self._certify(plan)
        for values in ({"is_certified": True}, {"certificate_number": 7}, {"period_amount": 1}, {"deposit_amount": 1}):
            with self.subTest(values=values), self.assertRaisesRegex(AccessError, "come from its buttons alone"):
                note.with_user(self.manager).write(values)
        note.with_user(self.manager).action_ready()
        self.assertEqual((note.certificate_number, note.period_amount), (1, 3000))
        with self.assertRaisesRegex(UserError, "once it is ready"):
            note.period_amount = 1

    # Milestones

    def test_terms_are_the_planners(self):
        """Whoever is in the project says what is reached; what is billed is changed by who may write the plan."""
        plan = self._make_certified()
        milestone = plan.milestone_ids[1].with_user(self.worker)
        milestone.write({"name": "Boiler", "deadline": "2026-03-01", "is_reached": True})
        for values in ({"payer": "customer"}, {"retention_percent": 9}, {"percentage": 40}, {"plan_id": False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                milestone.write(values)
        with self.assertRaises(AccessError):
            milestone.create({"name": "More", "plan_id": plan.id, "project_id": self.project.id})
        draft = self._make_plan(start=False).milestone_ids
        with self.assertRaises(AccessError):
            draft[0].with_user(self.worker).unlink()
        draft.with_user(self.leader).write({"retention_percent": 9})
        draft[0].with_user(self.leader).unlink()

    def test_milestone_without_plan(self):
        """It is changed and deleted by who sees no certificates."""
        milestone = self.env["project.milestone"].with_user(self.worker)
        milestone = milestone.create({"name": "Party", "project_id": self.project.id})
        milestone.write({"project_id": self.team.project_id.id, "sale_line_id": False})
        milestone.unlink()
        self.assertFalse(milestone.exists())

    def test_duplicated_project(self):
        """Its milestones are new ones, of no plan."""
        plan = self._make_certified(retention_percent=5)
        self.project.action_create_template_from_project()
        template = self.env["project.project"].search([("is_template", "=", True), ("name", "=", self.project.name)])
        for project in (self.project.copy(), template):
            milestones = project.milestone_ids
            self.assertEqual(len(milestones), 3)
            self.assertFalse(
                milestones.plan_id or any(milestones.mapped("payer") + milestones.mapped("retention_percent"))
            )
        self.assertEqual(len(plan.milestone_ids), 3)

    def test_running_plan_stays_whole(self):
        plan = self._make_plan()
        with self.assertRaisesRegex(UserError, "is a part of Heating, which is running"):
            plan.milestone_ids[0].unlink()
        with self.assertRaisesRegex(ValidationError, "70.00 % instead of"), self.env.cr.savepoint():
            plan.milestone_ids[0].plan_id = False
        first, second = plan.milestone_ids[:2]
        plan.with_user(self.leader).milestone_ids = [
            Command.delete(first.id),
            Command.update(second.id, {"percentage": 70}),
        ]
        self.assertEqual(plan.milestone_ids.mapped("amount"), [7000, 3000])

    def test_collaborator(self):
        """A portal user with whom the project is shared reads milestones, and nothing of their money."""
        portal = new_test_user(self.env, login="access.portal", groups="base.group_portal")
        self.project.privacy_visibility = "portal"
        self.project.collaborator_ids = [Command.create({"partner_id": portal.partner_id.id})]
        milestone = self._make_certified().milestone_ids[0].with_user(portal)
        self.assertEqual(milestone.read(["name", "is_reached", "product_uom_qty"])[0]["product_uom_qty"], 30)
        for name in TERMS:
            with self.subTest(name), self.assertRaises(AccessError):
                milestone.read([name])

    def test_changed_terms_are_passed_on(self):
        """To milestones that had the plan's, unless they are certified or get others at the same time."""
        lender = self.env["res.partner"].create({"name": "Bank", "is_company": True})
        plan = self._make_plan(retention_percent=5, lender_id=lender.id)
        first, second, third = plan.milestone_ids
        second.retention_percent = 3
        plan.with_user(self.leader).retention_percent = 10
        self.assertEqual(plan.milestone_ids.mapped("retention_percent"), [10, 3, 10])
        first.is_reached = True
        self._accept(self._certify(plan))
        second.payer = "lender"
        plan.with_user(self.leader).write(
            {"payer": "lender", "milestone_ids": [Command.update(second.id, {"payer": "customer"})]}
        )
        self.assertEqual((first | second | third).mapped("payer"), ["customer", "customer", "lender"])

    # Steps

    def test_reopened(self):
        """It runs again if it can be certified; what it is instead is said as it is."""
        plan = self._make_certified()
        plan.action_cancel()
        plan.milestone_ids[1].percentage = 10
        with self.assertRaisesRegex(ValidationError, "70.00 % instead of"), self.env.cr.savepoint():
            plan.action_reopen()
        plan.milestone_ids[1].percentage = 40
        plan.action_reopen()
        self.assertEqual(plan.state, "running")
        given_up = self._make_plan()
        given_up.milestone_ids[0].is_reached = True
        self._certify(given_up).action_cancel()
        given_up.sale_order_id._action_cancel()
        self.assertEqual(given_up.state, "cancelled")
        given_up.action_reopen()
        self.assertEqual(given_up.state, "draft")
        with self.assertRaisesRegex(UserError, "is draft: only"):
            given_up.action_reopen()

    def test_change_is_sold_once(self):
        plan = self._make_plan()
        change = self.env["ticketing.progress.change"].with_user(self.leader)
        change = change.with_context(default_plan_id=plan.id).create({"name": "Solar panel", "amount": 500})
        change.action_confirm()
        with self.assertRaisesRegex(UserError, "confirmed already"):
            change.action_confirm()
        self.assertEqual((plan.total_amount, len(plan.sale_line_ids)), (10500, 2))
