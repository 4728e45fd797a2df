"""Run the benchmark cases and print their table.

Run by ``bin/bench`` in ``bin/odoo shell``, which gives ``env``. ``HELPDESK_CASES`` names the cases, all if empty;
``HELPDESK_BENCH`` is the folder with them. A case is a module with a function ``cases(env)`` that yields ``Case``.
"""

import importlib
import os
import sys
from pathlib import Path

folder = Path(os.environ["HELPDESK_BENCH"])
sys.path.insert(0, str(folder))
measure = importlib.import_module("measure")

wanted = os.environ["HELPDESK_CASES"].split() or sorted(
    path.stem for path in folder.glob("*.py") if path.stem not in ("measure", "fill")
)
table = measure.Table()
for module in wanted:
    for case in importlib.import_module(module).cases(env):
        table.add(measure.run(env, case))
sys.exit(table.close())
