"""Values that came from a browser's form or address, and may be anything, a file included."""


def read_text(value):
    """Return a text without what a database can't keep.

    >>> read_text(" boiler\\0 "), read_text(None), read_text(object())
    ('boiler', '', '')
    """
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


def read_id(value):
    """Return the number of a record, 0 for what is none.

    >>> read_id("12"), read_id("²"), read_id("٣"), read_id("-1"), read_id("9999999999"), read_id(None)
    (12, 0, 0, 0, 0, 0)
    """
    is_id = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10
    return int(value) if is_id else 0


def read_key(value):
    """Return the key of a form, nothing for what no form of ours has.

    >>> read_key("0123456789abcdef" * 2), read_key("\\0"), read_key(None)
    ('0123456789abcdef0123456789abcdef', '', '')
    """
    is_key = isinstance(value, str) and len(value) == 32 and value.isascii() and value.isalnum()
    return value if is_key else ""


def read_number(value):
    """Return a number that somebody has typed (a comma is a point), None for what is none.

    >>> read_number("12,5"), read_number("-3"), read_number("1e999"), read_number("nan"), read_number("1_0")
    (12.5, -3.0, None, None, None)
    """
    text = read_text(value).replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 and text.isascii() and "_" not in text else None
