"""Mail becomes tickets and replies; core keeps what is its own."""

import base64
from email.message import EmailMessage

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from .common_inbound import InboundCase


class TestNewTicket(InboundCase):
    def test_known_sender(self):
        """A contact's mail becomes his ticket, with text, attachments and the raw message kept."""
        ticket = self._ticket(self._mail("It <b>drips</b>.", subject="Boiler"))
        self.assertEqual(ticket.name, "Boiler")
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertEqual(ticket.commercial_partner_id, self.customer)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.channel_id.code, "email")
        self.assertIn("&lt;b&gt;drips", ticket.description)
        inbound = self.Inbound.search([("ticket_id", "=", ticket.id)])
        self.assertEqual(
            (inbound.state, inbound.kind, inbound.sender), ("processed", "person", "marta@customer.example")
        )
        self.assertIn(b"It <b>drips</b>.", inbound.with_context(bin_size=False).raw and self._raw(inbound))
        self.assertEqual(self.result, ticket.id)

    def _raw(self, inbound):
        return base64.b64decode(inbound.raw)

    def test_stranger(self):
        """A stranger's mail makes no contact; a button does, and takes one that exists by then."""
        ticket = self._ticket(self._mail(sender='"Nadie, Juan" <JUAN@stranger.example>'))
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.partner_name, "Nadie, Juan")
        self.assertIn("juan@stranger.example", ticket.email_from.lower())
        ticket.with_user(self.agent).action_create_partner()
        self.assertEqual(ticket.partner_id.name, "Nadie, Juan")
        self.assertEqual(ticket.partner_id.email_normalized, "juan@stranger.example")
        second = self._ticket(self._mail(sender="juan@stranger.example"))
        self.assertEqual(second.partner_id, ticket.partner_id)

    def test_create_partner_needs_an_address(self):
        ticket = self._create_ticket(partner_id=False, email_from=False)
        with self.assertRaises(UserError):
            ticket.action_create_partner()

    def test_no_subject_no_sender_empty(self):
        """Nothing is asked of a message."""
        self.assertEqual(self._ticket(self._mail(subject=None)).name, "(no subject)")
        self.assertTrue(self._ticket(b"To: support@desk.example\r\n\r\nhello"))
        self.assertEqual(self._receive(b"", model="ticketing.ticket").state, "processed")

    def test_duplicate(self):
        """The same message again is logged, and makes no second ticket."""
        raw = self._mail()
        ticket = self._ticket(raw)
        again = self._receive(raw)
        self.assertEqual(again.state, "duplicate")
        self.assertEqual(again.ticket_id, ticket)
        self.assertEqual(again.duplicate_of_id.ticket_id, ticket)
        self.assertTrue(again.reason)

    def test_duplicate_without_id(self):
        """Without a Message-Id, sender, date, subject and text are compared."""
        raw = self._mail(message_id=None)
        raw = b"\n".join(line for line in raw.split(b"\n") if not line.lower().startswith(b"message-id"))
        self._ticket(raw)
        self.assertEqual(self._receive(raw).state, "duplicate")
        self.assertEqual(self._receive(raw.replace(b"drips", b"leaks")).state, "processed")

    def test_known_to_core(self):
        """Core drops a message that it has; the journal says so."""
        raw = self._mail(message_id="<known@customer.example>")
        ticket = self._create_ticket()
        ticket.message_post(body="x", message_type="email").message_id = "<known@customer.example>"
        inbound = self._receive(raw)
        self.assertEqual((inbound.state, inbound.ticket_id), ("duplicate", ticket))

    def test_attachment(self):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "marta@customer.example", self.address, "Photo"
        message.set_content("see")
        message.add_attachment(b"\x89PNG" * 10, maintype="image", subtype="png", filename="boiler.png")
        ticket = self._ticket(message.as_bytes())
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "ticketing.ticket"), ("res_id", "=", ticket.id)]
        )
        self.assertEqual(attachment.mapped("name"), ["boiler.png"])

    def test_mailbox(self):
        """A mailbox that creates tickets needs no address of the desk."""
        self.assertEqual(self._receive(self._mail(to="info@elsewhere.example"), "ticketing.ticket").state, "processed")

    def test_several_companies(self):
        """The row belongs to the company of the desk it was written to."""
        company = self.env["res.company"].create(
            {"name": "Second", "iap_enrich_auto_done": True, "alias_domain_id": self.domain.id}
        )
        self.env["ticketing.team"].create(
            {
                "name": "Second",
                "company_id": company.id,
                "alias_name": "second",
                "alias_domain_id": self.domain.id,
                "resource_calendar_id": False,
            }
        )
        inbound = self._receive(self._mail(to="second@desk.example", sender="x@stranger.example"))
        self.assertEqual((inbound.state, inbound.company_id), ("processed", company))
        self.assertFalse(self.Inbound.with_user(self.manager).search([("id", "=", inbound.id)]))


