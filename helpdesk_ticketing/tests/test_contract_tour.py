import io

import pypdf
from dateutil.relativedelta import relativedelta

from odoo.tests import HttpCase, tagged

from .common_contract import ContractCase


@tagged("post_install", "-at_install")
class TestContractTour(ContractCase, HttpCase):
    """A contract in a real browser, on a desk and on a telephone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.write({"password": cls.manager.login, "tz": "Europe/Madrid"})
        cls.ticket = cls._create_ticket()
        cls._add_hours(cls.ticket, 1.5)

    def _check(self):
        contract = self.ticket.contract_id
        self.assertEqual((contract.name, contract.state), ("Five hours", "active"))
        self.assertEqual((contract.allowance, contract.included_hours), ("month", 5))
        self.assertTrue(self.ticket.timesheet_ids.covered)

    def test_desktop(self):
        self.start_tour("/odoo/support-contracts", "ticketing_contract", login="desk.manager")
        self._check()

    def test_phone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour("/odoo/support-contracts", "ticketing_contract_phone", login="desk.manager")
        self._check()

    def test_long_statement_on_paper(self):
        """Each month has its heads, each page its number, all in the customer's language."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.customer.lang = "es_ES"
        contract = self._create_contract(included_hours=1)
        ticket = self._create_ticket()
        for months in range(3):
            for __ in range(12):
                day = self.today - relativedelta(months=months)
                self._add_hours(ticket, 0.25, date=day, name="Revisión de las bombas del sótano. " * 4)
        statement = self.env["ticketing.contract.statement"].create({"contract_id": contract.id})
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, __ = report._render_qweb_pdf("helpdesk_ticketing.report_contract_statement", statement.ids)
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
        self.assertGreater(len(pages), 1)
        for number, text in enumerate(pages, 1):
            self.assertIn(f"Extracto {contract.number} {number} / {len(pages)}", " ".join(text.split()))
        self.assertEqual("".join(pages).count("Persona"), 3)
