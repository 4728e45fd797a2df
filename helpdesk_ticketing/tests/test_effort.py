import io
import random
from datetime import timedelta
from statistics import correlation

import openpyxl

from odoo import fields
from odoo.exceptions import AccessError
from odoo.modules.migration import load_script
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import file_path, mute_logger

from ..models.ticketing_effort import MEASURES
from .common import AGENT, TicketingCase


@tagged("post_install", "-at_install")
class TestEffort(TicketingCase, HttpCase):
    """What tickets took of their customers, and which of it goes with low scores."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stages = {
            kind: cls.env.ref(f"helpdesk_ticketing.stage_{kind}") for kind in ("open", "waiting", "solved", "cancelled")
        }
        cls.type = cls.env["ticketing.type"].create({"name": "Fault"})
        cls.now = fields.Datetime.now()

    def _say(self, ticket, author, hours_ago, kind="comment"):
        """Have somebody write so many hours ago."""
        values = {"body": "...", "author_id": author.id, "message_type": kind, "subtype_xmlid": "mail.mt_comment"}
        self._happen(hours_ago, lambda: ticket.message_post(**values))

    def _change(self, ticket, hours_ago, **values):
        """Change a ticket so many hours ago."""
        self._happen(hours_ago, lambda: ticket.write(values))

    def _happen(self, hours_ago, action):
        models = {"mail_message": "mail.message", "mail_tracking_value": "mail.tracking.value"}
        last = {table: self.env[model].search([], order="id desc", limit=1).id for table, model in models.items()}
        action()
        self.env.flush_all()
        self.env.cr.precommit.run()
        for table, model in models.items():
            self._date(table, self.env[model].search([("id", ">", last[table])]).ids, hours_ago)

    def _date(self, table, ids, hours_ago, column="create_date"):
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {table} SET {column} = %s WHERE id = ANY(%s)",  # pylint: disable=sql-injection
            [self.now - timedelta(hours=hours_ago), list(ids)],
        )
        self.env.invalidate_all()

    def _count(self, ticket):
        self.env["ticketing.effort"]._count_due(fields.Datetime.now())
        return self.env["ticketing.effort.report"].browse(ticket.id)

    def test_counted(self):
        """A ticket by phone: ten hours, of which two waiting; handed over, solved in vain, answered by mail and portal."""
        ticket = self._create_ticket(type_id=self.type.id)
        self.env.cr.precommit.run()
        self._date("ticketing_ticket", ticket.ids, 10)
        self._change(ticket, 9, user_id=self.agent.id)
        self._say(ticket, self.agent.partner_id, 8.5)
        self._change(ticket, 8, stage_id=self.stages["waiting"].id)
        self._say(ticket, self.contact, 6, "email")  # it is what the ticket waits for
        self._change(ticket, 5, stage_id=self.stages["solved"].id)
        self._say(ticket, self.contact, 4)  # opens it again
        self._change(ticket, 0, stage_id=self.stages["solved"].id)
        self._date("ticketing_ticket", ticket.ids, 0, "solved_on")
        row = self._count(ticket)
        found = {name: row[name] for name in MEASURES}
        self.assertAlmostEqual(found.pop("waiting_share"), 20, 1)
        self.assertEqual(
            found,
            {
                "contacts": 3,
                "channel_switches": 2,
                "agents": 2,
                "handovers": 1,
                "reopenings": 1,  # by the customer's answer
                "repeats_7": 0,
                "repeats_30": 0,
            },
        )

    def test_request_counts_once(self):
        """What the customer wrote when he made the ticket is the request itself; older rows are counted anew."""
        channels = self.env["ticketing.channel"]
        tickets = [self._create_ticket(channel_id=channels._get_by_code(code).id) for code in ("portal", "email")]
        for ticket, kind in zip(tickets, ("comment", "email"), strict=True):
            ticket.message_post(
                body="...", author_id=self.contact.id, message_type=kind, subtype_xmlid="mail.mt_comment"
            )
            ticket.action_solve()
            self._date("ticketing_ticket", ticket.ids, -1, "solved_on")
            row = self._count(ticket)
            self.assertEqual((row.contacts, row.channel_switches), (1, 0))
        self.assertEqual(self.env["ticketing.effort"]._count_due(fields.Datetime.now()), 0)
        path = file_path("helpdesk_ticketing/migrations/19.0.1.5.1/post-effort.py")
        load_script(path, "post_effort").migrate(self.env.cr, "19.0.1.4.0")
        self.assertGreaterEqual(self.env["ticketing.effort"]._count_due(fields.Datetime.now()), 2)
        self.assertEqual(self.env["ticketing.effort"]._count_due(fields.Datetime.now()), 0)

    def test_repeats(self):
        """The same type or unit, after the solution: in 7 days, in 30, and others not at all. Counted anew each day."""
        ticket = self._create_ticket(type_id=self.type.id, lot_id=self.serials[0].id)
        ticket.action_solve()
        self.env.flush_all()
        self._date("ticketing_ticket", ticket.ids, 24 * 21)
        self._date("ticketing_ticket", ticket.ids, 24 * 20, "solved_on")
        row = self._count(ticket)
        self.assertEqual((row.repeats_7, row.repeats_30, row.waiting_share), (0, 0, 0))
        for days_ago, values in (
            (18, {"type_id": self.type.id}),
            (2, {"lot_id": self.serials[0].id}),
            (2, {"lot_id": self.serials[1].id}),
            (2, {"type_id": self.type.id, "stage_id": self.stages["cancelled"].id}),
            (2, {"type_id": self.type.id, "partner_id": self.company.partner_id.id}),
            (22, {"type_id": self.type.id}),
        ):
            other = self._create_ticket(**{"name": "Again", **values})
            self._date("ticketing_ticket", other.ids, 24 * days_ago)
        self.assertEqual(self.env["ticketing.effort"]._count_due(self.now), 0, "counted today")
        self.assertEqual(self.env["ticketing.effort"]._count_due(self.now + timedelta(days=1, minutes=1)), 1)
        self.env.invalidate_all()
        self.assertEqual((row.repeats_7, row.repeats_30), (1, 2))

    def _make_answers(self, count):
        """Make tickets whose customers said something, at random, most of it about contacts; return their rows."""
        chance = random.Random(7)
        tickets = self.env["ticketing.ticket"].create(
            [{"name": f"T{number}", "team_id": self.team.id} for number in range(count)]
        )
        tickets.action_solve()
        self.env["ticketing.effort"]._count_due(fields.Datetime.now())
        rows = []
        for ticket in tickets:
            contacts, reopenings = chance.randint(1, 9), chance.randint(0, 2)
            mood = contacts + chance.randint(0, 3)
            face = "happy" if mood < 5 else "neutral" if mood < 8 else "unhappy"
            rows.append((ticket.id, contacts, reopenings, face, max(8 - contacts, 1)))
        self.env.flush_all()
        self.env.cr.executemany(
            "UPDATE ticketing_effort SET contacts = %s, reopenings = %s WHERE ticket_id = %s",
            [(row[1], row[2], row[0]) for row in rows],
        )
        self.env.cr.executemany(
            "UPDATE ticketing_ticket SET satisfaction = %s, effort = %s WHERE id = %s",
            [(row[3], row[4], row[0]) for row in rows],
        )
        self.env.invalidate_all()
        return rows

    def test_analysis(self):
        """Means and Spearman's coefficients are those of a textbook; too few answers are told so."""
        rows = self._make_answers(120)
        analysis = self.env["ticketing.effort.analysis"].with_user(self.manager).create({"team_ids": self.team.ids})
        lines = {line.measure: line for line in analysis.line_ids}
        self.assertEqual(list(lines), list(MEASURES))
        self.assertEqual((analysis.ticket_count, analysis.answer_count), (120, 120))
        rates = {"happy": 5, "neutral": 3, "unhappy": 1}
        for name, column in (("contacts", 1), ("reopenings", 2)):
            values, faces = [row[column] for row in rows], [rates[row[3]] for row in rows]
            scores = [row[4] for row in rows]
            self.assertEqual(lines[name].coefficient, round(_spearman(values, faces), 2))
            self.assertEqual(lines[name].effort_coefficient, round(_spearman(values, scores), 2))
            happy = [row[column] for row in rows if row[3] == "happy"]
            self.assertEqual(lines[name].happy, round(sum(happy) / len(happy), 2))
        self.assertEqual((lines["contacts"].verdict, lines["reopenings"].verdict), ("clear", "unclear"))
        self.assertEqual(lines["handovers"].verdict, "unclear", "it never changes")
        analysis.type_ids = self.type
        self.assertEqual((analysis.ticket_count, set(analysis.line_ids.mapped("verdict"))), (0, {"few"}))

    def test_own_teams(self):
        """An agent of another team finds nothing of this one; a spreadsheet is for who made it, and may export."""
        self._make_answers(3)
        stranger = new_test_user(self.env, "desk.stranger", f"{AGENT},base.group_allow_export", name="Stranger")
        analyses = self.env["ticketing.effort.analysis"]
        self.assertEqual(analyses.with_user(stranger).create({"team_ids": self.team.ids}).ticket_count, 0)
        with self.assertRaises(AccessError):
            analyses.with_user(self.technician).create({})
        self.manager.group_ids += self.env.ref("base.group_allow_export")
        analysis = analyses.with_user(self.manager).create({"team_ids": self.team.ids})
        url = analysis.action_export_xlsx()["url"]
        self.authenticate(stranger.login, stranger.login)
        with mute_logger("odoo.http"):
            self.assertNotEqual(self.url_open(url).status_code, 200)
        self.authenticate(self.manager.login, self.manager.login)
        book = openpyxl.load_workbook(io.BytesIO(self.url_open(url).content))
        scores, tickets = (list(sheet.values) for sheet in book)
        self.assertEqual((len(scores), len(tickets)), (1 + len(MEASURES), 1 + 3))
        self.assertEqual(scores[1][0], "Contacts")

    def test_queries(self):
        """Counting and the table take as many queries for ninety tickets as for thirty."""

        def count(size):
            self._make_answers(size)
            self.env.cr.execute("DELETE FROM ticketing_effort")
            self.env.flush_all()
            queries = self.env.cr.sql_log_count
            self.env["ticketing.effort"]._count_due(self.now)
            self.env["ticketing.effort.analysis"].create({})
            self.env.flush_all()
            return self.env.cr.sql_log_count - queries

        count(3)
        few, more = count(30), count(60)
        self.assertEqual(few, more)
        self.assertLessEqual(more, 15)


def _ranks(values):
    ordered = sorted(values)
    return [ordered.index(value) + 1 + (ordered.count(value) - 1) / 2 for value in values]


def _spearman(values, scores):
    return correlation(_ranks(values), _ranks(scores))
