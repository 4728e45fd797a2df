from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common_progress import ProgressCase

LOGGER = "odoo.addons.helpdesk_ticketing.models.ticketing_progress_cron_mixin"
PROJECT_AGENT = "base.group_user,helpdesk_ticketing.group_user_team,project.group_project_manager"


@tagged("-at_install", "post_install")
class TestProgressDesk(ProgressCase):
    """Tickets that become tasks, milestones that wait for tickets, and the documents of all of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = new_test_user(cls.env, login="desk.planner", groups=PROJECT_AGENT)
        cls.team.member_ids |= cls.planner
        cls.project.user_id = cls.planner

    def _open_wizard(self, ticket, user=None, **context):
        action = ticket.with_user(user or self.planner).with_context(**context).action_open_task_wizard()
        Wizard = self.env["ticketing.task.wizard"].with_user(user or self.planner).with_context(**action["context"])
        return Form(Wizard)

    def _attach(self, record, name="plan.txt"):
        return self.env["ir.attachment"].create(
            {"name": name, "raw": b"plan", "res_model": record._name, "res_id": record.id}
        )

    # Task and project

    def test_ticket_becomes_a_task(self):
        plan = self._make_plan(start=False)
        ticket = self._create_ticket(description="<p>It leaks</p>")
        photo = self._attach(ticket)
        wizard = self._open_wizard(ticket)
        self.assertEqual(wizard.project_id, self.project, "the customer's only one")
        wizard.milestone_id = plan.milestone_ids[1]
        wizard = wizard.save()
        action = wizard.action_confirm()
        task = ticket.task_ids
        self.assertEqual(action["res_id"], task.id)
        self.assertEqual(
            (task.name, task.partner_id, task.project_id, task.milestone_id),
            (ticket.name, ticket.partner_id, self.project, plan.milestone_ids[1]),
        )
        self.assertIn("It leaks", task.description)
        self.assertIn(photo, task.with_user(self.planner)._get_documents())
        self.assertIn(self._attach(task), ticket.with_user(self.planner)._get_documents())
        self.assertEqual(ticket.milestone_id, plan.milestone_ids[1])
        self.assertIn(task.display_name, "".join(ticket.message_ids.mapped("body")))
        self.assertEqual(task.action_view_ticket()["res_id"], ticket.id)
        self.assertEqual(wizard.action_confirm()["res_id"], task.id, "the second click makes none")
        self.assertEqual(ticket.with_user(self.planner).action_open_task_wizard()["res_id"], task.id)
        task.active = False
        self.assertEqual(ticket.task_ids, task)
        task.unlink()
        self.assertFalse(ticket.has_task)

    def test_ticket_becomes_a_project(self):
        ticket = self._create_ticket()
        wizard = self._open_wizard(ticket, default_makes_project=True)
        wizard.project_name = "New heating"
        wizard = wizard.save()
        wizard.action_confirm()
        wizard.action_confirm()
        project = self.env["project.project"].search([("name", "=", "New heating")])
        self.assertEqual((len(project), project.partner_id), (1, ticket.partner_id))
        self.assertEqual(project.task_ids.ticket_id, ticket)
        tickets = self.env["ticketing.ticket"].search(project.action_view_tickets()["domain"])
        self.assertEqual(tickets, ticket)

    def test_who_may_not_make_one(self):
        ticket = self._create_ticket()
        Wizard = self.env["ticketing.task.wizard"].with_user(self.technician)
        wizard = Wizard.create({"ticket_id": ticket.id, "makes_project": True})
        with self.assertRaises(AccessError):
            wizard.action_confirm()
        self.assertFalse(ticket.task_ids)
        wizard = self.env["ticketing.task.wizard"].with_user(self.planner).create({"ticket_id": ticket.id})
        wizard.project_id = False
        with self.assertRaisesRegex(UserError, "Choose the project"):
            wizard.action_confirm()

    # Milestones wait

    def test_milestone_waits_for_its_tickets(self):
        milestone = self._make_plan(user_id=self.planner.id).milestone_ids[0]
        first, second, third = tickets = self.env["ticketing.ticket"].union(
            *(self._create_ticket(milestone_id=milestone.id) for __ in range(3))
        )
        self.assertEqual(milestone.billing_state, "waiting")
        for act in (
            lambda: milestone.with_user(self.planner).toggle_is_reached(True),
            lambda: milestone.write({"is_reached": True}),
        ):
            with self.assertRaisesRegex(UserError, f"waits for the tickets .*{first.number}.*solve them first"):
                act()
        first.action_cancel()
        second.action_solve()
        self.assertFalse(self.project.activity_ids)
        third.with_user(self.technician).action_solve()
        told = self.project.activity_ids
        self.assertEqual(told.user_id, self.planner)
        self.assertIn(milestone.name, told.summary)
        third.action_reopen()
        self.assertEqual(milestone.billing_state, "waiting")
        third.action_solve()
        self.assertEqual(self.project.activity_ids, told, "he knows")
        milestone.with_user(self.planner).toggle_is_reached(True)
        self.assertTrue(milestone.is_reached)
        tickets[:1].copy()
        self.assertEqual(len(milestone.ticket_ids), 3)

    def test_telling_costs_the_same_for_many(self):
        milestones = self._make_plan(percents=(10,) * 10).milestone_ids

        def count(part):
            self.project.activity_ids.unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            queries = self.env.cr.sql_log_count
            part._tell_solved()
            self.env.flush_all()
            self.assertEqual(len(self.project.activity_ids), len(part))
            return self.env.cr.sql_log_count - queries

        count(milestones[:1])
        self.assertEqual(count(milestones[1:3]), count(milestones[3:9]))

    def test_milestone_of_another_customer(self):
        milestone = self._make_plan().milestone_ids[0]
        other = self.env["res.partner"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "choose a milestone of the same customer"):
            self._create_ticket(partner_id=other.id, milestone_id=milestone.id)

    # Documents

    def test_documents_of_a_project(self):
        plan = self._make_plan()
        plan.milestone_ids[0].is_reached = True
        note = self._accept(self._certify(plan))
        self._run_billing()
        task = self.env["project.task"].create({"name": "Task", "project_id": self.project.id})
        ticket = self._create_ticket(milestone_id=plan.milestone_ids[1].id)
        stranger = self._create_ticket()
        owners = [
            self.project,
            task,
            plan,
            plan.milestone_ids[1],
            note,
            note.billing_request_ids.invoice_id,
            ticket,
            plan.sale_order_id,
        ]
        files = self.env["ir.attachment"].union(*(self._attach(owner) for owner in owners))
        self._attach(stranger)
        for record in (self.project, plan):
            found = record._get_documents()
            self.assertEqual(found & files, files)
            self.assertFalse(
                found.filtered(lambda file: file.res_id == stranger.id and file.res_model == stranger._name)
            )
            self.assertEqual(record.action_view_documents()["domain"], [("id", "in", found.ids)])
        seen = plan.with_user(self.planner)._get_documents()
        hidden = files.filtered(lambda file: file.res_model == "account.move")
        self.assertEqual(seen & files, files - hidden)
        self.assertIn(hidden, plan.with_user(self.accountant)._get_documents())


@tagged("-at_install", "post_install")
class TestProgressDays(ProgressCase):
    """What is done on the days of a plan: certificates, and the release of retention."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tasks = cls.env["project.task"].create(
            [{"name": f"Task {number}", "project_id": cls.project.id} for number in range(4)]
        )

    def _certify_on(self, day):
        with freeze_time(f"{day} 06:00:00"):
            self._run_cron("ir_cron_certify")

    def test_cadence(self):
        plan = self._make_plan(method="completion", next_date="2027-01-31")
        self.tasks[0].state = "1_done"
        self._certify_on("2027-01-30")
        self.assertFalse(plan.certificate_ids)
        self._certify_on("2027-01-31")
        note = plan.certificate_ids
        self.assertEqual((note.state, note.percent_to_date, note.period_end), ("draft", 25, date(2027, 1, 31)))
        self.assertEqual(note.activity_ids.user_id, plan.user_id)
        self.assertEqual(plan.next_date, date(2027, 2, 28))
        for day in ("2027-02-28", "2027-03-01", "2027-03-02"):
            self._certify_on(day)
        self.assertEqual(plan.certificate_ids, note)
        self.assertEqual(len(plan.activity_ids), 1)
        plan.activity_ids.action_done()
        self._certify_on("2027-03-03")
        self.assertFalse(plan.activity_ids, "he was told")
        self._accept(note)
        self.tasks[1].state = "1_done"
        self._certify_on("2027-05-02")
        second = plan.certificate_ids - note
        self.assertEqual((second.percent_to_date, second.period_end), (50, date(2027, 4, 30)), "the last day that came")
        self.assertEqual(plan.next_date, date(2027, 5, 31))

    def test_middle_of_the_month(self):
        plan = self._make_plan(method="completion", next_date="2027-01-15", cadence_months=3)
        self._certify_on("2027-01-20")
        self.assertEqual(plan.next_date, date(2027, 4, 15))

    def test_day_that_february_lacks(self):
        """The day that was chosen comes back after shorter months; the last day of a month stays a last day."""
        for first, days in (
            ("2027-01-29", ["2027-02-28", "2027-03-29", "2027-04-29"]),
            ("2027-01-30", ["2027-02-28", "2027-03-30", "2027-04-30", "2027-05-30"]),
            ("2027-02-28", ["2027-03-31", "2027-04-30", "2027-05-31"]),
        ):
            plan = self._make_plan(method="completion", next_date=first)
            for day in days:
                self._certify_on(plan.next_date)
                plan.certificate_ids.filtered(lambda note: note.state == "draft").action_cancel()
                self.assertEqual(str(plan.next_date), day)
            plan.next_date = "2027-06-15"
            self.assertEqual(plan.cadence_day, 15)
            plan.action_cancel()

    def _refuse(self, table, plan):
        """Have the database refuse rows of one plan: whatever goes wrong there is an error."""
        self.env.flush_all()
        self.env.cr.execute(f"ALTER TABLE {table} ADD CONSTRAINT broken CHECK (plan_id IS DISTINCT FROM {plan.id})")

    def test_one_plan_that_fails_stops_no_other(self):
        first, second, third = (self._make_plan(method="completion", next_date=f"2027-01-1{n}") for n in range(3))
        self._refuse("ticketing_delivery_note", first)
        # its customer was exchanged past all rules: its own check refuses the certificate
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.env.cr.execute(
            "UPDATE ticketing_progress_plan SET commercial_partner_id = %s WHERE id = %s", [stranger.id, second.id]
        )
        self.env.invalidate_all()
        for __ in range(2):
            with mute_logger("odoo.sql_db"), self.assertLogs(LOGGER, "ERROR") as logged:
                self._certify_on("2027-01-20")
            self.assertEqual(len(logged.records), 1, "the scheduler's own errors are logged, the users' are not")
        for plan in (first, second):
            self.assertFalse(plan.certificate_ids)
            self.assertEqual(plan.next_date.month, 1, "it is tried again")
            self.assertEqual(plan.activity_ids.mapped("summary"), ["Certificate not made"], "and told once")
        self.assertIn("for the customer of its plan", second.activity_ids.note)
        self.assertTrue(third.certificate_ids)

    def test_release(self):
        plans = [
            self._make_plan(percents=(100,), retention_percent=5, retention_date=f"2027-01-1{number}")
            for number in range(3)
        ]
        for plan in plans:
            plan.milestone_ids.is_reached = True
            self._accept(self._certify(plan))
        plans[1].action_cancel()  # what is held back of it is owed still
        self._refuse("ticketing_retention_release", plans[0])
        for __ in range(2):
            with (
                freeze_time("2027-01-11 06:00:00"),
                mute_logger("odoo.sql_db"),
                self.assertLogs(LOGGER, "ERROR"),
            ):
                self._run_cron("ir_cron_release_retention")
        self.assertEqual([plan.retained_amount for plan in plans], [500, 0, 500])
        self.assertEqual([len(plan.release_ids) for plan in plans], [0, 1, 0])
        self.assertEqual(plans[0].activity_ids.mapped("summary"), ["Retention not released"])
        with freeze_time("2027-01-11 06:00:00"):
            self._run_billing()
        self.assertEqual(plans[1].release_ids.billing_request_ids.invoice_id.amount_untaxed, 500)