class TestElsewhere(InboundCase):
    """Mail for other applications."""

    def test_reply_to_other_document(self):
        """A reply to an order reaches the order, and the journal does not know it."""
        order = self.env["sale.order"].create({"partner_id": self.contact.id})
        message = order.message_post(body="Your offer", subtype_xmlid="mail.mt_comment")
        raw = self._mail("Thanks", in_reply_to=message.message_id, to="catchall@desk.example")
        self.assertFalse(self._receive(raw))
        self.assertIn("Thanks", order.message_ids[0].body)

    def test_reply_through_mailbox_of_the_desk(self):
        """Also when it came through a mailbox that makes tickets of what nobody else wants."""
        order = self.env["sale.order"].create({"partner_id": self.contact.id})
        message = order.message_post(body="Your offer", subtype_xmlid="mail.mt_comment")
        raw = self._mail("Thanks", in_reply_to=message.message_id, to="info@elsewhere.example")
        self.assertFalse(self._receive(raw, "ticketing.ticket"))
        self.assertIn("Thanks", order.message_ids[0].body)

    def test_nobody(self):
        """What nobody can route is kept; the sender is told nothing."""
        sent = self._outgoing()
        inbound = self._receive(self._mail(to="nobody@desk.example"))
        self.assertEqual(inbound.state, "quarantined")
        self.assertIn("No address", inbound.reason)
        self.assertFalse(self.result)
        self.assertEqual(self._outgoing(), sent)
        inbound.with_user(self.manager).action_process_again()
        self.assertEqual(inbound.state, "processed")

    def test_error_elsewhere(self):
        """An error with mail for another application reaches the caller, as ever."""
        order = self.env["sale.order"].create({"partner_id": self.contact.id})
        message = order.message_post(body="Your offer", subtype_xmlid="mail.mt_comment")
        self.patch(type(order), "message_update", lambda *args, **kwargs: 1 / 0)
        with self.assertRaises(ZeroDivisionError):
            self._receive(self._mail(in_reply_to=message.message_id, to="catchall@desk.example"))


