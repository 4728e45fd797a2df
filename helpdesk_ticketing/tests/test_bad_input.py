# pylint: disable=translation-required
import re
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

import polib
from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.modules import get_module_path
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import MANAGER, TECHNICIAN, TicketingCase
from .test_translations import LANGUAGE, PLACEHOLDER

WATCHED = (
    "ticketing_ticket",
    "ticketing_team",
    "ticketing_delivery_note",
    "ticketing_delivery_note_line",
    "ticketing_billing_request",
    "account_analytic_line",
    "ticketing_worklog",
    "ticketing_worklog_entry",
    "sale_order",
    "sale_order_line",
    "stock_move",
    "stock_move_line",
    "stock_quant",
    "account_move",
    "account_move_line",
    "mail_message",
    "mail_mail",
)


class Row(NamedTuple):
    """One thing that somebody does wrong."""

    name: str
    who: str  # the role that does it
    given: Callable  # (case) -> what it is done to
    act: Callable  # (case, user, given)
    error: type  # of the refusal
    says: str  # pattern of the message in English: it names the thing, and what to do
    core: bool = False  # the words are not ours, but core's or the test's


def ticket(**values):
    return lambda case: case._create_ticket(**values)


def ticket_with(change):
    """Return a ticket after a change of the desk's settings."""

    def given(case):
        record = case._create_ticket()
        change(case)
        return record

    return given


def closed_ticket(case):
    record = case._create_ticket()
    record._move_to_kind("closed")
    return record


def note_in(state, **lines):
    """Return a note of a ticket with an hour (or other lines) in a state."""

    def given(case):
        record = case._create_ticket()
        if hours := lines.get("hours", 1):
            case._add_hours(record, hours)
        if quantity := lines.get("quantity", 0):
            case._add_material(record, lines.get("product") and getattr(case, lines["product"]), quantity=quantity)
        note = record._get_or_create_note()
        steps = {
            "draft": (),
            "ready": ("ready",),
            "signed": ("ready", "sign"),
            "refused": ("ready", "refuse"),
            "cancelled": ("cancel",),
        }
        for step in steps[state]:
            {
                "ready": note.action_ready,
                "sign": lambda: case._sign(note),
                "refuse": lambda: note.action_refuse("No"),
                "cancel": note.action_cancel,
            }[step]()
        return note

    return given


def request_in(state):
    def given(case):
        note = note_in("signed")(case)
        request = note.billing_request_ids
        if state == "queued":
            return request
        case._run_billing()
        if state == "posted":
            request.with_user(case.accountant).action_approve()
        if state == "given up":
            request.with_user(case.accountant).action_cancel()
        return request

    return given


def add_hours(case, user, record, **values):
    case._add_hours(record, values.pop("hours", 1), user=user, **values)


def add_material(case, user, record, product="valve", **values):
    case._add_material(record, getattr(case, product), user=user, **values)


def open_note(case, user, record):
    record.with_user(user)._get_or_create_note()


def call(name, *arguments):
    return lambda case, user, record: getattr(record.with_user(user), name)(*arguments)


def write(**values):
    return lambda case, user, record: record.with_user(user).write(values)


def sign(name="Marta", signature=True):
    return lambda case, user, note: note.with_user(user).action_sign(name, case.signature if signature else signature)


def settings(**values):
    return lambda case: case.team.write(values)


def no_warehouse(case):
    """A ticket of a company that has archived its only warehouse."""
    return case._create_ticket(team_id=case.bare_team.id, user_id=case.people["newcomer"].id)


def no_stage(kind):
    def given(case):
        record = case._create_ticket()
        case.env["ticketing.stage"].search([("kind", "=", kind)]).active = False
        return record

    return given


def serials(number, quantity, stray=False):
    """Return a draft note for pumps, with this many serial numbers told."""

    def given(case):
        record = case._create_ticket()
        line = case._add_material(record, case.pump, quantity=quantity)
        lots = case.serials[:number]
        if stray:
            lots = case.env["stock.lot"].create({"name": "PUMP-STRAY", "product_id": case.pump.id})
        line.used_lot_ids = lots
        return record._get_or_create_note()

    return given


def foreign_product(case):
    case.foreign_valve = case._create_product("Foreign Valve", company_id=case.bare_company.id, taxes_id=False)
    return case._create_ticket()


def ordered_product(case):
    case.ordered = case._create_product("Ordered Valve", invoice_policy="order")
    return case._create_ticket()


