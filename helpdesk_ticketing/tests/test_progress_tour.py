from odoo import Command
from odoo.tests import new_test_user, tagged

from .common_progress import ProgressCase
from .portal_common import PortalCase

BUILDER = (
    "base.group_user,base.group_partner_manager,sales_team.group_sale_salesman_all_leads,project.group_project_manager"
)


@tagged("post_install", "-at_install")
class TestProgressTour(ProgressCase, PortalCase):
    """A contract, from the quotation to the first certificate that is paid, in the browsers of all who take part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.builder = new_test_user(cls.env, login="desk.builder", groups=BUILDER, name="Desk.Builder")
        (cls.builder | cls.accountant).write({"tz": "Europe/Madrid"})

    def _run_cron(self, xmlid):
        """An HttpCase is in test mode already."""
        self.env.ref(f"helpdesk_ticketing.{xmlid}").method_direct_trigger()

    def test_from_quotation_to_paid(self):
        order = (
            self.env["sale.order"]
            .with_user(self.builder)
            .create(
                {
                    "partner_id": self.contact.id,
                    "order_line": [
                        Command.create({"product_id": self.works.id, "price_unit": 10000, "name": "Heating"}),
                    ],
                }
            )
        )
        self.browser_size = "1366x768"
        self.start_tour(f"/odoo/sales/{order.id}", "ticketing_progress_plan", login="desk.builder")
        plan = order.sudo().progress_plan_ids
        self.assertEqual((plan.state, plan.total_amount), ("running", 10000))
        self.assertEqual((order.order_line.product_uom_qty, order.order_line.price_unit), (100, 100))

        action = "helpdesk_ticketing.ticketing_progress_plan_action"
        self.start_tour(f"/odoo/action-{action}", "ticketing_progress_certify", login="desk.builder")
        note = plan.certificate_ids
        self.assertEqual((note.state, note.period_amount), ("ready", 3000))

        self.browser_size, self.touch_enabled = "390x844", True
        self.start_tour("/my/certificates", "ticketing_progress_accept", login=self.marta.login)
        self.assertEqual(note.state, "signed")

        self._run_billing()
        self.browser_size, self.touch_enabled = "1366x768", False
        self.start_tour("/odoo/billing-approval", "ticketing_chain_accountant", login="desk.accountant")
        self._run_billing()
        request = note.billing_request_ids
        self.assertEqual((request.state, request.error), ("sent", False))
        self.start_tour("/odoo/billing-queue", "ticketing_progress_pay", login="desk.accountant")
        self.assertEqual((request.state, plan.paid_amount), ("paid", 3000))
