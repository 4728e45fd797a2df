from odoo import api, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import plaintext2html

from ..tools.form_values import read_text
from ..tools.pictures import is_picture

DESCRIPTION_LENGTH = 4000
SUBJECT_LENGTH = 80
CONTACT_LENGTH = 120
PICTURE_COUNT = 5
PICTURES_BYTES = 15 * 1024 * 1024


class TicketingTicketFaultMixin(models.AbstractModel):
    """A fault that somebody reports who scanned the label on a unit, without log-in."""

    _name = "ticketing.ticket.fault.mixin"
    _description = "Ticket: Reported from a Label"

    @api.model
    def _create_from_label(self, unit, form, files, address):
        """Make the ticket of whoever stands before a unit. Runs as superuser: its label is the right to report.

        He is the unit's customer only if he says so with an address that is known there: the desk looks at the others.

        :param unit: stock.lot whose label was scanned
        :param dict form: description, name, email, phone, key (texts, as a browser sends them)
        :param files: [(name, content)]
        :param str address: the network address he writes from
        :return: the ticket; empty when the same form (key) was sent before
        :raises ValidationError: what he has to correct
        """
        values = self._prepare_fault_values(unit, form)
        self._check_fault_pictures(files)
        self._check_fault_flood(unit, address)
        if values["portal_key"] and self._get_by_label_key(unit, values["portal_key"]):
            return self.browse()
        ticket = self.with_company(unit.ticketing_label_company_id)._create_once(values)
        if ticket and files:
            ticket.message_post(
                author_id=ticket.partner_id.id,
                email_from=tools.formataddr((values.get("partner_name"), values["email_from"] or "")),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                attachments=list(files),
            )
        return ticket

    @api.model
    def _prepare_fault_values(self, unit, form):
        texts = {name: read_text(form.get(name)) for name in ("description", "name", "email", "phone")}
        self._check_fault_texts(texts)
        email = tools.email_normalize(texts["email"])
        contact = self._find_contact_of_unit(unit, email)
        values = {
            "name": self._get_fault_subject(texts["description"]),
            "description": plaintext2html(texts["description"].replace("\r\n", "\n")),
            "partner_id": contact.id,
            "email_from": email,
            "partner_phone": texts["phone"],
            "lot_id": unit.id,
            "product_id": unit.product_id.id,
            "channel_id": self.env["ticketing.channel"]._get_by_code("portal").id,
            "user_id": False,
            "portal_key": form.get("key") or False,
        }
        return values if contact else {**values, "partner_name": texts["name"]}

    @api.model
    def _check_fault_texts(self, texts):
        if not texts["description"]:
            raise ValidationError(self.env._("Describe what happened."))
        if len(texts["description"]) > DESCRIPTION_LENGTH:
            raise ValidationError(
                self.env._("The description is too long: %s characters at the most.", DESCRIPTION_LENGTH)
            )
        if not texts["name"]:
            raise ValidationError(self.env._("Say who you are."))
        if not texts["email"] and not texts["phone"]:
            raise ValidationError(self.env._("Leave an email address or a phone number, so that we can answer."))
        if texts["email"] and not tools.email_normalize(texts["email"]):
            raise ValidationError(self.env._("The email address is not complete."))
        if any(len(texts[name]) > CONTACT_LENGTH for name in ("name", "email", "phone")):
            raise ValidationError(self.env._("Name, email and phone: %s characters at the most.", CONTACT_LENGTH))

    @api.model
    def _get_fault_subject(self, description):
        """Return the beginning of what was said: nobody is asked for a subject who stands before a broken machine."""
        line = " ".join(description.splitlines()[0].split())
        return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1].rsplit(' ', 1)[0]}…"

    @api.model
    def _find_contact_of_unit(self, unit, email):
        partners = self.env["res.partner"]
        if not email or not unit.ticketing_customer_id:
            return partners
        return partners.search(
            [("email_normalized", "=", email), ("commercial_partner_id", "=", unit.ticketing_customer_id.id)], limit=1
        )

    @api.model
    def _check_fault_pictures(self, files):
        if len(files) > PICTURE_COUNT:
            raise ValidationError(self.env._("Send %s photos at the most.", PICTURE_COUNT))
        if sum(len(content) for __, content in files) > PICTURES_BYTES:
            raise ValidationError(
                self.env._("The photos are too big: %s MB at the most, all together.", PICTURES_BYTES // 1024 // 1024)
            )
        for name, content in files:
            if not is_picture(content):
                raise ValidationError(self.env._("%s is not a photo: only pictures can be sent from here.", name[:80]))

    @api.model
    def _check_fault_flood(self, unit, address):
        throttle = self.env["ticketing.throttle"]
        keys = (throttle._get_address_key(address), f"unit {unit.id}")
        if minutes := max(throttle._get_wait("fault", key) for key in keys):
            raise ValidationError(
                self.env._("Too many faults were reported from here: please wait %s minutes, or call us.", minutes)
            )
        for key in keys:
            throttle._count("fault", key)

    @api.model
    def _get_by_label_key(self, unit, key):
        """Return the ticket that a form about this unit made (empty if none)."""
        return self.search([("portal_key", "=", key), ("lot_id", "=", unit.id)], limit=1)
