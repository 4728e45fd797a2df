"""Broken and hostile messages: each is a row in the journal, at once, and most are tickets."""

import base64
import os
import random
import time
from pathlib import Path
from unittest import SkipTest

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from odoo.tools import email_normalize, mute_logger

from odoo.addons.helpdesk_ticketing.tools.mail_mend import TEXT_LINES_LIMIT

from .common_inbound import TERMINAL, InboundCase

FULL = bool(os.environ.get("HELPDESK_FULL"))
SECONDS = 1.0  # that a message may take: of the processor, so that what else the machine does is not counted
HEAD = (
    b"From: Ana <ana@client.example>\r\nTo: support@desk.example\r\nSubject: x\r\nMessage-ID: <%d@client.example>\r\n"
)
HTML = b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
# Complaints of core about the text of a message; the journal keeps its own.
QUIET = ("odoo.addons.mail.models.mail_thread", "odoo.tools.mail", "odoo.tools.mail.html_sanitize")


def multipart(parts, boundary=b"B"):
    """Return headers and body of a message of several parts."""
    inside = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"
    return head + inside + b"--" + boundary + b"--\r\n"


def nested(depth):
    """Return a message of multiparts inside each other."""
    start = b"".join(b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n" % (i, i) for i in range(depth))
    end = b"".join(b"--B%d--\r\n" % i for i in reversed(range(depth)))
    return b"MIME-Version: 1.0\r\n" + start + b"Content-Type: text/plain\r\n\r\nhi\r\n" + end


def attachment(size, name=b"a.bin"):
    """Return a message with an attachment that can't be compressed."""
    content = base64.encodebytes(random.Random(1).randbytes(size)).replace(b"\n", b"\r\n")
    return multipart(
        [
            b"Content-Type: text/plain\r\n\r\nsee",
            b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="
            + name
            + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + content,
        ]
    )


def headers(**changed):
    """Return a head with some headers replaced (None: left out), and a short body."""
    values = {"From": b"Ana <ana@client.example>", "To": b"support@desk.example", "Subject": b"x"}
    values["Message-ID"] = b"<%d@client.example>" % random.randrange(10**12)
    values.update({name.replace("_", "-"): value for name, value in changed.items()})
    lines = (name.encode() + b": " + value for name, value in values.items() if value is not None)
    return b"\r\n".join(lines) + b"\r\n\r\nhi %d" % random.randrange(10**12)


def many(template, count):
    return b"".join(template % number for number in range(count))


class TestHostile(InboundCase):
    def _check(self, name, raw, state="processed", **options):
        """Receive a message; return its row. Nothing is raised, one row more is in the journal, in time."""
        with self.subTest(name), mute_logger(*QUIET):
            started = time.thread_time()
            inbound = self._receive(raw, model="ticketing.ticket", **options)
            seconds = time.thread_time() - started
            self.assertEqual(len(inbound), 1)
            self.assertEqual(inbound.state, state, inbound.reason)
            self.assertLess(seconds, SECONDS)
            self.assertEqual(inbound.size, len(raw))
            return inbound
        return self.Inbound

    def test_headers(self):
        """Headers that the standard parser rejects, or takes forever for."""
        to = b"support@desk.example, " + many(b"<u%d@else.example>,\r\n ", 10_000)
        cases = {
            "group in From": headers(From=b"undisclosed-recipients:;"),
            "members in From": headers(From=b"Friends: a@client.example, b@client.example;"),
            "two senders": headers(From=b"a@client.example, b@client.example"),
            "nested comments": headers(From=b"(" * 5000 + b"ana@client.example"),
            "comments in From": headers(From=b"(a" * 5000 + b"ana@client.example"),
            "no From": headers(From=None),
            "empty From": headers(From=b""),
            "no address in From": headers(From=b"Ana"),
            "8 bits": headers(From=b"Jos\xe9 <jose@client.example>", Subject=b"\xff\xfe\xe9 a\xf1o"),
            "NUL": headers(Subject=b"a\0b", From=b"A\0na <ana@client.example>") + b"\0body\0",
            "long subject": headers(Subject=b"word " * 200_000),
            "encoded subject": headers(Subject=b"=?utf-8?b?w6nDqQ==?= " * 20_000),
            "wrong encoding": headers(Subject=b"=?klingon?q?a=FF?= =?utf-8?b?!!!?= =?utf-8?q?=?="),
            "many headers": headers(**{f"X-A{number}": b"b" for number in range(20_000)}),
            "references": headers(References=many(b"<%d@else.example> ", 50_000)),
            "date": headers(Date=b"1 " * 50_000),
            "wrong date": headers(Date=b"Mon, 99 Foo 10000 99:99:99 +9999"),
            "year 102": headers(Date=b"Wed, 05 Jun 0102 18:07:54 +0300"),
            "year 9999": headers(Date=b"Fri, 31 Dec 9999 23:59:59 -1200"),
            "message id": headers(Message_ID=b"<>"),
            "long message id": headers(Message_ID=b"<" + b"a" * 5000 + b"@client.example>"),
            "10,000 recipients": headers(To=to),
            "parameters": headers(Content_Type=b"text/plain; " + many(b"a%d=1; ", 20_000)),
            "semicolons": headers(Content_Type=b"text/html " + b"; " * 8000),
            "name in pieces": headers(Content_Type=b"application/pdf; " + many(b'name*%d="a"; ', 5000)),
            "nothing but newlines": b"\r\n" * 1000 + b".",
            "nothing": b"\t",
            "no body": HEAD % 1,
            "no head": b"\r\n\r\nonly text",
            "garbage": bytes(range(256)) * 100,
            "two without an id": headers(Message_ID=b"<>"),
            "mbox": b"From ana@client.example Mon Jun 24 17:06:46 2002\n" + headers(),
        }
        for name, raw in cases.items():
            self._check(name, raw)

    def test_recipients(self):
        """The desk's address stays among ten thousand; no contact is made, nobody else is written to."""
        raw = headers(To=many(b"<u%d@else.example>,\r\n ", 10_000) + b"support@desk.example")
        partners = self.env["res.partner"].search_count([])
        inbound = self._receive(raw)
        self.assertEqual(inbound.state, "processed")
        self.assertEqual(inbound.ticket_id.team_id, self.team)
        self.assertIn("recipients", inbound.repairs)
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_injection(self):
        """No line break of a subject or name reaches a header of the desk's own mail."""
        raw = headers(
            Subject=b"=?utf-8?q?Hello=0D=0ABcc:_all@else.example?=",
            From=b"=?utf-8?q?A=0D=0ABcc:_all@else.example?= <ana@client.example>",
        )
        inbound = self._check("injection", raw)
        self.assertNotRegex(inbound.ticket_id.name, r"[\r\n]")
        self.assertNotRegex(inbound.ticket_id.email_from, r"[\r\n]")
        self._run_cron("ir_cron_inbound_acknowledge")
        mail = self.env["mail.mail"].search([("res_id", "=", inbound.ticket_id.id)])
        self.assertEqual(len(mail), 1)
        self.assertNotRegex(mail.subject, r"[\r\n]")
        self.assertEqual(email_normalize(mail.email_to), "ana@client.example")

    def test_one_sender(self):
        """Who wrote is the same to the journal, the ticket and the acknowledgement, whatever the name pretends."""
        cases = {
            b'"marta@customer.example" <mallory@evil.example>': "mallory@evil.example",
            b"=?utf-8?q?marta@customer.example?= <mallory@evil.example>": "mallory@evil.example",
            b"mallory@evil.example (marta@customer.example)": "mallory@evil.example",
            b"Mallory <mallory@evil.example>, marta@customer.example": "mallory@evil.example",
        }
        for value, sender in cases.items():
            inbound = self._check(value, headers(From=value))
            self.assertEqual(inbound.sender, sender)
            self.assertEqual(email_normalize(inbound.ticket_id.email_from), sender)
            self.assertFalse(inbound.ticket_id.partner_id)

    def test_charsets(self):
        """An unknown charset is replaced by the one it looks like, and the row says that it was mended."""
        body = "avería".encode("cp1252")
        for charset in (b"DEFAULT_CHARSET", b"unknown-8bit", b"x-user-defined", b'""', b"klingon"):
            raw = HEAD % random.randrange(10**9) + b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=" + charset
            inbound = self._check(charset, raw + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body)
            if charset != b'""':
                self.assertIn("avería", inbound.ticket_id.description)
        part = b"Content-Type: text/plain; charset=CHINESEBIG5\r\n\r\n" + "機器".encode("big5")
        inbound = self._check("part", HEAD % 2 + multipart([part]))
        self.assertIn("機器", inbound.ticket_id.description)
        self.assertTrue(inbound.repairs)

    def test_html(self):
        """HTML that takes long to clean becomes text; the original is attached."""
        cases = {
            "nested": b"<div>" * 100_000 + b"x" + b"</div>" * 100_000,
            "flat": b'<p style="color:red">word</p>' * 50_000,
            "text": b"<p>" + b"word " * 1_000_000 + b"</p>",
            "attributes": b"<p " + many(b'a%d="1" ', 50_000) + b">word</p>",
            "open": b"<" * 200_000,
            "comments": b"<!--" * 50_000 + b"word",
            "html": b"<html " * 4000 + b"word " * 50_000,
            "styles": b"<style>" * 50_000 + b"word",
            "cells": b"<table><tr><td>" * 3000 + b"word",
        }
        for name, body in cases.items():
            for encoded in (False, True):
                content = HTML + body
                if encoded:
                    content = HTML[:-2] + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(body)
                inbound = self._check(name, HEAD % random.randrange(10**9) + content)
                if name in ("flat", "text", "attributes"):
                    self.assertIn("word", inbound.ticket_id.description)
                    self.assertIn("original_email.eml", self._names(inbound.ticket_id))
                    self.assertIn("HTML", inbound.repairs)

    def _names(self, ticket):
        domain = [("res_model", "=", "ticketing.ticket"), ("res_id", "=", ticket.id)]
        return self.env["ir.attachment"].search(domain).mapped("name")

    def test_active_html(self):
        """Nothing of a message runs in the browser."""
        body = (
            b"<p onclick='alert(1)'>x</p><script>alert(1)</script><iframe src='http://evil.example'></iframe>"
            b"<img src=x onerror=alert(1)><a href='javascript:alert(1)'>y</a><form action='http://evil.example'></form>"
        )
        ticket = self._check("active", HEAD % 3 + HTML + body).ticket_id
        for text in (ticket.description, ticket.message_ids[-1:].body):
            for active in ("script", "onclick", "onerror", "<iframe", "javascript:", "<form"):
                self.assertNotIn(active, text)

    def test_structure(self):
        """Parts in parts in parts, and thousands of them: the text that can be read, and the original attached."""
        rfc822 = b"Content-Type: message/rfc822\r\n\r\n"
        cases = {
            "multipart 20": nested(15),
            "multipart 1000": nested(1000),
            "message 10": rfc822 + (b"Subject: y\r\n" + rfc822) * 10 + b"Subject: z\r\n\r\nhi",
            "message 1000": rfc822 + (b"Subject: y\r\n" + rfc822) * 1000 + b"Subject: z\r\n\r\nhi",
            "parts": multipart([b"Content-Type: text/plain\r\n\r\nhi"] * 100),
            "many parts": multipart([b"Content-Type: text/plain\r\n\r\nhi"] * 5000),
            "no end": multipart([b"Content-Type: text/plain\r\n\r\nhi"])[:-6],
            "no boundary": b"Content-Type: multipart/mixed\r\n\r\n--B\r\n\r\nhi",
            "boundary in itself": multipart([multipart([b"\r\n\r\nhi"])]),
            "message in message": multipart([rfc822 + b"From: b@else.example\r\nSubject: inner\r\n\r\nhi"]),
            "wrong base64": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!=a",
            "wrong encoding": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uue\r\n\r\nhi",
            "wrong type": b"Content-Type: */*\r\n\r\nhi",
            "octets": b"Content-Type: binary/octet-stream\r\n\r\nhi",
        }
        for name, content in cases.items():
            inbound = self._check(name, HEAD % random.randrange(10**9) + content)
            if name in ("multipart 1000", "message 1000", "many parts"):
                self.assertIn("original_email.eml", self._names(inbound.ticket_id))
                self.assertIn("original is attached", inbound.repairs)

    def test_long_lines(self):
        cases = {
            "one line": b"\r\n" + b"a" * 10_000_000,
            "lines": b"\r\n" + b"word\r\n" * 1_000_000,
            "quoted": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=3D" * 3_000_000,
        }
        for name, content in cases.items():
            inbound = self._check(name, HEAD % random.randrange(10**9) + content)
            self.assertIn("long text cut", inbound.repairs)
            self.assertIn("original_email.eml", self._names(inbound.ticket_id))
            self.assertLessEqual(inbound.ticket_id.description.count("<br"), TEXT_LINES_LIMIT)

    def test_30_mb(self):
        """Large attachments arrive whole; what is larger than the limit waits, and a manager lets it in."""
        inbound = self._check("22 MB, 30 encoded", HEAD % 4 + attachment(22 << 20))
        found = self.env["ir.attachment"].search(
            [("res_model", "=", "ticketing.ticket"), ("res_id", "=", inbound.ticket_id.id)]
        )
        self.assertEqual(found.mapped("name"), ["a.bin"])
        self.assertEqual(found.raw, random.Random(1).randbytes(22 << 20))
        self.env["ir.config_parameter"].set_param("helpdesk_ticketing.mail_max_mb", "1")
        inbound = self._check("too large", HEAD % 5 + attachment(3 << 20, b"b.bin"), "quarantined")
        self.assertIn("1 MB", inbound.reason)
        inbound.with_user(self.manager).action_process_again()
        self.assertEqual(inbound.state, "processed")
        self.assertEqual(self._names(inbound.ticket_id), ["b.bin"])

    def test_archives(self):
        """A bomb in an attachment is never opened."""
        bomb = multipart(
            [
                b"Content-Type: application/zip\r\nContent-Disposition: attachment; filename=bomb.zip\r\n"
                b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"PK\x03\x04" + b"\0" * 100_000)
            ]
        )
        self.assertEqual(self._names(self._check("zip", HEAD % 6 + bomb).ticket_id), ["bomb.zip"])

    def test_attachment_names(self):
        """Names with paths, control characters or nothing in them are only names."""
        names = [b"../../etc/passwd", b'"a\\"b.txt"', b"=?utf-8?q?a=00b?=", b'""', b"a" * 5000]
        parts = [
            b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=" + name + b"\r\n\r\nx"
            for name in names
        ]
        self.assertEqual(len(self._names(self._check("names", HEAD % 7 + multipart(parts)).ticket_id)), len(names))


