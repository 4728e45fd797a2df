"""Machines that write to the desk, acknowledgements, and what the desk's own mail says of itself."""

from ast import literal_eval

from freezegun import freeze_time

from odoo import fields

from .common_inbound import InboundCase

REPORT = b"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@customer.example>
To: bounce@desk.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-%(id)s@customer.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; customer.example

Final-Recipient: rfc822; marta@customer.example
Action: failed
Status: 5.1.1

--B
Content-Type: message/rfc822

From: support@desk.example
To: marta@customer.example
Subject: Re: Boiler
Message-ID: %(bounced)s

Did you switch it on?
--B--
"""


class TestMachines(InboundCase):
    def _run_acknowledgements(self):
        """Run the scheduled action; return the mails it queued."""
        before = self._outgoing()
        self._run_cron("ir_cron_inbound_acknowledge")
        self.env.invalidate_all()
        return self._outgoing() - before

    def test_automatic_mail_is_a_ticket_without_acknowledgement(self):
        """Alarms and lists become tickets; nobody answers them."""
        cases = [
            {"auto_submitted": "auto-generated"},
            {"precedence": "bulk"},
            {"precedence": "Junk"},
            {"precedence": "list"},
            {"x_auto_response_suppress": "All"},
            {"x_auto_response_suppress": "OOF, AutoReply"},
            {"x_loop": "anything@else.example"},
            {"list_id": "<news.customer.example>"},
            {"list_unsubscribe": "<mailto:off@customer.example>"},
            {"return_path": "<>"},
            {"sender": "noreply@customer.example"},
        ]
        for headers in cases:
            with self.subTest(headers):
                inbound = self._receive(self._mail(**headers))
                self.assertEqual((inbound.state, inbound.kind), ("processed", "automatic"), inbound.reason)
                self.assertEqual(inbound.acknowledgement, "none")
        self.assertFalse(self._run_acknowledgements())

    def test_not_automatic(self):
        """Headers that say the contrary."""
        for headers in ({"auto_submitted": "no"}, {"x_auto_response_suppress": "None"}, {"precedence": "normal"}):
            with self.subTest(headers):
                self.assertEqual(self._receive(self._mail(**headers)).kind, "person")

    def test_auto_replies(self):
        """An answering machine's answer is a note on its ticket, moves nothing, and makes no ticket."""
        ticket = self._ticket()
        message = ticket.with_user(self.technician).message_post(
            body="?", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        ticket._move_to_kind("waiting")
        cases = [
            {"auto_submitted": "auto-replied"},
            {"auto_submitted": "Auto-Replied; owner=x"},
            {"precedence": "auto_reply"},
            {"x_autoreply": "yes"},
            {"x_autorespond": "Boiler"},
            {"subject": "Out of Office: Boiler"},
            {"subject": "Respuesta automática: Boiler"},
            {"subject": "Automatische Antwort: Boiler"},
        ]
        for headers in cases:
            with self.subTest(headers):
                inbound = self._receive(self._mail("I am away", in_reply_to=message.message_id, **headers))
                self.assertEqual((inbound.state, inbound.ticket_id), ("reply", ticket))
                self.assertEqual(inbound.kind, "auto_reply")
                self.assertEqual(ticket.stage_kind, "waiting")
                note = self.env["mail.message"].search([("message_id", "=", inbound.message_id)])
                self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
                alone = self._receive(self._mail("I am away", **headers))
                self.assertEqual((alone.state, alone.ticket_id.id), ("quarantined", False))
        self.assertFalse(ticket.first_response_on and ticket.stage_kind != "waiting")

    def test_auto_reply_to_a_closed_ticket(self):
        ticket = self._ticket()
        message = ticket.message_post(body="Bye", subtype_xmlid="mail.mt_comment")
        ticket._move_to_kind("closed")
        inbound = self._receive(self._mail("Away", in_reply_to=message.message_id, auto_submitted="auto-replied"))
        self.assertEqual((inbound.state, inbound.ticket_id), ("reply", ticket))

    def test_bounces(self):
        """A delivery report is noted on the ticket whose mail it is about; another one waits in quarantine."""
        ticket = self._ticket()
        message = ticket.message_post(body="?", subtype_xmlid="mail.mt_comment")
        bounced = {b"id": b"1", b"bounced": message.message_id.encode()}
        inbound = self._receive(REPORT % bounced, "ticketing.ticket")
        self.assertEqual((inbound.state, inbound.ticket_id, inbound.kind), ("reply", ticket, "bounce"))
        self.assertIn("marta@customer.example", ticket.message_ids[0].body)
        unknown = {b"id": b"2", b"bounced": b"<unknown@desk.example>"}
        self.assertEqual(self._receive(REPORT % unknown, "ticketing.ticket").state, "quarantined")
        for sender in ("postmaster@customer.example", "MAILER-DAEMON@customer.example"):
            self.assertEqual(self._receive(self._mail(sender=sender)).state, "quarantined")

    def test_bounce_of_another_application(self):
        """Core handles it; it is not the desk's."""
        order = self.env["sale.order"].create({"partner_id": self.contact.id})
        message = order.message_post(body="Your offer", subtype_xmlid="mail.mt_comment")
        report = REPORT % {b"id": b"3", b"bounced": message.message_id.encode()}
        self.assertFalse(self._receive(report, "ticketing.ticket"))

    def test_own_mail(self):
        """The desk's own mail that comes back stops here."""
        marker = self.env["ticketing.ticket"]._get_mail_marker()
        for raw in (self._mail(x_ticketing_desk=marker), self._mail(sender=f"Desk <{self.address.upper()}>")):
            inbound = self._receive(raw)
            self.assertEqual(inbound.state, "quarantined")
        inbound = self._receive(self._mail(x_ticketing_desk="another-desk"))
        self.assertEqual(inbound.state, "processed")

    def test_rate(self):
        """A busy customer is not bounced: first he gets no more acknowledgements, then his mail waits."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("helpdesk_ticketing.mail_sender_acknowledged", "2")
        parameters.set_param("helpdesk_ticketing.mail_sender_limit", "4")
        sent = self._outgoing()
        rows = [self._receive(self._mail(f"{number}")) for number in range(6)]
        self.assertEqual([row.state for row in rows], ["processed"] * 4 + ["quarantined"] * 2)
        self.assertEqual([row.acknowledgement for row in rows], ["due"] * 2 + ["withheld"] * 2 + ["none"] * 2)
        self.assertEqual(self._outgoing(), sent)
        self.assertEqual(self._receive(self._mail(sender="other@stranger.example")).state, "processed")
        self.env["mail.gateway.allowed"].create({"email": "marta@customer.example"})
        self.assertEqual(self._receive(self._mail("7")).state, "processed")
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), hours=2)):
            self.env["mail.gateway.allowed"].search([]).unlink()
            self.assertEqual(self._receive(self._mail("8")).state, "processed")

    def test_core_does_not_bounce_busy_customers(self):
        """Core's own limit (20 new records in 2 hours) would."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("mail.gateway.loop.threshold", "1")
        sent = self._outgoing()
        self.assertEqual({self._receive(self._mail(f"{number}")).state for number in range(3)}, {"processed"})
        self.assertEqual(self._outgoing(), sent)

    def test_refused_by_the_address(self):
        """An address for contacts only: core tells a person, and a machine is told nothing."""
        self.team.alias_id.alias_contact = "partners"
        sent = self._outgoing()
        inbound = self._receive(self._mail(sender="x@stranger.example", auto_submitted="auto-generated"))
        self.assertEqual(inbound.state, "quarantined")
        self.assertEqual(self._outgoing(), sent)
        self.assertEqual(self._receive(self._mail()).state, "processed")
        inbound.with_user(self.manager).action_process_again()
        self.assertEqual(inbound.state, "quarantined")


class TestAcknowledgement(InboundCase):
    _run_acknowledgements = TestMachines._run_acknowledgements

    def test_customer(self):
        """The customer learns the number, in his language, by a mail that no machine answers."""
        self.contact.lang = "es_ES"
        inbound = self._receive(self._mail())
        self.assertEqual(inbound.acknowledgement, "due")
        mail = self._run_acknowledgements()
        ticket = inbound.ticket_id
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.state, "outgoing")
        self.assertIn(ticket.number, mail.subject)
        self.assertEqual(mail.recipient_ids, self.contact)
        self.assertEqual((mail.model, mail.res_id), ("ticketing.ticket", ticket.id))
        headers = literal_eval(mail.headers)
        self.assertEqual(headers["Auto-Submitted"], "auto-replied")
        self.assertEqual(headers["X-Auto-Response-Suppress"], "All")
        self.assertIn("X-Loop", headers)
        self.assertEqual(mail.references, inbound.message_id)
        self.assertEqual((inbound.acknowledgement, bool(inbound.acknowledged_on)), ("sent", True))
        self.assertFalse(ticket.first_response_on, "an automatic mail is no response")
        self.assertFalse(self._run_acknowledgements(), "only once")

    def test_answer_to_it_finds_the_ticket(self):
        """Also once the mail was sent and deleted."""
        inbound = self._receive(self._mail())
        mail = self._run_acknowledgements()
        message_id = mail.message_id
        mail.unlink()
        answer = self._receive(self._mail("And also", in_reply_to=message_id))
        self.assertEqual((answer.state, answer.ticket_id), ("reply", inbound.ticket_id))
        self.assertFalse(self._run_acknowledgements())

    def test_one_in_some_minutes(self):
        rows = self._receive(self._mail("1")) | self._receive(self._mail("2"))
        self.assertEqual(len(self._run_acknowledgements()), 1)
        self.assertEqual(sorted(rows.mapped("acknowledgement")), ["sent", "withheld"])
        third = self._receive(self._mail("3"))
        self.assertFalse(self._run_acknowledgements())
        self.assertEqual(third.acknowledgement, "withheld")
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), minutes=10)):
            self._receive(self._mail("4"))
            self.assertEqual(len(self._run_acknowledgements()), 1)

    def test_strangers(self):
        """Strangers are answered within a limit for all of them, or not at all: the desk is no relay for spam."""
        self.env["ir.config_parameter"].set_param("helpdesk_ticketing.mail_acknowledge_hour", "2")
        rows = self.Inbound
        for number in range(4):
            rows |= self._receive(self._mail(sender=f"victim{number}@stranger.example"))
        mails = self._run_acknowledgements()
        self.assertEqual(len(mails), 2)
        self.assertIn("victim", mails[0].email_to)
        self.assertEqual(sorted(rows.mapped("acknowledgement")), ["sent", "sent", "withheld", "withheld"])
        self.team.acknowledge_unknown = False
        self._receive(self._mail(sender="somebody@stranger.example"))
        self.assertFalse(self._run_acknowledgements())
        self._receive(self._mail())
        self.assertEqual(len(self._run_acknowledgements()), 1)

    def test_switched_off(self):
        self.team.acknowledge = False
        self.assertEqual(self._receive(self._mail()).acknowledgement, "none")

    def test_what_it_repeats_is_escaped(self):
        """A subject with HTML in it is shown, not interpreted."""
        self._receive(self._mail(subject="<img src=x onerror=alert(1)> [click](http://evil.example)"))
        self.assertNotIn("<img src=x", self._run_acknowledgements().body_html)


