"""Values that came from a device, and may be anything."""

import math

LONGEST = 2000


def clean_text(text):
    """Return a text without what a database can't keep.

    >>> clean_text("valve\\0 \\ud800 ñ")
    'valve ? ñ'
    """
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def make_plain(value):
    """Return a value that PostgreSQL keeps as JSON, long texts cut.

    >>> make_plain({"a": [1, 1.5, True, None, float("nan")], "b": "x\\0", 3: object})
    {'a': [1, 1.5, True, None, 'nan'], 'b': 'x', '3': "<class 'object'>"}
    """
    if isinstance(value, dict):
        return {clean_text(str(key))[:LONGEST]: make_plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [make_plain(each) for each in value]
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return clean_text(str(value))[:LONGEST]
