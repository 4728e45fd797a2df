import importlib
import importlib.util
import re
from datetime import timedelta
from typing import NamedTuple

from odoo import Command, fields
from odoo.tests import new_test_user

from .access_doors import MISSING, ODD, PUBLISHED, VALUES, WHO, mark
from .common import AGENT
from .common_asset import PortalAssetCase, make_photo
from .common_progress import ProgressCase

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
# A parameter of an address: <page>, <int:page>, <model("forum.post"):question>.
PARAMETER = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
KINDS = ("ticket", "note", "certificate", "unit", "staff")
CUSTOMERS_PLACES = {
    "one": ("own", "colleague", "ended"),
    "two": ("own", "colleague", "ended"),
    "alone": ("own", "colleague"),
    "other": ("other",),
    "other with link": ("other",),
    "agent": ("foreign",),
}
# What a stranger must leave as it is: the add-ons' tables, and those of core in which their documents stand.
CORE_TABLES = [
    "account_move",
    "account_move_line",
    "mail_followers",
    "mail_message",
    "mail_mail",
    "rating_rating",
    "sale_order",
    "sale_order_line",
    "stock_lot",
    "stock_picking",
    "stock_move",
    "project_milestone",
    "project_task",
    "account_analytic_line",
    "res_partner",
]


class Paper(NamedTuple):
    """What an address may say of one document."""

    id: int
    token: str = "x" * 32  # of its share link, or what its own address ends with
    revoked: str = "y" * 36  # the share link that it had before
    key: str = "0" * 32
    plan_id: int = MISSING
    file_id: int = MISSING
    forum_id: int = MISSING
    topic: str = f"topic-{MISSING}"  # as it stands in an address


