"""bin/bench: speed of the desk and of the chain beside Odoo's own applications, in one run."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import odoo  # noqa: E402
from odoo import SUPERUSER_ID, api  # noqa: E402
from odoo.modules.registry import Registry  # noqa: E402

import desk  # noqa: E402
import world  # noqa: E402
from measure import HEADER, line, measure, row  # noqa: E402


def main():
    """Build what is missing, measure the cases that were asked for, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("size", type=int)
    parser.add_argument("only", nargs="?", default="")
    options = parser.parse_args()
    odoo.tools.config.parse_config(["-d", options.database, "--no-http", "--log-level=error"])
    registry = Registry(options.database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        world.build(env, options.size)
        place = world.load(env)
        cases = [case for chapter in (desk,) for case in chapter.cases(env, place)]
    failed = 0
    print(line(HEADER), flush=True)
    for case in cases:
        if options.only in case.name:
            cells = row(case, *measure(registry, case))
            failed += cells[-1] == "NO"
            print(line(cells), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
