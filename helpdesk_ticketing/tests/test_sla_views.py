import io
import json
import zipfile
from datetime import timedelta

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import AGENT, TicketingCase
from .common_sla import HOUR, MONDAY, SlaCase
from .portal_common import PortalCase

NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@tagged("post_install", "-at_install")
class TestSlaExplained(SlaCase):
    """What people read about a promise."""

    def setUp(self):
        super().setUp()
        self.env = self.env(context={**self.env.context, "lang": "en_US", "tz": "Europe/Madrid"})

    def _explain(self, status):
        told = status.with_env(self.env).action_explain()["params"]
        for row in told["rows"]:
            row.update({name: row[name].replace("\u202f", " ") for name in ("start", "end")})
        return told

    def test_rows_with_running_sums(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Fallas",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": MONDAY + timedelta(days=1, hours=7),
                "date_to": MONDAY + timedelta(days=1, hours=16),
            }
        )
        self._create_policy(duration=8)
        ticket = self._create_ticket()
        self._pass(hours=1)
        ticket.stage_id = self.waiting
        self._pass(hours=1)
        ticket.stage_id = self.open
        self._pass(days=2, hours=6)
        told = self._explain(ticket.sla_status_ids)
        rows = [(row["start"], row["end"], row["label"], row["length"], row["total"]) for row in told["rows"]]
        closed = "Closed: night, break or weekend"
        self.assertEqual(
            rows[:5],
            [
                ("Mon, Mar 2, 9:00 AM", "10:00 AM", "Working time", "01:00", "01:00"),
                ("Mon, Mar 2, 10:00 AM", "11:00 AM", f"Paused: {self.waiting.name}", "00:00", "01:00"),
                ("Mon, Mar 2, 11:00 AM", "12:00 PM", "Working time", "01:00", "02:00"),
                ("Mon, Mar 2, 12:00 PM", "1:00 PM", closed, "00:00", "02:00"),
                ("Mon, Mar 2, 1:00 PM", "5:00 PM", "Working time", "04:00", "06:00"),
            ],
        )
        self.assertIn("Holiday: Fallas", [row[2] for row in rows])
        self.assertTrue(told["rows"][-1]["late"], "more than was promised")
        self.assertIn("Europe/Madrid", told["note"])
        self.assertIn(["Late by", "06:00"], told["facts"])
        self.assertIn(["State", "Breached"], told["facts"], "whether a scheduled action has noticed it or not")
        counted = [row["length"] for row in told["rows"] if row["counted"]]
        self.assertEqual(sum(int(hours[:2]) for hours in counted), 14, "the rows add up to what was used")

    def test_queries_do_not_grow_with_the_rows(self):
        self._create_policy(duration=8)
        status = self._create_ticket().sla_status_ids

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = self._explain(status)["rows"]
            return self.env.cr.sql_log_count - before, len(rows)

        count()
        self._pass(days=1)
        queries, few = count()
        self._pass(days=60)
        more_queries, many = count()
        self.assertGreater(many, 5 * few)
        self.assertEqual(queries, more_queries)

    def test_what_an_earlier_policy_used_is_the_first_row(self):
        self._create_policy("Normal", duration=8, priority_to="2")
        urgent = self._create_policy("Urgent", duration=4, priority_from="3")
        ticket = self._create_ticket()
        self._pass(hours=2)
        ticket.write({"impact": "3", "urgency": "3"})
        self._pass(hours=1)
        rows = self._explain(self._status(ticket, urgent))["rows"]
        self.assertEqual([(row["what"], row["total"]) for row in rows], [("before", "02:00"), ("work", "03:00")])

    def test_when_it_is_over_it_is_not_told_any_more(self):
        self._create_policy(duration=8)
        ticket = self._create_ticket()
        self._pass(hours=1)
        ticket.stage_id = self.solved
        self._pass(days=30)
        self.assertEqual([row["what"] for row in self._explain(ticket.sla_status_ids)["rows"]], ["work"])

    def test_policy_in_words(self):
        policy = self._create_policy(
            "Gold",
            "first_response",
            30,
            unit="minutes",
            priority_from="2",
            team_ids=[Command.set(self.team.ids)],
            customers_since="2020-01-01",
        ).with_env(self.env)
        self.assertEqual(
            policy.summary.split("\n")[:2],
            [
                "For tickets of the team Desk, of priority High to Urgent, of customers since 01/01/2020: "
                "we answer for the first time within 30 working minutes, counted in the team's business hours.",
                "The clock stands still while we wait for the customer.",
            ],
        )
        self.assertIn("at 75 % Assignee (Notification)", policy.summary)
        plain = self._create_policy("All", pause_waiting=False, alarm_ids=[Command.clear()]).with_env(self.env)
        self.assertEqual(
            plain.summary,
            "For every ticket: we solve it within 8 working hours, counted in the team's business hours.",
        )

    def test_excluded_by_the_wizard(self):
        self._create_policy()
        ticket = self._create_ticket()
        action = ticket.with_user(self.agent).action_open_exclude_sla()
        wizard = self.env[action["res_model"]].with_user(self.agent).with_context(**action["context"])
        wizard.create({"cause_id": self.cause.id, "note": "They cut the cable"}).action_confirm()
        self.assertEqual((ticket.sla_status_ids.state, ticket.sla_is_excluded), ("excluded", True))
        outsider = new_test_user(self.env, "exclude.outsider", AGENT)
        with self.assertRaises(AccessError):
            wizard.with_user(outsider).create({"cause_id": self.cause.id, "note": "No"}).action_confirm()