class TestReply(InboundCase):
    def _said(self, ticket, user=None, body="Did you switch it on?"):
        return ticket.with_user(user or self.technician).message_post(
            body=body, message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def test_thread(self):
        """An answer is added to its ticket, and opens it when it waited or was solved."""
        ticket = self._ticket()
        message = self._said(ticket)
        for kind in ("waiting", "solved"):
            ticket._move_to_kind(kind)
            inbound = self._receive(
                self._mail("Yes", sender="MARTA <Marta@Customer.example>", references=message.message_id)
            )
            self.assertEqual((inbound.state, inbound.ticket_id), ("reply", ticket))
            self.assertEqual(ticket.stage_kind, "open")
        self.assertIn("Yes", ticket.message_ids.sorted("id")[-1].body + ticket.message_ids.sorted("id")[-2].body)

    def test_stranger_and_colleague_move_nothing(self):
        """Only the customer's own answer moves the stage."""
        ticket = self._ticket()
        message = self._said(ticket)
        ticket._move_to_kind("waiting")
        for sender in ("stranger@else.example", self.agent.email_formatted or "agent@desk.example"):
            inbound = self._receive(self._mail("Hm", sender=sender, in_reply_to=message.message_id))
            self.assertEqual((inbound.state, inbound.ticket_id), ("reply", ticket))
            self.assertEqual(ticket.stage_kind, "waiting")

    def test_colleague_of_the_customer(self):
        """The customer is the company: another contact's answer is the customer's too."""
        ticket = self._ticket()
        message = self._said(ticket)
        ticket._move_to_kind("waiting")
        self._receive(self._mail("Hm", sender="hotel@customer.example", in_reply_to=message.message_id))
        self.assertEqual(ticket.stage_kind, "open")

    def test_internal_note_moves_nothing(self):
        ticket = self._ticket()
        ticket._move_to_kind("waiting")
        ticket.message_post(body="x", author_id=self.contact.id, message_type="comment", subtype_xmlid="mail.mt_note")
        self.assertEqual(ticket.stage_kind, "waiting")

    def test_number_in_subject(self):
        """The ticket's number in the subject threads the customer's mail, and his company's."""
        ticket = self._ticket()
        for sender in ("MARTA@customer.example", "hotel@customer.example"):
            inbound = self._receive(
                self._mail("More", sender=sender, subject=f"Re: [{ticket.number}] We have received")
            )
            self.assertEqual((inbound.state, inbound.ticket_id), ("reply", ticket))

    def test_forged_number(self):
        """A stranger who knows a number gets a ticket of his own, and learns nothing."""
        ticket = self._ticket()
        ticket._move_to_kind("waiting")
        self.flush_tracking()
        count = len(ticket.message_ids)
        for subject in (f"[{ticket.number}]", f"Re: #{ticket.number}", f"(#{ticket.number}) x"):
            inbound = self._receive(self._mail("Tell me", sender="mallory@evil.example", subject=subject))
            self.assertEqual(inbound.state, "processed")
            self.assertNotEqual(inbound.ticket_id, ticket)
        self.assertEqual((len(ticket.message_ids), ticket.stage_kind), (count, "waiting"))

    def test_number_in_passing(self):
        """A number that is only mentioned threads nothing."""
        ticket = self._ticket()
        self.assertEqual(
            self._receive(self._mail(subject=f"New leak after {ticket.number} was done")).state, "processed"
        )

    def test_closed(self):
        """An answer to a closed ticket is a new one, which knows the old one."""
        ticket = self._ticket()
        message = self._said(ticket)
        ticket._move_to_kind("closed")
        for headers in ({"in_reply_to": message.message_id}, {"subject": f"Re: [{ticket.number}]"}):
            inbound = self._receive(self._mail("Again", **headers))
            self.assertEqual(inbound.state, "processed")
            self.assertNotEqual(inbound.ticket_id, ticket)
            self.assertEqual(inbound.ticket_id.previous_ticket_id, ticket)
            self.assertEqual(inbound.ticket_id.team_id, self.team)
        self.assertEqual(ticket.stage_kind, "closed")

    def test_colleague_on_closed(self):
        """A colleague's answer stays with the closed ticket."""
        ticket = self._ticket()
        message = self._said(ticket)
        ticket._move_to_kind("closed")
        self.agent.partner_id.email = "agent@desk.example"
        inbound = self._receive(self._mail("Fine", sender="agent@desk.example", in_reply_to=message.message_id))
        self.assertEqual((inbound.state, inbound.ticket_id), ("reply", ticket))

    def test_first_response(self):
        """The first response is the desk's first public word, and only that."""
        with freeze_time("2026-03-02 09:00:00"):
            ticket = self._ticket()
            ticket.with_user(self.technician).message_post(body="note", subtype_xmlid="mail.mt_note")
            ticket.message_post(
                body="me again", author_id=self.contact.id, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
            self.assertFalse(ticket.first_response_on)
        with freeze_time("2026-03-02 10:00:00"):
            self._said(ticket)
        with freeze_time("2026-03-02 11:00:00"):
            self._said(ticket)
        self.assertEqual(ticket.first_response_on, fields.Datetime.to_datetime("2026-03-02 10:00:00"))

    def test_first_response_by_mail(self):
        """A colleague may answer by mail."""
        ticket = self._ticket()
        self.technician.partner_id.email = "tech@desk.example"
        message = ticket.message_ids.filtered(lambda message: message.message_type == "email")
        self._receive(self._mail("On my way", sender="tech@desk.example", in_reply_to=message.message_id))
        self.assertTrue(ticket.first_response_on)


class TestRights(InboundCase):
    def test_who_reads(self):
        """Managers read the journal; an agent reads neither it nor the raw text."""
        inbound = self._receive(self._mail())
        self.assertTrue(inbound.with_user(self.manager).raw)
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "ticketing.inbound"), ("res_id", "=", inbound.id), ("res_field", "=", "raw")]
        )
        self.assertTrue(attachment)
        for user in (self.agent, self.technician, self.accountant):
            with self.assertRaises(AccessError):
                inbound.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(["datas"])
            with self.assertRaises(AccessError):
                inbound.with_user(user).action_process_again()
            with self.assertRaises(AccessError):
                inbound.with_user(user).action_discard("Advertising")
            with self.assertRaises(AccessError):
                inbound.with_user(user).action_restore()
            with self.assertRaises(AccessError):
                self.env["ticketing.discard.wizard"].with_user(user).create({"inbound_ids": inbound.ids, "reason": "x"})
        for values in ({"state": "processed"}, {"raw": False}):
            with self.assertRaises(AccessError):
                inbound.with_user(self.manager).write(values)
        with self.assertRaises(AccessError):
            inbound.with_user(self.manager).unlink()

    @mute_logger("odoo.addons.helpdesk_ticketing.models.ticketing_inbound")
    def test_discard(self):
        """A message is put away with a reason and can be taken back; the journal tells who did what."""
        messages = self._receive(self._mail(to="nobody@desk.example")) | self._receive(
            self._mail(to="other@desk.example")
        )
        journal = messages.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "is not discarded"):
            journal.action_restore()
        action = journal.action_open_discard()
        form = Form(self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"]))
        with self.assertRaisesRegex(AssertionError, "reason is a required field"):
            form.save()
        form.reason = "  Advertising\n"
        form.save().action_confirm()
        self.assertEqual(messages.mapped("active"), [False, False])
        self.assertEqual(messages.mapped("discard_reason"), ["Advertising", "Advertising"])
        first = messages[0]
        first.with_user(self.manager).action_restore()
        self.assertEqual((first.active, first.state, first.discard_reason), (True, "quarantined", False))
        self.assertRegex(
            first.history,
            f"UTC, {self.manager.name}: Discarded: Advertising\n.* {self.manager.name}: Taken back to quarantine",
        )
        for empty in ("", "  ", False):
            with self.assertRaisesRegex(UserError, "Write why"):
                first.with_user(self.manager).action_discard(empty)
        self.assertTrue(first.active)

    @mute_logger("odoo.addons.helpdesk_ticketing.models.ticketing_inbound")
    def test_processed_again_after_discarding(self):
        inbound = self._receive(self._mail(to="nobody@desk.example"))
        inbound.with_user(self.manager).action_discard("Advertising")
        inbound.with_user(self.manager).action_process_again()
        self.assertEqual((inbound.active, inbound.state, inbound.discard_reason), (True, "processed", False))

    def test_reasons_are_in_the_companys_language(self):
        """Mail servers speak no language, the manager who reads the journal does."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.env.company.partner_id.lang = "es_ES"
        inbound = self._receive(self._mail(auto_submitted="auto-replied"))
        self.assertIn("respuesta automática que no pertenece a ningún ticket", inbound.reason)

    def test_what_is_done_is_neither_discarded_nor_repeated(self):
        done = self._receive(self._mail()).with_user(self.manager)
        with self.assertRaisesRegex(UserError, "neither quarantined nor failed"):
            done.action_discard("Advertising")
        with self.assertRaisesRegex(UserError, "neither quarantined nor failed"):
            done.action_process_again()

    def test_gateway_user(self):
        """The user of the mail gate needs core's rights, and none on the journal."""
        user = new_test_user(self.env, "mail.gate", groups="base.group_user,base.group_system")
        ticket_id = self.env["mail.thread"].with_user(user).message_process(None, self._mail(subject="By gate"))
        self.assertEqual(self.env["ticketing.ticket"].browse(ticket_id).name, "By gate")
        # One who lacks even those loses nothing: the scheduled action delivers it.
        self.team.alias_id.alias_status = "not_tested"
        self.env["mail.thread"].with_user(self.agent).message_process(None, self._mail(subject="By agent"))
        inbound = self.Inbound.search([("name", "=", "By agent")])
        self.assertEqual(inbound.state, "failed")
        inbound._process_again(by_hand=False)
        self.assertEqual(inbound.state, "processed")


class TestFailure(InboundCase):
    """Processing raised; nothing is lost."""

    def _break(self):
        def message_new(*args, **kwargs):
            raise ValueError("the disk is full")

        return self.patch(type(self.env["ticketing.ticket"]), "message_new", message_new)

    def test_failed_and_retried(self):
        sent = self._outgoing()
        with self.subTest("fails"):
            ticket_class = type(self.env["ticketing.ticket"])
            original = ticket_class.message_new
            ticket_class.message_new = lambda *args, **kwargs: 1 / 0
            try:
                inbound = self._receive(self._mail(subject="Keep me"))
            finally:
                ticket_class.message_new = original
        self.assertEqual(inbound.state, "failed")
        self.assertIn("ZeroDivisionError", inbound.reason)
        self.assertTrue(inbound.next_try_on)
        self.assertFalse(self.result)
        self.assertEqual(self._outgoing(), sent, "the customer is told nothing")
        self.assertEqual(self.team.alias_id.alias_status, "not_tested")
        self.assertEqual(self._receive(self._mail(message_id=inbound.message_id)).state, "duplicate")
        with freeze_time(fields.Datetime.add(inbound.next_try_on, minutes=1)):
            self._run_cron("ir_cron_inbound")
        inbound.invalidate_recordset()
        self.assertEqual((inbound.state, inbound.ticket_id.name), ("processed", "Keep me"))
        self.assertFalse(inbound.reason)
        self.assertFalse(inbound.next_try_on)

    def test_backoff_ends(self):
        """After the last try it waits for a human."""
        self._break()
        inbound = self._receive(self._mail())
        delays = []
        while inbound.next_try_on:
            delays.append(inbound.next_try_on)
            inbound._process_again(by_hand=False)
        self.assertEqual(len(delays), 5)
        self.assertEqual(inbound.state, "failed")

    def test_database_error(self):
        """An error of the database is rolled back to before the processing; the row stays."""

        def message_new(ticket, *args, **kwargs):
            ticket.env.cr.execute("SELECT 1/0")

        self.patch(type(self.env["ticketing.ticket"]), "message_new", message_new)
        with mute_logger("odoo.sql_db"):
            inbound = self._receive(self._mail())
        self.assertEqual(inbound.state, "failed")
        self.assertIn("division by zero", inbound.reason)

    def test_old_raw_is_removed_only_if_asked(self):
        inbound = self._receive(self._mail())
        waiting = self._receive(self._mail(to="nobody@desk.example"))
        with freeze_time("2036-01-01"):
            self.Inbound._gc_raw()
            self.assertTrue(inbound.raw)
            self.env["ir.config_parameter"].set_param("helpdesk_ticketing.mail_keep_days", "30")
            self.Inbound._gc_raw()
        self.env.invalidate_all()
        self.assertFalse(inbound.raw)
        self.assertTrue(waiting.raw)
