"""What a contract includes, in whole minutes: its periods, what is left in each, and where an entry of work is split.

No records and no database: what is done with these figures is the contract's and the lines' business.
"""

from dateutil.relativedelta import relativedelta


def to_minutes(hours):
    """Return hours of work as whole minutes; what is worked at all takes one at least.

    >>> to_minutes(1.5), to_minutes(0.3333), to_minutes(0), to_minutes(0.006)
    (90, 20, 0, 1)
    """
    return max(round(hours * 60), 1) if hours > 0 else 0


def split(minutes, left):
    """Return how many minutes of an entry are covered and how many are billed, of which so many are left.

    >>> split(90, 120), split(90, 20), split(90, 0), split(90, -5)
    ((90, 0), (20, 70), (0, 90), (0, 90))
    """
    covered = min(minutes, max(left, 0))
    return covered, minutes - covered


def say_minutes(minutes):
    """Return minutes as people write hours.

    >>> say_minutes(210), say_minutes(5), say_minutes(-90)
    ('3:30', '0:05', '-1:30')
    """
    sign, minutes = ("-", -minutes) if minutes < 0 else ("", minutes)
    return f"{sign}{minutes // 60}:{minutes % 60:02}"


def get_period(start, months, day):
    """Return number, first and last day of the period that a day lies in; periods count from the contract's start.

    :param int months: length of a period
    :rtype: (int, date, date); the number is 0 for the first one, negative before the start

    >>> from datetime import date
    >>> get_period(date(2026, 1, 15), 1, date(2026, 2, 14))
    (0, datetime.date(2026, 1, 15), datetime.date(2026, 2, 14))
    >>> get_period(date(2026, 1, 31), 1, date(2026, 2, 28))
    (1, datetime.date(2026, 2, 28), datetime.date(2026, 3, 30))
    >>> get_period(date(2026, 1, 31), 3, date(2027, 1, 30))
    (3, datetime.date(2026, 10, 31), datetime.date(2027, 1, 30))
    """
    passed = (day.year - start.year) * 12 + day.month - start.month
    if start + relativedelta(months=passed) > day:
        passed -= 1
    number = passed // months
    first = start + relativedelta(months=number * months)
    last = start + relativedelta(months=(number + 1) * months, days=-1)
    return number, first, last


class Allowance:
    """What is left of a contract's included minutes, period by period.

    Without carry-over a period has its own minutes alone. With it, what is left goes over to the next one; and what was
    used later is taken into account in an earlier period, so that late entries don't use the same minutes again.

    >>> monthly = Allowance(300, used={1: 240})
    >>> monthly.get_left(0), monthly.get_left(1), monthly.take(1, 90), monthly.get_left(1)
    (300, 60, 60, 0)
    >>> saved = Allowance(300, used={1: 500}, carry_over=True)
    >>> saved.get_left(0), saved.get_left(1), saved.get_left(2)
    (100, 100, 400)
    >>> saved.take(0, 120), saved.get_left(1), saved.get_left(2)
    (100, 0, 300)
    """

    def __init__(self, included, used=(), carry_over=False):
        self.included = included
        self.used = dict(used)
        self.carry_over = carry_over

    def get_left(self, number):
        """Return the minutes that work of a period may still use."""
        if not self.carry_over:
            return max(self.included - self.used.get(number, 0), 0)
        last = max([number, *self.used])
        balance, left = 0, None
        for period in range(last + 1):
            balance += self.included - self.used.get(period, 0)
            if period >= number:
                left = balance if left is None else min(left, balance)
        return max(left, 0)

    def take(self, number, minutes):
        """Use up to so many minutes of a period; return how many are covered."""
        covered, __ = split(minutes, self.get_left(number))
        self.used[number] = self.used.get(number, 0) + covered
        return covered
