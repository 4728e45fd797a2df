"""Fail when an Odoo log holds a warning or an error that is not in the list of allowed ones.

    check_log.py LOG...

``dev/log_allowed.txt`` holds regular expressions, a line each, under comments that give the reason.
"""

import re
import sys
from pathlib import Path

RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<message>.*)$")
ALLOWED = Path(__file__).with_name("log_allowed.txt")


def allowed_patterns():
    """Return the compiled patterns of the list."""
    lines = (line.strip() for line in ALLOWED.read_text().splitlines())
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def complaints(text, patterns):
    """Return the warnings and errors of a log's ``text``, each with the lines that belong to it."""
    found, current = [], None
    for line in text.splitlines():
        record = RECORD.match(line)
        if record:
            bad = record["level"] in ("WARNING", "ERROR", "CRITICAL")
            current = None
            if bad and not any(pattern.search(record["message"]) for pattern in patterns):
                current = [line]
                found.append(current)
        elif current is not None:
            current.append(line)
    return ["\n".join(lines) for lines in found]


def main(paths):
    """Print the complaints of the logs; return 1 when there are any."""
    patterns, bad = allowed_patterns(), 0
    for path in paths:
        for complaint in complaints(Path(path).read_text(errors="replace"), patterns):
            print(complaint, file=sys.stderr)
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
