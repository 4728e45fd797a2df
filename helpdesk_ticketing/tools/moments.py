"""Moments as people write them, in their language and time zone."""

from babel.dates import format_date, format_skeleton
from pytz import timezone, utc

from odoo.tools import format_time
from odoo.tools.misc import babel_locale_parse, get_lang

SHORT_DAY = "MMMEd"  # what every language has: Mon, Mar 2


def get_zone(env):
    """Return the name of the reader's time zone."""
    return env.context.get("tz") or env.user.tz or "UTC"


def say_day(env, moment, full=False):
    """Return the day of a moment (naive UTC), its parts in the order and with the words of the language.

    :param bool full: "Monday, March 2, 2026" instead of "Mon, Mar 2"
    """
    local = utc.localize(moment).astimezone(timezone(get_zone(env)))
    locale = babel_locale_parse(get_lang(env).code)
    return format_date(local, "full", locale) if full else format_skeleton(SHORT_DAY, local, locale=locale)


def say_time(env, moment):
    """Return the time of a moment (naive UTC)."""
    return format_time(env, moment, tz=get_zone(env), time_format="short")


def say_moment(env, moment, full=False):
    """Return day and time of a moment (naive UTC)."""
    return f"{say_day(env, moment, full)}, {say_time(env, moment)}"
