"""On which day of a month a collection ends, or a certificate is made."""

from calendar import monthrange
from datetime import timedelta


def get_closing_day(day, closes_on):
    """Return the first closing day that is not before a day; in shorter months it is the last one.

    :param date day: when the work was signed
    :param int closes_on: day of the month, 31 for the last one

    >>> from datetime import date
    >>> get_closing_day(date(2026, 11, 3), 31), get_closing_day(date(2026, 11, 30), 31)
    (datetime.date(2026, 11, 30), datetime.date(2026, 11, 30))
    >>> get_closing_day(date(2026, 11, 16), 15), get_closing_day(date(2026, 12, 16), 15)
    (datetime.date(2026, 12, 15), datetime.date(2027, 1, 15))
    >>> get_closing_day(date(2028, 2, 1), 30), get_closing_day(date(2026, 2, 28), 29)
    (datetime.date(2028, 2, 29), datetime.date(2026, 2, 28))
    """
    closing = _in_month(day, closes_on)
    return closing if closing >= day else _in_month(day.replace(day=1) + timedelta(days=32), closes_on)


def _in_month(day, closes_on):
    return day.replace(day=min(closes_on, monthrange(day.year, day.month)[1]))