def worked(case):
    record = case._create_ticket()
    case._add_hours(record, 1)
    return record


def other_customer(case, user, record):
    other = case.env["res.partner"].create({"name": "Another Hotel", "is_company": True})
    record.with_user(user).partner_id = other


def other_company_team(case, user, record):
    both = [case.company.id, case.bare_company.id]
    record.with_user(user).with_context(allowed_company_ids=both).team_id = case.bare_team


def mute_customer(case):
    case.contact.email = False
    return note_in("ready")(case)


def late_link(case):
    note = note_in("ready")(case)
    note.sign_token_expires_on = fields.Datetime.now() - timedelta(minutes=1)
    return note


def by_link(case, user, note):
    """What the public page does with a link."""
    token = note.sign_token or "used"
    found = case.env["ticketing.delivery.note"]._get_by_link(note.id, token)
    if not found:
        raise UserError("404: this link opens nothing (any more)")
    found._sign_as_customer("Marta", case.signature, "link", "127.0.0.1")


NO_CUSTOMER = {"partner_id": False, "email_from": "unknown@example.com"}
TABLE = (
    # The ticket is not ready for work
    Row("hours without customer", "technician", ticket(**NO_CUSTOMER), add_hours, UserError, "no customer: set one"),
    Row("material without customer", "technician", ticket(**NO_CUSTOMER), add_material, UserError, "no customer: set"),
    Row("note without customer", "technician", ticket(**NO_CUSTOMER), open_note, UserError, "has no customer: set one"),
    Row("hours on a closed ticket", "technician", closed_ticket, add_hours, UserError, "is closed. Reopen it before"),
    Row("material on a closed ticket", "technician", closed_ticket, add_material, UserError, "is closed. Reopen it"),
    Row("note on a closed ticket", "technician", closed_ticket, open_note, UserError, "is closed. Reopen it before"),
    Row(
        "no project", "technician", ticket_with(settings(project_id=False)), add_hours, UserError, "no project for its"
    ),
    Row(
        "no labour product",
        "technician",
        ticket_with(settings(labour_product_id=False)),
        add_hours,
        UserError,
        "no labour product: set it in the team",
    ),
    Row("no team", "technician", ticket(team_id=False), add_hours, UserError, "has no team: choose one"),
    Row("no warehouse, hours", "newcomer", no_warehouse, add_hours, UserError, "has no warehouse: make one in"),
    Row("no warehouse, material", "newcomer", no_warehouse, add_material, UserError, "has no warehouse: make one"),
    Row(
        "solved without such a stage", "technician", no_stage("solved"), call("action_solve"), UserError, "no stage of"
    ),
    Row(
        "reopened without such a stage", "agent", no_stage("open"), call("action_reopen"), UserError, "add one in Conf"
    ),
    Row(
        "an incident tomorrow",
        "agent",
        ticket(),
        lambda case, user, record: record.with_user(user).write(
            {"happened_on": fields.Datetime.now() + timedelta(days=1)}
        ),
        ValidationError,
        "lies in the future: correct the date",
    ),
    Row("another customer after work", "agent", worked, other_customer, ValidationError, "Open another ticket for the"),
    Row("another company after work", "commuter", worked, other_company_team, UserError, "(?i)compan"),
    Row(
        "deleted with evidence",
        "manager",
        note_in("signed"),
        lambda case, user, note: note.ticket_id.with_user(user).unlink(),
        UserError,
        "archive the ticket instead",
    ),
    # Hours and material
    Row(
        "negative hours",
        "technician",
        ticket(),
        lambda *a: add_hours(*a, hours=-1),
        ValidationError,
        "can't be negative",
    ),
    Row(
        "negative correction",
        "technician",
        worked,
        lambda case, user, record: record.timesheet_ids.with_user(user).write({"unit_amount": -2}),
        ValidationError,
        "can't be negative: correct the entry itself",
    ),
    Row(
        "hours without an employee",
        "agent",
        ticket(),
        lambda *a: add_hours(*a, employee_id=False),
        UserError,
        "employee",
        core=True,
    ),
    Row(
        "negative material",
        "technician",
        ticket(),
        lambda *a: add_material(*a, quantity=-1),
        ValidationError,
        "Use a return",
    ),
    Row(
        "product on ordered quantities",
        "technician",
        ordered_product,
        lambda *a: add_material(*a, product="ordered"),
        ValidationError,
        "set its invoicing policy to 'Delivered",
    ),
    Row(
        "another company's product",
        "technician",
        foreign_product,
        lambda *a: add_material(*a, product="foreign_valve"),
        UserError,
        "(?i)compan",
        core=True,
    ),
    Row(
        "covered by the technician",
        "technician",
        ticket(),
        lambda *a: add_hours(*a, covered=True, cover_reason="x"),
        UserError,
        "Only a helpdesk manager may decide",
    ),
    Row(
        "covered hours without reason",
        "manager",
        ticket(),
        lambda *a: add_hours(*a, covered=True),
        ValidationError,
        "Say why these hours are covered",
    ),
    Row(
        "covered material without reason",
        "manager",
        lambda case: case._add_material(case._create_ticket()),
        write(covered=True),
        ValidationError,
        "Say why Valve is covered",
    ),
    Row(
        "hours that a customer has before him",
        "technician",
        note_in("ready"),
        lambda case, user, note: note.line_ids.timesheet_id.with_user(user).write({"unit_amount": 9}),
        UserError,
        "Take the note back to draft",
    ),
    Row(
        "signed hours deleted",
        "technician",
        note_in("signed"),
        lambda case, user, note: note.line_ids.timesheet_id.with_user(user).unlink(),
        UserError,
        "record a correction on a new note",
    ),
    Row(
        "signed material changed",
        "stockman",
        note_in("signed", quantity=1),
        lambda case, user, note: note.line_ids.move_id.with_user(user).write({"quantity": 9}),
        UserError,
        "make a return",
    ),
    Row(
        "signature on the picking",
        "stockman",
        note_in("ready", quantity=1),
        lambda case, user, note: note.line_ids.move_id.picking_id.with_user(user).write({"signature": case.signature}),
        UserError,
        "have the customer sign its delivery note",
    ),
    # The delivery note
    Row(
        "nothing done",
        "technician",
        lambda case: case._create_ticket()._get_or_create_note(),
        call("action_ready"),
        UserError,
        "neither hours nor material to sign for: record",
    ),
    Row(
        "not enough stock",
        "technician",
        note_in("draft", quantity=50),
        call("action_ready"),
        UserError,
        "Not enough Valve in .*Van: 50 needed, 20 available",
    ),
    Row(
        "serial numbers missing",
        "technician",
        serials(0, 1),
        call("action_ready"),
        UserError,
        "Say which serial numbers of Pump were used",
    ),
    Row("too few serial numbers", "technician", serials(1, 2), call("action_ready"), UserError, "2 needed, 1 given"),
    Row("too many serial numbers", "technician", serials(2, 1), call("action_ready"), UserError, "1 needed, 2 given"),
    Row(
        "a serial number that is not in the van",
        "technician",
        serials(1, 1, stray=True),
        call("action_ready"),
        UserError,
        "PUMP-STRAY is not in .*Van",
    ),
    Row(
        "negative line",
        "technician",
        note_in("draft", quantity=1),
        lambda case, user, note: note.line_ids.with_user(user).write({"quantity": -1}),
        ValidationError,
        "can't be negative",
    ),
    Row("ready twice", "technician", note_in("ready"), call("action_ready"), UserError, "is already ready to sign"),
    Row(
        "a cancelled note made ready",
        "technician",
        note_in("cancelled"),
        call("action_ready"),
        UserError,
        "is already cancelled",
    ),
    Row(
        "a signed note taken back",
        "technician",
        note_in("signed"),
        call("action_draft"),
        UserError,
        "is already signed",
    ),
    Row("a signed note cancelled", "manager", note_in("signed"), call("action_cancel"), UserError, "is already signed"),
    Row("a ready note deleted", "manager", note_in("ready"), call("unlink"), UserError, "cancel the note instead"),
    Row(
        "a ready note changed",
        "technician",
        note_in("ready"),
        write(summary="something else"),
        UserError,
        "can't be changed any more",
    ),
    Row(
        "signed without name",
        "technician",
        note_in("ready"),
        sign(name=" "),
        UserError,
        "Write the name of the person who signs",
    ),
    Row(
        "signed without signature",
        "technician",
        note_in("ready"),
        sign(signature=False),
        UserError,
        "signature is missing: sign in the box",
    ),
    Row(
        "signed with a text",
        "technician",
        note_in("ready"),
        lambda case, user, note: note.with_user(user).action_sign("Marta", b"aGVsbG8="),
        UserError,
        "not a picture: sign again",
    ),
    Row("a draft signed", "technician", note_in("draft"), sign(), UserError, "is already draft"),
    Row("signed twice", "technician", note_in("signed"), sign(), UserError, "is already signed"),
    Row("a refused note signed", "technician", note_in("refused"), sign(), UserError, "is already refused"),
    Row("a cancelled note signed", "technician", note_in("cancelled"), sign(), UserError, "is already cancelled"),
    Row(
        "refused without reason",
        "technician",
        note_in("ready"),
        call("action_refuse", "  "),
        ValidationError,
        "Write why the customer refuses",
    ),
    Row(
        "refused after signing",
        "technician",
        note_in("signed"),
        call("action_refuse", "No"),
        UserError,
        "is already signed",
    ),
    Row(
        "absent without a word",
        "technician",
        note_in("ready"),
        call("action_absent", ""),
        ValidationError,
        "Write who was expected",
    ),
    Row(
        "link without email",
        "technician",
        mute_customer,
        call("action_send_link"),
        UserError,
        "no email address: show the QR code",
    ),
    Row(
        "link of a signed note mailed",
        "technician",
        note_in("signed"),
        call("action_send_link"),
        UserError,
        "Only a note that is ready",
    ),
    Row(
        "link of a signed note renewed",
        "technician",
        note_in("signed"),
        call("action_renew_link"),
        UserError,
        "is already signed",
    ),
    Row("a link that has expired", "public", late_link, by_link, UserError, "opens nothing", core=True),
    Row("a link that was used", "public", note_in("signed"), by_link, UserError, "opens nothing", core=True),
    # Money
    Row(
        "invoiced by core",
        "salesman",
        note_in("signed"),
        lambda case, user, note: note.sale_order_id.with_user(user)._create_invoices(),
        UserError,
        "is invoiced from its signed delivery notes: see",
    ),
    Row(
        "approved by a technician",
        "technician",
        request_in("to approve"),
        call("action_approve"),
        UserError,
        "Only an accountant",
    ),
    Row(
        "approved before it is made",
        "accountant",
        request_in("queued"),
        call("action_approve"),
        UserError,
        "is not waiting for approval: it is queued",
    ),
    Row(
        "approved twice",
        "accountant",
        request_in("posted"),
        call("action_approve"),
        UserError,
        "is not waiting for approval: it is",
    ),
    Row(
        "billed again while billed",
        "accountant",
        request_in("posted"),
        call("action_bill_again"),
        UserError,
        "credit or cancel its invoice first",
    ),
    Row(
        "given up after posting",
        "accountant",
        request_in("posted"),
        call("action_cancel"),
        UserError,
        "make a credit note instead",
    ),
    Row(
        "approved after giving up",
        "accountant",
        request_in("given up"),
        call("action_approve"),
        UserError,
        "it is cancelled",
    ),
    # Settings
    Row(
        "a project that is not billable",
        "manager",
        lambda case: case.team,
        lambda case, user, team: team.with_user(user).write(
            {"project_id": case.env["project.project"].create({"name": "Free", "allow_billable": False}).id}
        ),
        ValidationError,
        "Tick 'Billable' on the project",
    ),
    Row(
        "labour on ordered quantities",
        "manager",
        lambda case: case.team,
        lambda case, user, team: team.with_user(user).write(
            {"labour_product_id": case._create_product("Fixed", type="service", service_policy="ordered_prepaid").id}
        ),
        ValidationError,
        "its invoicing policy must be 'Based on Timesheets'",
    ),
)


