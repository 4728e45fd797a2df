import importlib.util

from lxml import etree

from odoo.exceptions import AccessError
from odoo.modules import get_module_path
from odoo.tests import new_test_user, tagged

from .common_feedback import FeedbackSteps
from .common_inbound import InboundCase
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestFeedbackTrust(FeedbackSteps, PortalCase):
    """What a customer says is said by him alone, and read by those whom it concerns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_feedback()
        cls.ticket = cls._solve()
        cls.feedback = cls._ask(cls.ticket)
        cls.feedback._answer("unhappy", 2, "Nobody came")
        cls.outsider = new_test_user(cls.env, "desk.outsider", "base.group_user", name="Outsider")

    # Nobody rates in the customer's name

    def test_no_rating_by_message(self):
        """Neither a customer's message nor a colleague's is a rating, written or changed."""
        last = self.ticket.rating_last_value
        for user in (self.marta, self.technician):
            self._login(user)
            data = {"body": "Great!", "rating_value": 5, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
            where = {"thread_model": "ticketing.ticket", "thread_id": self.ticket.id}
            posted = self.make_jsonrpc_request("/mail/message/post", {**where, "post_data": data})
            change = {"body": "Greater!", "rating_value": 5}
            self.make_jsonrpc_request(
                "/mail/message/update_content", {"message_id": posted["message_id"], "update_data": change}
            )
            self.assertIn("Greater!", self.env["mail.message"].browse(posted["message_id"]).body)
        self.ticket.with_user(self.technician).message_post(body="Great!", rating_value=5)
        self.assertEqual(self.ticket.rating_ids, self.feedback.rating_id)
        self.assertEqual(self.ticket.rating_last_value, last)
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.technician).rating_last_value = 5

    def test_no_rating_by_hand(self):
        """Ratings of tickets and of teams are written by nobody, nor made of others."""
        ratings = self.env["rating.rating"].with_user(self.manager)
        own = self.feedback.rating_id.with_user(self.manager)
        models = {
            name: self.env["ir.model"]._get_id(name) for name in ("ticketing.ticket", "ticketing.team", "res.partner")
        }
        of_ticket = {"res_model_id": models["ticketing.ticket"], "res_id": self.ticket.id}
        of_team = {"parent_res_model_id": models["ticketing.team"], "parent_res_id": self.team.id}
        of_partner = {"res_model_id": models["res.partner"], "res_id": self.contact.id, "rating": 5, "consumed": True}
        self.assertRefused(lambda: own.write({"rating": 5}))
        self.assertRefused(lambda: own.with_user(self.env.ref("base.user_admin")).unlink())
        self.assertRefused(lambda: ratings.create({**of_ticket, "rating": 5, "consumed": True}))
        self.assertRefused(lambda: ratings.create({**of_team, "res_id": 1, "rating": 5, "consumed": True}))
        other = ratings.create(of_partner)
        other.feedback = "Others stay as they are"
        for values in (of_ticket, of_team, {"res_model": "ticketing.ticket", "res_id": self.ticket.id}):
            self.assertRefused(lambda values=values: other.write(values))
        self.assertEqual(self.ticket.sudo().rating_ids, self.feedback.rating_id)

    def assertRefused(self, act):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            act()
            self.env.flush_all()
        self.env.invalidate_all()

    # Nobody else reads it

    def test_rating_is_read_by_the_team(self):
        ratings = self.env["rating.rating"]
        self.assertFalse(self.feedback.rating_id.feedback, "the words stay where they are guarded")
        there = ratings.create({"res_model_id": self.env["ir.model"]._get_id("res.partner"), "res_id": self.contact.id})
        both = there | self.feedback.rating_id
        for user, seen in ((self.technician, both), (self.accountant, there), (self.outsider, there)):
            self.assertEqual(ratings.with_user(user).search([("id", "in", both.ids)]), seen, user.name)

    def test_fields_are_no_customers(self):
        """What a ticket says of its ratings is for employees, whatever core adds."""
        ticket = self.ticket.with_user(self.colleague)
        self.assertEqual(ticket.read(["name"])[0]["name"], ticket.name)
        names = [name for name in ticket._fields if name.startswith("rating_")]
        self.assertIn("rating_count", names)
        for name in (*names, "satisfaction", "effort"):
            with self.assertRaises(AccessError, msg=name):
                ticket.read([name])

    def test_link_is_the_customers(self):
        """The mail that has the link is no message of a document: whoever sees the feedback does not see the link."""
        asked = self._ask(self._solve(partner_id=self.colleague.partner_id.id))
        for user in (self.technician, self.manager, self.accountant, self.outsider):
            said = self.env["mail.message"].with_user(user).search([("body", "ilike", asked.access_token)])
            self.assertFalse(said, user.name)
        self.assertTrue(self.env["mail.message"].search([("body", "ilike", asked.access_token)]))

    def test_button_for_the_desk(self):
        """Who only sends invoices can't read feedback, and has no button that would tell him so."""
        for user, shown in ((self.technician, True), (self.accountant, False)):
            arch = etree.fromstring(self.ticket.with_user(user).get_view(view_type="form")["arch"])
            self.assertEqual(bool(arch.xpath("//button[@name='action_view_feedback']")), shown, user.name)

    # Upgrade

    def test_upgrade(self):
        """Teams of before have the mail; nothing is worked out for tickets that have no rating."""
        teams = self.team | self.team.copy()
        self.feedback.flush_recordset()
        self.env.cr.execute("UPDATE ticketing_team SET feedback_template_id = NULL WHERE id = ANY(%s)", [teams.ids])
        self.env.cr.execute("UPDATE ticketing_feedback SET satisfied = NULL WHERE id = %s", [self.feedback.id])
        for version in ("19.0.1.5.0", "19.0.1.5.1"):
            self._migrate(f"{version}/post-feedback")
        self.env.invalidate_all()
        template = self.env.ref("helpdesk_ticketing.mail_template_feedback")
        self.assertEqual(teams.mapped("feedback_template_id"), template)
        domain = [("id", "=", self.feedback.id)]
        self.assertEqual(self.feedbacks._read_group(domain, [], ["satisfied:avg"]), [(0.0,)])
        self.env.cr.execute("ALTER TABLE ticketing_ticket DROP COLUMN rating_last_value")
        for __ in range(2):
            self._migrate("19.0.1.5.0/pre-ratings")
        self.env.cr.execute("SELECT DISTINCT rating_last_value FROM ticketing_ticket")
        self.assertEqual(self.env.cr.fetchall(), [(0.0,)])

    def _migrate(self, name):
        path = f"{get_module_path('helpdesk_ticketing')}/migrations/{name}.py"
        spec = importlib.util.spec_from_file_location("migration", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.1.4.0")


@tagged("post_install", "-at_install")
class TestFeedbackReply(FeedbackSteps, InboundCase):
    def test_reply(self):
        """Who answers the mail in place of clicking writes on his ticket, also where subjects have no number."""
        self._set_up_feedback()
        self.team.hide_number = True
        ticket = self._solve()
        feedback = self._ask(ticket)
        mail = self.env["mail.mail"].search([("body_html", "ilike", feedback.access_token)])
        reply = self._mail(
            "It drips again", self.contact.email_formatted, Subject=f"Re: {mail.subject}", In_Reply_To=mail.message_id,
            References=f"{mail.references} {mail.message_id}",
        )  # fmt: skip
        mail.mail_message_id.unlink()  # as when it is sent
        inbound = self._receive(reply)
        self.assertEqual((inbound.state, inbound.ticket_id), ("reply", ticket))
        self.assertEqual(ticket.stage_kind, "open")
