"""When something happened, as the clock of a device in the field says it."""

from datetime import datetime, timedelta, timezone

# Clocks of phones and the way of a message differ by this much without being wrong.
TOLERANCE = timedelta(minutes=5)
# A clock that is more than this off is not set at all.
WRONG = timedelta(days=1)
# What waits longer on a device than this is older than any dead spot.
OLDEST = timedelta(days=31)


class WrongClock(ValueError):
    """The moment can't be right; it is the exception's only argument."""


def read_moment(text):
    """Return a moment of ISO 8601 as naive UTC to the second, or None.

    >>> read_moment("2026-11-22T15:00:00.250Z"), read_moment("2026-11-22T16:00:00+01:00")
    (datetime.datetime(2026, 11, 22, 15, 0), datetime.datetime(2026, 11, 22, 15, 0))
    >>> read_moment("yesterday"), read_moment(None), read_moment("0001-01-01T00:00:00+14:00")
    (None, None, None)
    """
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (AttributeError, OverflowError, TypeError, ValueError):
        return None
    return moment.replace(microsecond=0) if 1970 <= moment.year < 2100 else None


def get_lag(sent, now):
    """Return what has to be added to a device's moments: nothing, as long as its clock is about right.

    :param sent: what its clock said when it sent the message, or None
    :raises WrongClock: it is not set at all

    >>> noon = datetime(2026, 11, 22, 12)
    >>> get_lag(noon - timedelta(seconds=40), noon) == get_lag(None, noon) == timedelta()
    True
    >>> get_lag(noon + timedelta(hours=2), noon)
    datetime.timedelta(days=-1, seconds=79200)
    """
    lag = now - sent if sent else timedelta()
    if abs(lag) > WRONG:
        raise WrongClock(sent)
    return lag if abs(lag) > TOLERANCE else timedelta()


def settle(moment, first, now):
    """Return a moment between the last event that is known and now.

    :raises WrongClock: it lies further outside than a clock that is set can be

    >>> eight, noon = datetime(2026, 11, 22, 8), datetime(2026, 11, 22, 12)
    >>> [settle(moment, eight, noon).hour for moment in (noon + timedelta(seconds=9), eight - timedelta(seconds=9))]
    [12, 8]
    """
    if not max(first, now - OLDEST) - TOLERANCE <= moment <= now + TOLERANCE:
        raise WrongClock(moment)
    return min(max(moment, first), now)