class AccessWorld(ProgressCase, PortalAssetCase):
    """A document of each kind at each place: Marta's, her colleague's, another customer's, another company's."""

    # Of the last picture: rows written until then, and the tables that had changed.
    written = None
    changed = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_strangers()
        cls.papers = {}  # {(kind, place): Paper}
        for place, partner in (("own", cls.contact), ("colleague", cls.colleague.partner_id)):
            cls._make_papers(place, partner)
        cls._make_papers("other", cls.stranger.partner_id)
        cls._make_foreign_papers()
        cls._make_articles()
        cls._make_feedback()
        cls._make_ended_ticket()
        for addon in cls._load_addons():
            addon.make_papers(cls)
        for kind in {kind for kind, __ in cls.papers}:
            for place, number in ODD.items():
                cls.papers[kind, place] = Paper(
                    number, plan_id=number, file_id=number, forum_id=number, topic=f"topic-{number}"
                )
        cls.env.flush_all()

    @classmethod
    def _load_addons(cls):
        """Return what further add-ons that are installed say of their own doors."""
        names = [f"odoo.addons.{name}.tests.access_doors" for name in sorted(cls.registry._init_modules)]
        ours = [name for name in names if name.startswith("odoo.addons.helpdesk_ticketing_")]
        return [importlib.import_module(name) for name in ours if importlib.util.find_spec(name)]

    @classmethod
    def _set_up_strangers(cls):
        address = {"street": "Calle 1", "zip": "46001", "city": "Valencia", "country_id": cls.env.ref("base.es").id}
        cls.other_company.write({"vat": "ESA46103834", "email": "office@other.example", **address})
        cls.foreign_company = cls.env["res.company"].create({"name": "Foreign, S.L.", "iap_enrich_auto_done": True})
        alone = cls.contact.copy({"name": "Alone", "email": "alone@customer.example", "ticketing_sees": "own"})
        cls._create_portal_user("alone.portal", alone)
        new_test_user(cls.env, login="matrix.employee", groups="base.group_user", name="Employee")
        agent = new_test_user(
            cls.env,
            login="matrix.agent",
            groups=AGENT,
            name="Foreign Agent",
            company_id=cls.foreign_company.id,
            company_ids=[Command.set(cls.foreign_company.ids)],
        )
        cls.foreign_team = cls.env["ticketing.team"].create(
            {
                "name": "Foreign Desk",
                "company_id": cls.foreign_company.id,
                "resource_calendar_id": cls.foreign_company.resource_calendar_id.id,
                "member_ids": [Command.set(agent.ids)],
            }
        )

    # One place

    @classmethod
    def _make_papers(cls, place, partner):
        unit = cls._make_unit(place, partner, company_id=cls.company.id)
        ticket = cls._make_ticket(place, partner, lot_id=unit.id)
        cls._add_hours(ticket, 1, name=mark("note", place))
        ticket._get_or_create_note().summary = mark("note", place)
        note = cls._make_ready(ticket)
        customer = partner.commercial_partner_id
        project = cls.project.copy({"partner_id": customer.id})  # core shows projects to all staff: without the mark
        plan = cls._make_plan(name=mark("certificate", place), customer=customer, project_id=project.id)
        plan.milestone_ids[0].is_reached = True  # its name is core's: all staff may read it
        certificate = cls._certify(plan)
        file = cls._attach(certificate, mark("certificate", place))
        certificate.action_ready()
        exports = cls.env["ticketing.sla.export"].with_user(cls.manager).create({"domain": "[]"})
        cls.papers |= {
            ("ticket", place): cls._share(ticket, key=ticket.portal_key, file_id=ticket.message_ids.attachment_ids.id),
            ("note", place): cls._share(note),
            ("certificate", place): cls._share(certificate, plan_id=plan.id, file_id=file.id),
            ("signing", place): Paper(note.id, note.sign_token),
            ("signing file", place): Paper(certificate.id, certificate.sign_token, file_id=file.id),
            ("unit", place): Paper(unit.id, unit.ticketing_label_token),
            ("export", place): Paper(exports.id),
        }

    @classmethod
    def _make_unit(cls, place, partner, **values):
        unit = cls.env["stock.lot"].create(
            {
                "name": mark("unit", place),
                "product_id": cls.pump.id,
                "ticketing_manual_customer_id": partner.id,
                "ticketing_manual_reason": "Sold before",
                "note": mark("staff", place),
                **values,
            }
        )
        unit._renew_label_tokens()
        return unit

    @classmethod
    def _make_ticket(cls, place, partner, **values):
        ticket = cls._create_ticket(
            name=mark("ticket", place),
            description=f"<p>{mark('ticket', place)}</p>",
            partner_id=partner.id,
            portal_key=cls.env["ticketing.ticket"]._new_key(),
            **values,
        )
        ticket.message_post(
            body=mark("ticket", place),
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
            attachments=[(f"{mark('ticket', place)}.txt", mark("ticket", place).encode())],
        )
        ticket.message_post(body=mark("staff", place), subtype_xmlid="mail.mt_note")
        return ticket

    @classmethod
    def _attach(cls, record, name):
        return cls.env["ir.attachment"].create(
            {"name": f"{name}.jpg", "raw": make_photo(), "res_model": record._name, "res_id": record.id}
        )

    @classmethod
    def _share(cls, document, **values):
        """Give a document a share link after it had another one that was revoked."""
        revoked = document._portal_ensure_token()
        document.action_revoke_share()
        return Paper(document.id, document._portal_ensure_token(), revoked, **values)

    # Odd places

    @classmethod
    def _make_foreign_papers(cls):
        """Marta is a customer of another company of ours, too: its documents are no business of this portal."""
        unit = cls._make_unit("foreign", cls.contact, company_id=cls.foreign_company.id)
        ticket = cls._make_ticket("foreign", cls.contact, team_id=cls.foreign_team.id, user_id=False, lot_id=unit.id)
        note = cls.env["ticketing.delivery.note"].create({"ticket_id": ticket.id, "partner_id": cls.contact.id})
        cls.papers |= {
            ("ticket", "foreign"): cls._share(ticket, key=ticket.portal_key),
            ("unit", "foreign"): Paper(unit.id, unit.ticketing_label_token),
            ("note", "foreign"): Paper(note.id),
            ("certificate", "foreign"): Paper(note.id),
            ("signing", "foreign"): Paper(note.id),
            ("signing file", "foreign"): Paper(note.id),
            ("export", "foreign"): cls.papers["export", "other"],
        }

    @classmethod
    def _make_articles(cls):
        states = {"own": "published", "colleague": "internal", "other": "draft", "foreign": "published"}
        for place, state in states.items():
            company = cls.foreign_company if place == "foreign" else cls.company
            text = mark("article", place)
            article = cls.env["ticketing.article"].create(
                {"name": text, "body": f"<p>{text}</p>", "state": state, "company_id": company.id}
            )
            article.attachment_ids = file = cls._attach(article, text)
            cls.papers["article", place] = Paper(article.id, file_id=file.id)

    @classmethod
    def _make_feedback(cls):
        cls.team.write({"feedback_ask": True, "feedback_delay": 0})
        tickets = {}
        for place, user in (("own", cls.marta), ("colleague", cls.colleague), ("other", cls.stranger)):
            tickets[place] = cls._make_ticket(place, user.partner_id)
            tickets[place].action_solve()
            tickets[place].solved_on = fields.Datetime.now() - timedelta(minutes=1)
        cls.env["ticketing.feedback"]._ask_due(fields.Datetime.now())
        for place, ticket in tickets.items():
            cls.papers["feedback", place] = Paper(ticket.feedback_ids.id, ticket.feedback_ids.access_token)

    @classmethod
    def _make_ended_ticket(cls):
        ticket = cls._make_ticket("ended", cls.contact)
        ticket._move_to_kind("closed")
        ticket.flush_recordset()
        ticket.closed_on = fields.Datetime.now() - timedelta(days=91)
        cls.papers["ticket", "ended"] = cls._share(ticket)

    def _get_address(self, route, door, place):
        """Return the address of a document."""
        paper = self.papers[door.kind, place] if door.kind else None

        def value(match):
            said = VALUES[match.group(1)]
            return str(said if not isinstance(said, str) or not hasattr(paper, said) else getattr(paper, said))

        return PARAMETER.sub(value, route)

    # The tables

    def _list_tables(self):
        """Return the tables that a stranger must leave as they are, and how many rows of them were written until now.

        Of the test's own transaction; what was rolled back to a savepoint is counted, too.
        """
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT array_agg(relname ORDER BY relname), sum(n_tup_ins + n_tup_upd + n_tup_del)"
            " FROM pg_stat_xact_user_tables WHERE schemaname = 'public'"
            " AND (relname LIKE '%%ticketing%%' AND relname != 'ticketing_throttle' OR relname = ANY(%s))",
            [[*CORE_TABLES, "ir_attachment"]],
        )
        return self.env.cr.fetchone()

    def _picture(self):
        """Return a sum of everything that a stranger must leave as it is."""
        tables, self.written = self._list_tables()
        self.changed = []
        union = " UNION ALL ".join(
            f"""SELECT '{name}', md5(string_agg(row::text, '|' ORDER BY row::text)) FROM "{name}" AS row"""
            for name in tables
            if name != "ir_attachment"
        )
        self.env.cr.execute(union)
        picture = dict(self.env.cr.fetchall())
        self.env.cr.execute("SELECT count(*), max(id) FROM ir_attachment WHERE res_model IS DISTINCT FROM 'ir.ui.view'")
        return {**picture, "ir_attachment": self.env.cr.fetchone()}

    def _list_published(self, *actors):
        """Return the secret words of what is published for any of these actors."""
        return {
            mark(kind, place)
            for kind, word in PUBLISHED.items()
            for place, readers in WHO[word].items()
            if readers & set(actors)
        }

    def _find_marks(self, text):
        """Return the secret words that stand in a text."""
        return set(re.findall(r"zq[a-z]+zq", text))

    def _list_changed(self, before):
        """Return the tables that changed since a picture; they are compared again when something was written."""
        if self._list_tables()[1] != self.written:
            after = self._picture()
            self.changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        return self.changed
