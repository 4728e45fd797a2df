"""What a message costs: statements, journal included. Hard limits, on a warm cache."""

from .common_inbound import InboundCase

NEW_LIMIT, REPLY_LIMIT = 40, 40


class TestInboundQueries(InboundCase):
    def _count(self, raw):
        """Return the number of statements with which a message is received."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.env["mail.thread"].message_process(None, raw)
        self.env.flush_all()
        count = self.cr.sql_log_count - before
        self.assertIn(self.Inbound.search([], limit=1).state, ("processed", "reply"))
        return count

    def _warm_up(self):
        ticket = self._ticket()
        message = ticket.with_user(self.technician).message_post(body="?", subtype_xmlid="mail.mt_comment")
        self._receive(self._mail(in_reply_to=message.message_id))
        return message

    def test_new(self):
        """A new request of a known sender."""
        self._warm_up()
        count = self._count(self._mail())
        self.assertLessEqual(count, NEW_LIMIT)

    def test_reply(self):
        """The customer's answer."""
        message = self._warm_up()
        count = self._count(self._mail(in_reply_to=message.message_id))
        self.assertLessEqual(count, REPLY_LIMIT)

    def test_mails_of_one_customer_do_not_collide(self):
        """Core prepares a customer's log-in with each mail to him: his row is written the first time only."""
        self.contact.signup_prepare()
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.contact.signup_prepare()
            self.env.flush_all()
        self.assertEqual(self.contact.signup_type, "signup")
        self.contact.signup_prepare(signup_type="reset")
        self.assertEqual(self.contact.signup_type, "reset")

    def test_elsewhere(self):
        """Mail for others costs nothing more than in core."""
        order = self.env["sale.order"].create({"partner_id": self.contact.id})
        message = order.message_post(body="Your offer", subtype_xmlid="mail.mt_comment")

        def send():
            raw = self._mail(in_reply_to=message.message_id, to="catchall@desk.example")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["mail.thread"].message_process(None, raw)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        send()
        ours = send()
        self.patch(type(self.env["ticketing.inbound"]), "_concerns_desk", lambda *args: False)
        self.assertLessEqual(ours, send() + 1)
