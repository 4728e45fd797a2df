from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ACCOUNTANT, MANAGER, TECHNICIAN, TicketingCase

ARCHIVING = ("action_archive", "action_unarchive")
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
ROLES = {
    "own": "base.group_user,helpdesk_ticketing.group_user_own",
    "team": "base.group_user,helpdesk_ticketing.group_user_team",
    "all": "base.group_user,helpdesk_ticketing.group_user_all",
    "technician": TECHNICIAN,
    "accountant": ACCOUNTANT,
    "manager": MANAGER,
    "employee": "base.group_user",
    "portal": "base.group_portal",
    "public": "base.group_public",
}
# Whose a document is, seen by a user: his own; nobody's in his team; a mate's in his team; a stranger's in another team;
# another company's.
PLACES = ("mine", "free", "mate", "stranger", "foreign")
# What each role may do with a document at each of these places.
DOCUMENTS = {
    "ticketing.ticket": {
        "own": ("rw", "rw", "", "", ""),
        "team": ("rw", "rw", "rw", "", ""),
        "all": ("rw", "rw", "rw", "rw", ""),
        "technician": ("rw", "rw", "", "", ""),
        "accountant": ("r", "r", "r", "r", ""),
        "manager": ("rwd", "rwd", "rwd", "rwd", ""),
        "employee": ("", "", "", "", ""),
        "portal": ("", "", "", "", ""),
        "public": ("", "", "", "", ""),
    },
    "ticketing.delivery.note": {
        "own": ("rw", "rw", "", "", ""),
        "team": ("rw", "rw", "rw", "", ""),
        "all": ("rw", "rw", "rw", "rw", ""),
        "technician": ("rw", "rw", "", "", ""),
        "accountant": ("r", "r", "r", "r", ""),
        "manager": ("rwd", "rwd", "rwd", "rwd", ""),
        "employee": ("", "", "", "", ""),
        "portal": ("", "", "", "", ""),
        "public": ("", "", "", "", ""),
    },
    "ticketing.delivery.note.line": {
        "own": ("rw", "rw", "", "", ""),
        "team": ("rw", "rw", "rw", "", ""),
        "all": ("rw", "rw", "rw", "rw", ""),
        "technician": ("rw", "rw", "", "", ""),
        "accountant": ("r", "r", "r", "r", ""),
        "manager": ("rw", "rw", "rw", "rw", ""),
        "employee": ("", "", "", "", ""),
        "portal": ("", "", "", "", ""),
        "public": ("", "", "", "", ""),
    },
    "ticketing.billing.request": {
        "own": ("r", "r", "", "", ""),
        "team": ("r", "r", "r", "", ""),
        "all": ("r", "r", "r", "r", ""),
        "technician": ("r", "r", "", "", ""),
        "accountant": ("rw", "rw", "rw", "rw", ""),
        "manager": ("r", "r", "r", "r", ""),
        "employee": ("", "", "", "", ""),
        "portal": ("", "", "", "", ""),
        "public": ("", "", "", "", ""),
    },
}
# Whether a role may make such a record at all.
MAKERS = {
    "ticketing.ticket": {"own", "team", "all", "technician", "manager"},
    "ticketing.delivery.note": {"own", "team", "all", "technician", "manager"},
    "ticketing.delivery.note.line": set(),
    "ticketing.billing.request": set(),
    "ticketing.sign.wizard": {"own", "team", "all", "technician", "manager"},
}
# Settings: what each role may do with those of the own company (or of all companies).
SETTINGS = {
    "ticketing.team": dict.fromkeys(ROLES, "r") | {"manager": "rwcd", "portal": "", "public": ""},
    "ticketing.stage": dict.fromkeys(ROLES, "r") | {"manager": "rwcd", "public": ""},
    "ticketing.type": dict.fromkeys(ROLES, "r") | {"manager": "rwcd", "public": ""},
    "ticketing.channel": dict.fromkeys(ROLES, "r") | {"manager": "rwcd", "portal": "", "public": ""},
    "ticketing.tag": {
        **dict.fromkeys(("own", "team", "all", "technician"), "rwc"),
        "manager": "rwcd",
        "accountant": "r",
        "employee": "r",
        "portal": "",
        "public": "",
    },
}


