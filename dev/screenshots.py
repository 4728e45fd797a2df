"""Take the README's screenshots: ``screenshots.py URL FOLDER``, of a running demo company that has played its story.

Chromium is driven through its DevTools protocol, so nothing but chromium and a WebSocket is needed.
"""

import base64
import io
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket
from PIL import Image

DESKTOP, PHONE = (1280, 800), (390, 844)
PATIENCE = 30  # seconds for a page to show what it is about
CARD = ".o_kanban_record:has([name=billing_state])"
INVOICE = ".o_data_row button[name=action_open_invoice]"
PLAN = ".o_data_row:has(.o_progressbar_value) ~ .o_data_row .o_data_cell[name=name]"
NOTES_TAB = ".o_notebook a[name=ticketing_notes]"

# (file, log-in, size, address, what must be there, [(what to click, what must be there then)])
PICTURES = [
    ("tickets", "agent", DESKTOP, "/odoo/tickets", ".o_kanban_record .o_field_widget", []),
    ("ticket", "agent", DESKTOP, "/odoo/tickets", CARD, [(CARD, ".o_form_view .o_form_sheet")]),
    ("approval", "accountant", DESKTOP, "/odoo/billing-queue", ".o_data_row", []),
    (
        "invoice",
        "accountant",
        DESKTOP,
        "/odoo/billing-queue",
        INVOICE,
        [(INVOICE, NOTES_TAB), (NOTES_TAB, ".o_field_widget[name=note_ids] .o_data_row")],
    ),
    (
        "plan",
        "manager",
        DESKTOP,
        "/odoo/action-helpdesk_ticketing.ticketing_progress_plan_action",
        PLAN,
        [(PLAN, ".o_form_view .o_form_sheet")],
    ),
    (
        "certificate",
        "customer",
        PHONE,
        "/my/certificates",
        ".o_ticketing_list a",
        [(".o_ticketing_list a", ".o_ticketing_sums")],
    ),
    ("help", "customer", DESKTOP, "/help", "main", []),
    ("day", "technician", PHONE, "/odoo/my-day", ".o_technician_card", []),
    ("portal", "customer", PHONE, "/my/tickets?filterby=all", ".o_ticketing_list a", []),
    (
        "follow",
        "customer",
        PHONE,
        "/my/tickets?filterby=all",
        ".o_ticketing_list a",
        [(".o_ticketing_list a", ".o_portal_chatter")],
    ),
]


class Chromium:
    """A browser of one visitor, with cookies of its own."""

    def __init__(self, size):
        self.folder = tempfile.TemporaryDirectory(prefix="screenshots-", ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--accept-lang=es-ES",
                "--remote-allow-origins=*",
                f"--user-data-dir={self.folder.name}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.number = 0
        self.socket = websocket.create_connection(self._address(), timeout=PATIENCE)
        width, height = size
        self.call("Page.enable")
        self.call("Emulation.setTimezoneOverride", timezoneId="Europe/Madrid")
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )

    def _address(self):
        port_file = Path(self.folder.name, "DevToolsActivePort")
        until = time.monotonic() + PATIENCE
        while not port_file.exists() or not port_file.read_text().strip():
            if time.monotonic() > until:
                raise SystemExit("chromium does not start")
            time.sleep(0.1)
        port = port_file.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            return next(page for page in json.load(answer) if page["type"] == "page")["webSocketDebuggerUrl"]

    def call(self, method, **parameters):
        """Call a DevTools method and return its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                return answer.get("result", {})

    def run(self, script):
        """Run JavaScript in the page and return its value."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait(self, selector):
        """Wait until the page shows an element and has come to rest."""
        until = time.monotonic() + PATIENCE
        while not self.run(f"document.readyState == 'complete' && !!document.querySelector({json.dumps(selector)})"):
            if time.monotonic() > until:
                raise SystemExit(f"{self.run('location.href')}: {selector} does not appear")
            time.sleep(0.2)
        time.sleep(1.5)  # images and animations

    def go(self, address, selector):
        """Open a page."""
        self.call("Page.navigate", url=address)
        time.sleep(0.5)
        self.wait(selector)

    def log_in(self, url, login):
        """Log in on the login page as a person does; the password of the demo company is the log-in."""
        self.go(f"{url}/web/login", "input[name=password]")
        for name in ("login", "password"):
            self.run(f"document.querySelector('input[name={name}]').value = {json.dumps(login)}")
        self.run("document.querySelector('form.oe_login_form').submit()")
        self.wait(".o_main_navbar, .o_portal")

    def picture(self):
        """Return what the window shows, in few colours: it is looked at on a page."""
        png = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        return Image.open(io.BytesIO(png)).convert("RGB").quantize(192, dither=Image.Dither.NONE)

    def close(self):
        """End the browser."""
        self.socket.close()
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.folder.cleanup()


def take(url, folder, picture):
    """Take one picture."""
    name, login, size, address, selector, clicks = picture
    browser = Chromium(size)
    try:
        browser.log_in(url, login)
        browser.go(url + address, selector)
        for target, then in clicks:
            browser.run(f"document.querySelector({json.dumps(target)}).click()")
            browser.wait(then)
        browser.picture().save(folder / f"{name}.png", optimize=True)
        print(f"{name}.png: {(folder / f'{name}.png').stat().st_size:,} bytes")
    finally:
        browser.close()


if __name__ == "__main__":
    for each in PICTURES:
        take(sys.argv[1], Path(sys.argv[2]), each)
