"""bin/bench: speed of the desk, the chain and working time beside Odoo's own applications, in one run."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import alarms
import chain
import coverage
import desk
import feedback
import knowledge
import portal
import progress
import register
import sla
import working_time
import world
from measure import HEADER, line, measure, row

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

CHAPTERS = (
    desk,
    portal,
    sla,
    chain,
    working_time,
    alarms,
    register,
    progress,
    knowledge,
    feedback,
    coverage,
)  # the last one leaves contracts in the cache


def main():
    """Measure the cases that were asked for and print the table; with --build only make the database's records."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", action="store_true")
    parser.add_argument("database")
    parser.add_argument("size", type=int)
    parser.add_argument("only", nargs="?", default="")
    options = parser.parse_args()
    odoo.tools.config.parse_config(["-d", options.database, "--no-http", "--log-level=error"])
    registry = Registry(options.database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        if options.build:
            world.build(env, options.size)
            return 0
        place = world.load(env)
        cases = [case for chapter in CHAPTERS for case in chapter.cases(env, place)]
    missed = 0
    print(line(HEADER), flush=True)
    for case in cases:
        if options.only in case.name:
            cells = row(case, *measure(registry, case))
            missed += cells[-1] == "NO"
            print(line(cells), flush=True)
            if case.note:
                print(case.note(), flush=True)
    print(f"{missed} targets are missed" if missed else "all targets are met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
