"""How a benchmark is measured: our way and core's in turns, each in a transaction that is rolled back."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5
HEADINGS = ("case", "ours ms", "core ms", "ratio", "target", "queries", "max")
WIDTHS = (52, 9, 9, 7, 7, 8, 5)


@dataclass
class Case:
    """One line of the table.

    ``ours`` and ``core`` get an environment and return a function without arguments: what stands before its return
    is preparation and is not measured. ``target`` is the largest ratio of ours to core, ``max_queries`` the most
    queries; both are optional, as is ``core``.
    """

    name: str
    ours: Callable
    core: Callable | None = None
    target: float | None = None
    max_queries: int | None = None
    rounds: int = ROUNDS


@dataclass
class Result:
    """A case's figures: milliseconds (medians) and queries of our way."""

    case: Case
    ours: float
    core: float | None
    queries: int

    @property
    def ratio(self):
        """Ours to core's time, or None when core has no such thing."""
        return self.ours / self.core if self.core else None

    @property
    def good(self):
        """Whether targets are met."""
        late = self.case.target is not None and self.ratio is not None and self.ratio > self.case.target
        chatty = self.case.max_queries is not None and self.queries > self.case.max_queries
        return not (late or chatty)


def once(env, prepare):
    """Prepare, then return milliseconds and queries of the measured function."""
    with env.cr.savepoint(flush=False) as savepoint:
        measured = prepare(env)
        env.flush_all()
        env.invalidate_all()
        queries, started = env.cr.sql_log_count, time.perf_counter()
        measured()
        env.flush_all()
        figures = 1000 * (time.perf_counter() - started), env.cr.sql_log_count - queries
        savepoint.rollback()
    env.invalidate_all(flush=False)
    return figures


def run(env, case):
    """Measure a case: one round to warm up, then ours and core's in turns."""
    ours, core, queries = [], [], 0
    for number in range(case.rounds + 1):
        milliseconds, queries = once(env, case.ours)
        if number:
            ours.append(milliseconds)
        if case.core:
            milliseconds, _queries = once(env, case.core)
            if number:
                core.append(milliseconds)
    return Result(case, statistics.median(ours), statistics.median(core) if core else None, queries)


class Table:
    """Prints the lines as they come."""

    def __init__(self):
        self.bad = 0
        self.line(HEADINGS)

    def line(self, cells):
        """Print one line: the first column to the left, numbers to the right."""
        first, *others = cells
        numbers = (f"{cell:>{width}}" for cell, width in zip(others, WIDTHS[1:], strict=True))
        print(f"{first:<{WIDTHS[0]}}", *numbers, sep=" | ", flush=True)

    def add(self, result):
        """Print a case."""
        case = result.case
        self.bad += not result.good
        self.line(
            (
                case.name,
                f"{result.ours:.1f}",
                f"{result.core:.1f}" if result.core else "",
                f"{result.ratio:.2f}" if result.ratio else "",
                f"{case.target:.2f}" if case.target is not None else "",
                result.queries,
                case.max_queries if case.max_queries is not None else "",
            )
        )

    def close(self):
        """Return the exit code: 1 when a target was missed."""
        print("all targets are met" if not self.bad else f"{self.bad} targets are missed")
        return 1 if self.bad else 0
