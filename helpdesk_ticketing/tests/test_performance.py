from odoo.tests import Form, tagged

from .common import TicketingCase

OPEN = [("stage_kind", "in", ("new", "open", "waiting"))]
LIST = {
    "number": {},
    "name": {},
    "priority": {},
    "partner_id": {"fields": {"display_name": {}}},
    "team_id": {"fields": {"display_name": {}}},
    "user_id": {"fields": {"display_name": {}}},
    "tag_ids": {"fields": {"display_name": {}, "color": {}}},
    "stage_id": {"fields": {"display_name": {}}},
    "billing_state": {},
    "create_date": {},
}


@tagged("post_install", "-at_install")
class TestQueries(TicketingCase):
    """How many queries the desk's everyday steps take, as their users and with warm caches: they may only fall."""

    def _count(self, run, user=None):
        """Return the queries of the second of two runs; ``run`` gets an environment and a number."""
        env = self.env(user=user or self.agent, su=False, context={**self.env.context, "lang": "en_US"})
        for number in (1, 2):
            self.env.flush_all()
            self.env.cr.precommit.run()
            self.env.invalidate_all()
            env.user.partner_id.fetch(["lang", "name"])
            env.company.fetch(["name"])
            queries = self.env.cr.sql_log_count
            run(env, number)
            env.flush_all()
            self.env.cr.precommit.run()
            queries = self.env.cr.sql_log_count - queries
        return queries

    def _values(self, count, number=0):
        return [
            {
                "name": f"Ticket {number}-{index}",
                "partner_id": self.contact.id,
                "team_id": self.team.id,
                "user_id": self.technician.id,
            }
            for index in range(count)
        ]

    def _tickets(self, count):
        return self.env["ticketing.ticket"].create(self._values(count))

    def test_create(self):
        one, some, more = (
            self._count(lambda env, number, count=count: env["ticketing.ticket"].create(self._values(count, number)))
            for count in (1, 10, 30)
        )
        self.assertLessEqual(one, 25)
        self.assertEqual(some, more, "the queries must not grow with the tickets")
        self.assertLessEqual(more, 28)

    def test_form(self):
        """All that the form of a ticket shows, as it is read when it opens."""
        ticket = self._tickets(1)
        shown = Form(ticket.with_user(self.agent))._view["fields_spec"]
        self.assertIn("photo_ids", shown)
        self.assertLessEqual(self._count(lambda env, __: ticket.with_env(env).web_read(shown)), 16)

    def test_stage(self):
        stages = self.env.ref("helpdesk_ticketing.stage_waiting"), self.env.ref("helpdesk_ticketing.stage_open")

        def count(tickets):
            return self._count(
                lambda env, number: tickets.with_env(env).write({"stage_id": stages[number % 2].id}), self.agent
            )

        one, some, more = count(self._tickets(1)), count(self._tickets(20)), count(self._tickets(40))
        self.assertLessEqual(one, 12)
        self.assertEqual(some, more, "the queries must not grow with the tickets")
        self.assertLessEqual(more, 15)

    def test_assign(self):
        def count(tickets):
            users = self.technician, self.agent  # they are the technician's at first
            return self._count(
                lambda env, number: tickets.with_env(env).write({"user_id": users[number % 2].id}), self.manager
            )

        self.assertEqual(count(self._tickets(20)), count(self._tickets(40)))

    def test_read(self):
        tickets = self._tickets(30)
        Ticket = "ticketing.ticket"
        listed = self._count(lambda env, __: env[Ticket].web_search_read(OPEN, LIST, limit=10, count_limit=10001))
        self.assertLessEqual(listed, 12)
        board = self._count(
            lambda env, __: env[Ticket].web_read_group(
                [("team_id", "=", self.team.id)],
                ["stage_id"],
                ["__count"],
                auto_unfold=True,
                unfold_read_specification=LIST,
                groupby_read_specification={"stage_id": {"display_name": {}, "fold": {}}},
            )
        )
        self.assertLessEqual(board, 16)
        found = self._count(
            lambda env, __: env[Ticket].web_search_read(
                [("search_text", "ilike", "0-7")], LIST, limit=80, count_limit=10001
            )
        )
        self.assertLessEqual(found, 10)
        form = {name: {} for name in ("name", "hours", "note_count", "partner_ticket_count", "picking_count")}
        form |= {name: {"fields": {}} for name in ("timesheet_ids", "material_ids", "note_ids")}
        self.assertLessEqual(self._count(lambda env, __: tickets[:1].with_env(env).web_read({**LIST, **form})), 12)
        pivot = [
            [],
            ["create_date:month"],
            ["create_date:month", "team_id"],
            ["create_date:month", "team_id", "user_id"],
        ]
        self.assertLessEqual(
            self._count(lambda env, __: env[Ticket].formatted_read_grouping_sets([], pivot, ["__count"])), 4
        )

    def test_lists_of_a_form(self):
        """What is not asked for when a ticket has none is there when it has some."""
        names = ("timesheet_ids", "material_ids", "note_ids")
        ticket = self._create_ticket()

        def read():
            self.env.invalidate_all()
            [values] = ticket.with_user(self.technician).web_read({name: {"fields": {}} for name in names})
            return [[row["id"] for row in values[name]] for name in names]

        self.assertEqual(read(), [[], [], []])
        hours, material = self._add_hours(ticket), self._add_material(ticket)
        self.assertEqual(read(), [hours.ids, material.ids, []])
        note = self._make_ready(ticket)
        self.assertEqual(read(), [hours.ids, material.ids, note.ids])

    def test_activities_of_a_list(self):
        """What is said at once of tickets without an activity is what core would have worked out."""
        idle, busy = self._tickets(2)
        busy.activity_schedule("mail.mail_activity_data_warning", summary="Look", user_id=self.agent.id)
        names = [name for name in idle._fields if name.startswith("activity_") and name != "activity_calendar_event_id"]
        names = [name for name in names if idle._fields[name].type not in ("one2many", "properties")]
        self.env.invalidate_all()
        specification = {name: {} for name in ("activity_ids", *names)}
        listed = (idle | busy).with_user(self.agent).web_read(specification)
        self.env.invalidate_all()
        expected = (idle | busy).with_user(self.agent).read(["activity_ids", *names], load=None)
        self.assertEqual(listed, expected)
        self.assertEqual([row["activity_summary"] for row in listed], [False, "Look"])
        self.assertEqual([row["activity_state"] for row in listed], [False, "today"])

    def test_sign(self):
        def ready():
            ticket = self._create_ticket()
            self._add_hours(ticket)
            self._add_material(ticket)
            return self._make_ready(ticket)

        notes = [ready(), ready()]
        signed = self._count(
            lambda env, number: notes[number - 1].with_env(env).action_sign("Marta Test", self.signature),
            self.technician,
        )
        self.assertLessEqual(signed, 18, "nothing of accounting and no PDF belong into the signer's request")

    def test_billing_state(self):
        field = self.env["ticketing.ticket"]._fields["billing_state"]

        def count(tickets):
            for ticket in tickets[:2]:
                self._add_hours(ticket)
                self._add_material(ticket)

            def compute(env, __):
                env.add_to_compute(field, tickets)
                tickets.mapped("billing_state")

            return self._count(compute)

        some, more = count(self._tickets(4)), count(self._tickets(8))
        self.assertEqual(some, more, "the queries must not grow with the tickets")

    def test_bill(self):
        self.team.auto_approve_amount = 100000
        Request = self.env["ticketing.billing.request"]

        def count(size):
            notes = [self._signed_note() for __ in range(size)]
            requests = Request.search([("note_id", "in", [note.id for note in notes])])
            self.env.invalidate_all()
            queries = self.env.cr.sql_log_count
            requests._try("_bill_and_review")
            self.assertEqual(set(requests.mapped("state")), {"to_send"}, requests.mapped("error"))
            self.assertEqual(len(requests.invoice_id), size)
            return self.env.cr.sql_log_count - queries

        count(1)
        two, four = count(2), count(4)
        self.assertLessEqual((four - two) / 2, 60, "queries of one more invoice: draft, posting and XML")