@tagged("post_install", "-at_install")
class TestSlaLists(SlaCase):
    """What is late is found: exactly, at once, and by the index."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Ticket = cls.env["ticketing.ticket"]
        view = cls.env.ref("helpdesk_ticketing.ticketing_ticket_view_search")
        cls.filters = {
            node.get("name"): node.get("domain")
            for node in etree.fromstring(view.arch).iter("filter")
            if node.get("domain")
        }

    def _domain(self, name):
        """Return the domain of a filter of the search view, as the browser sends it."""
        return Domain(json.loads(json.dumps(eval(self.filters[name], {"uid": self.env.uid}))))

    def test_late_and_not_late(self):
        self._create_policy(duration=1)
        late, paused, solved = self._create_ticket(), self._create_ticket(), self._create_ticket()
        paused.stage_id = self.waiting
        solved.stage_id = self.solved
        self._pass(hours=1)
        both = Domain("id", "in", (late | paused | solved).ids)
        self.assertFalse(self.Ticket.search(both & self._domain("late")), "on the second it is still in time")
        self._pass(seconds=1)
        free = self._create_ticket(team_id=False)
        free.sla_status_ids.unlink()
        both |= Domain("id", "=", free.id)
        self.assertEqual(self.Ticket.search(both & self._domain("late")), late)
        self.assertEqual(self.Ticket.search(both & ~self._domain("late")), paused | solved | free)
        self.assertEqual(self.Ticket.search(both & self.Ticket._get_late_domain()), late)
        self.assertEqual(self.Ticket.search(both & self._domain("no_sla")), free)
        self.assertEqual(self.team.with_user(self.manager).late_count, 1)

    def test_due(self):
        self._create_policy("Today", duration=2, priority_from="3")
        self._create_policy("Thursday", duration=24, priority_to="2")
        self._create_policy("Next week", duration=60, priority_from="1", priority_to="1", type_ids=[])
        slow, fast = self._create_ticket(), self._create_ticket(impact="3", urgency="3")
        both = Domain("id", "in", (slow | fast).ids)
        self.assertEqual(self.Ticket.search(both & self._domain("due_today")), fast)
        self.assertEqual(self.Ticket.search(both & self._domain("due_week")), slow | fast)
        self._go_to(MONDAY + timedelta(days=7, hours=8))
        self.assertFalse(self.Ticket.search(both & self._domain("due_week")))

    def test_teams_cost_one_query_more(self):
        teams = self.team | self.team.copy({"name": "Second", "alias_name": "second-desk"})

        def count(records):
            self.env.invalidate_all()
            records.mapped("name")
            before = self.env.cr.sql_log_count
            records.mapped("late_count")
            return self.env.cr.sql_log_count - before

        count(teams)
        self.assertEqual(count(self.team), count(teams))

    def _explain(self, domain, order):
        self.env.flush_all()
        query = self.Ticket.with_user(self.manager)._search(domain, order=order, limit=80)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")  # the test's table is small
        self.env.cr.execute(self.env.cr.mogrify("EXPLAIN ", None) + self.env.cr.mogrify(query.select()))
        return "\n".join(row[0] for row in self.env.cr.fetchall())

    def _fill_the_table(self):
        """Ten thousand tickets, one of twenty open, so that the planner has something to choose."""
        self._create_policy()
        pattern = self._create_ticket()
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO ticketing_ticket (name, company_id, team_id, stage_id, stage_kind, impact, urgency, priority,
                                          active, sla_deadline, create_uid, create_date)
            SELECT name, company_id, team_id, stage_id, CASE WHEN series.row %% 20 = 0 THEN 'open' ELSE 'closed' END, impact,
                   urgency, (series.row %% 4)::text, TRUE,
                   CASE WHEN series.row %% 20 = 0 THEN sla_deadline + series.row * interval '1 minute' END,
                   create_uid, create_date
              FROM ticketing_ticket pattern, generate_series(1, 10000) AS series(row)
             WHERE pattern.id = %s
            """,
            [pattern.id],
        )
        self.env.cr.execute("ANALYZE ticketing_ticket")

    def test_the_index_is_used(self):
        self._fill_the_table()
        opened = Domain("stage_kind", "in", ("new", "open", "waiting"))
        due = "sla_deadline, priority desc, id desc"
        for domain, order in ((self._domain("late"), due), (self._domain("late"), "id desc"), (opened, due)):
            plan = self._explain(domain, order)
            self.assertIn("ticketing_ticket_sla_due_index", plan)
            if order == due:
                self.assertNotIn("Sort", plan, "the index has the order already")


