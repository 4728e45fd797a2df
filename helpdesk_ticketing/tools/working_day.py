"""A day of work by arithmetic: when it began and ended, how much of it was work, and what was paused.

>>> nine, ten, eleven = (datetime(2026, 3, 2, hour) for hour in (9, 10, 11))
>>> sum_day([(nine, ten, True), (eleven, datetime(2026, 3, 2, 13), False)]).effective // 3600
3
"""

from datetime import datetime
from typing import NamedTuple

UP, NEAREST = "up", "nearest"


class Day(NamedTuple):
    """What a day adds up to; lengths in seconds. A gap that nobody called a pause is not accounted for."""

    start: datetime
    end: datetime
    effective: int
    paused: int
    unaccounted: int


def sum_day(periods):
    """Return what the periods of a day add up to. What overlaps (presence, and the tickets worked on) counts once.

    :param periods: [(start, end, ended by a pause)], in any order

    >>> at = lambda hour: datetime(2026, 3, 2, hour)
    >>> day = sum_day([(at(8), at(12), True), (at(9), at(10), False), (at(13), at(17), False), (at(18), at(19), False)])
    >>> (day.start.hour, day.end.hour, day.effective // 3600, day.paused // 3600, day.unaccounted // 3600)
    (8, 19, 9, 1, 1)

    Of two that end at once, the one that began last says whether it was a pause:

    >>> [sum_day([(at(8), at(12), not it), (at(9), at(12), it), (at(13), at(14), it)]).paused for it in (True, False)]
    [3600, 0]
    """
    ordered = sorted(periods)
    first, reached, pausing = ordered[0]
    effective, paused, unaccounted = 0, 0, 0
    begun = first
    for start, end, is_pause in ordered[1:]:
        if start > reached:
            effective += _seconds(begun, reached)
            gap = _seconds(reached, start)
            paused, unaccounted = (paused + gap, unaccounted) if pausing else (paused, unaccounted + gap)
            begun, reached, pausing = start, end, is_pause
        elif end >= reached:
            reached, pausing = end, is_pause
    effective += _seconds(begun, reached)
    return Day(first, reached, effective, paused, unaccounted)


def bill_hours(seconds, minutes, method):
    """Return the hours that are billed for some work: whole intervals, at least one if anything was done.

    :param int seconds: what was worked
    :param int minutes: length of the interval
    :param str method: "up" (what is begun counts) or "nearest"

    >>> [bill_hours(seconds, 15, UP) for seconds in (0, 1, 900, 901)]
    [0.0, 0.25, 0.25, 0.5]
    >>> [bill_hours(seconds, 15, NEAREST) for seconds in (1, 1349, 1350)]
    [0.25, 0.25, 0.5]
    """
    if seconds <= 0:
        return 0.0
    interval = minutes * 60
    count = -(-seconds // interval) if method == UP else (2 * seconds + interval) // (2 * interval)
    return max(count, 1) * minutes / 60


def _seconds(start, end):
    return int((end - start).total_seconds())
