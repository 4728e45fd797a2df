import re

from odoo.tests import HttpCase, new_test_user

from .common import TicketingCase

PORTAL = "base.group_portal"


class PortalCase(TicketingCase, HttpCase):
    """The desk of ``TicketingCase`` with customers who log in: Marta and her colleague, and a stranger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marta = cls._create_portal_user("marta.portal", cls.contact)
        colleague = cls.contact.copy({"name": "Colleague Test", "email": "colleague@customer.example"})
        cls.colleague = cls._create_portal_user("colleague.portal", colleague)
        cls.other_company = cls.env["res.partner"].create({"name": "Other Company", "is_company": True})
        stranger = cls.env["res.partner"].create(
            {"name": "Stranger", "parent_id": cls.other_company.id, "email": "stranger@other.example"}
        )
        cls.stranger = cls._create_portal_user("stranger.portal", stranger)

    @classmethod
    def _create_portal_user(cls, login, partner):
        return new_test_user(
            cls.env,
            login=login,
            groups=PORTAL,
            partner_id=partner.id,
            name=partner.name,
            email=partner.email,
            lang="en_US",  # the tests read the pages in English, whatever the company speaks
        )

    @classmethod
    def _ready_note(cls, hours=1.5, quantity=2.0, **values):
        ticket = cls._create_ticket(**values)
        if hours:
            cls._add_hours(ticket, hours)
        if quantity:
            cls._add_material(ticket, quantity=quantity)
        return cls._make_ready(ticket)

    def _login(self, user):
        return self.authenticate(user.login, user.login) if user else self.authenticate(None, None)

    def _install_spanish(self):
        self.env["res.lang"]._activate_lang("es_ES")
        module = self.env["ir.module.module"].search([("name", "=", "helpdesk_ticketing")])
        module._update_translations(["es_ES"], overwrite=True)
        self.opener.headers["User-Agent"] = "Mozilla/5.0"  # robots get the site's own language

    def _get(self, url, user=None, **kwargs):
        self._login(user)
        return self.url_open(url, **kwargs)

    def _csrf(self, url):
        """Return the CSRF token of the session that is open, as a page shows it."""
        page = self.url_open(url).text
        return re.search(r'name="csrf_token" (?:value|t-att-value)="([^"]+)"', page).group(1)

    def _post(self, url, data=None, page="/my/tickets/new", files=None, **kwargs):
        """Send a form as the session that is open."""
        return self.url_open(url, data={"csrf_token": self._csrf(page), **(data or {})}, files=files, **kwargs)

    def _sign_json(self, url, name="Marta Test", signature=None):
        signature = self.signature.decode() if signature is None else signature
        return self.make_jsonrpc_request(url, {"name": name, "signature": signature})

    def _count_queries(self, url):
        """Return the queries of one page, once it is warm."""
        self.url_open(url)
        before = self.env.cr.sql_log_count
        self.assertEqual(self.url_open(url).status_code, 200)
        return self.env.cr.sql_log_count - before