class TestTwoDesks(InboundCase):
    def test_two_desks_stop(self):
        """Two desks that write to each other: a request, an acknowledgement, silence."""
        inbound = self._receive(self._mail(sender="desk@other.example"))
        run = TestMachines._run_acknowledgements
        mail = run(self)
        headers = literal_eval(mail.headers)
        # The other desk is another database: its marker differs.
        back = {name.replace("-", "_"): value for name, value in headers.items() if name != "Return-Path"}
        back = {**back, "X_Ticketing_Desk": "f" * 24}
        answer = self._receive(self._mail("Received", sender="desk@other.example", subject="We have it", **back))
        self.assertEqual(answer.state, "quarantined")
        answer = self._receive(self._mail("Received", sender="desk@other.example", in_reply_to=mail.message_id, **back))
        self.assertEqual((answer.state, answer.ticket_id), ("reply", inbound.ticket_id))
        self.assertFalse(run(self))

    def test_headers_of_notifications(self):
        """What a person writes may be answered by machines' owners; what the desk writes by itself may not."""
        ticket = self._ticket()

        def headers(message_type):
            before = self._outgoing()
            ticket.with_context(mail_notify_force_send=False).with_user(self.technician).message_post(
                body="x", message_type=message_type, subtype_xmlid="mail.mt_comment"
            )
            return literal_eval((self._outgoing() - before)[:1].headers)

        person, machine = headers("comment"), headers("auto_comment")
        self.assertNotIn("Auto-Submitted", person)
        self.assertNotIn("X-Loop", person)
        self.assertEqual(machine["Auto-Submitted"], "auto-generated")
        self.assertEqual(person["X-Ticketing-Desk"], machine["X-Ticketing-Desk"])
