import base64
import io
import os

from PIL import Image

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

from .einvoice_validation import check_en16931_cii, check_facturae, check_ubl

AGENT = "base.group_user,base.group_partner_manager,helpdesk_ticketing.group_user_team"
TECHNICIAN = "base.group_user,helpdesk_ticketing.group_technician,stock.group_production_lot"
ACCOUNTANT = "base.group_user,base.group_partner_manager,helpdesk_ticketing.group_accountant"
MANAGER = "base.group_user,base.group_partner_manager,helpdesk_ticketing.group_manager"


def make_signature():
    """Return a small drawn signature (PNG, base64)."""
    buffer = io.BytesIO()
    Image.new("RGB", (200, 60), "white").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue())


class TicketingCase(TransactionCase):
    """A desk that can do everything: people of each role, a van with stock, customers, an account to be paid on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, no_reset_password=True, tracking_disable=False))
        cls.company = cls.env.company
        cls._set_up_company()
        cls._set_up_people()
        cls._set_up_goods()
        cls._set_up_desk()
        cls._set_up_customers()
        cls.signature = make_signature()

    @classmethod
    def _live_where_the_company_is(cls):
        """Have what the test does happen on the company's day, whatever the hour of the tests is."""
        cls.env = cls.env(context=dict(cls.env.context, tz=cls.company._get_ticketing_zone()))

    @classmethod
    def _set_up_company(cls):
        cls.company.partner_id.lang = "en_US"  # the tests read what the scheduler writes in English
        cls.company.write(
            {
                "email": cls.company.email or "info@levante.example",
                "phone": cls.company.phone or "+34 961 23 45 67",
                "street": cls.company.street or "Carrer Major, 1",
                "city": cls.company.city or "Valencia",
                "zip": cls.company.zip or "46001",
            }
        )
        if not cls.company.vat:
            cls.company.write({"country_id": cls.env.ref("base.es").id, "vat": "ESB96123450"})
        if not cls.company.partner_id.bank_ids:
            cls.env["res.partner.bank"].create(
                {"acc_number": "ES7921000813610123456789", "partner_id": cls.company.partner_id.id}
            )

    @classmethod
    def _set_up_people(cls):
        def user(login, groups, **values):
            return new_test_user(cls.env, login=login, groups=groups, name=login.title(), **values)

        cls.agent = user("desk.agent", AGENT)
        cls.technician = user("desk.technician", TECHNICIAN)
        cls.accountant = user("desk.accountant", ACCOUNTANT)
        cls.manager = user("desk.manager", MANAGER)
        cls.employee = cls.env["hr.employee"].create(
            {"name": "Desk.Technician", "user_id": cls.technician.id, "hourly_cost": 20}
        )

    @classmethod
    def _set_up_goods(cls):
        cls.tax = cls.company.account_sale_tax_id
        hour = cls.env.ref("uom.product_uom_hour")
        cls.labour = cls._create_product(
            "Labour", type="service", service_policy="delivered_timesheet", uom_id=hour.id, list_price=45
        )
        cls.valve = cls._create_product("Valve", is_storable=True, list_price=30)
        cls.pump = cls._create_product("Pump", is_storable=True, tracking="serial", list_price=280)
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.van = cls.env["stock.location"].create(
            {"name": "Van", "location_id": cls.warehouse.lot_stock_id.id, "usage": "internal"}
        )
        cls.technician.ticketing_location_id = cls.van
        cls.serials = cls.env["stock.lot"].create(
            [{"name": f"PUMP-{number}", "product_id": cls.pump.id} for number in (1, 2)]
        )
        cls._stock(cls.valve, 20)
        for serial in cls.serials:
            cls._stock(cls.pump, 1, serial)

    @classmethod
    def _create_product(cls, name, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "consu",
                "invoice_policy": "delivery",
                "taxes_id": [Command.set(cls.tax.ids)],
                **values,
            }
        )

    @classmethod
    def _stock(cls, product, quantity, lot=None, location=None):
        cls.env["stock.quant"]._update_available_quantity(product, location or cls.van, quantity, lot_id=lot)

    @classmethod
    def _set_up_desk(cls):
        cls.project = cls.env["project.project"].create(
            {"name": "Desk", "allow_timesheets": True, "allow_billable": True}
        )
        members = cls.agent | cls.technician | cls.manager
        cls.team = cls.env["ticketing.team"].create(
            {
                "name": "Desk",
                "user_id": cls.manager.id,
                "member_ids": [Command.set(members.ids)],
                "project_id": cls.project.id,
                "labour_product_id": cls.labour.id,
            }
        )

    @classmethod
    def _set_up_customers(cls):
        spain = cls.env.ref("base.es")
        address = {"street": "Passeig, 4", "zip": "46011", "city": "Valencia", "country_id": spain.id}
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Hotel Test, S.A.",
                "is_company": True,
                "vat": "ESA46000469",
                "email": "hotel@customer.example",
                "invoice_edi_format": "ubl_bis3",
                **address,
            }
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Marta Test", "parent_id": cls.customer.id, "email": "marta@customer.example"}
        )

    # Whatever a test is about: the electronic invoices that it makes must be valid

    # A test may set it to False, where it makes a Factur-X copy that it knows to be incomplete.
    check_copies = True

    def setUp(self):
        super().setUp()
        self.env.cr.execute("SELECT COALESCE(MAX(id), 0) FROM account_move")
        self.last_move_id = self.env.cr.fetchone()[0]
        self.addCleanup(self._check_einvoices)

    def _check_einvoices(self):
        of_desk = ["|", ("ticket_id", "!=", False), ("progress_plan_id", "!=", False)]
        moves = self.env["account.move"].search([*of_desk, ("id", ">", self.last_move_id)])
        violations = {}
        for check, name, content in self.einvoice_files(moves):
            for error in check(content):
                violations.setdefault(error, []).append(name)
        self.assertEqual(violations, {}, "an invoice of this test breaks the official rules")

    def einvoice_files(self, moves):
        """The electronic files that these invoices keep: [(official check, name, content)]."""
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "account.move"),
                    ("res_id", "in", moves.ids),
                    ("res_field", "in", [False, "ubl_cii_xml_file", "l10n_es_edi_facturae_xml_file"]),
                    ("name", "=like", "%.xml"),
                ]
            )
        )
        return [
            (check, attachment.name, attachment.raw)
            for attachment in attachments
            for check in self._get_einvoice_checks(attachment)
        ]

    def _get_einvoice_checks(self, attachment):
        if attachment.res_field == "l10n_es_edi_facturae_xml_file":
            return [check_facturae] if os.environ.get("HELPDESK_FACTURAE_XSD") else []
        if attachment.name == "factur-x.xml":  # in tests, core keeps here what it embeds in the PDF
            return [check_en16931_cii] if self.check_copies else []
        if attachment.res_field != "ubl_cii_xml_file":
            return []
        return [check_en16931_cii] if b"CrossIndustryInvoice" in attachment.raw[:500] else [check_ubl]

    # What people do

    @classmethod
    def _create_ticket(cls, **values):
        return cls.env["ticketing.ticket"].create(
            {
                "name": "It does not work",
                "partner_id": cls.contact.id,
                "team_id": cls.team.id,
                "user_id": cls.technician.id,
                **values,
            }
        )

    @classmethod
    def _add_hours(cls, ticket, hours=1.0, user=None, **values):
        return (
            cls.env["account.analytic.line"]
            .with_user(user or cls.technician)
            .create(
                {
                    "ticket_id": ticket.id,
                    "employee_id": cls.employee.id,
                    "name": "Repair",
                    "unit_amount": hours,
                    **values,
                }
            )
        )

    @classmethod
    def _add_material(cls, ticket, product=None, quantity=1.0, user=None, **values):
        return (
            cls.env["sale.order.line"]
            .with_user(user or cls.technician)
            .create(
                {"ticket_id": ticket.id, "product_id": (product or cls.valve).id, "product_uom_qty": quantity, **values}
            )
        )

    @classmethod
    def _make_ready(cls, ticket, user=None):
        note = ticket.with_user(user or cls.technician)._get_or_create_note()
        note.action_ready()
        return note.sudo()

    @classmethod
    def _sign(cls, note, user=None, name="Marta Test"):
        note.with_user(user or cls.technician).action_sign(name, cls.signature)
        return note

    @classmethod
    def _signed_note(cls, hours=1.0, quantity=1.0, **values):
        ticket = cls._create_ticket(**values)
        if hours:
            cls._add_hours(ticket, hours)
        if quantity:
            cls._add_material(ticket, quantity=quantity)
        return cls._sign(cls._make_ready(ticket))

    def _run_cron(self, xmlid):
        """Run a scheduled action as the scheduler does, in a cursor of its own."""
        with self.enter_registry_test_mode():
            self.env.ref(f"helpdesk_ticketing.{xmlid}").method_direct_trigger()

    def _run_billing(self):
        self._run_cron("ir_cron_billing")

    @classmethod
    def _pay(cls, invoice):
        cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {}
        )._create_payments()