@tagged("post_install", "-at_install")
class TestSlaReport(SlaCase):
    def setUp(self):
        super().setUp()
        self._create_policy(duration=1)
        self.kept, self.broken, self.late, self.other = (self._create_ticket(user_id=False) for __ in range(4))
        self.kept.user_id = self.technician
        self._pass(minutes=30)
        self.kept.stage_id = self.solved
        self._pass(minutes=90)
        self.broken.stage_id = self.solved
        self.other._exclude_sla(self.cause, "No fault of ours")
        self.env.flush_all()

    def _domain(self):
        return [("ticket_id", "in", (self.kept | self.broken | self.late | self.other).ids)]

    def test_measures(self):
        [[count, breached, in_time, late]] = self.env["ticketing.sla.report"]._read_group(
            self._domain(), [], ["__count", "breached:sum", "in_time:avg", "late_hours:sum"]
        )
        self.assertEqual((count, breached), (4, 2), "one broken, one late now, and the excluded one is neither")
        self.assertAlmostEqual(in_time, 100 / 3)
        self.assertEqual(late, 1, "the running one is counted when it stops")
        months = self.env["ticketing.sla.report"]._read_group(
            self._domain(), ["started_on:month", "target", "team_id"], ["used_hours:avg"]
        )
        self.assertEqual(len(months), 1)

    def test_access(self):
        Report = self.env["ticketing.sla.report"]
        outsider = new_test_user(self.env, "report.outsider", AGENT)
        portal = new_test_user(self.env, "report.portal", "base.group_portal")
        self.assertFalse(Report.with_user(outsider).search(self._domain()))
        self.assertEqual(len(Report.with_user(self.manager).search(self._domain())), 4)
        self.assertEqual(
            Report.with_user(self.technician).search(self._domain()).ticket_id.mapped("team_id"), self.team
        )
        with self.assertRaises(AccessError):
            Report.with_user(portal).search([])
        with self.assertRaises(AccessError):
            Report.with_user(self.manager).search([], limit=1).write({"breached": 0})


