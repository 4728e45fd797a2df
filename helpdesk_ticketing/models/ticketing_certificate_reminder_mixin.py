import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

REMINDERS = 3
BATCH = 100
CRON = "helpdesk_ticketing.ir_cron_acceptance"
TEMPLATE = "helpdesk_ticketing.mail_template_certificate"
REMINDER_TEMPLATE = "helpdesk_ticketing.mail_template_certificate_reminder"


class TicketingCertificateReminderMixin(models.AbstractModel):
    """Mails to who is to accept a certificate. Silence is followed by reminders and never means acceptance."""

    _name = "ticketing.certificate.reminder.mixin"
    _description = "Certificate: Mails and Reminders"

    link_pending = fields.Boolean("Link to be Mailed", copy=False, readonly=True)
    remind_on = fields.Datetime("Next Reminder", copy=False, readonly=True)
    reminder_count = fields.Integer("Reminders", copy=False, readonly=True)
    reminder_tries = fields.Integer(
        "Reminders Tried", copy=False, readonly=True, help="Those that could not be mailed included."
    )

    _link_pending_index = models.Index("(id) WHERE link_pending IS TRUE")
    _remind_index = models.Index("(remind_on) WHERE state = 'ready' AND remind_on IS NOT NULL")

    # Mails

    def _send_to_signer(self, xmlid):
        """Mail the next one to sign a link of his own, and nobody else: who has it may sign.

        So it is no message on the certificate, which customer and lender read both.

        :raises UserError: he has no address
        """
        self.ensure_one()
        signer = self._get_signer()
        if not signer.email:
            raise UserError(self.env._("%s has no email address: show the QR code instead.", signer.display_name))
        if not self.sign_url:
            self._renew_sign_token()
        texts = self._render_texts(xmlid)
        self.message_notify(
            partner_ids=signer.ids,
            email_layout_xmlid="mail.mail_notification_light",
            model_description=self._describe(signer.lang),
            **texts,
        )
        self._message_log(body=self.env._("Sent to %(name)s: %(subject)s", name=signer.name, subject=texts["subject"]))

    def _describe(self, lang):
        return self.with_context(lang=lang).env._("Certificate")

    def _render_texts(self, xmlid):
        """Return subject and body in the recipient's language, and the sender."""
        template = self.env.ref(xmlid).sudo()  # who may send it need not be able to read what it tells

        def render(name, **options):
            return template._render_field(name, self.ids, compute_lang=True, **options)[self.id]

        return {
            "subject": render("subject"),
            "body": render("body_html", options={"post_process": True}),
            "email_from": render("email_from"),
        }

    # Silence

    @api.model
    def _trigger_acceptance(self):
        self.env["ir.cron"]._trigger_at_commit(CRON)

    @api.model
    def _cron_follow_acceptance(self):
        """Ask who is next, and remind who is silent; one bad certificate does not stop the others."""
        due = ["|", ("link_pending", "=", True), ("remind_on", "<=", fields.Datetime.now())]
        notes = self.search([("state", "=", "ready"), ("plan_id", "!=", False), *due], limit=BATCH, order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(notes))
        for note in notes:
            locked = note.try_lock_for_update()
            if locked and locked._is_mail_due():
                locked._try_follow()
            if not cron._commit_progress(1):
                self._trigger_acceptance()
                return
        if len(notes) == BATCH:
            self._trigger_acceptance()

    def _is_mail_due(self):
        """Tell, once it is locked, whether it still waits."""
        self.invalidate_recordset()
        return self.state == "ready" and (
            self.link_pending or (self.remind_on and self.remind_on <= fields.Datetime.now())
        )

    def _try_follow(self):
        try:
            with self.env.cr.savepoint():
                self._in_terms_of_responsible()._follow_acceptance()
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise  # a conflict with another worker: the whole run is repeated
        except Exception as error:  # whatever a template or an address does wrong
            _logger.warning("Mail of certificate %s: %s", self.id, error, exc_info=not isinstance(error, UserError))
            self.env.invalidate_all()
            note = self._in_terms_of_responsible()
            note._put_off(tried=not note.link_pending)
            note._ask_responsible(note.env._("The certificate could not be mailed"), str(error))

    def _in_terms_of_responsible(self):
        """Return the certificate as who looks after it has it: its company, and in his language what he is told."""
        return self.with_company(self.company_id).with_context(lang=self._get_responsible().lang)

    def _follow_acceptance(self):
        if self.link_pending:
            self.link_pending = False
            self._send_to_signer(TEMPLATE)
        elif self.reminder_tries < REMINDERS:
            self._send_to_signer(REMINDER_TEMPLATE)
            self._put_off(tried=True, sent=True)
        else:
            self.remind_on = False
            self._ask_responsible(self.env._("No answer to the certificate"), self._explain_silence())

    def _explain_silence(self):
        """Return what happened until now: only what was mailed is a reminder."""
        name = self._get_signer().display_name
        if not self.reminder_count:
            return self.env._(
                "%s has neither accepted nor rejected it, and no reminder could be sent. Silence is no acceptance: call, "
                "or cancel the certificate.",
                name,
            )
        return self.env._(
            "%(name)s has neither accepted nor rejected it. Reminders sent: %(count)s. Silence is no acceptance: call, or "
            "cancel the certificate.",
            name=name,
            count=self.reminder_count,
        )

    def _put_off(self, tried, sent=False):
        """Plan the next reminder.

        :param bool tried: it was a reminder, which ends after some of them, be they mailed or not
        :param bool sent: it was mailed
        """
        self.write(
            {
                **self._prepare_waiting(),
                "reminder_tries": self.reminder_tries + tried,
                "reminder_count": self.reminder_count + sent,
            }
        )