class BadInputCase(TicketingCase):
    """Each error that a user can make: refused in words that help, and nothing is lost or changed by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_bare_company()
        cls.people = {
            "technician": cls.technician,
            "agent": cls.agent,
            "accountant": cls.accountant,
            "manager": cls.manager,
            "salesman": cls._person("bad.salesman", "sales_team.group_sale_manager,account.group_account_invoice"),
            "stockman": cls._person("bad.stockman", "stock.group_stock_manager"),
            "newcomer": cls._person("bad.newcomer", TECHNICIAN, cls.bare_company),
            "commuter": cls._person("bad.commuter", MANAGER, cls.company | cls.bare_company),
            "public": cls.env.ref("base.public_user"),
        }
        cls.bare_team.member_ids = cls.people["newcomer"] | cls.people["commuter"]

    @classmethod
    def _person(cls, login, groups, companies=None):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,{groups}",
            company_id=companies[:1].id,
            company_ids=[Command.set(companies.ids)],
        )

    @classmethod
    def _set_up_bare_company(cls):
        """A company that has archived its only warehouse."""
        cls.bare_company = cls.env["res.company"].create({"name": "Bare, S.L.", "iap_enrich_auto_done": True})
        cls.env["stock.warehouse"].search([("company_id", "=", cls.bare_company.id)]).active = False
        project = cls.env["project.project"].create(
            {"name": "Bare Desk", "company_id": cls.bare_company.id, "allow_billable": True}
        )
        cls.bare_team = cls.env["ticketing.team"].create(
            {
                "name": "Bare Desk",
                "company_id": cls.bare_company.id,
                "resource_calendar_id": cls.bare_company.resource_calendar_id.id,
                "labour_product_id": cls.labour.id,
                "project_id": project.id,
            }
        )

    def _do_wrong(self, row):
        """Do what a row says; return the message of the refusal."""
        return self._refuse(row, row.given(self))

    def _refuse(self, row, given):
        """Do to ``given`` what a row says; return the message of the refusal."""
        user = self.people[row.who]
        before = self._world()
        with (
            self.assertRaises(UserError) as refused,
            self.env.cr.savepoint(),
            mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"),
        ):
            row.act(self, user, given)
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertIsInstance(refused.exception, row.error)
        self.assertEqual(self._world(), before, "something was lost or changed")
        return str(refused.exception)

    def _world(self):
        """Return a fingerprint of each table in which the desk, the stock and the accounting write."""
        self.env.cr.flush()
        return {table: self._fingerprint(table) for table in WATCHED}

    def _fingerprint(self, table):
        self.env.cr.execute(
            SQL("SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id)) FROM %s t", SQL.identifier(table))
        )
        return self.env.cr.fetchone()

    def _each(self, rows, check, **kwargs):
        """Check the message of each row, and undo what was prepared for it."""
        for row in rows:
            with self.subTest(row.name, who=row.who), self._undone():
                check(self._do_wrong(row, **kwargs), row.says)

    def _check_in_both_languages(self, rows):
        """Each row is refused as it says, and in Spanish; at once, since preparing takes most of the time."""
        self.env["res.lang"]._activate_lang(LANGUAGE)
        terms = polib.pofile(f"{get_module_path('helpdesk_ticketing')}/i18n/es.po")
        for row in rows:
            with self.subTest(row.name, who=row.who), self._undone():
                given = row.given(self)
                english = self._refuse(row, given)
                self.assertRegex(english, row.says)
                if not row.core:
                    with self._speaking(LANGUAGE):
                        spanish = self._refuse(row, given.with_context(lang=LANGUAGE))
                    self._check_spanish(english, spanish, terms)

    def _check_in_spanish(self, rows):
        """Each refusal of ours is said in the words of es.po, whatever is filled into them."""
        self.env["res.lang"]._activate_lang(LANGUAGE)
        terms = polib.pofile(f"{get_module_path('helpdesk_ticketing')}/i18n/es.po")
        for row in rows:
            if not row.core:
                with self.subTest(row.name, who=row.who), self._undone():
                    given = row.given(self)
                    english = self._refuse(row, given)
                    with self._speaking(LANGUAGE):
                        spanish = self._refuse(row, given.with_context(lang=LANGUAGE))
                    self._check_spanish(english, spanish, terms)

    @contextmanager
    def _undone(self):
        """Undo what is prepared for a row."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.env.registry.clear_cache()  # a team's stages are remembered

    @contextmanager
    def _speaking(self, language):
        """Have everything that the test does done in a language."""
        cls, env = type(self), self.env
        cls.env = env(context={**env.context, "lang": language})
        try:
            yield
        finally:
            cls.env = env

    def _check_spanish(self, english, spanish, terms):
        """Check that a message is its term's translation, and that nothing filled into it is an English term."""
        self.assertNotEqual(english, spanish)
        found = [
            match.groups()
            for term in terms
            if self._fill(term.msgid).fullmatch(english) and (match := self._fill(term.msgstr).fullmatch(spanish))
        ]
        self.assertTrue(found, f"not of es.po: {spanish}")
        untranslated = {term.msgid.lower() for term in terms if term.msgid != term.msgstr}
        names = {"desk"}  # what the test calls its records
        self.assertFalse({text.lower() for texts in found for text in texts} & untranslated - names, spanish)

    @staticmethod
    def _fill(text):
        """Return a pattern for what becomes of a term."""
        return re.compile("(.*)".join(map(re.escape, PLACEHOLDER.split(text))), re.DOTALL)


