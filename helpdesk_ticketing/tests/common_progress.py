from odoo import Command
from odoo.tests import tagged

from .common import TicketingCase


@tagged("-at_install", "post_install")
class ProgressCase(TicketingCase):
    """A contract sold in a project, and its billing plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._live_where_the_company_is()
        cls._set_up_works()

    @classmethod
    def _set_up_works(cls):
        cls.works = cls.env["product.product"].create(
            {
                "name": "Installation of a heating",
                "type": "service",
                "invoice_policy": "delivery",
                "service_type": "manual",
                "taxes_id": [Command.set(cls._get_tax(21).ids)],
            }
        )
        cls.project = cls.env["project.project"].create(
            {"name": "Heating", "partner_id": cls.customer.id, "allow_billable": True, "allow_milestones": True}
        )

    @classmethod
    def _get_tax(cls, rate):
        return cls.env["account.tax"].search(
            [
                ("type_tax_use", "=", "sale"),
                ("amount", "=", rate),
                ("amount_type", "=", "percent"),
                ("company_id", "=", cls.env.company.id),
            ],
            limit=1,
        )

    @classmethod
    def _make_plan(cls, total=10000.0, percents=(30, 40, 30), start=True, customer=None, **values):
        """Return a plan of a sold contract, with a milestone for each percentage."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (customer or cls.customer).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.works.id,
                            "product_uom_qty": 100,
                            "price_unit": total / 100,
                            "name": "Heating",
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        plan = cls.env["ticketing.progress.plan"].create(
            {"name": "Heating", "project_id": cls.project.id, "sale_order_id": order.id, **values}
        )
        cls._add_item(plan, order.order_line, percents if plan.method == "milestone" else (), kind="contract")
        if start:
            plan.action_start()
        return plan

    @classmethod
    def _add_item(cls, plan, line, percents, kind="change"):
        line.progress_kind = kind
        line.progress_plan_id = plan
        plan.write(
            {
                "milestone_ids": [
                    Command.create(
                        {"name": f"Part {number}", "percentage": percent, "sale_line_id": line.id, "sequence": number}
                    )
                    for number, percent in enumerate(percents, 1)
                ]
            }
        )

    def _add_change(self, plan, total, percents=(100,)):
        """Sell more (or less) on the order of a plan, as its change."""
        line = self.env["sale.order.line"].create(
            {
                "order_id": plan.sale_order_id.id,
                "product_id": self.works.id,
                "product_uom_qty": 100 if total > 0 else -100,
                "price_unit": abs(total) / 100,
                "name": "Change",
            }
        )
        self._add_item(plan, line, percents if plan.method == "milestone" else ())
        return line

    @classmethod
    def _certify(cls, plan):
        """Return the open certificate that is due now."""
        plan.action_certify()
        return plan.certificate_ids.filtered(lambda note: note.state == "draft")

    def _accept(self, note):
        if note.state == "draft":
            note.action_ready()
        while note.state == "ready":  # the customer, and after him the lender where he pays
            note.action_sign("Marta Ruiz", self.signature)
        return note
