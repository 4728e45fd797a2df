from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TicketingCase


@tagged("post_install", "-at_install")
class TestChatterBatch(TicketingCase):
    """What is done for many tickets at once reads as if it had been done for each."""

    def _create_many(self, count=3, user=None, **values):
        vals = {"partner_id": self.contact.id, "team_id": self.team.id, **values}
        tickets = (
            self.env["ticketing.ticket"]
            .with_user(user or self.agent)
            .create([{"name": f"Ticket {index}", **vals} for index in range(count)])
        )
        self.env.cr.precommit.run()
        return tickets.sudo()

    def _subtype(self, name):
        return self.env.ref(f"helpdesk_ticketing.{name}")

    def test_created(self):
        tickets = self._create_many(user_id=self.technician.id)
        created = tickets.message_ids.filtered(lambda message: message.subtype_id == self._subtype("mt_ticket_new"))
        self.assertEqual(sorted(created.mapped("res_id")), sorted(tickets.ids))
        self.assertEqual(created.author_id, self.agent.partner_id)
        self.assertFalse(any(created.mapped("body")), "its subtype says it, in each reader's language")
        self.assertEqual(created.subtype_id.with_context(lang="es_ES").description, "Ticket creado")

    def test_followers(self):
        tickets = self._create_many(user_id=self.technician.id)
        wanted = self.agent.partner_id | self.technician.partner_id | self.contact
        for ticket in tickets:
            self.assertEqual(ticket.message_partner_ids, wanted)
        customer = tickets[0].message_follower_ids.filtered(lambda follower: follower.partner_id == self.contact)
        self.assertEqual(customer.subtype_ids, self.env.ref("mail.mt_comment"), "a customer follows nothing internal")

    def test_nosubscribe(self):
        tickets = self.env["ticketing.ticket"].with_user(self.agent).with_context(mail_create_nosubscribe=True)
        ticket = tickets.create({"name": "Quiet", "partner_id": self.contact.id, "team_id": self.team.id})
        self.assertEqual(ticket.sudo().message_partner_ids, self.contact)

    def test_followers_of_the_team(self):
        parent = self.env["mail.message.subtype"].create(
            {
                "name": "New tickets",
                "res_model": "ticketing.team",
                "parent_id": self._subtype("mt_ticket_new").id,
                "relation_field": "team_id",
            }
        )
        self.team.message_subscribe(self.manager.partner_id.ids, parent.ids)
        self.manager.partner_id.lang = "es_ES"
        self.env.flush_all()
        tickets = self._create_many(2, description="<p>It drips</p>")
        for ticket in tickets:
            follower = ticket.message_follower_ids.filtered(lambda f: f.partner_id == self.manager.partner_id)
            self.assertEqual(follower.subtype_ids, self._subtype("mt_ticket_new"))
            told = ticket.message_ids.notification_ids.res_partner_id
            self.assertEqual(told, self.manager.partner_id, "who asked for it is told of each new ticket")
            mail = ticket.message_ids.notification_ids.mail_mail_id
            for words in ("Ticket creado", ticket.number, "Cliente: ", self.contact.name, "It drips"):
                self.assertIn(words, mail.body_html, "and of what it is about, in his language")

    def test_assignee_is_told(self):
        self.technician.notification_type = "inbox"
        tickets = self._create_many()
        tickets.with_user(self.agent).user_id = self.technician
        self.env.cr.precommit.run()
        self.assertFalse(self._get_announcements(tickets), "nobody waits for that")
        self._run_cron("ir_cron_announce")
        messages = self._get_announcements(tickets)
        self.assertEqual(len(messages), len(tickets))
        self.assertEqual(messages.partner_ids, self.technician.partner_id)
        self.env["mail.message.schedule"]._send_notifications_cron()
        self.assertEqual(messages.notification_ids.res_partner_id, self.technician.partner_id)
        self.assertEqual(len(messages.notification_ids), len(tickets))
        self.assertIn(self.technician.partner_id, tickets[2].message_partner_ids)

    def test_nobody_is_told_of_what_he_did(self):
        tickets = self._create_many(user_id=self.agent.id)
        self._run_cron("ir_cron_announce")
        self.assertFalse(self._get_announcements(tickets))

    def test_announced_once_in_the_assignees_language_by_who_assigned(self):
        self.technician.partner_id.lang = "es_ES"
        tickets = self._create_many(2)
        gone = tickets[1]
        tickets.with_user(self.agent).user_id = self.technician
        self.env.flush_all()
        gone.sudo().unlink()
        for __ in range(2):
            self._run_cron("ir_cron_announce")
        message = self._get_announcements(tickets)
        self.assertEqual(message.res_id, tickets[0].id)
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertRegex(message.subject, "^Se le ha asignado")
        self.assertFalse(self.env["ticketing.assignment"].search([]))

    @mute_logger("odoo.addons.helpdesk_ticketing.models.ticketing_assignment")
    def test_one_that_fails_stops_no_other(self):
        tickets = self._create_many(2)
        bad = self.env["ticketing.assignment"].with_user(self.agent)
        bad._add(tickets[0], self.technician.partner_id.ids, "helpdesk_ticketing.no_such_view")
        bad._add(tickets[1], self.technician.partner_id.ids, "mail.message_user_assigned")
        self._run_cron("ir_cron_announce")
        self.assertEqual(self._get_announcements(tickets).res_id, tickets[1].id)
        left = self.env["ticketing.assignment"].search([])
        self.assertEqual(left.res_id, tickets[0].id)
        self.assertIn("no_such_view", left.error)

    def _get_announcements(self, tickets):
        return self.env["mail.message"].search(
            [
                ("model", "=", "ticketing.ticket"),
                ("res_id", "in", tickets.ids),
                ("message_type", "=", "user_notification"),
            ]
        )

    def test_stage_changes(self):
        tickets = self._create_many()
        old, new = tickets.stage_id, self.env.ref("helpdesk_ticketing.stage_waiting")
        tickets.with_user(self.agent).stage_id = new
        self.env.cr.precommit.run()
        for ticket in tickets:
            message = ticket.message_ids.filtered(lambda m: m.subtype_id == self._subtype("mt_ticket_stage"))
            value = message.tracking_value_ids
            self.assertEqual((value.old_value_char, value.new_value_char), (old.name, new.name))
            self.assertEqual(message.author_id, self.agent.partner_id)
            self.assertEqual(set(ticket.duration_tracking), {str(old.id), str(new.id)})

    def test_stage_followers(self):
        tickets = self._create_many()
        tickets[0].message_subscribe(
            self.manager.partner_id.ids, (self._subtype("mt_ticket_stage") | self.env.ref("mail.mt_comment")).ids
        )
        tickets.with_user(self.agent).stage_id = self.env.ref("helpdesk_ticketing.stage_waiting")
        self.env.cr.precommit.run()
        told = tickets.message_ids.filtered("notification_ids")
        self.assertEqual(told.res_id, tickets[0].id)
        self.assertEqual(told.notification_ids.res_partner_id, self.manager.partner_id)
        self.assertTrue(told.tracking_value_ids)

    def test_stage_template(self):
        template = self.env["mail.template"].create(
            {
                "name": "Solved",
                "model_id": self.env["ir.model"]._get_id("ticketing.ticket"),
                "subject": "{{ object.number }} is solved",
                "body_html": "<p>Done</p>",
                "use_default_to": True,
            }
        )
        stage = self.env["ticketing.stage"].create({"name": "Done", "kind": "open", "template_id": template.id})
        tickets = self._create_many(2)
        tickets.with_user(self.agent).stage_id = stage
        self.env.cr.precommit.run()
        mails = tickets.message_ids.filtered(lambda message: (message.subject or "").endswith("is solved"))
        self.assertEqual(sorted(mails.mapped("subject")), sorted(f"{ticket.number} is solved" for ticket in tickets))
        self.assertEqual(mails.notified_partner_ids, self.contact)

    def test_balanced(self):
        self.team.write({"assign_method": "balanced", "member_ids": [Command.set((self.agent | self.technician).ids)]})
        tickets = self._create_many(4, user=self.manager)
        self.assertEqual(sorted(tickets.mapped("user_id.id")), sorted((self.agent | self.technician).ids))
        self.assertEqual({len(mine) for mine in tickets.grouped("user_id").values()}, {2})
        self.assertIn(
            self.technician.partner_id, tickets.filtered(lambda t: t.user_id == self.technician)[0].message_partner_ids
        )

    def test_membership_counts_at_once(self):
        """The record rules remember a user's teams, and forget them when the teams change."""
        other = self.team.copy({"name": "Other", "alias_name": False, "member_ids": False})
        ticket = self._create_ticket(team_id=other.id, user_id=False)
        mine = self.env["ticketing.ticket"].with_user(self.agent)
        self.assertFalse(mine.search([("id", "=", ticket.id)]))
        other.member_ids = self.agent
        self.assertTrue(mine.search([("id", "=", ticket.id)]))
        self.agent.ticketing_team_ids -= other
        self.assertFalse(mine.search([("id", "=", ticket.id)]))
