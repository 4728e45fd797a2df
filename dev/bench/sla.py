"""Cases of what is promised: what is late, what is due next, and the spreadsheet of promises."""

import tempfile

from desk import OPEN, TASK_OPEN
from lxml import etree
from measure import Case, Side
from memory import Growth
from people import TIME_ZONE
from views import specification

from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

ROWS = (10_000, 100_000)  # of the spreadsheet: ten times as many must not need more memory


def cases(env, world):
    """Return the cases of what is promised."""
    dispatcher = env(user=world.dispatcher, su=False)
    return [*_list_cases(dispatcher), *_export_cases(env, world)]


def _list_cases(env):
    late, task_late = _get_late(env), Domain(TASK_OPEN) & Domain("date_deadline", "<", "now")

    def pair(name, ours, core):
        return Case(name, _search(env, "ticketing.ticket", *ours), _search(env, "project.task", *core), 0.25, 12)

    due, task_due = "sla_deadline, priority desc, id desc", "date_deadline, priority desc, id desc"
    return [
        pair("late, 80 + count", (late, ""), (task_late, "")),
        pair("late, the oldest first", (late, due), (task_late, task_due)),
        pair("not late, 80 + count", (~late, ""), (~task_late, "")),
        pair("open, by deadline", (OPEN, due), (TASK_OPEN, task_due)),
    ]


def _search(env, model, domain, order):
    spec, domain = specification(env, model, "list"), list(domain)

    def search(env, prepared):
        model_in_context = env[model].with_context(tz=TIME_ZONE)  # the browser says so: "now" depends on it
        model_in_context.web_search_read(domain, spec, limit=80, order=order or None, count_limit=10001)

    return Side(search, env.uid)


def _get_late(env):
    """Return the domain of the search view's own filter."""
    arch = env["ticketing.ticket"].get_views([(False, "search")])["views"]["search"]["arch"]
    return Domain(safe_eval(etree.fromstring(arch).find(".//filter[@name='late']").get("domain")))


def _export_cases(env, world):
    count = env["ticketing.sla.status"].search_count([])
    return [_export_case(world, rows) for rows in sorted({min(rows, count) for rows in ROWS})]


def _export_case(world, rows):
    growth = Growth()

    def prepare(env):
        return env["ticketing.sla.status"].search([], order="id", limit=rows).ids

    def export(env, ids):
        with tempfile.TemporaryFile() as file:
            env["ticketing.sla.status"].browse(ids)._write_xlsx(file)

    return Case(
        f"spreadsheet of {rows} promises, a row",
        Side(growth.watch(export), world.dispatcher, prepare, per=rows),
        rounds=1,
        note=lambda: growth.tell("the same for ten times as many"),
    )
