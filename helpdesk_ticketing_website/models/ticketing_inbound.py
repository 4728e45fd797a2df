from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import mimetypes

from odoo.addons.helpdesk_ticketing.models.ticketing_ticket_fault_mixin import CONTACT_LENGTH
from odoo.addons.helpdesk_ticketing.models.ticketing_ticket_portal_mixin import DESCRIPTION_LENGTH, SUBJECT_LENGTH
from odoo.addons.helpdesk_ticketing.tools.form_values import read_id, read_text

# Of no host: nobody answers to it, and no alias has it.
FORM_ADDRESS = "report@website-form.invalid"


class TicketingInbound(models.Model):
    """What strangers report on the website comes in as a message of theirs.

    So it is in the journal before anything can fail, is a duplicate when it is sent twice, waits in quarantine when the
    desk's rules say so, is acknowledged as mail is, and the visitor is told the same in each of these cases.
    """

    _inherit = "ticketing.inbound"

    @api.model
    def _receive_report(self, website, form, files, address):
        """Enter what a visitor reports into the journal, and process it. Runs as superuser: strangers have no rights.

        :param website: website on which he is
        :param dict form: subject, description, name, email, type_id, consent, key (texts, as a browser sends them)
        :param files: [(name, content)]
        :param str address: the network address he writes from
        :raises ValidationError: what he has to correct
        """
        report = self._read_report(website, form)
        self.env["ticketing.ticket"]._check_fault_pictures(files)
        self._check_report_flood(address)
        company = website.company_id
        gateway = {
            "model": "ticketing.ticket",
            "website_form": True,
            "custom_values": self._prepare_report_values(website, report),
        }
        journal = self.with_user(SUPERUSER_ID).with_company(company).with_context(lang=company.partner_id.lang)
        journal._receive(journal._read(self._make_report_message(website, report, files)), gateway)

    @api.model
    def _read_report(self, website, form):
        """Return {name, email, subject, description, kind, key}; check what was typed.

        :raises ValidationError: what has to be corrected
        """
        report = {name: read_text(form.get(name)) for name in ("name", "email", "subject", "description")}
        report["subject"] = " ".join(report["subject"].split())
        report["name"] = " ".join(report["name"].split())
        report["email"] = tools.email_normalize(report["email"]) or ""
        self._check_report(report)
        if not form.get("consent"):
            raise ValidationError(self.env._("Please agree that we use what you send to answer you."))
        kinds = website._get_ticketing_types()
        report["kind"] = kinds.filtered(lambda kind: kind.id == read_id(form.get("type_id")))
        report["key"] = form.get("key")
        return report

    @api.model
    def _check_report(self, report):
        if not report["subject"]:
            raise ValidationError(self.env._("Say in a few words what it is about."))
        if len(report["subject"]) > SUBJECT_LENGTH:
            raise ValidationError(self.env._("The subject is too long: %s characters at the most.", SUBJECT_LENGTH))
        if not report["description"]:
            raise ValidationError(self.env._("Describe what happened."))
        if len(report["description"]) > DESCRIPTION_LENGTH:
            raise ValidationError(
                self.env._("The description is too long: %s characters at the most.", DESCRIPTION_LENGTH)
            )
        if not report["name"]:
            raise ValidationError(self.env._("Say who you are."))
        if not report["email"] or not report["email"].isascii():
            raise ValidationError(self.env._("The email address is not complete."))
        if len(report["name"]) > CONTACT_LENGTH or len(report["email"]) > CONTACT_LENGTH:
            raise ValidationError(self.env._("Name and email: %s characters at the most.", CONTACT_LENGTH))

    @api.model
    def _check_report_flood(self, address):
        throttle = self.env["ticketing.throttle"]
        key = throttle._get_address_key(address)
        if minutes := throttle._get_wait("report", key):
            raise ValidationError(
                self.env._("Too much was reported from here: please wait %s minutes, or call us.", minutes)
            )
        throttle._count("report", key)

    @api.model
    def _prepare_report_values(self, website, report):
        """Return the values of the ticket beside what the message says. Kept with the message: no records, no dates."""
        return {
            "team_id": website._get_ticketing_team(report["kind"]).id,
            "type_id": report["kind"].id,
            "channel_id": self.env["ticketing.channel"]._get_by_code("website").id,
        }

    @api.model
    def _make_report_message(self, website, report, files):
        """Return the report as the mail that the visitor could have written."""
        message = EmailMessage(policy=SMTP)
        message["From"] = tools.formataddr((report["name"], report["email"]))
        message["To"] = tools.formataddr((website.name, FORM_ADDRESS))
        message["Subject"] = report["subject"]
        message["Date"] = format_datetime(fields.Datetime.now())
        message["Message-ID"] = f"<{report['key']}@website-form.{self.env['ticketing.ticket']._get_mail_marker()}>"
        message["X-Consent"] = "given on the form"
        message.set_content(report["description"].replace("\r\n", "\n"))
        for name, content in files:
            maintype, __, subtype = mimetypes.guess_mimetype(content, "image/png").partition("/")
            message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name.replace("\n", " ")[:80])
        return message.as_bytes()

    def _correct_route(self, mail, message_dict, route):
        """A report is a new ticket and nobody's act but the form's: an address is typed in faster than mail is forged."""
        if (self.gateway or {}).get("website_form"):
            model, __, values, __, alias = route
            return (model, False, values, SUPERUSER_ID, alias)
        return super()._correct_route(mail, message_dict, route)

    @api.model
    def _enter(self, mail, gateway):
        inbound = super()._enter(mail, gateway)
        if gateway.get("website_form"):
            inbound.channel_id = self.env["ticketing.channel"]._get_by_code("website")
        return inbound
