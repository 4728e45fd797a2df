"""Moments as people write them, in their language and time zone."""

from babel.dates import format_skeleton
from pytz import timezone, utc

from odoo.tools import format_time
from odoo.tools.misc import babel_locale_parse, get_lang

SHORT_DAY = "MMMEd"  # Mon, Mar 2
LONG_DAY = "MMMMEEEEd"  # Monday, March 2


def get_zone(env):
    """Return the name of the reader's time zone."""
    return env.context.get("tz") or env.user.tz or "UTC"


def say_day(env, moment, skeleton=SHORT_DAY):
    """Return the day of a moment (naive UTC), its parts in the order and with the words of the language."""
    local = utc.localize(moment).astimezone(timezone(get_zone(env)))
    return format_skeleton(skeleton, local, locale=babel_locale_parse(get_lang(env).code))


def say_time(env, moment):
    """Return the time of a moment (naive UTC)."""
    return format_time(env, moment, tz=get_zone(env), time_format="short")


def say_moment(env, moment, skeleton=SHORT_DAY):
    """Return day and time of a moment (naive UTC)."""
    return f"{say_day(env, moment, skeleton)}, {say_time(env, moment)}"
