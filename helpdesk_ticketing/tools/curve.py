"""Step lines of cumulated amounts over time, drawn as SVG; pure Python, without records.

The drawing is as wide as a phone and is scaled from there. It takes the colour of the text around it, so that it can be
read on light and dark pages; the lines differ in their dashes, too, so that it can be read in print and by the colour-blind.
"""

import math
from datetime import timedelta
from decimal import Decimal
from html import escape
from typing import NamedTuple

from .progress import round_to, to_decimal

WIDTH, PLOT_HEIGHT = 360, 170
FONT, LETTER, ROW = 12, 6.9, 18  # size of the font, width of a digit, height of a row of the legend
RIGHT, BOTTOM = 12, 22
INTERVALS = 4
STEPS = (1, 2, 2.5, 5, 10)
STYLES = {
    "planned": 'stroke="currentColor" stroke-opacity="0.7" stroke-width="1.5" stroke-dasharray="6 4"',
    "certified": 'stroke="#2f7fd6" stroke-width="2"',
    "paid": 'stroke="#2b9a4b" stroke-width="3" stroke-dasharray="0.5 5" stroke-linecap="round"',
}
TEXT = f'fill="currentColor" font-size="{FONT}"'


class Line(NamedTuple):
    """A step line: at each of its days an amount is reached, which lasts until the next one."""

    style: str  # a key of STYLES
    label: str
    points: list  # [(date, cumulated amount)], sorted
    end: object  # the day until which the last amount lasts; None: for ever


class Frame(NamedTuple):
    """Where days and amounts are on the drawing."""

    first: object
    last: object
    low: float
    high: float
    left: float
    top: float

    def x(self, day):
        share = (day - self.first).days / (self.last - self.first).days
        return self.left + share * (WIDTH - RIGHT - self.left)

    def y(self, amount):
        return self.top + (self.high - amount) / (self.high - self.low) * PLOT_HEIGHT


def cumulate(events, step):
    """Return [(date, cumulated amount)] of [(date, amount)] in any order; one for each day.

    >>> from datetime import date
    >>> may, june = date(2026, 5, 1), date(2026, 6, 1)
    >>> [amount for day, amount in cumulate([(june, 0.2), (may, 0.1), (june, 1.0), (june, -0.3)], 0.01)]
    [0.1, 1.0]
    """
    points, total = {}, Decimal(0)
    for day, amount in sorted(events):
        total += to_decimal(amount)
        points[day] = float(round_to(total, step))
    return list(points.items())


def get_ticks(low, high):
    """Return round numbers, at even distances, of which the first is no more than ``low`` and the last no less than ``high``.

    >>> get_ticks(0, 10000.01)
    [0.0, 2500.0, 5000.0, 7500.0, 10000.0, 12500.0]
    >>> get_ticks(-500, 900), get_ticks(0, 0)
    ([-500.0, 0.0, 500.0, 1000.0], [0.0, 0.25, 0.5, 0.75, 1.0])
    """
    span = (high - low) or 1.0
    magnitude = 10 ** math.floor(math.log10(span / INTERVALS))
    step = next(factor * magnitude for factor in STEPS if factor * magnitude * INTERVALS >= span * 0.999)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1) if high > low else first + INTERVALS
    return [round(number * step, 6) * 1.0 for number in range(first, last + 1)]


def get_path(points, end, place_x, place_y):
    """Return the path of a step line, from nothing to its last amount.

    >>> get_path([(2, 10), (5, 30)], 9, lambda day: day, lambda amount: -amount)
    'M2.0 0.0V-10.0H5.0V-30.0H9.0'
    """
    path = f"M{place_x(points[0][0]):.1f} {place_y(0):.1f}"
    for number, (day, amount) in enumerate(points):
        path += (f"H{place_x(day):.1f}" if number else "") + f"V{place_y(amount):.1f}"
    return f"{path}H{place_x(max(end, points[-1][0])):.1f}"