class TestCorpus(InboundCase):
    """Real messages, as a desk with an address receives them: delivered to it."""

    @classmethod
    def setUpClass(cls):
        folder = os.environ.get("HELPDESK_MAIL_CORPUS")
        if not folder:
            raise SkipTest("no real e-mails: dev/mail_corpus.sh fetches them, HELPDESK_MAIL_CORPUS names their folder")
        super().setUpClass()
        files = sorted(path for path in Path(folder).rglob("*") if path.suffix in (".txt", ".eml"))
        cls.files = files if FULL else random.Random(2002).sample(files, min(600, len(files)))
        cls.env["ir.config_parameter"].set_param("helpdesk_ticketing.mail_sender_limit", "1000000")

    def _deliver(self, raw):
        """Return a message with the header that a mail server adds when it delivers, in place of the mailbox's line."""
        raw = raw.split(b"\n", 1)[1] if raw.startswith(b"From ") else raw
        return b"Delivered-To: support@desk.example\n" + raw

    def test_real_messages(self):
        """Each becomes a row with an outcome; nothing raises, nothing is lost, and none takes long."""
        counts, slowest, rows, failed = {}, (0, ""), 0, []
        with mute_logger(*QUIET):
            for path in self.files:
                raw = self._deliver(path.read_bytes())
                started = time.thread_time()
                inbound = self._receive(raw)
                slowest = max(slowest, (time.thread_time() - started, path.name))
                self.assertEqual(len(inbound), 1, path.name)
                rows += 1
                counts[inbound.state] = counts.get(inbound.state, 0) + 1
                if inbound.state == "failed":
                    failed.append((path.name, inbound.reason))
                self.env.invalidate_all()
        report = f"{rows} messages: {counts}; slowest {slowest[0]:.2f} s ({slowest[1]})"
        self.assertFalse(failed, report)
        self.assertEqual(sum(counts.get(state, 0) for state in TERMINAL), len(self.files), report)
        self.assertGreater(counts["processed"] + counts["reply"], 0.9 * len(self.files), report)
        self.assertLess(slowest[0], SECONDS, report)
        self._check_no_loops()
        if figures := os.environ.get("HELPDESK_FIGURES"):
            Path(figures).write_text(report + "\n")

    def _check_no_loops(self):
        """No machine is acknowledged, and nobody twice."""
        self._run_cron("ir_cron_inbound_acknowledge")
        self.env.invalidate_all()
        answered = self.Inbound.search([("acknowledgement", "=", "sent")])
        self.assertEqual(set(answered.mapped("kind")), {"person"})
        self.assertEqual(len(answered), len(set(answered.mapped("sender"))))

    def test_mutilated_messages(self):
        """Real messages with bytes changed, cut, doubled and inserted."""
        sample = [self._deliver(path.read_bytes())[:20_000] for path in self.files[:60]]
        pieces = st.sampled_from(
            [
                b"\0",
                b"\r\n",
                b"\r\n\r\n",
                b"\xff\xfe",
                b"(",
                b'"',
                b"<",
                b";",
                b"=?utf-8?b?",
                b"\r\n ",
                b":",
                b"--",
                b"@",
            ]
        )
        change = st.tuples(st.integers(0, 20_000), st.integers(0, 50), st.one_of(pieces, st.binary(max_size=20)))

        @seed(2026)
        @settings(
            max_examples=400 if FULL else 60,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.sampled_from(sample), st.lists(change, min_size=1, max_size=12))
        def receive(raw, changes):
            for start, length, piece in changes:
                start = start % (len(raw) + 1)
                raw = raw[:start] + piece + raw[start + length :]
            started = time.thread_time()
            inbound = self._receive(raw, model="ticketing.ticket")
            self.assertLess(time.thread_time() - started, SECONDS)
            self.assertEqual(len(inbound), 1)
            self.assertIn(inbound.state, TERMINAL - {"failed"}, inbound.reason)

        with mute_logger(*QUIET):
            receive()
