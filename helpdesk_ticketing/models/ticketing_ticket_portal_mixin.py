import uuid
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..tools.coverage import to_minutes
from ..tools.form_values import read_id, read_text
from .ticketing_stage import CLOSED_KINDS, SOLVED_KINDS

SUBJECT_LENGTH = 200
DESCRIPTION_LENGTH = 20_000
FILE_COUNT = 10
FILES_BYTES = 40 * 1024 * 1024
# A closed ticket that comes back after this is a new story, with a new promise.
REOPEN_DAYS = 30


class TicketingTicketPortalMixin(models.AbstractModel):
    """What the customer does with his ticket himself: open it, follow it, say that it works, reopen it."""

    _name = "ticketing.ticket.portal.mixin"
    _description = "Ticket: Self-service"
    _inherit = ["ticketing.share.mixin"]
    _mail_post_access = "read"  # who may read a ticket may answer in it: customers

    portal_key = fields.Char(
        "Form Key", copy=False, readonly=True, help="Of the portal's form: sent twice, it makes one ticket."
    )
    _portal_key_unique = models.UniqueIndex("(portal_key) WHERE portal_key IS NOT NULL", "This form was sent already.")

    def _compute_access_url(self):
        super()._compute_access_url()
        for ticket in self:
            ticket.access_url = f"/my/tickets/{ticket.id}"

    def _get_share_end(self):
        return self.closed_on

    # Lists

    @api.model
    def _get_customer_filters(self):
        """Return the filters of the customer's list: {name: (label, domain)}."""
        return {
            "open": (self.env._("Open"), Domain("stage_kind", "not in", SOLVED_KINDS)),
            "waiting": (self.env._("Waiting for me"), self._get_customer_waiting_domain()),
            "to_sign": (self.env._("To Sign"), Domain("note_ids", "any", [("state", "=", "ready")])),
            "visits": (self.env._("With a Visit"), self._get_customer_visit_domain()),
            "mine": (self.env._("Reported by me"), Domain("partner_id", "=", self.env.user.partner_id.id)),
            "solved": (self.env._("Solved"), Domain("stage_kind", "=", "solved")),
            "closed": (self.env._("Closed"), Domain("stage_kind", "in", CLOSED_KINDS)),
            "all": (self.env._("All"), Domain.TRUE),
        }

    @api.model
    def _get_customer_waiting_domain(self):
        """The desk waits for his answer, or for his signature."""
        return Domain("stage_kind", "=", "waiting") | Domain("note_ids", "any", [("state", "=", "ready")])

    @api.model
    def _get_customer_visit_domain(self):
        """Somebody is going to come: from the beginning of today on, as he may be late."""
        return Domain("stage_kind", "not in", SOLVED_KINDS) & Domain("planned_on", ">=", self._get_day_start())

    @api.model
    def _get_conversation_domain(self, text, tickets):
        """Return the domain of tickets in whose conversation a text stands: what customers read of it, no notes.

        :param tickets: domain of those that are looked at; by their number the search is bounded, not by that of all
        """
        messages = self.env["mail.message"].sudo()  # of tickets that the visitor sees, and nothing internal
        found = messages._search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self._search(tickets)),
                ("message_type", "in", ("comment", "email", "auto_comment")),
                ("subtype_id", "=", self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")),
                ("body", "ilike", text),
            ],
            order="id",
        )
        return Domain("id", "in", found.subselect("res_id"))

    # One ticket

    def _get_contract_minutes(self):
        """Return the minutes of this ticket that its contract has paid; as superuser, for who sees the ticket."""
        self.ensure_one()
        if not self.contract_id:
            return 0
        ((hours,),) = self.env["account.analytic.line"]._read_group(
            [("ticket_id", "=", self.id), ("cover_kind", "=", "contract")], [], ["unit_amount:sum"]
        )
        return to_minutes(hours or 0)

    def _get_stage_steps(self):
        """Return the ticket's way through the stages, as the customer sees it.

        A stage after the present one is not reached, even if it once was: a reopened ticket is not solved.

        :rtype: list of {stage, reached (UTC or False), current, done}
        """
        self.ensure_one()
        moments = self._get_stage_moments()
        stages = self.team_id._get_stages().filtered(
            lambda stage: (
                stage == self.stage_id
                or (stage.kind == "waiting" and stage.id in moments)
                or stage.kind not in ("waiting", "cancelled")
            )
        )
        if self.stage_kind == "cancelled":
            stages = stages.filtered(lambda stage: stage.id in moments)
        if self.stage_id not in stages:
            stages |= self.stage_id
        current = stages.ids.index(self.stage_id.id) if self.stage_id else -1
        return [
            {
                "stage": stage,
                "reached": index <= current and moments.get(stage.id, False),
                "current": index == current,
                "done": index < current,
            }
            for index, stage in enumerate(stages)
        ]

    def _get_stage_moments(self):
        """Return when each stage was reached last: {stage id: UTC}."""
        changes = self.env["mail.tracking.value"].search_fetch(
            [
                ("field_id", "=", self.env["ir.model.fields"]._get(self._name, "stage_id").id),
                ("mail_message_id.model", "=", self._name),
                ("mail_message_id.res_id", "=", self.id),
            ],
            ["old_value_integer", "new_value_integer", "create_date"],
            order="id",
        )
        moments = {(changes[:1].old_value_integer or self.team_id._get_stages()[:1].id): self.create_date}
        for change in changes:
            moments[change.new_value_integer] = change.create_date
        # Set without tracking, as by an import
        moments.setdefault(self.stage_id.id, self.closed_on or self.solved_on or self.create_date)
        return moments

    def _is_reopenable(self):
        """Tell whether the customer may reopen the ticket by himself."""
        self.ensure_one()
        if self.stage_kind not in ("solved", "closed"):
            return False
        return not self.closed_on or self.closed_on + timedelta(days=REOPEN_DAYS) > fields.Datetime.now()

    def _solve_as_customer(self, partner):
        """The customer says that it works again. The caller has checked that the ticket is his; runs as superuser.

        :raises UserError: solved already
        """
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset(["stage_id", "stage_kind"])
        if self.stage_kind in SOLVED_KINDS:
            raise UserError(self.env._("Ticket %s is solved already.", self.number))
        self._post_as_customer(partner, self.env._("It works again."))  # before the stage: an answer could reopen it
        self._move_to_kind("solved")

    def _reopen_as_customer(self, partner, reason=""):
        """The customer says that it does not work after all. As ``_solve_as_customer``.

        :raises UserError: open already, or closed too long ago
        """
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset(["stage_id", "stage_kind"])
        if self.stage_kind not in (*SOLVED_KINDS, *CLOSED_KINDS):
            raise UserError(self.env._("Ticket %s is open already.", self.number))
        if not self._is_reopenable():
            raise UserError(
                self.env._("Ticket %s was closed too long ago to be reopened: report a new one.", self.number)
            )
        reason = read_text(reason)[:DESCRIPTION_LENGTH]
        self._post_as_customer(partner, reason or self.env._("It does not work: please look at it again."))
        if self.stage_kind in SOLVED_KINDS:
            self._move_to_kind("open")

    def _post_as_customer(self, partner, text, **kwargs):
        return self.message_post(
            body=plaintext2html(text) if text else "",
            author_id=partner.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **kwargs,
        )

    # A new one

    @api.model
    def _get_customer_products(self, partner):
        """Return what the customer's company has bought, for the form to choose from (as superuser)."""
        lines = self.env["sale.order.line"].sudo()  # a customer can't search order lines; only his own are
        found = lines._read_group(
            [
                ("order_id.partner_id", "child_of", partner.commercial_partner_id.id),
                ("state", "=", "sale"),
                ("product_id.type", "=", "consu"),
                ("product_id.active", "=", True),
            ],
            ["product_id"],
            order="product_id",
            limit=100,
        )
        return lines.product_id.union(*(product for (product,) in found))

    @api.model
    def _get_customer_units(self, user):
        """Return the equipment of the customer's company, for the form to choose from (as superuser)."""
        units = self.env["stock.lot"].with_user(user)  # what his own rules show him
        if not units.has_access("read"):
            return units.sudo()
        return units.search(units._get_customer_unit_domain(), limit=200, order="name, id").sudo()

    @api.model
    def _get_customer_unit(self, user, text):
        """Return the unit of the customer's company that a form names; none if it is another's."""
        unit = self._get_form_record("stock.lot", text).with_user(user)
        if not unit or not unit.has_access("read"):
            return unit.sudo().browse()
        return unit.filtered_domain(unit._get_customer_unit_domain()).sudo()

    @api.model
    def _create_from_portal(self, user, form, files=(), photos=None):
        """Make the ticket of a customer who is logged in. Runs as superuser: customers have no right to create.

        :param user: res.users who reports
        :param dict form: subject, description, type_id, product_id, lot_id, key (texts, as a browser sends them)
        :param files: [(name, content)]
        :param photos: {input's name: [(name, content)]}, to questions of the type that are answered with a photo
        :return: the ticket; empty when the same form (key) was sent before
        :raises ValidationError: what the customer has to correct
        """
        values = self._prepare_portal_values(user, form, photos or {})
        files = [*files, *(file for sent in (photos or {}).values() for file in sent)]
        self._check_portal_files(files)
        self._check_portal_flood(user.partner_id.commercial_partner_id)
        if values["portal_key"] and self._get_by_portal_key(user, values["portal_key"]):
            return self.browse()
        ticket = self._create_once(values)
        if ticket and files:
            ticket._post_as_customer(user.partner_id, "", attachments=list(files))
        return ticket

    @api.model
    def _create_once(self, values):
        """Make the ticket of a form; return none when the same form makes it at the same moment, on another worker."""
        try:
            with self.env.cr.savepoint():
                ticket = self.create(values)
                self.env.flush_all()
        except psycopg2.errors.UniqueViolation:
            return self.browse()
        return ticket

    @api.model
    def _prepare_portal_values(self, user, form, photos):
        subject = " ".join(read_text(form.get("subject")).split())
        description = read_text(form.get("description"))
        if not subject:
            raise ValidationError(self.env._("Say in a few words what it is about."))
        if len(subject) > SUBJECT_LENGTH:
            raise ValidationError(self.env._("The subject is too long: %s characters at the most.", SUBJECT_LENGTH))
        if not description:
            raise ValidationError(self.env._("Describe what happened."))
        if len(description) > DESCRIPTION_LENGTH:
            raise ValidationError(
                self.env._(
                    "The description is too long: %s characters at the most. Attach a file instead.", DESCRIPTION_LENGTH
                )
            )
        kind = self._get_form_type(user.company_id, form.get("type_id"))
        product = self._get_form_record("product.product", form.get("product_id"))
        unit = self._get_customer_unit(user, form.get("lot_id"))
        values = {
            "name": subject,
            "description": plaintext2html(description.replace("\r\n", "\n")),
            "partner_id": user.partner_id.id,
            "channel_id": self.env["ticketing.channel"]._get_by_code("portal").id,
            "type_id": kind.id,
            "product_id": (unit.product_id or product & self._get_customer_products(user.partner_id)).id,
            "lot_id": unit.id,
            "user_id": False,
            "portal_key": form.get("key") or False,
            "form_answer_ids": self._prepare_form_answers(kind, form, photos),
        }
        if team := self._get_form_team(user.company_id, kind):
            values["team_id"] = team.id
        return values

    @api.model
    def _get_form_record(self, model, text):
        return self.env[model].browse(read_id(text)).exists()

    @api.model
    def _check_portal_files(self, files):
        if len(files) > FILE_COUNT:
            raise ValidationError(self.env._("Send %s files at the most.", FILE_COUNT))
        if sum(len(content) for __, content in files) > FILES_BYTES:
            raise ValidationError(
                self.env._("The files are too big: %s MB at the most, all together.", FILES_BYTES // 1024 // 1024)
            )

    @api.model
    def _check_portal_flood(self, partner):
        throttle = self.env["ticketing.throttle"]
        if minutes := throttle._get_wait("ticket", str(partner.id)):
            raise ValidationError(
                self.env._("Too many tickets at once: please wait %s minutes, or add to an open ticket.", minutes)
            )
        throttle._count("ticket", str(partner.id))

    @api.model
    def _new_key(self):
        """Return a key for a new form."""
        return uuid.uuid4().hex

    @api.model
    def _get_by_portal_key(self, user, key):
        """Return the ticket that a customer's form made (empty if none)."""
        return self.search([("portal_key", "=", key), ("partner_id", "=", user.partner_id.id)], limit=1)
