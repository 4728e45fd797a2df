from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.ticketing_sample import MODULE
from .common import TicketingCase


@tagged("post_install", "-at_install")
class TestSample(TicketingCase):
    """Sample data: loaded and removed by whoever manages the desk; nothing else is touched."""

    def setUp(self):
        super().setUp()
        self.sample = self.env["ticketing.sample"].with_user(self.manager)

    def _count(self):
        models = (
            "ticketing.ticket",
            "ticketing.team",
            "res.partner",
            "product.product",
            "project.project",
            "sale.order",
        )
        counts = {name: self.env[name].with_context(active_test=False).search_count([]) for name in models}
        return counts | {"data": self.env["ir.model.data"].search_count([("module", "=", MODULE)])}

    def test_loaded_and_removed(self):
        before = self._count()
        mails = self.env["mail.mail"].search_count([])
        self.sample.action_load()
        tickets = self.sample._get_records()["ticketing.ticket"]
        self.assertEqual(set(tickets.mapped("stage_kind")), {"new", "open", "waiting", "solved"})
        self.assertEqual(self.env["mail.mail"].search_count([]), mails, "nobody is written to")
        with self.assertRaisesRegex(UserError, "here already"):
            self.sample.action_load()
        self.assertEqual(self.sample.action_remove()["params"]["type"], "success")
        self.assertEqual(self._count(), before)
        with self.assertRaisesRegex(UserError, "no sample data"):
            self.sample.action_remove()

    def test_tried_out_and_removed(self):
        """Hours, material and a note that nobody signed go with their ticket."""
        before = self._count()
        self.sample.action_load()
        ticket = self.sample._get_records()["ticketing.ticket"].filtered(lambda ticket: ticket.stage_kind == "open")
        self._add_hours(ticket, user=self.env.user)
        self._add_material(ticket, user=self.env.user)
        self._make_ready(ticket, user=self.env.user)
        answer = self.sample.action_remove()["params"]
        self.assertEqual(answer["type"], "success", answer["message"])
        self.assertEqual(self._count(), before)

    def test_what_was_billed_stays(self):
        """What stands on a posted invoice stays, with what it needs, and is named; the rest goes."""
        self.sample.action_load()
        tickets = self.sample._get_records()["ticketing.ticket"]
        ticket = tickets.filtered(lambda ticket: ticket.stage_kind == "open")
        ticket.commercial_partner_id.write({"street": "Calle 1", "zip": "46001", "city": "Valencia"})
        self._add_hours(ticket, user=self.env.user)
        note = self._sign(self._make_ready(ticket, user=self.env.user), user=self.env.user)
        note.billing_request_ids._try("_bill")
        invoice = note.billing_request_ids.invoice_id
        self.assertTrue(invoice, note.billing_request_ids.error)
        invoice.action_post()
        answer = self.sample.action_remove()["params"]
        self.assertEqual((answer["type"], answer["sticky"]), ("warning", True))
        self.assertIn(f"{ticket.display_name} stays: it stands on {invoice.name}.", answer["message"])
        self.assertEqual(tickets.exists(), ticket)
        self.assertIn(f"{ticket.team_id.display_name} stays: {ticket.number} needs it.", answer["message"])
        self.assertTrue(ticket.team_id.exists() and ticket.partner_id.exists() and note.exists())

    def test_what_others_use_stays(self):
        """Tasks of the project, archived ones too, and what another team works with."""
        self.sample.action_load()
        records = self.sample._get_records()
        project = records["project.project"]
        labour = records["product.product"].filtered(lambda product: product.type == "service")
        task = self.env["project.task"].create({"name": "Ours", "project_id": project.id, "active": False})
        self.team.write({"labour_product_id": labour.id, "active": False})
        message = self.sample.action_remove()["params"]["message"]
        self.assertTrue(task.exists() and labour.exists() and project.exists())
        self.assertEqual(self.team.labour_product_id, labour)
        self.assertIn(f"{project.display_name} stays: Ours needs it.", message)
        self.assertIn(f"{labour.display_name} stays: {self.team.display_name} needs it.", message)
        task.unlink()
        self.team.project_id = project
        message = self.sample.action_remove()["params"]["message"]
        self.assertIn(f"{project.display_name} stays: {self.team.display_name} needs it.", message)

    def test_only_who_manages(self):
        for user in (self.agent, self.technician, self.accountant):
            with self.assertRaises(AccessError):
                self.env["ticketing.sample"].with_user(user).action_load()
            with self.assertRaises(AccessError):
                self.env["ticketing.sample"].with_user(user).action_remove()

    def test_offered_where_there_is_nothing(self):
        tickets = self.env["ticketing.ticket"]
        tickets.search([]).active = False

        def offers(user):
            text = tickets.with_user(user).get_empty_list_help("<p>None</p>")
            return html.fromstring(f"<div>{text}</div>").xpath("//a[@type='action']/@name")

        self.assertEqual(offers(self.manager), ["helpdesk_ticketing.ticketing_sample_action_load"])
        self.assertEqual(offers(self.agent), [])
        self._create_ticket()
        self.assertEqual(offers(self.manager), [])
