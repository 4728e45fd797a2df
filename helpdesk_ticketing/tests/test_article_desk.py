from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TicketingCase
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestArticleDesk(TicketingCase):
    """Articles on the desk: versions, relations, replies, proposals, and what is searched of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ticketing.article"].search([]).active = False
        cls.articles = cls.env["ticketing.article"].with_user(cls.agent)
        cls.article = cls.articles.create({"name": "Boiler pressure", "body": "<p>Open the valve slowly.</p>"})

    def _find(self, text, lang="en_US"):
        return self.articles._search_ranked(text, lang)

    # Versions

    def test_versions(self):
        self.article.body = "<p>Open the valve.</p>"
        self.article.sequence = 3
        self.article.body = "<p>Close the valve &lt;script&gt;.</p>"
        versions = self.article.version_ids.sorted("number")
        self.assertEqual(versions.mapped("number"), [1, 2, 3])
        self.assertEqual(versions.user_id, self.agent)
        self.assertIn("<del>slowly.</del>", versions[1].changes.replace("valve slowly.", "slowly."))
        self.assertIn("<ins>Close</ins>", versions[2].changes)
        self.assertIn("&lt;script&gt;", versions[2].changes)
        self.assertNotIn("<script", versions[0].since)
        with self.assertRaises(AccessError):
            versions[0].with_user(self.agent).unlink()
        versions[0].with_user(self.agent).action_restore()
        self.assertIn("slowly", self.article.body)
        self.assertEqual(max(self.article.version_ids.mapped("number")), 4)

    def test_restore_needs_the_right_to_write(self):
        version = self.article.version_ids
        self.article.sudo().state = "published"
        with self.assertRaises(AccessError):
            version.with_user(self.agent).action_restore()

    def test_leader_publishes(self):
        self.team.user_id = self.agent
        with self.assertRaises(AccessError):
            self.article.action_publish()
        self.article.team_ids = self.team
        self.article.action_publish()
        self.article.name = "Boiler pressure, again"
        with self.assertRaises(AccessError):
            self.article.team_ids = [Command.clear()]
            self.article.name = "No team of his any more"

    # What is searched

    def test_lexicon_follows(self):
        words = self.env["ticketing.article.word"]

        def count(word):
            words.invalidate_model()  # written by a statement of its own
            return sum(words.search([("config", "=", "english"), ("word", "=", word)]).mapped("count"))

        before = count("valv")
        copies = self.articles.create([{"name": f"Zeppelin {n}", "body": "<p>valve valves</p>"} for n in range(3)])
        self.assertEqual((count("zeppelin"), count("valv")), (3, before + 3))
        copies[0].body = "<p>tap</p>"
        self.assertEqual(count("valv"), before + 2)
        copies.sudo().unlink()
        self.assertEqual((count("zeppelin"), count("valv")), (0, before))
        self.assertFalse(self._find("zeppelin"))

    def test_translations_are_searched(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.article.update_field_translations("name", {"es_ES": "Presión de la caldera"})
        self.assertEqual(self._find("la caldera pierde presion", "es_ES"), self.article)
        self.assertEqual(self._find("boiler"), self.article)
        rows = self.articles._suggest("calderas", "es_ES")
        self.assertEqual(rows[0]["title"], "Presión de la caldera")
        self.assertEqual(set(self.article.version_ids.mapped("lang")), {"en_US", "es_ES"})
        self.article.with_context(lang="es_ES").body = "<p>Abra la válvula del todo.</p>"
        self.assertIn("slowly", self.article.body, "each language is written by itself")
        self.assertEqual(self._find("válvulas", "es_ES"), self.article)
        self.article.update_field_translations("body", {"es_ES": "<p onclick='x()'>Hola</p><script>alert(1)</script>"})
        self.assertEqual(self.article.with_context(lang="es_ES").body, "<p>Hola</p>")

    def test_repair(self):
        """Names of tags and lost rows: what was not changed by the article itself is mended at night."""
        tag = self.env["ticketing.tag"].create({"name": "Plumbing"})
        self.article.tag_ids = tag
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ticketing_tag SET name = '{\"en_US\": \"Sanitary\"}', write_date = write_date + interval '1 s'"
        )
        self.env.cr.execute("UPDATE ticketing_article_word SET count = 77 WHERE word = 'pressur'")
        self.env.invalidate_all()
        self.assertFalse(self._find("sanitary"))
        self.assertEqual(self.articles._get_stale(10), self.article)
        self._run_cron("ir_cron_article_texts")
        self.assertEqual(self._find("sanitary"), self.article)
        word = self.env["ticketing.article.word"].search([("word", "=", "pressur"), ("config", "=", "english")])
        self.assertLess(word.count, 77)

    def test_long_and_hostile(self):
        body = "<script>alert(1)</script><p onclick='x()'>" + "pressure gauge " * 7000 + "</p>"
        self.article.write({"body": body, "name": "A" * 3000 + " Ω 🔥 manometer"})
        self.assertNotIn("script", self.article.body)
        self.assertNotIn("onclick", self.article.body)
        self.assertEqual(self._find("manometer"), self.article)

    # Related

    def test_related_both_ways(self):
        other, third = self.articles.create([{"name": "Other"}, {"name": "Boiler pressure gauge"}])
        self.article.related_ids = other | self.article
        self.assertEqual((self.article.related_ids, other.related_ids), (other, self.article))
        self.article.action_find_related()
        self.assertIn(self.article, third.related_ids)
        other.related_ids = [Command.clear()]
        self.assertEqual(self.article.related_ids, third)

    # Replies

    def test_reply(self):
        ticket = self._create_ticket(name="The boiler has no pressure").with_user(self.agent)
        self.assertEqual([row["id"] for row in ticket.get_article_suggestions()], self.article.ids)
        with self.assertRaises(UserError):
            ticket.reply_with_article(self.article.id)
        self.assertFalse(ticket.article_ids)
        action = ticket.reply_with_article(self.article.id, True)
        self.assertIn("Open the valve", action["context"]["default_body"])
        self.article.sudo().state = "published"
        action = ticket.reply_with_article(self.article.id)
        self.assertIn(f"/my/help/{self.article.id}", action["context"]["default_body"])
        self.assertFalse(ticket.article_ids, "the agent may close it unsent")
        composer = self.env[action["res_model"]].with_user(self.agent).with_context(**action["context"]).create({})
        composer.action_send_mail()
        link = html.fromstring(ticket.message_ids[0].body).xpath("//a/@href")[0]
        self.assertTrue(link.endswith(f"/my/help/{self.article.id}"))
        self.assertEqual(self.article.used_count, 1)
        self.assertTrue(ticket.get_article_suggestions("pressure")[0]["used"])

    def test_reply_for_later(self):
        """Sent by the clock, it has been used as well; in a note it has not."""
        self.article.sudo().state = "published"
        for kind, used in (("mail.mt_note", 0), ("mail.mt_comment", 1)):
            ticket = self._create_ticket(name="The boiler has no pressure").with_user(self.agent)
            action = ticket.reply_with_article(self.article.id)
            composer = self.env[action["res_model"]].with_user(self.agent).with_context(**action["context"])
            composer = composer.create({"scheduled_date": "2100-01-01 08:00:00", "subtype_id": self.env.ref(kind).id})
            composer.action_schedule_message()
            self.assertEqual(len(ticket.article_ids), used)

    # Proposals

    def _solve(self, *names, **values):
        tickets = self.env["ticketing.ticket"].create(
            [{"name": name, "team_id": self.team.id, "partner_id": self.contact.id, **values} for name in names]
        )
        tickets.action_solve()
        return tickets

    def test_proposals(self):
        proposals = self.env["ticketing.article.proposal"]
        proposals.search([]).unlink()
        alike = self._solve("The radiator stays cold", "Radiators staying cold", "radiator is cold", "Cold radiator!")
        self._solve("Zinc roof leaks", "Bill twice")
        alike[2].with_user(self.agent).message_post(
            body="<p>Bleed the radiator with the key.</p>", subtype_xmlid="mail.mt_comment", message_type="comment"
        )
        self._run_cron("ir_cron_article_proposals")
        found = proposals.search([]).filtered(lambda proposal: proposal.ticket_ids & alike)
        self.assertEqual((found.ticket_ids, found.count), (alike, 4))
        again = self._solve("Radiator cold")
        found.with_user(self.agent).action_draft()
        self.assertIn("Bleed the radiator", found.article_id.body)
        self.assertEqual((found.article_id.state, found.article_id.ticket_id), ("draft", alike[2]))
        self._run_cron("ir_cron_article_proposals")
        self.assertEqual((found.ticket_ids, found.state), (alike | again, "drafted"))
        self.assertEqual(len(proposals.search([("ticket_ids", "in", alike.ids)])), 1)

    def test_proposals_of_equal_tickets(self):
        """Alike in all: a pair for each ticket, not for each two. Machines ask nothing."""
        monitoring = self.env["ticketing.channel"].search([("code", "=", "monitoring")], limit=1)
        monitoring = monitoring or monitoring.create({"name": "Monitoring", "code": "monitoring"})
        equal = self._solve(*["Tower lamp broken"] * 12)
        alarms = self._solve(*["Tower lamp broken"] * 3, channel_id=monitoring.id)
        proposals = self.env["ticketing.article.proposal"]
        tickets = proposals._get_tickets(self.company)
        self.assertFalse(tickets & alarms)
        pairs = [pair for pair in proposals._get_pairs(tickets, self.company) if set(pair) <= set(equal.ids)]
        self.assertEqual(sorted(pairs), [(equal[0].id, ticket.id) for ticket in equal[1:]])

    def test_article_of_work(self):
        """Where nobody wrote an answer, what was done tells it."""
        ticket = self._create_ticket(name="Noise")
        self._add_hours(ticket, name="Changed the <b>bearing</b>")
        values = ticket._prepare_article_values()
        self.assertIn("Changed the &lt;b&gt;bearing", values["body"])


@tagged("post_install", "-at_install")
class TestDeflection(PortalCase):
    """What articles solved, beside what became a ticket."""

    def test_report(self):
        report = self.env["ticketing.deflection.report"]
        today = fields.Date.context_today(report)
        domain = [("company_id", "=", self.company.id), ("date", "=", today), ("channel", "=", "portal")]
        before = report._read_group(domain, [], ["solved:sum", "tickets:sum"])[0]
        article = self.env["ticketing.article"].create(
            {"name": "A", "state": "published", "company_id": self.company.id}
        )
        for partner in (self.contact, self.colleague.partner_id, self.contact):
            article._count_solved(article._get_visitor(partner), "portal", "x", partner)
        self._create_ticket(channel_id=self.env.ref("helpdesk_ticketing.channel_portal").id)
        after = report.with_user(self.agent)._read_group(domain, [], ["solved:sum", "tickets:sum", "rate:avg"])[0]
        self.assertEqual((after[0] - (before[0] or 0), after[1] - (before[1] or 0)), (2, 1))
        self.assertAlmostEqual(after[2], 100 * after[0] / (after[0] + after[1]))