@tagged("post_install", "-at_install")
class TestBadInput(BadInputCase):
    """What is done wrong on tickets, hours, material, delivery notes, billing requests and settings."""

    def test_table(self):
        self._each(TABLE, self.assertRegex)

    def test_table_in_spanish(self):
        self._check_in_spanish(TABLE)

    def test_what_an_invoice_misses_stands_on_its_request(self):
        """No flaw of the accounting data stops a signature; each is said to the accountant, twice if he insists."""
        flaws = {
            "no tax ID": (lambda: self.customer.write({"vat": False}), "The customer .* has no tax ID"),
            "no postcode": (lambda: self.customer.write({"zip": False}), "has no postcode"),
            "no country": (lambda: self.customer.write({"country_id": False, "vat": False}), "has no country"),
            "no bank": (
                self.company.partner_id.bank_ids.unlink,
                "No bank account to pay on",
            ),
            "no format": (
                lambda: (
                    self.customer.write({"invoice_edi_format": False}),
                    self.company.write({"ticketing_einvoice_format": False}),
                ),
                "No e-invoice format: choose one",
            ),
            "no tax": (lambda: self.labour.write({"taxes_id": [Command.clear()]}), "needs exactly one tax"),
        }
        for name, (spoil, says) in flaws.items():
            with self.subTest(name):
                savepoint = self.env.cr.savepoint()
                try:
                    spoil()
                    note = note_in("signed")(self)
                    self._run_billing()
                    request = note.billing_request_ids
                    self.assertEqual((note.state, request.state), ("signed", "failed"))
                    self.assertRegex(request.error, says)
                    self.assertTrue(request.activity_ids, "somebody is told")
                    with self.assertRaisesRegex(UserError, says), self.env.cr.savepoint():
                        request.with_user(self.accountant).action_approve()
                    self.assertEqual(request.invoice_id.state, "draft")
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()

    def test_an_order_that_a_salesman_cancelled_is_made_anew(self):
        """What was recorded is not lost with it, and further work is delivered and billed."""
        record = self._create_ticket()
        self._add_hours(record, 1)
        first = record.sale_order_id
        first._action_cancel()
        self.env.flush_all()
        self._add_material(record, quantity=2)
        note = self._sign(self._make_ready(record))
        self.assertNotEqual(record.sale_order_id, first)
        self.assertEqual(sorted(note.line_ids.mapped("quantity")), [1, 2])
        self.assertEqual(note.line_ids.sale_line_id.order_id, record.sale_order_id)
        self._run_billing()
        self.assertEqual(note.billing_request_ids.state, "to_approve")

    def test_a_company_that_locks_its_orders_still_delivers(self):
        self.env.ref("base.group_user").implied_ids = [Command.link(self.env.ref("sale.group_auto_done_setting").id)]
        record = self._create_ticket()
        self._add_material(record, quantity=1)
        self._add_material(record, self.valve, quantity=2)
        self.assertEqual(sum(record.picking_ids.move_ids.mapped("product_uom_qty")), 3)

    def test_payment_is_booked_whatever_stages_a_team_has(self):
        note = note_in("signed")(self)
        self._run_billing()
        note.billing_request_ids.with_user(self.accountant).action_approve()
        self._run_billing()
        note.ticket_id.action_solve()
        self.env["ticketing.stage"].search([("kind", "=", "closed")]).active = False
        self._pay(note.billing_request_ids.invoice_id)
        self.assertEqual((note.ticket_id.billing_state, note.ticket_id.stage_kind), ("paid", "solved"))

    def test_an_expired_link_lives_again_when_it_is_renewed(self):
        note = note_in("ready")(self)
        token = note.sign_token
        with freeze_time(fields.Datetime.now() + timedelta(days=self.team.sign_link_days, minutes=1)):
            self.assertFalse(note._token_opens(token))
            note.with_user(self.technician).action_renew_link()
            self.assertTrue(note._token_opens(note.sign_token))
            self.assertFalse(note._token_opens(token), "the old one stays dead")
