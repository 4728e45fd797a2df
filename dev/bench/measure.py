"""How one case is measured: both sides in turns, in transactions that are rolled back, medians and query counts.

Times of a busy machine are noise; what is compared is the ratio of two medians of the same run, and the query counts.
"""

import gc
import statistics
import time
from dataclasses import dataclass, field

from odoo import SUPERUSER_ID, api, sql_db

SECONDS, ROUNDS = 4, 45  # a case is repeated for so long, or so often, if that is more than its own rounds


@dataclass
class Side:
    """One side of a comparison: ``run(env, prepared)`` is measured, ``prepare(env)`` is not."""

    run: callable
    user: int = SUPERUSER_ID
    prepare: callable = lambda env: None
    per: int = 1  # records that one run handles, where the figure is per record


@dataclass
class Case:
    """A row of the table. Targets: ratio of the times, and queries at most (None: not set)."""

    name: str
    ours: Side
    core: Side | None = None
    ratio: float | None = None
    queries: float | None = None
    rounds: int = 9
    note: callable = None  # returns what else is to be said after its row


@dataclass
class Result:
    """What was measured of one side."""

    times: list = field(default_factory=list)
    counts: list = field(default_factory=list)

    @property
    def milliseconds(self):
        """The median time, in milliseconds."""
        return statistics.median(self.times) * 1000

    @property
    def queries(self):
        """The median number of queries."""
        return statistics.median(self.counts)


def _read_as_every_request(env):
    """Read what Odoo reads of the user before any request: it belongs to neither side."""
    env.user.has_group("base.group_user")
    env.user.partner_id.fetch(["lang", "name"])
    env.company.fetch(["name"])
    env.cr.now()


def run_once(registry, side):
    """Run one side in a transaction of its own and roll it back.

    :return: seconds and queries, for one record
    """
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        prepared = side.prepare(env)
        cr.flush()
        env.invalidate_all()
        env = env(user=side.user, su=False) if side.user != SUPERUSER_ID else env
        _read_as_every_request(env)
        gc.collect()
        gc.disable()
        queries, started = sql_db.sql_counter, time.perf_counter()  # of all cursors: a page has one of its own
        side.run(env, prepared)
        cr.flush()  # what was deferred to the end of the transaction: recomputations, tracking
        elapsed, queries = time.perf_counter() - started, sql_db.sql_counter - queries
        gc.enable()
        cr.postcommit.clear()
        cr.rollback()
    return elapsed / side.per, queries / side.per


def measure(registry, case):
    """Measure both sides of a case in turns, each after one run that warms the caches.

    What is fast is measured more often, for some seconds: a neighbour on the machine disturbs it more.

    :return: Result of ours, Result of core (None: nothing to compare with)
    """
    sides = [side for side in (case.ours, case.core) if side]
    results = [Result() for __ in sides]
    for side in sides:
        run_once(registry, side)
    # What is loaded stays: walking through all of it between two runs empties the processor's caches, as no request does.
    gc.freeze()
    started = time.monotonic()
    while len(results[0].times) < case.rounds or (
        time.monotonic() - started < SECONDS and len(results[0].times) < ROUNDS
    ):
        for side, result in zip(sides, results, strict=True):
            elapsed, queries = run_once(registry, side)
            result.times.append(elapsed)
            result.counts.append(queries)
    return results[0], results[1] if case.core else None


def _readable(number, digits):
    """Return a number with so many decimals, or with two digits where that would leave nothing of it."""
    return f"{number:.{digits}f}" if number >= 10**-digits else f"{number:.2g}"


def row(case, ours, core):
    """Return the cells of a case: name, figures of both sides, ratio, targets, verdict."""

    def figures(result):
        return f"{_readable(result.milliseconds, 1)} / {result.queries:g}" if result else "-"

    ratio = ours.milliseconds / core.milliseconds if core else None
    targets = [
        f"{case.ratio:.2g}" if case.ratio is not None else "-",
        f"{case.queries:g}" if case.queries is not None else "-",
    ]
    fine = (case.ratio is None or ratio is None or ratio <= case.ratio) and (
        case.queries is None or ours.queries <= case.queries
    )
    return [
        case.name,
        figures(ours),
        figures(core),
        _readable(ratio, 2) if ratio is not None else "-",
        " / ".join(targets),
        "yes" if fine else "NO",
    ]


HEADER = ["case", "ours ms / queries", "core ms / queries", "ratio", "target ratio / queries", "ok"]
WIDTHS = [40, 19, 19, 6, 22, 3]


def line(cells):
    """Return a row of the table as text."""
    return " | ".join(str(cell).ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()
