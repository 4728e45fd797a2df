import json
import os
from pathlib import Path
from unittest import SkipTest

from odoo.tools import mute_logger

WIDTHS = (1280, 390)
SCRIPT = Path(__file__).with_name("accessibility.js")


class PageChecks:
    """For a ``HttpCase``: pages as people use them who see little, have no mouse, or a telephone."""

    @classmethod
    def setUpClass(cls):
        if not os.environ.get("HELPDESK_AXE"):
            raise SkipTest("no axe-core: dev/axe_core.sh fetches it, HELPDESK_AXE names a copy of it")
        super().setUpClass()

    def _check_pages(self, start, pages, login=None):
        """Open ``{name: address}`` in frames of the page ``start``; what is wrong with them fails the test."""
        axe = Path(os.environ["HELPDESK_AXE"]).read_text(encoding="utf-8")
        names = {"PAGES": pages, "WIDTHS": WIDTHS, "AXE": axe}
        code = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in names.items())
        # a frame that is closed while it still loads says so; what axe finds is an error, which no logger keeps back
        with mute_logger(f"{type(self).__module__}.{type(self).__name__}.{self._testMethodName}.browser"):
            self.browser_js(start, code + SCRIPT.read_text(encoding="utf-8"), login=login, timeout=240)
