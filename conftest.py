"""What the tests of the add-ons share when pytest runs them on an Odoo database."""

import gc
import logging
import os
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent
sys.path.insert(0, str(PROJECT / "dev"))

from check_log import allowed_patterns  # noqa: E402


class Complaints(logging.Handler):
    """Collects what Odoo logs as a warning or worse. ``mute_logger`` and ``assertLogs`` keep expected ones away."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.found = []
        self.allowed = allowed_patterns()

    def emit(self, record):
        if record.name.startswith("odoo."):
            line = f"{record.name}: {record.getMessage()}"
            if not any(pattern.search(line) for pattern in self.allowed):
                self.found.append(f"{record.levelname} {line}")


complaints = Complaints()


def pytest_configure():
    """Listen from the start; of several processes, each has a database of its own with its files (``bin/test``)."""
    logging.getLogger().addHandler(complaints)
    # pytest-odoo, if it knew, would copy the database alone
    if worker := os.environ.pop("PYTEST_XDIST_WORKER", None):
        from odoo.tests.common import get_db_name
        from odoo.tools import config

        config["db_name"] = [f"{get_db_name()}_{worker}"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail a test that passed but made Odoo complain in its log."""
    complaints.found.clear()
    result = yield
    if complaints.found:
        found = "\n".join(complaints.found)
        pytest.fail(f"a warning in Odoo's log (dev/log_allowed.txt lists those that are allowed):\n{found}", False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Fail what is skipped where ``bin/test`` runs everything: the databases and files that tests may miss are there."""
    report = yield
    if report.skipped and os.environ.get("HELPDESK_LOGS"):
        report.outcome, report.longrepr = "failed", f"skipped where nothing is missing: {report.longrepr[-1]}"
    return report


# Those that take longest, in this order.
LONG_FILES = (
    "test_invariants.py",
    "test_einvoice_rules.py",
    "test_einvoice_chain.py",
    "test_access_matrix.py",
    "test_concurrency.py",
    "test_accessibility.py",
    "test_progress_property.py",
    "test_business_time_core.py",
    "test_inbound_hostile.py",
    "test_concurrency_collect.py",
    "test_concurrency_alarm.py",
    "test_chain_tour.py",
    "test_sla_clock.py",
    "test_portal_tour.py",
    "test_access_core.py",
    "test_bad_input.py",
)


def pytest_collection_modifyitems(items):
    """Begin with the longest files: of two processes, none shall be alone with one of them in the end."""
    order = {name: number for number, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


def needs_browser(item):
    """Whether a collected test may open pages."""
    from odoo.tests.common import HttpCase

    return isinstance(getattr(item, "cls", None), type) and issubclass(item.cls, HttpCase)


@pytest.fixture(scope="session", autouse=True)
def frozen(request):
    """What is loaded by now stays: the collector of garbage need not walk through it with each test."""
    if request.config.pluginmanager.hasplugin("odoo"):
        request.getfixturevalue("load_registry")
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def assets(request):
    """Make the web client's bundles where the template's do not do: inside of a test they would be rolled back with it."""
    if not request.config.getoption("--odoo-http", False) or not any(map(needs_browser, request.session.items)):
        return
    request.getfixturevalue("load_registry")
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tests.common import get_db_name

    with Registry(get_db_name()).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["ir.qweb"]._pregenerate_assets_bundles()