@tagged("post_install", "-at_install")
class TestSlaExport(TicketingCase, HttpCase):
    """The spreadsheet of promises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exporter = new_test_user(
            cls.env, "sla.exporter", "helpdesk_ticketing.group_user_own,base.group_allow_export", tz="Europe/Madrid"
        )
        cls.team.member_ids |= cls.exporter
        cls.env["ticketing.sla.policy"].search([]).active = False
        cls.env["ticketing.sla.policy"].create({"name": "=1+1", "duration": 1})
        cls.mine = cls._create_ticket(name="Mine", user_id=cls.exporter.id)
        cls.theirs = cls._create_ticket(name="Theirs")

    def _download(self, user, statuses, **context):
        action = statuses.with_user(user).with_context(**context).action_export_xlsx()
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        return self.url_open(action["url"])

    def _read(self, content):
        """Return (rows, the sheet's XML)."""
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        rows = [
            ["".join(cell.itertext()) for cell in row.iterfind("x:c", NAMESPACE)]
            for row in sheet.iterfind("x:sheetData/x:row", NAMESPACE)
        ]
        return rows, sheet

    def test_selection_and_format(self):
        answer = self._download(self.exporter, self.mine.sla_status_ids)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("SLA.xlsx", answer.headers["Content-Disposition"])
        rows, sheet = self._read(answer.content)
        self.assertEqual((len(rows), rows[0][1], rows[1][1]), (2, "Subject", "Mine"))
        self.assertIn("=1+1", rows[1], "a text, not a formula")
        self.assertFalse(sheet.findall(".//x:f", NAMESPACE))
        self.assertEqual(sheet.find(".//x:pane", NAMESPACE).get("state"), "frozen")
        self.assertTrue(sheet.find("x:autoFilter", NAMESPACE).get("ref").startswith("A1:"))

    def test_filter_and_rights(self):
        both = [("ticket_id", "in", (self.mine | self.theirs).ids)]
        Status = self.env["ticketing.sla.status"]
        rows, __ = self._read(self._download(self.exporter, Status, active_domain=both).content)
        self.assertEqual([row[1] for row in rows[1:]], ["Mine"], "what the user may not see is not in it")
        with self.assertRaises(AccessError):
            self.mine.sla_status_ids.with_user(self.technician).action_export_xlsx()

    @mute_logger("odoo.http")
    def test_others_export(self):
        action = self.mine.sla_status_ids.with_user(self.exporter).action_export_xlsx()
        self.env.flush_all()
        self.authenticate("desk.manager", "desk.manager")
        self.assertEqual(self.url_open(action["url"]).status_code, 403)

    def test_tickets_export(self):
        action = (self.mine | self.theirs).with_user(self.exporter).action_export_sla()
        export = self.env["ticketing.sla.export"].with_user(self.exporter).browse(int(action["url"].split("/")[-1]))
        self.assertEqual(export._get_statuses().ticket_id, self.mine)

    def test_queries_do_not_grow_with_the_rows(self):
        def count(number):
            tickets = self._create_ticket()
            for __ in range(number - 1):
                tickets |= self._create_ticket()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            tickets.sla_status_ids._write_xlsx(io.BytesIO())
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(5), count(20))