class AccessCase(TicketingCase):
    """Everybody, and a document of each sort at each distance from them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {
            role: new_test_user(cls.env, login=f"role.{role}", groups=groups, name=f"Role {role}")
            for role, groups in ROLES.items()
        }
        insiders = cls.env["res.users"].union(
            *(user for role, user in cls.roles.items() if role not in ("portal", "public"))
        )
        cls.team.member_ids = [Command.link(user.id) for user in insiders]
        cls.other_team = cls.team.copy({"name": "Other Desk", "member_ids": [Command.set(cls.manager.ids)]})
        cls._set_up_foreign_company()
        cls.documents = {
            "mine": cls._documents(user_id=cls.technician.id),
            "free": cls._documents(user_id=False),
            "mate": cls._documents(user_id=cls.agent.id),
            "stranger": cls._documents(team_id=cls.other_team.id, user_id=cls.manager.id),
            "foreign": cls._foreign_documents(),
        }

    @classmethod
    def _set_up_foreign_company(cls):
        cls.foreign_company = cls.env["res.company"].create({"name": "Foreign, S.L.", "iap_enrich_auto_done": True})
        cls.foreign_user = new_test_user(
            cls.env,
            login="role.foreign",
            groups=f"{MANAGER},{ACCOUNTANT}",
            company_id=cls.foreign_company.id,
            company_ids=[Command.set(cls.foreign_company.ids)],
        )
        cls.foreign_team = cls.env["ticketing.team"].create(
            {
                "name": "Foreign Desk",
                "company_id": cls.foreign_company.id,
                "resource_calendar_id": cls.foreign_company.resource_calendar_id.id,
                "member_ids": [Command.set([*cls.foreign_user.ids, *[user.id for user in cls.roles.values()]])],
            }
        )

    @classmethod
    def _documents(cls, **values):
        """Return {model: record} of a ticket with a signed note."""
        ticket = cls._create_ticket(**values)
        cls._add_hours(ticket, 1, user=cls.env.user)
        note = cls._make_ready(ticket, user=cls.env.user)
        cls._sign(note, user=cls.env.user)
        return {
            "ticketing.ticket": ticket,
            "ticketing.delivery.note": note,
            "ticketing.delivery.note.line": note.line_ids,
            "ticketing.billing.request": note.billing_request_ids,
        }

    @classmethod
    def _foreign_documents(cls):
        """The other company has no accounting: its note's line points to an order line of ours, which nobody reads."""
        ticket = cls._create_ticket(team_id=cls.foreign_team.id, user_id=False)
        note = cls.env["ticketing.delivery.note"].create({"ticket_id": ticket.id, "partner_id": cls.customer.id})
        line = cls.env["ticketing.delivery.note.line"].create(
            {
                "note_id": note.id,
                "kind": "labour",
                "name": "Foreign",
                "quantity": 1,
                "sale_line_id": cls.env["sale.order.line"].search([], limit=1).id,
                "uom_id": cls.env.ref("uom.product_uom_hour").id,
            }
        )
        request = cls.env["ticketing.billing.request"].create(
            {"kind": "note", "note_id": note.id, "ticket_id": ticket.id, "cancelled": True}
        )
        return {
            "ticketing.ticket": ticket,
            "ticketing.delivery.note": note,
            "ticketing.delivery.note.line": line,
            "ticketing.billing.request": request,
        }

    @staticmethod
    def _allowed(record, user, letters="rwd"):
        """Return the letters of what a user may do with a record, all rights and rules included."""
        record = record.with_user(user)
        return "".join(letter for letter in letters if record.has_access(OPERATIONS[letter]))


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessCase):
    """Model x role x operation."""

    def test_documents(self):
        for model, expected in DOCUMENTS.items():
            for role, user in self.roles.items():
                self.documents["mine"]["ticketing.ticket"].user_id = (
                    user if role not in ("portal", "public") else self.technician
                )
                self.env.flush_all()
                for place, letters in zip(PLACES, expected[role], strict=True):
                    with self.subTest(model=model, role=role, place=place):
                        record = self.documents[place][model]
                        self.assertEqual(self._allowed(record, user), letters)
                        if "r" in letters:
                            self.assertEqual(self.env[model].with_user(user).search([("id", "=", record.id)]), record)
                        elif self.env[model].with_user(user).has_access("read"):
                            self.assertFalse(self.env[model].with_user(user).search([("id", "=", record.id)]))

    def test_who_may_make_documents(self):
        for model, makers in MAKERS.items():
            for role, user in self.roles.items():
                with self.subTest(model=model, role=role):
                    self.assertEqual(self.env[model].with_user(user).has_access("create"), role in makers)

    def test_settings(self):
        for model, expected in SETTINGS.items():
            record = self.team if model == "ticketing.team" else self.env[model].search([], limit=1)
            record = record or self.env[model].create({"name": "Any"})
            for role, user in self.roles.items():
                with self.subTest(model=model, role=role):
                    self.assertEqual(
                        sorted(self._allowed(record, user, "rwcd")), sorted(expected[role]), f"{role} on {model}"
                    )

    def test_every_model_is_closed_to_strangers(self):
        """Whatever models there are: the public nothing, customers never write, no company sees another's."""
        for name in self._own_models():
            Model = self.env[name]
            with self.subTest(model=name):
                self.assertEqual(self._allowed(Model, self.roles["public"], "rwcd"), "")
                self.assertIn(self._allowed(Model, self.roles["portal"], "rwcd"), ("", "r"))
                self.assertTrue(
                    self.env["ir.model.access"].search_count([("model_id.model", "=", name)]), "nobody may use it"
                )
                if "company_id" in Model._fields and Model._fields["company_id"].store:
                    rules = self.env["ir.rule"].search([("model_id.model", "=", name), ("groups", "=", False)])
                    self.assertIn("company_ids", " ".join(rules.mapped("domain_force")), "no rule for companies")

    def _own_models(self):
        return [
            name
            for name in self.env
            if name.startswith("ticketing.") and not self.env[name]._abstract and self.env[name]._auto
        ]

    def test_another_company_sees_nothing(self):
        for place in ("mine", "free", "mate", "stranger"):
            for model, record in self.documents[place].items():
                with self.subTest(model=model, place=place):
                    self.assertEqual(self._allowed(record, self.foreign_user), "")
        self.assertEqual(self._allowed(self.team, self.foreign_user, "rwcd"), "")
        for model, record in self.documents["foreign"].items():
            with self.subTest(model=model, place="foreign"):
                self.assertIn("r", self._allowed(record, self.foreign_user), "his own company's")

    def test_two_companies_at_once(self):
        """Who works for both sees the one he has chosen."""
        user = self.roles["all"]
        user.company_ids = [Command.link(self.foreign_company.id)]
        ours, theirs = self.documents["mine"]["ticketing.ticket"], self.documents["foreign"]["ticketing.ticket"]
        Ticket = self.env["ticketing.ticket"].with_user(user)
        both = [self.company.id, self.foreign_company.id]
        wanted = [("id", "in", (ours | theirs).ids)]
        self.assertEqual(Ticket.with_context(allowed_company_ids=both).search(wanted), theirs | ours)
        self.assertEqual(Ticket.with_context(allowed_company_ids=both[:1]).search(wanted), ours)
        self.assertEqual(Ticket.with_context(allowed_company_ids=both[1:]).search(wanted), theirs)


