import doctest
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import business_time
from ..tools.business_time import ALWAYS, BeyondHorizon, Segment, Timeline

ORIGIN = datetime(2026, 3, 2)
HORIZON = 120  # seconds: small enough to count one by one
EXAMPLES = settings(max_examples=400, deadline=None)


def at(seconds):
    return ORIGIN + timedelta(seconds=seconds)


moments = st.integers(0, HORIZON)
stretches = st.tuples(moments, moments).map(sorted)


@st.composite
def timelines(draw, endless=False):
    """Return a timeline, and what each second of it is: its slow and simple double."""
    work = draw(st.lists(stretches, max_size=6))
    gaps = [(*gap, f"Holiday {index}") for index, gap in enumerate(draw(st.lists(stretches, max_size=3)))]
    seconds = ["closed"] * HORIZON
    for start, end, name in sorted(gaps, reverse=True):
        seconds[start:end] = [name] * (end - start)
    for start, end in work:
        seconds[start:end] = ["work"] * (end - start)
    timeline = Timeline(
        [(at(start), at(end)) for start, end in work],
        *((None, None) if endless else (at(0), at(HORIZON))),
        [(at(start), at(end), name) for start, end, name in gaps],
    )
    return timeline, seconds


@tagged("post_install", "-at_install")
class TestTimeline(BaseCase):
    """The pure part: against counting second by second, and its laws."""

    def test_examples_of_the_documentation(self):
        result = doctest.testmod(business_time)
        self.assertGreater(result.attempted, 8)
        self.assertFalse(result.failed)

    @EXAMPLES
    @given(timelines(), moments, moments)
    def test_elapsed_is_counted(self, world, start, end):
        timeline, seconds = world
        self.assertEqual(timeline.elapsed(at(start), at(end)), seconds[start:end].count("work"))

    @EXAMPLES
    @given(timelines(endless=True), moments, st.integers(0, HORIZON))
    def test_deadline_is_the_first_moment(self, world, start, length):
        timeline, seconds = world
        if length:
            found = (end for end in range(start, HORIZON + 1) if seconds[start:end].count("work") == length)
        else:
            found = (moment for moment in range(start, HORIZON) if seconds[moment] == "work")
        moment = next(found, None)
        self.assertEqual(timeline.deadline(at(start), length), None if moment is None else at(moment))

    @EXAMPLES
    @given(timelines(), moments, moments)
    def test_explanation_says_what_each_second_is(self, world, start, end):
        timeline, seconds = world
        parts = timeline.explain(at(start), at(end))
        said = [part.reason for part in parts for __ in range((part.end - part.start).seconds)]
        self.assertEqual(said, seconds[start:end])
        self.assertTrue(all(part.counted == (part.reason == "work") for part in parts))
        self.assertTrue(all(one.end == next_one.start for one, next_one in pairwise(parts)), "without holes")
        self.assertTrue(all(one[2:] != next_one[2:] for one, next_one in pairwise(parts)), "neighbours are joined")
        if parts:
            self.assertEqual((parts[0].start, parts[-1].end), (at(start), at(end)))
            worked = sum((part.end - part.start).seconds for part in parts if part.counted)
            self.assertEqual(worked, timeline.elapsed(at(start), at(end)))

    @EXAMPLES
    @given(timelines(endless=True), moments, st.integers(1, HORIZON))
    def test_deadline_and_elapsed_are_inverse(self, world, start, length):
        timeline, __ = world
        deadline = timeline.deadline(at(start), length)
        if deadline is None:
            self.assertLess(timeline.elapsed(at(start), at(HORIZON)), length)
        else:
            self.assertEqual(timeline.elapsed(at(start), deadline), length)
            self.assertEqual(timeline.elapsed(at(start), deadline - timedelta(seconds=1)), length - 1)

    @EXAMPLES
    @given(timelines(), st.lists(moments, min_size=3, max_size=3).map(sorted))
    def test_elapsed_adds_up(self, world, three):
        timeline, __ = world
        first, second, third = map(at, three)
        parts = timeline.elapsed(first, second) + timeline.elapsed(second, third)
        self.assertEqual(parts, timeline.elapsed(first, third))
        self.assertEqual(timeline.elapsed(third, first), 0)

    @EXAMPLES
    @given(timelines(endless=True), stretches, st.tuples(moments, moments).map(sorted))
    def test_deadlines_keep_their_order(self, world, starts, lengths):
        timeline, __ = world
        never = datetime.max
        for early, late in (
            [timeline.deadline(at(start), lengths[0]) or never for start in starts],
            [timeline.deadline(at(starts[0]), length) or never for length in lengths],
        ):
            self.assertLessEqual(early, late)

    @EXAMPLES
    @given(timelines(endless=True), st.lists(stretches))
    def test_batches_equal_single_questions(self, world, pairs):
        timeline, __ = world
        work = [(at(start), length) for start, length in pairs]
        self.assertEqual(timeline.deadlines(work), [timeline.deadline(*pair) for pair in work])
        spans = [(at(start), at(end)) for start, end in pairs]
        spans += [(end, start) for start, end in spans]
        self.assertEqual(timeline.elapsed_many(spans), [timeline.elapsed(*span) for span in spans])

    def test_beyond_the_horizon(self):
        timeline = Timeline([(at(10), at(20))], at(0), at(100))
        for ask in (
            lambda: timeline.deadline(at(0), 11),
            lambda: timeline.deadline(at(20), 0),
            lambda: timeline.deadline(at(-1), 1),
            lambda: timeline.deadlines([(at(0), 1), (at(101), 1)]),
            lambda: timeline.elapsed(at(0), at(101)),
            lambda: timeline.elapsed(at(-1), at(1)),
            lambda: timeline.elapsed_many([(at(-1), at(1))]),
            lambda: timeline.explain(at(0), at(101)),
        ):
            self.assertRaises(BeyondHorizon, ask)
        self.assertEqual(timeline.elapsed(at(0), at(100)), 10)
        with self.assertRaises(ValueError):
            timeline.deadline(at(0), -1)
        with self.assertRaises(ValueError):
            Timeline([(at(10), at(20))], at(0), at(15))

    def test_microseconds_are_cut_off(self):
        timeline = Timeline([(at(10), at(20))], None, None)
        late = timedelta(microseconds=999999)
        self.assertEqual(timeline.deadline(at(12) + late, 3), at(15))
        self.assertEqual(timeline.elapsed(at(12) + late, at(15) + late), 3)
        self.assertEqual(timeline.explain(at(12) + late, at(13) + late), [Segment(at(12), at(13), True, "work")])
        before = datetime(1969, 12, 31, 23, 59, 58, 5)
        self.assertEqual(ALWAYS.deadline(before, 1), datetime(1969, 12, 31, 23, 59, 59))

    def test_always_and_never(self):
        self.assertEqual(ALWAYS.deadline(at(5), 0), at(5))
        self.assertEqual(ALWAYS.deadline(at(5), 10 * 365 * 86400), at(5) + timedelta(days=3650))
        self.assertEqual(ALWAYS.elapsed(datetime(1900, 1, 1), datetime(2100, 1, 1)), 73049 * 86400)
        self.assertEqual(ALWAYS.explain(at(0), at(9)), [Segment(at(0), at(9), True, "work")])
        never = Timeline((), None, None)
        self.assertIsNone(never.deadline(at(0), 1))
        self.assertEqual(never.elapsed(at(0), at(9)), 0)
        self.assertEqual(never.explain(at(0), at(9)), [Segment(at(0), at(9), False, "closed")])

    def test_shared_by_threads_so_it_never_changes(self):
        timeline = Timeline([(at(10), at(20))], None, None)
        for name in Timeline.__slots__:
            with self.assertRaises(AttributeError):
                setattr(timeline, name, None)
            self.assertIsInstance(getattr(timeline, name), (tuple, int, type(None)))
