"""Working time by arithmetic: when is work of a given length done, how much was worked, and why.

A :class:`Timeline` is a calendar spread out: the disjoint intervals in which work is done, with the sum of work before
each. A question is two bisections and an addition, whatever the distance. Everything is whole seconds and naive UTC
datetimes, as Odoo stores them; microseconds of a question are cut off. Time zones, daylight saving and holidays are
the business of whoever makes the intervals.

>>> monday = [(datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 12)), (datetime(2026, 3, 2, 13), datetime(2026, 3, 2, 17))]
>>> tuesday = [(datetime(2026, 3, 3, 8), datetime(2026, 3, 3, 12))]
>>> timeline = Timeline(monday + tuesday, datetime(2026, 3, 1), datetime(2026, 3, 8))
>>> timeline.deadline(datetime(2026, 3, 2, 11), 2 * 3600).isoformat()  # across lunch
'2026-03-02T14:00:00'
>>> timeline.elapsed(datetime(2026, 3, 2, 11), datetime(2026, 3, 3, 9)) // 3600
6
"""

from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

WORK, CLOSED = "work", "closed"

_EPOCH = datetime.combine(date(1970, 1, 1), time.min)  # naive UTC, as everything here
_DAY = 86400


class BeyondHorizon(Exception):
    """The answer lies outside of the horizon for which the timeline was made: ask one with a longer horizon."""


class Segment(NamedTuple):
    """A stretch of time that counts as work or does not, and why: "work", "closed", or the name of a gap."""

    start: datetime
    end: datetime
    counted: bool
    reason: str


def _to_seconds(moment):
    since = moment - _EPOCH
    return since.days * _DAY + since.seconds  # rounds down, before the epoch too


def _to_datetime(seconds):
    return _EPOCH + timedelta(0, seconds)


_EVER = (datetime.combine(date.min, time.min), datetime.combine(date.max, time.max))
_FIRST, _LAST = map(_to_seconds, _EVER)


