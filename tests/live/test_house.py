"""The database, the server and the browser that all other tests stand on."""

import os
import sys
import time
from pathlib import Path

import pytest

from odoo.tests import HttpCase, TransactionCase, tagged

PROJECT = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT / "dev"))

import addons  # noqa: E402

# What bin/test runs beside these tests, and where it writes how that ended.
PARTS = os.environ.get("HELPDESK_PARTS", "").split()
LOGS = Path(os.environ.get("HELPDESK_LOGS", ""))
PATIENCE = 3600  # seconds; the longest part takes ten minutes, all installations twenty

if PARTS:

    @pytest.mark.parametrize("part", PARTS)
    def test_part(part):
        """The part passes; one that does not has printed why."""
        end = time.monotonic() + PATIENCE
        while not (status := LOGS / f"part-{part}.status").exists():
            assert time.monotonic() < end, f"{part} does not end: {LOGS}/part-{part}.log"
            time.sleep(0.5)
        if int(status.read_text()):
            pytest.fail(f"{part} failed: see its output above, or {LOGS}/part-{part}.log", pytrace=False)


@tagged("post_install", "-at_install")
class TestHouse(TransactionCase):
    """The template databases are what they say they are."""

    def test_installed(self):
        """Every add-on of the checkout is installed, but for those that need a website."""
        modules = self.env["ir.module.module"].search([("name", "in", addons.names())])
        installed = modules.filtered(lambda module: module.state == "installed")
        self.assertEqual(sorted(installed.mapped("name")), sorted(addons.names(group="main")))

    def test_company(self):
        """The company is Spanish, has a chart of accounts and can be paid."""
        company = self.env.ref("base.main_company")
        self.assertEqual(company.country_id.code, "ES")
        self.assertEqual(company.chart_template, "es_pymes")
        self.assertEqual(company.currency_id.name, "EUR")
        bank = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
        self.assertEqual(bank.bank_account_id.acc_type, "iban")
        self.assertTrue(bank.bank_account_id.allow_out_payment)

    def test_languages(self):
        """Messages are English for those who test, and Spanish for those who ask for it."""
        self.assertEqual(self.env.user.lang, "en_US")
        self.assertEqual({code for code, _name in self.env["res.lang"].get_installed()}, {"en_US", "es_ES"})

    def test_offline(self):
        """Nothing calls a service on the network."""
        self.assertTrue(self.env.ref("base.main_company").iap_enrich_auto_done)
        self.assertEqual(self.env.company._get_peppol_edi_mode(), "demo")
        self.assertFalse(self.env.ref("mail.ir_cron_module_update_notification").active)


@tagged("post_install", "-at_install")
class TestBrowser(HttpCase):
    """A page is served, and a real browser runs its JavaScript."""

    def test_http(self):
        """The log-in page answers."""
        response = self.url_open("/web/login")
        self.assertEqual(response.status_code, 200)
        self.assertIn("oe_login_form", response.text)

    def test_web_client(self):
        """The administrator's web client starts in chromium without an error on its console."""
        self.browser_js(
            "/odoo",
            "console.log('test successful')",
            "!!document.querySelector('.o_web_client .o_main_navbar')",
            login="admin",
        )
