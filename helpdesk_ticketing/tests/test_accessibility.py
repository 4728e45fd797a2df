from odoo import fields
from odoo.tests import tagged

from .common_accessibility import PageChecks
from .common_feedback import FeedbackSteps
from .common_progress import ProgressCase
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestAccessibility(PageChecks, FeedbackSteps, ProgressCase, PortalCase):
    """Every page of the customer's, as people use it who see little, have no mouse, or a telephone."""

    def _make_pages(self):
        """Return {name: address} of the pages, each with as much on it as there can be."""
        kind = self.env["ticketing.type"].create({"name": "Boiler fault"})
        for values in (
            {"name": "Error code", "required": True, "help": "On the display"},
            {"name": "State", "kind": "selection", "options": "Dead\nNoisy"},
            {"name": "Plate", "kind": "photo"},
            {"name": "Since", "kind": "date"},
        ):
            self.env["ticketing.ticket.field"].create({"type_id": kind.id, **values})
        self.team.write({"portal_color": "#ffd32a", "portal_css": ".card { border-radius: 0 }"})
        ready, signed = self._ready_note(name="Boiler cold", type_id=kind.id), self._signed_note()
        signed.billing_request_ids._try("_bill")
        signed.ticket_id.invoice_ids.action_post()
        self._make_ticket_full(signed.ticket_id)
        solved = self._create_ticket(name="Solved " + "verylongword" * 8)
        solved._move_to_kind("solved")
        certificate = self._certify(self._make_reached_plan())
        certificate.action_ready()
        unit = self.serials[0]
        self.env.cr.execute(
            "UPDATE stock_lot SET ticketing_customer_id = %s WHERE id = %s", (self.customer.id, unit.id)
        )
        self.env.invalidate_all()
        return {
            "home": "/my",
            "list": "/my/tickets?filterby=all",
            "grouped list": "/my/tickets?filterby=all&groupby=stage_id",
            "empty list": "/my/tickets?search=nothing",
            "ticket": f"/my/tickets/{signed.ticket_id.id}?message=created",
            "open ticket": f"/my/tickets/{ready.ticket_id.id}",
            "solved ticket": f"/my/tickets/{solved.id}",
            "form": f"/my/tickets/new?type_id={kind.id}",
            "notes": "/my/notes",
            "note to sign": f"/my/notes/{ready.id}",
            "signed note": f"/my/notes/{signed.id}",
            "certificates": "/my/certificates",
            "certificate": f"/my/certificates/{certificate.id}",
            "plans": "/my/plans",
            "plan": f"/my/plans/{certificate.plan_id.id}",
            "equipment": "/my/equipment",
            "unit": f"/my/equipment/{unit.id}",
            **self._make_help_pages(),
            **self._make_feedback_pages(),
            "not found": "/my/tickets/2147483647",
        }

    def _make_help_pages(self):
        topics = self.env["ticketing.type"].create([{"name": f"Topic of many words {number}"} for number in range(6)])
        values = {"body": "<p>Open the valve.</p>", "state": "published", "type_ids": topics.ids}
        articles = self.env["ticketing.article"].create(
            [{"name": f"Radiator {number}", "summary": "Let the air out of it.", **values} for number in range(2)]
        )
        articles[0]._count_solved("somebody", "portal")
        articles[0].attachment_ids = self.env["ir.attachment"].create({"name": "plan.txt", "raw": b"plan"})
        return {
            "help": "/my/help",
            "help of a type": f"/my/help?type_id={topics[-1].id}",
            "help searched": "/my/help?search=radiator",
            "help without a hit": "/my/help?search=zzzzzz",
            "article": f"/my/help/{articles[0].id}?message=voted",
            "help thanks": "/my/help/thanks",
        }

    def _make_feedback_pages(self):
        self._set_up_feedback()
        self.team.feedback_quiet_days = 0
        asked, happy, sad = (self._ask(self._solve()) for __ in range(3))
        happy._answer("happy")
        sad._answer("unhappy")
        return {
            "feedback": "/my/feedback",
            "faces": asked._get_link(),
            "face chosen": f"{asked._get_link()}?face=unhappy",
            "happy": f"{happy._get_link()}/thanks",
            "sad": f"{sad._get_link()}/thanks",
            "feedback without a link": f"/ticketing/feedback/{'x' * 43}",
        }

    def _make_ticket_full(self, ticket):
        ticket.write({"planned_on": fields.Datetime.now(), "lot_id": self.serials[0].id, "product_id": self.pump.id})
        self.env["ticketing.ticket.answer"].create(
            {"ticket_id": ticket.id, "label": "Error code", "kind": "char", "value": "E5"}
        )

    def _make_reached_plan(self):
        plan = self._make_plan()
        plan.milestone_ids[0].is_reached = True
        return plan

    def test_pages(self):
        self._check_pages("/my", self._make_pages(), login=self.marta.login)