class Timeline:
    """The working time of a calendar. Immutable: threads and requests share it.

    Intervals are closed at their start and open at their end: the moment of closing is not working time. Yet work that
    is done exactly at the end of an interval has its deadline there, at closing time, and not at the next opening.
    """

    __slots__ = ("_dones", "_endless", "_first", "_gaps", "_last", "_shifts", "_starts", "end", "start")

    def __init__(self, intervals, start, end, gaps=()):
        """Make a timeline.

        :param intervals: [(start, end)] in which work is done, naive UTC datetimes, whole seconds; in any order
        :param datetime start: from when on the intervals are known (naive UTC); None: nothing is worked before them
        :param datetime end: until when they are known, exclusive (naive UTC); None: nothing is worked after them, ever
        :param gaps: [(start, end, name)] known reasons for not working, naive UTC; of overlapping ones the earlier wins
        """
        merged = _merge((_to_seconds(first), _to_seconds(last)) for first, last in intervals)
        first = _FIRST if start is None else _to_seconds(start)
        last = _LAST if end is None else _to_seconds(end)
        if merged and not first <= merged[0][0] <= merged[-1][1] <= last:
            raise ValueError("Intervals must lie within the horizon")
        dones, shifts, done = [], [], 0
        for opening, closing in merged:
            shifts.append(opening - done)
            done += closing - opening
            dones.append(done)
        values = {
            "start": start,
            "end": end,
            "_first": first,
            "_last": last,
            "_endless": end is None,
            "_starts": tuple(opening for opening, __ in merged),
            "_dones": tuple(dones),  # seconds of work until the end of each interval
            "_shifts": tuple(shifts),  # what turns seconds of work within an interval into the moment they are done
            "_gaps": tuple(sorted((_to_seconds(low), _to_seconds(high), name) for low, high, name in gaps)),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name, value):
        raise AttributeError("A timeline is shared and does not change")

    @classmethod
    def always(cls):
        """Return the timeline of those who never close: 24 hours, 7 days, without an end.

        >>> ALWAYS.deadline(datetime(2026, 3, 1), 3600).isoformat()
        '2026-03-01T01:00:00'
        """
        return cls([_EVER], None, None)

    def deadline(self, start, seconds):
        """Return the first moment at which a length of work has been done since the start.

        No work at all is done at once: at the start itself within working time, else at the next opening.

        :param datetime start: naive UTC; microseconds are cut off
        :param int seconds: of work, not negative
        :return: datetime (naive UTC), or None if there will never be that much work
        :raise BeyondHorizon: neither is known within the horizon
        """
        return self.deadlines(((start, seconds),))[0]

    def deadlines(self, pairs):
        """Return the deadlines of many, as :meth:`deadline`.

        :param pairs: [(start, seconds)], naive UTC datetimes and seconds of work
        :return: [datetime (naive UTC) or None]
        :raise BeyondHorizon: one of them is not known within the horizon

        >>> ALWAYS.deadlines([(datetime(2026, 3, 1), 60), (datetime(2026, 3, 1, 12), 0)])
        [datetime.datetime(2026, 3, 1, 0, 1), datetime.datetime(2026, 3, 1, 12, 0)]
        """
        starts, dones, shifts = self._starts, self._dones, self._shifts
        first, last, count = self._first, self._last, len(starts)
        result = []
        for start, seconds in pairs:
            since = start - _EPOCH
            moment = since.days * _DAY + since.seconds
            if not first <= moment <= last:
                raise BeyondHorizon(start)
            if seconds < 0:
                raise ValueError("Work cannot be negative")
            index = bisect_right(starts, moment) - 1
            if index < 0:
                target = seconds
            else:
                worked, done = moment - shifts[index], dones[index]
                target = (worked if worked < done else done) + seconds  # min() costs a call
            index = bisect_left(dones, target) if seconds else bisect_right(dones, target)
            if index < count:
                result.append(_EPOCH + timedelta(0, target + shifts[index]))
            elif self._endless:
                result.append(None)
            else:
                raise BeyondHorizon(start)
        return result

    def elapsed(self, start, end):
        """Return the seconds of work between two moments; 0 if the end is not after the start.

        :param datetime start: naive UTC; microseconds are cut off
        :param datetime end: naive UTC; microseconds are cut off
        :raise BeyondHorizon: one of them lies outside of the horizon
        """
        return self._worked(end) - self._worked(start) if start < end else 0

    def elapsed_many(self, pairs):
        """Return the seconds of work of many, as :meth:`elapsed`.

        :param pairs: [(start, end)], naive UTC datetimes
        :return: [int], seconds of work
        :raise BeyondHorizon: one of the moments lies outside of the horizon
        """
        starts, dones, shifts = self._starts, self._dones, self._shifts
        first, result = self._first, []
        common = until = None  # the end that a batch often has in common: now
        for start, end in pairs:
            if start >= end:
                result.append(0)
                continue
            if end is not common:
                common, until = end, self._worked(end)
            since = start - _EPOCH
            moment = since.days * _DAY + since.seconds
            if moment < first:
                raise BeyondHorizon(start)
            index = bisect_right(starts, moment) - 1
            if index < 0:
                result.append(until)
            else:
                worked, done = moment - shifts[index], dones[index]
                result.append(until - (worked if worked < done else done))
        return result

    def explain(self, start, end):
        """Return what the time between two moments consists of, without holes, neighbours of a kind joined.

        :param datetime start: naive UTC; microseconds are cut off
        :param datetime end: naive UTC; microseconds are cut off
        :return: [Segment], naive UTC datetimes; of no time none
        :raise BeyondHorizon: one of the moments lies outside of the horizon

        >>> noon, lunch = datetime(2026, 3, 2, 12), [(datetime(2026, 3, 2, 12), datetime(2026, 3, 2, 13), "Strike")]
        >>> morning = Timeline([(datetime(2026, 3, 2, 8), noon)], None, None, lunch)
        >>> for part in morning.explain(datetime(2026, 3, 2, 11), datetime(2026, 3, 2, 14)):
        ...     print(f"{part.start:%H:%M}-{part.end:%H:%M}", part.counted, part.reason)
        11:00-12:00 True work
        12:00-13:00 False Strike
        13:00-14:00 False closed
        """
        low, high = self._check(start), self._check(end)
        gaps = [gap for gap in self._gaps if gap[0] < high and gap[1] > low]
        parts = []
        for part in self._cut(low, high, gaps):
            if parts and parts[-1][2:] == part[2:]:
                parts[-1] = (parts[-1][0], *part[1:])
            else:
                parts.append(part)
        return [Segment(_to_datetime(first), _to_datetime(last), *why) for first, last, *why in parts]

    def _cut(self, low, high, gaps):
        """Yield (start, end, counted, reason) between two moments, all in seconds, one after the other."""
        starts, dones, shifts = self._starts, self._dones, self._shifts
        index = max(bisect_right(starts, low) - 1, 0)
        while low < high:
            opening = starts[index] if index < len(starts) else high
            closing = dones[index] + shifts[index] if index < len(starts) else high
            yield from _cut_idle(low, min(opening, high), gaps)
            if max(low, opening) < min(closing, high):
                yield max(low, opening), min(closing, high), True, WORK
            low = max(low, closing)
            index += 1

    def _worked(self, moment):
        """Return the seconds of work from the beginning of the horizon until a moment."""
        seconds = self._check(moment)
        index = bisect_right(self._starts, seconds) - 1
        return min(seconds - self._shifts[index], self._dones[index]) if index >= 0 else 0

    def _check(self, moment):
        """Return a moment in seconds if it lies within the horizon."""
        seconds = _to_seconds(moment)
        if not self._first <= seconds <= self._last:
            raise BeyondHorizon(moment)
        return seconds


def _merge(intervals):
    """Return the intervals sorted, those that touch or overlap joined, without empty ones.

    >>> _merge([(5, 6), (1, 2), (2, 4), (3, 3), (8, 8)])
    [(1, 4), (5, 6)]
    """
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _cut_idle(low, high, gaps):
    """Yield (start, end, False, reason) of a stretch without work: by the gaps that lie in it, else closed."""
    for start, end, name in gaps:
        start, end = max(start, low), min(end, high)
        if start < end:
            if low < start:
                yield low, start, False, CLOSED
            yield start, end, False, name
            low = end
    if low < high:
        yield low, high, False, CLOSED


ALWAYS = Timeline.always()