def draw(key, title, description, lines, *, format_amount, format_day, today=None, today_label=""):
    """Return the drawing, as a string of SVG; all texts are escaped here.

    :param key: distinguishes the drawing from others on the same page
    :param description: what it shows, in words, for those who do not see it
    :param lines: [Line], of which one at least has points
    :param format_amount: function (amount, distance of the axis' numbers), in the reader's language
    :param format_day: the same of a date
    :param today: marked, where it lies between the first and the last day

    >>> from datetime import date
    >>> line = Line("planned", "<Planned>", [(date(2026, 5, 1), 100.0), (date(2026, 6, 1), 300.0)], None)
    >>> svg = draw(7, "Curve", "Up & up", [line], format_amount=lambda amount, step: f"{amount:.0f}", format_day=str)
    >>> "&lt;Planned&gt;" in svg, "Up &amp; up" in svg, "2026-05-01" in svg, ">300<" in svg
    (True, True, True, True)
    """
    days = [day for line in lines for day in [*(day for day, __ in line.points), line.end] if day and line.points]
    amounts = [amount for line in lines for __, amount in line.points]
    first, last = min(days), max(days)
    ticks = get_ticks(min(amounts + [0.0]), max(amounts + [0.0]))
    labels = [format_amount(tick, ticks[1] - ticks[0]) for tick in ticks]
    margin = timedelta(days=max((last - first).days // 30, 1))
    left = max(map(len, labels)) * LETTER + 8
    top = len(lines) * ROW + (ROW + 4 if today_label else 8)
    frame = Frame(first - margin, last + margin, ticks[0], ticks[-1], left, top)
    height = top + PLOT_HEIGHT + BOTTOM
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            f' aria-labelledby="curve_{key}_title curve_{key}_text"'
            f' style="display: block; width: 100%; max-width: {WIDTH * 1.6:.0f}px; height: auto;">',
            f'<title id="curve_{key}_title">{escape(title)}</title><desc id="curve_{key}_text">{escape(description)}</desc>',
            *(draw_legend(number, line) for number, line in enumerate(lines)),
            *(draw_amount(frame, tick, label) for tick, label in zip(ticks, labels, strict=True)),
            *draw_days(frame, first, last, format_day),
            draw_today(frame, today, today_label) if today and today_label and first <= today <= last else "",
            *(draw_line(frame, line) for line in lines if line.points),
            "</svg>",
        ]
    )


def draw_legend(number, line):
    y = number * ROW + 10
    return (
        f'<path d="M2 {y}H30" fill="none" {STYLES[line.style]}/>'
        f'<text x="38" y="{y + 4}" {TEXT} style="font-variant-numeric: tabular-nums;">{escape(line.label)}</text>'
    )


def draw_amount(frame, amount, label):
    y = frame.y(amount)
    opacity = "0.6" if not amount else "0.18"
    return (
        f'<path d="M{frame.left:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity="{opacity}"/>'
        f'<text x="{frame.left - 5:.1f}" y="{y + 4:.1f}" text-anchor="end" {TEXT}>{escape(label)}</text>'
    )


def draw_days(frame, first, last, format_day):
    """Yield the labels of the first day, of the last one, and of one between them."""
    middle = first + (last - first) / 2
    anchors = {first: "start", middle: "middle", last: "end"} if (last - first).days > 1 else {first: "middle"}
    bottom = frame.y(frame.low)
    for day, anchor in anchors.items():
        x = frame.x(day)
        yield f'<path d="M{x:.1f} {bottom:.1f}v4" stroke="currentColor" stroke-opacity="0.6"/>'
        x = frame.left if anchor == "start" else WIDTH - 2 if anchor == "end" else x
        yield f'<text x="{x:.1f}" y="{bottom + 17:.1f}" text-anchor="{anchor}" {TEXT}>{escape(format_day(day))}</text>'


def draw_today(frame, today, label):
    x, top = frame.x(today), frame.top
    anchor = "end" if x > WIDTH * 0.8 else "start" if x < WIDTH * 0.3 else "middle"
    return (
        f'<path d="M{x:.1f} {top}V{top + PLOT_HEIGHT}" stroke="currentColor" stroke-opacity="0.5" stroke-dasharray="1 2"/>'
        f'<text x="{x:.1f}" y="{top - 5}" text-anchor="{anchor}" {TEXT}>{escape(label)}</text>'
    )


def draw_line(frame, line):
    path = get_path(line.points, line.end or frame.last, frame.x, frame.y)
    return f'<path d="{path}" fill="none" stroke-linejoin="round" {STYLES[line.style]}/>'