@tagged("post_install", "-at_install")
class TestSlaPortal(PortalCase):
    """What the customer reads of what he was promised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ticketing.sla.policy"].search([]).active = False
        cls.env["ticketing.sla.policy"].create(
            [
                {"name": "Internal gold", "target": "first_response", "duration": 4, "calendar_source": "always"},
                {"name": "Internal silver", "target": "resolution", "duration": 48, "calendar_source": "always"},
            ]
        )
        cls.marta.tz = "Asia/Kolkata"

    def _page(self, ticket):
        return self._get(f"/my/tickets/{ticket.id}", self.marta).text

    def test_in_words_and_in_his_time(self):
        ticket = self._create_ticket()
        first = ticket.sla_status_ids.filtered(lambda status: status.target == "first_response")
        local = fields.Datetime.context_timestamp(ticket.with_context(tz="Asia/Kolkata"), first.deadline)
        page = self._page(ticket)
        self.assertIn("We answer by ", page)
        self.assertIn(f"{local:%A, %B} {local.day}, {local.year}, {local:%-I:%M}", page)
        self.assertIn("We solve it by ", page)
        self.assertNotIn("Internal", page, "no names of policies")
        listed = self._get("/my/tickets", self.marta).text
        self.assertIn("We answer by ", listed)
        self.assertNotIn("Internal", listed)

    def test_without_a_zone_in_the_companys(self):
        """Not in the superuser's, as whom the page is read."""
        self.marta.tz, self.env.company.partner_id.tz = False, "Asia/Kolkata"
        self.env.ref("base.user_root").tz = "America/Lima"
        ticket = self._create_ticket()
        first = ticket.sla_status_ids.filtered(lambda status: status.target == "first_response")
        local = fields.Datetime.context_timestamp(ticket.with_context(tz="Asia/Kolkata"), first.deadline)
        self.assertIn(f"{local:%A, %B} {local.day}, {local.year}, {local:%-I:%M}", self._page(ticket))

    def test_states(self):
        ticket = self._create_ticket()
        ticket.with_user(self.agent).message_post(
            body="We come", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        ticket._move_to_kind("waiting")
        page = self._page(ticket)
        self.assertIn("We answered in time, on ", page)
        self.assertEqual(page.count("We wait for you"), 1)
        ticket._move_to_kind("solved")
        self.assertIn("We solved it in time, on ", self._page(ticket))
        late = self._create_ticket()
        late.sla_status_ids.write({"deadline": fields.Datetime.now() - timedelta(hours=1)})
        self.assertIn("We are late: you should have had our answer by ", self._page(late))
        waiting = self._create_ticket()
        waiting._move_to_kind("waiting")
        self.assertEqual(self._page(waiting).count("We wait for you"), 1, "though two promises stand still")
        excluded = self._create_ticket()
        cause = self.env.ref("helpdesk_ticketing.sla_cause_third_party")
        excluded._exclude_sla(cause, "Internal reason")
        self.assertNotIn("o_ticketing_promises", self._page(excluded))

    def test_strangers_see_nothing(self):
        ticket = self._create_ticket()
        self.assertEqual(self._get(f"/my/tickets/{ticket.id}", self.stranger).status_code, 404)
        with self.assertRaises(AccessError):
            ticket.with_user(self.marta).sla_status_ids.read(["policy_id"])

    def test_in_spanish(self):
        self._install_spanish()
        ticket = self._create_ticket()
        self.marta.lang = "es_ES"
        page = self._page(ticket)
        self.assertIn("Respondemos antes del ", page)
        self.assertIn("Lo resolvemos antes del ", page)

    def test_queries(self):
        """Promises cost the list nothing, and a page two queries."""
        ticket = self._create_ticket()
        self._login(self.marta)
        with_promise = self._count_queries("/my/tickets?filterby=all")
        page_with = self._count_queries(f"/my/tickets/{ticket.id}")
        ticket.sla_status_ids.unlink()
        self.env.flush_all()
        without = self._count_queries("/my/tickets?filterby=all")
        page_without = self._count_queries(f"/my/tickets/{ticket.id}")
        self.assertEqual(with_promise, without)
        self.assertLessEqual(page_with - page_without, 2)


@tagged("post_install", "-at_install")
class TestSlaTour(TicketingCase, HttpCase):
    def test_manager_promises_explains_and_excludes(self):
        self.env["ticketing.sla.policy"].search([]).active = False
        self.manager.write({"password": "desk.manager", "tz": "Europe/Madrid"})
        self.start_tour("/odoo/sla-policies", "ticketing_sla_policy", login="desk.manager")
        policy = self.env["ticketing.sla.policy"].search([("name", "=", "Two hours")])
        self.assertEqual((policy.duration, policy.calendar_source), (2, "always"))
        ticket = self._create_ticket()
        # a minute ago, so that there is something to explain
        started = fields.Datetime.now() - timedelta(minutes=1)
        status = ticket.sla_status_ids
        status.write({"running_since": started, "history": [[fields.Datetime.to_string(started), "run", ""]]})
        self.start_tour("/odoo/tickets", "ticketing_sla_ticket", login="desk.manager")
        self.assertEqual((status.state, status.cause_id.id), ("running", False))
        self.assertEqual(status.budget, 2 * HOUR)


@tagged("post_install", "-at_install")
class TestSlaUnits(HttpCase):
    def test_chip(self):
        """The add-on's own unit tests in JavaScript."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&filter=%40helpdesk_ticketing",
            "",
            "",
            login="admin",
            timeout=180,
            success_signal="[HOOT] Test suite succeeded",
        )
