import psycopg2

from odoo import api, models, tools
from odoo.tools import SQL

from ..tools.inbound_mail import Quarantined, Undeliverable, Unreadable
from ..tools.mail_mend import put_back, scrub, tame_bodies


class MailThread(models.AbstractModel):
    """The gateway's entry. Mail for the desk goes through the journal, all other mail is left to core."""

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self, model, message, custom_values=None, save_original=False, strip_attachments=False, thread_id=None
    ):
        """Enter mail for the desk into the journal, which then calls this method again to deliver it.

        The caller (a mail server that hands a message over, or the fetching of a mailbox) is told that all is well as
        soon as the journal holds the message, also when it is quarantined or failed: an error would make the one send
        a report to an address that may be forged, and the other lose the message. Errors with mail for other
        applications reach the caller as ever.
        """
        gateway = {
            "model": model,
            "custom_values": custom_values,
            "save_original": save_original,
            "strip_attachments": strip_attachments,
            "thread_id": thread_id,
        }
        if self.env.context.get("ticketing_mail"):
            return super().message_process(message=message, **gateway)
        Inbound = self.env["ticketing.inbound"]
        mail = Inbound._read(message)
        if Inbound._concerns_desk(mail, model):
            # Mail servers speak no language: what the journal says is kept in the company's.
            lang = self.env.lang or self.env.company.partner_id.lang
            return Inbound.with_context(lang=lang)._receive(mail, gateway)
        try:
            return super().message_process(message=message, **gateway)
        except Undeliverable as error:
            Inbound._receive(mail, gateway, undeliverable=str(error))
            return False

    @api.model
    def message_parse(self, message, save_original=False):
        """Read a message for the desk, whatever it is.

        :raises Unreadable: core's parser can't read it in this version
        """
        mail = self.env.context.get("ticketing_mail")
        if not mail:
            return super().message_parse(message, save_original=save_original)
        try:
            if not mail.is_light:
                tamed = tame_bodies(message)
                mail.notes += tamed
                mail.is_cut = mail.is_cut or bool(tamed)
            values = super().message_parse(message, save_original=save_original)
        except psycopg2.Error:
            raise  # no fault of the message
        except Exception as error:
            raise Unreadable(f"{type(error).__name__}: {error}") from error
        values = scrub(values)
        values["attachments"] = put_back(values.get("attachments", []), mail.contents)
        if mail.is_cut:
            values["attachments"].append(self._Attachment("original_email.eml", mail.raw, {}))
        return mail.complete(values)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Let the journal correct core's routes, and tell mail that nobody can route from other errors."""
        mail = self.env.context.get("ticketing_mail")
        try:
            routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        except Undeliverable:
            raise
        except ValueError as error:
            raise Undeliverable(str(error)) from error
        if mail:
            inbound = (
                self.env["ticketing.inbound"].sudo().browse(mail.inbound_id)
            )  # the gateway's user reads no journal
            routes = inbound._correct_routes(mail, message_dict, routes)
        return routes

    @api.model
    @tools.ormcache()
    def _get_bouncing_models(self):
        """Return the models that count bounces, which core searches for with each message."""
        counting = self.env["ir.model"].sudo().search([("is_mail_blacklist", "=", True)])  # as core
        names = set(counting.mapped("model")) - {"mail.thread.blacklist"}
        return tuple(sorted(name for name in names if name in self.env and not self.env[name]._abstract))

    @api.model
    def _routing_reset_bounce(self, email_message, message_dict):
        """As core: an address that writes works again. Without asking each time which models count bounces."""
        if not self.env.context.get("ticketing_mail"):
            return super()._routing_reset_bounce(email_message, message_dict)
        address = tools.email_normalize(message_dict["email_from"])
        for name in self._get_bouncing_models() if address else ():
            if name == "res.partner" and not self._get_sender_facts(address)["bounces"]:
                continue
            bounced = [("message_bounce", ">", 0), ("email_normalized", "=", address)]
            self.env[name].sudo().search(bounced)._message_reset_bounce(address)  # as core
        return None

    @api.model
    def _get_sender_facts(self, address):
        """Return whether mail to an address has bounced, and whether a user has it: one question for both.

        :return: {"bounces": bool, "is_user": bool}
        """
        known = self.env.context["ticketing_mail"].sender_facts
        if address not in known:
            self.env["res.partner"].flush_model(["active", "email_normalized", "message_bounce"])
            self.env["res.users"].flush_model(["active", "partner_id"])
            known[address] = self.env.execute_query_dict(
                SQL(
                    """
                    SELECT coalesce(bool_or(partner.active AND partner.message_bounce > 0), FALSE) AS bounces,
                           coalesce(bool_or(usr.id IS NOT NULL), FALSE) AS is_user
                      FROM res_partner partner
                      LEFT JOIN res_users usr ON usr.partner_id = partner.id AND usr.active
                     WHERE partner.email_normalized = %s
                    """,
                    address,
                )
            )[0]
        return known[address]

    @api.model
    def _mail_find_user_for_gateway(self, email_value, alias=None):
        """As core, after one question: most who write to the desk are no users, and core finds that out with six."""
        if self.env.context.get("ticketing_mail"):
            address = tools.email_normalize(email_value)
            if not address or not self._get_sender_facts(address)["is_user"]:
                return self.env["res.users"]
        return super()._mail_find_user_for_gateway(email_value, alias=alias)

    @api.model
    def _detect_loop_headers(self, msg_dict):
        """An answer to one of core's own notices is quarantined, not dropped."""
        found = super()._detect_loop_headers(msg_dict)
        if found and self.env.context.get("ticketing_mail"):
            raise Quarantined(self.env._("It answers a notice that this system sent automatically."))
        return found

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Core bounces who writes often; the journal counts by itself, and bounces nobody."""
        if self.env.context.get("ticketing_mail"):
            return False
        return super()._detect_loop_sender(message, message_dict, routes)

    def _routing_create_bounce_email(self, email_from, body_html, message, **mail_values):
        """Machines, and senders of what is kept for another try, are told nothing."""
        mail = self.env.context.get("ticketing_mail")
        if mail and not mail.may_answer:
            return None
        return super()._routing_create_bounce_email(email_from, body_html, message, **mail_values)
