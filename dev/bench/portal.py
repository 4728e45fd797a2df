"""Cases of the customer's side: whole pages, beside those that core has for the same customer's tasks.

One customer in a hundred has 1 % of all tickets, and follows as many tasks. A page is asked of Odoo's application as a
web server does, with the session of a portal user: routing, session, rights, page and all.
"""

import json
import re

from measure import Case, Side
from werkzeug.test import Client

from odoo import SUPERUSER_ID, http
from odoo.service.security import compute_session_token


def cases(env, world):
    """Return the cases of pages that customers see."""
    user = env["res.users"].browse(world.customer_user)
    documents = [
        env[model].search([("partner_id", "child_of", user.partner_id.commercial_partner_id.id), *open_], limit=1).id
        for model, open_ in (
            ("ticketing.ticket", [("stage_kind", "=", "waiting")]),
            ("project.task", [("stage_id.name", "=", "Waiting")]),
        )
    ]
    ticket, task = documents
    visitor = _Visitor(env, user)
    return [
        Case(
            "portal list over HTTP",
            visitor.page("/my/tickets?filterby=all"),
            visitor.page("/my/tasks"),
            0.15,
            22,
            note=visitor.describe,
        ),
        Case("portal list of open", visitor.page("/my/tickets"), visitor.page("/my/tasks"), 0.15, 22),
        Case("portal list, searched", visitor.page("/my/tickets?filterby=all&search=boiler"), None, None, 22),
        Case(
            "portal page of one",
            visitor.page(f"/my/tickets/{ticket}"),
            visitor.page("/my/tasks"),
            0.15,
            22,
        ),
        Case("portal page beside a task's", visitor.page(f"/my/tickets/{ticket}"), visitor.page(f"/my/tasks/{task}")),
        Case("portal form of a new one", visitor.page("/my/tickets/new"), None, None, 22),
        Case("portal home", visitor.page("/my/home"), None, None, 22),
        Case("portal counters of the home", visitor.counters(OUR_COUNTERS), visitor.counters(TASK_COUNTERS), None, 22),
    ]


OUR_COUNTERS = [
    "ticket_open_count",
    "note_to_sign_count",
    "certificate_to_accept_count",
    "certificate_count",
    "plan_count",
    "ticketing_asset_count",
]
TASK_COUNTERS = ["project_count", "task_count"]


class _Visitor:
    """A browser in which a portal user is logged in."""

    def __init__(self, env, user):
        self.user, self.client = user.id, Client(http.root)
        self.sizes = {}
        self.tickets = env["ticketing.ticket"].with_user(user).search_count([])
        self.tasks = env["project.task"].with_user(user).search_count([])
        session = http.root.session_store.new()
        session.update(http.get_default_session(), db=env.cr.dbname, _trace_disable=True)
        session.uid, session.login, session.context = user.id, user.login, dict(user.context_get())
        session.session_token = compute_session_token(session, env(user=user.id))
        http.root.session_store.save(session)
        self.client.set_cookie("session_id", session.sid, domain="localhost")

    def page(self, url):
        """Return the side that asks for a page."""

        def run(env, prepared):
            answer = self.client.get(url)
            if answer.status_code != 200:
                raise SystemExit(f"{url}: {answer.status}")
            self.sizes[url] = len(answer.get_data())

        return Side(run, SUPERUSER_ID)

    def counters(self, names):
        """Return the side that asks for the numbers on the cards of the home page."""
        call = json.dumps({"jsonrpc": "2.0", "method": "call", "params": {"counters": names}})

        def run(env, prepared):
            answer = self.client.post("/my/counters", data=call, content_type="application/json")
            if "result" not in answer.get_json():
                raise SystemExit(f"/my/counters: {re.sub(r'.*message', '', answer.get_data(as_text=True))[:500]}")

        return Side(run, SUPERUSER_ID)

    def describe(self):
        """Tell how much the customer sees."""
        return f"  the customer sees {self.tickets} tickets and {self.tasks} tasks"