@tagged("post_install", "-at_install")
class TestPortalAccess(AccessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls.roles["portal"]
        cls.portal.partner_id.parent_id = cls.customer
        cls.other_customer = cls.env["res.partner"].create({"name": "Somebody Else, S.A.", "is_company": True})
        cls.other_portal = new_test_user(cls.env, login="role.portal.other", groups="base.group_portal")
        cls.other_portal.partner_id.parent_id = cls.other_customer

    def test_a_customer_reads_his_companys_documents_and_nobody_elses(self):
        documents = self.documents["mate"]
        for model in ("ticketing.ticket", "ticketing.delivery.note", "ticketing.delivery.note.line"):
            with self.subTest(model=model):
                self.assertEqual(self._allowed(documents[model], self.portal), "r")
                self.assertEqual(self._allowed(documents[model], self.other_portal), "")
        request = documents["ticketing.billing.request"]
        self.assertEqual(self._allowed(request, self.portal), "", "billing is the desk's own")

    def test_a_customer_without_company_sees_no_orphans(self):
        """A ticket without a customer is nobody's, not everybody's."""
        orphan = self._create_ticket(partner_id=False, email_from="x@example.com")
        self.assertEqual(self._allowed(orphan, self.other_portal), "")

    def test_types_of_his_company(self):
        """What another company's customers report is not for him to know."""
        theirs = self.env["ticketing.team"].create({"name": "Theirs", "company_id": self.foreign_company.id})
        for team, seen in (
            (self.env["ticketing.team"], "r"),
            (self.team, "r"),
            (theirs, ""),
            (self.team | theirs, "r"),
        ):
            kind = self.env["ticketing.type"].create({"name": "Leaking pipe", "team_ids": team.ids})
            self.assertEqual(self._allowed(kind, self.portal), seen, team.mapped("name"))

    def test_a_note_is_read_once_it_is_ready(self):
        ticket = self._create_ticket()
        self._add_hours(ticket)
        note = ticket._get_or_create_note()
        seen = {}
        for state, step in (
            ("draft", lambda: None),
            ("ready", note.action_ready),
            ("refused", lambda: note.action_refuse("Wrong")),
        ):
            step()
            self.env.flush_all()
            seen[state] = self._allowed(note, self.portal) + self._allowed(note.line_ids, self.portal)
        self.assertEqual(seen, {"draft": "", "ready": "rr", "refused": "rr"})
        cancelled = ticket._get_or_create_note()
        cancelled.action_cancel()
        self.env.flush_all()
        self.assertEqual(self._allowed(cancelled, self.portal), "")

    def test_no_button_of_the_desk_works_for_a_customer(self):
        """Every action method of a document, called as a customer's programme could call it."""
        ready = self._create_ticket()
        self._add_hours(ready)
        note = self._make_ready(ready)
        documents = {**self.documents["mate"], "ticketing.delivery.note": note}
        arguments = {
            "action_sign": ("Mallory", self.signature),
            "action_refuse": ("because",),
            "action_absent": ("because",),
        }
        tried = 0
        for model, record in documents.items():
            for name in sorted(dir(type(record))):
                if not name.startswith("action_") or (name in ARCHIVING and "active" not in record._fields):
                    continue
                before = self._picture(documents)
                tried += 1
                with self.subTest(model=model, action=name):
                    with self.env.cr.savepoint() as savepoint, mute_logger("odoo.addons.base.models.ir_access"):
                        try:
                            button = record.with_user(self.portal).with_context(active_id=record.id, active_model=model)
                            result = getattr(button, name)(*arguments.get(name, ()))
                        except (AccessError, UserError):
                            result = "refused"
                        self.env.invalidate_all()
                        if result != "refused":
                            self.assertEqual(self._picture(documents), before, f"{name} gave {result!r}")
                        savepoint.rollback()
        self.assertGreater(tried, 20)

    def _picture(self, documents):
        """Return what a customer must not be able to change."""
        self.env.flush_all()
        note = documents["ticketing.delivery.note"].sudo()
        return [
            documents["ticketing.ticket"].sudo().read(["stage_id", "user_id", "billing_state"]),
            note.read(["state", "content_hash", "signer_name", "refuse_reason", "absence_reason", "sign_token"]),
            documents["ticketing.billing.request"].sudo().read(["state", "cancelled", "invoice_id", "attempts"]),
        ]

    def test_a_customer_writes_nothing_directly(self):
        note, ticket = self.documents["mate"]["ticketing.delivery.note"], self.documents["mate"]["ticketing.ticket"]
        for record, values in (
            (ticket, {"name": "Changed"}),
            (note, {"state": "draft"}),
            (note.line_ids, {"quantity": 0}),
        ):
            with self.subTest(record=record), self.assertRaises(UserError), self.env.cr.savepoint():
                record.with_user(self.portal).write(values)
        with self.assertRaises(AccessError):
            self.env["ticketing.ticket"].with_user(self.portal).create({"name": "By the back door"})


@tagged("post_install", "-at_install")
class TestForgery(AccessCase):
    """What a programme could try with the rights that a user does have."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._create_ticket()
        cls.hours = cls._add_hours(cls.ticket, 1)
        cls.material = cls._add_material(cls.ticket, quantity=2)
        cls.stranger_order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [Command.create({"product_id": cls.valve.id, "product_uom_qty": 1})],
            }
        )
        cls.stranger_order.action_confirm()

    def _refused(self, attempt, message=None):
        with self.assertRaises(UserError, msg=message), self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            attempt()
            self.env.flush_all()

    def test_private_methods_are_not_reachable(self):
        for model, names in {
            "ticketing.delivery.note": ("_sign", "_make_ready", "_release_work", "_renew_sign_token", "_token_opens"),
            "ticketing.billing.request": ("_queue_notes", "_approve", "_send", "_cron_bill", "_try", "_bill"),
            "ticketing.ticket": ("_get_or_create_order", "_close_settled", "_move_to_kind", "_cron_close_settled"),
        }.items():
            for name in names:
                with self.subTest(model=model, method=name), self.assertRaises(AccessError):
                    getattr(self.env[model], name)  # it exists: the refusal is no misspelling
                    get_public_method(self.env[model], name)

    def test_a_technician_sets_no_prices(self):
        line = self.material.with_user(self.technician)
        for values in (
            {"price_unit": 1},
            {"discount": 50},
            {"tax_ids": [Command.clear()]},
            {"product_uom_qty": 3, "price_unit": 1},
            {"order_id": self.stranger_order.id},
            {"invoice_lines": [Command.clear()]},
            {"qty_delivered": 9},
            {"customer_lead": 9},
        ):
            with self.subTest(values=values):
                self._refused(lambda values=values: line.write(values))
        for extra in ({"price_unit": 1}, {"discount": 100}, {"tax_ids": [Command.clear()]}, {"covered": True}):
            with self.subTest(create=extra):
                self._refused(lambda extra=extra: self._add_material(self.ticket, **extra))

    def test_a_technician_touches_no_order_that_is_not_a_tickets(self):
        foreign_line = self.stranger_order.order_line.with_user(self.technician)
        self._refused(lambda: foreign_line.write({"product_uom_qty": 9}))
        self._refused(lambda: foreign_line.read(["price_unit"]))
        self._refused(lambda: foreign_line.write({"ticket_id": self.ticket.id}))
        self._refused(lambda: self._add_material(self.ticket, order_id=self.stranger_order.id))
        self._refused(
            lambda: (
                self.env["sale.order.line"]
                .with_user(self.technician)
                .create({"order_id": self.stranger_order.id, "product_id": self.valve.id})
            )
        )
        self._refused(lambda: self.stranger_order.with_user(self.technician).write({"note": "x"}))
        self._refused(lambda: self.ticket.sale_order_id.with_user(self.technician).write({"note": "x"}))
        self.assertEqual(len(self.stranger_order.order_line), 1)

    def test_a_technician_touches_no_ticket_he_does_not_see(self):
        hidden = self.documents["stranger"]["ticketing.ticket"]
        self._refused(lambda: self._add_hours(hidden, 1))
        self._refused(lambda: self._add_material(hidden))
        self._refused(lambda: hidden.with_user(self.technician).action_solve())
        self._refused(lambda: self.hours.with_user(self.technician).write({"ticket_id": hidden.id}))
        self._refused(lambda: self.material.with_user(self.technician).write({"ticket_id": hidden.id}))
        self.assertEqual((self.hours.ticket_id, self.material.ticket_id), (self.ticket, self.ticket))

    def test_the_tickets_order_cannot_be_exchanged(self):
        for name, value in (
            ("sale_order_id", self.stranger_order.id),
            ("sale_order_id", False),
            ("labour_line_id", self.stranger_order.order_line.id),
            ("covered_labour_line_id", self.stranger_order.order_line.id),
        ):
            with self.subTest(field=name):
                self._refused(lambda name=name, value=value: self.ticket.with_user(self.agent).write({name: value}))
        fresh = {"name": "x", "team_id": self.team.id, "partner_id": self.customer.id}
        self._refused(
            lambda: (
                self.env["ticketing.ticket"]
                .with_user(self.agent)
                .create({**fresh, "sale_order_id": self.stranger_order.id})
            )
        )

    def test_hours_cannot_be_sent_to_another_order(self):
        hours = self.hours.with_user(self.technician)
        self._refused(lambda: hours.write({"so_line": self.stranger_order.order_line.id}))
        self._refused(lambda: hours.write({"so_line": False, "is_so_line_edited": True}))
        self._refused(lambda: self._add_hours(self.ticket, 1, so_line=self.stranger_order.order_line.id))

    def test_hours_that_stand_on_a_note_cannot_be_hidden(self):
        note = self.documents["mate"]["ticketing.delivery.note"]
        self._refused(lambda: self.hours.with_user(self.technician).write({"note_id": note.id}))
        self._refused(lambda: self._add_hours(self.ticket, 1, note_id=note.id))
        self.assertFalse(self.hours.note_id)

    def test_hours_moved_to_another_ticket_are_billed_there(self):
        other = self._create_ticket()
        self.hours.with_user(self.technician).write({"ticket_id": other.id})
        self.assertEqual(self.hours.so_line, other.labour_line_id)
        self.assertEqual(self.hours.so_line.order_id, other.sale_order_id)
        self.assertEqual(other.billing_state, "to_deliver")

    def test_an_accountant_records_no_hours(self):
        self._refused(lambda: self._add_hours(self.ticket, 1, user=self.accountant))

    def test_a_signature_cannot_be_forged(self):
        """The evidence comes from signing alone, not from a write; nor by creating a note that is signed already."""
        note = self._make_ready(self.ticket)
        for user in (self.technician, self.manager, self.roles["all"]):
            for values in (
                {"state": "signed", "signer_name": "Marta", "signature": self.signature},
                {"state": "draft"},
                {"signer_name": "Marta"},
                {"content_hash": "0" * 64},
                {"sign_token": "guess"},
                {"ready_on": "2020-01-01"},
                {"sign_method": "portal"},
            ):
                with self.subTest(user=user.login, values=sorted(values)):
                    self._refused(lambda user=user, values=values: note.with_user(user).write(values))
        other = self._create_ticket()
        for values in ({"state": "signed"}, {"state": "ready"}, {"signer_name": "Marta"}, {"content_hash": "0" * 64}):
            with self.subTest(create=values):
                self._refused(
                    lambda values=values: (
                        self.env["ticketing.delivery.note"]
                        .with_user(self.technician)
                        .create({"ticket_id": other.id, "partner_id": self.customer.id, **values})
                    )
                )

    def test_evidence_cannot_be_changed_by_anybody(self):
        note = self._sign(self._make_ready(self.ticket))
        self.assertTrue(note._is_intact())
        later = {"signed_on": "2020-01-01", "signer_name": "X", "signature": False, "content_hash": "0" * 64}
        for user in (self.technician, self.manager, self.accountant, self.env.user):
            for name, value in later.items():
                with self.subTest(user=user.login, field=name):
                    self._refused(lambda user=user, name=name, value=value: note.with_user(user).write({name: value}))
            for name in ("action_draft", "action_cancel", "action_renew_link", "unlink"):
                with self.subTest(user=user.login, method=name):
                    self._refused(lambda user=user, name=name: getattr(note.with_user(user), name)())
        self.assertEqual(note.state, "signed")
        self.assertTrue(note._is_intact())

    def test_billing_is_the_accountants(self):
        note = self._sign(self._make_ready(self.ticket))
        self._run_billing()
        request = note.billing_request_ids
        for user in (self.technician, self.agent, self.manager, self.roles["all"]):
            for name in ("action_approve", "action_retry", "action_bill_again", "action_cancel"):
                with self.subTest(user=user.login, method=name):
                    self._refused(lambda user=user, name=name: getattr(request.with_user(user), name)())
            self._refused(lambda user=user: request.with_user(user).write({"cancelled": True}))
            self._refused(
                lambda user=user: request.with_user(user).create(
                    {"kind": "ticket", "ticket_id": self.ticket.id, "invoice_id": request.invoice_id.id}
                )
            )
        self.assertEqual(request.state, "to_approve")

    def test_an_accountant_moves_a_request_only_by_its_buttons(self):
        """An approval or a billed source that was typed in would be worth nothing."""
        note = self._sign(self._make_ready(self.ticket))
        self._run_billing()
        request = note.billing_request_ids.with_user(self.accountant)
        for values in (
            {"invoice_id": False},
            {"cancelled": True},
            {"approved_on": "2026-01-01 10:00:00"},
            {"approved_by_id": self.manager.id},
            {"sent_on": "2026-01-01 10:00:00"},
            {"note_id": False},
            {"state": "paid"},
            {"error": "none"},
        ):
            with self.subTest(values=sorted(values)):
                self._refused(lambda values=values: request.write(values))
        request.message_post(body="He may write about it")
        request.action_approve()
        self.assertEqual(request.approved_by_id, self.accountant)
