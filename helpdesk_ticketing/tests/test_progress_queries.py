from odoo.tests import Form, new_test_user, tagged

from . import test_performance
from .common_progress import ProgressCase


@tagged("post_install", "-at_install")
class TestProgressQueries(ProgressCase):
    """What is done with a plan of sixty milestones costs the queries that it costs with one of three."""

    _count = test_performance.TestQueries._count

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,helpdesk_ticketing.group_user_all,project.group_project_manager"
        cls.planner = new_test_user(cls.env, login="queries.planner", groups=groups)

    def _plans(self, count):
        """Return two plans of so many milestones each, all of which are reached."""
        percents = [1.0] * (count - 1) + [101.0 - count]
        plans = self.env["ticketing.progress.plan"].union(
            *(self._make_plan(percents=percents, retention_percent=5) for __ in range(2))
        )
        plans.milestone_ids.is_reached = True
        return plans

    def _measure(self, count):
        """Return {step: queries}."""
        plans = self._plans(count)
        form = Form(plans[:1].with_user(self.planner))._view["fields_spec"]

        def on_each(step, records=plans):
            return lambda env, number: step(records[number - 1].with_env(env))

        def count_as_planner(run):
            return self._count(run, self.planner)

        found = {"form": count_as_planner(lambda env, __: plans[:1].with_env(env).web_read(form))}
        found["one is reached"] = count_as_planner(
            lambda env, number: plans.milestone_ids[0].with_env(env).write({"is_reached": number == 2})
        )
        found["certify"] = count_as_planner(on_each(lambda plan: plan.action_certify()))
        notes = plans.certificate_ids.sorted("plan_id")
        self.assertEqual([len(note.line_ids) for note in notes], [count, count])
        found["make ready"] = count_as_planner(on_each(lambda note: note.action_ready(), notes))
        found["sign"] = count_as_planner(on_each(lambda note: note.action_sign("Marta", self.signature), notes))
        requests = notes.billing_request_ids.sorted("plan_id")
        found["draft invoice"] = self._count(
            on_each(lambda request: request.sudo()._try("_bill"), requests), self.accountant
        )
        self.assertFalse(requests.filtered("error"), requests.mapped("error"))
        self.assertEqual([len(request.invoice_id.invoice_line_ids) for request in requests], [2 * count, 2 * count])
        return found

    def test_steps(self):
        some, more = self._measure(3), self._measure(60)
        # Core asks for the account's distribution and writes the tax tags of each line of an invoice by itself, and the ORM
        # inserts at most a hundred rows at once.
        grown = more.pop("draft invoice") - some.pop("draft invoice")
        self.assertLessEqual(grown, 2 * 2 * 57 + 4)
        self.assertFalse(
            {step: (some[step], more[step]) for step in some if more[step] > some[step]},
            "the queries must not grow with the milestones",
        )

    def test_list(self):
        shown = {"name": {}, "state": {}, "certified_percent": {}, "retained_amount": {}, "overdue_count": {}}

        def read(limit):
            return self._count(
                lambda env, __: env["ticketing.progress.plan"].web_search_read([], shown, limit=limit), self.planner
            )

        for __ in range(4):
            self._make_plan()
        self.assertEqual(read(2), read(4))
