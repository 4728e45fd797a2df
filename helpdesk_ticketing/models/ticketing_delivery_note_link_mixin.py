import base64
import binascii
import io
import secrets
from datetime import timedelta

import qrcode
from PIL import Image, UnidentifiedImageError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq

from ..tools.form_values import read_text

# A drawn signature has some kilobytes; this is a photo of one, at the most (characters of base64).
SIGNATURE_LENGTH = 4 * 1024 * 1024
SIGNATURE_PIXELS = 16_000_000
NAME_LENGTH = 120


class TicketingDeliveryNoteLinkMixin(models.AbstractModel):
    """The customer signs by himself: on the portal, or through a link to this one note on his own phone.

    The link is random, opens one note, ends by itself, at the signature, and when it is revoked. It is no share link:
    those show the note, and can't sign it.
    """

    _name = "ticketing.delivery.note.link.mixin"
    _description = "Delivery Note: Signed by the Customer"
    _inherit = ["ticketing.share.mixin"]

    sign_token = fields.Char("Signing Token", copy=False, readonly=True, groups="base.group_system")
    sign_token_expires_on = fields.Datetime("Link Valid until", copy=False, readonly=True)
    sign_url = fields.Char("Signing Link", compute="_compute_sign_url")
    sign_qr = fields.Binary("QR Code of the Link", compute="_compute_sign_qr")

    def _compute_access_url(self):
        super()._compute_access_url()
        for note in self:
            note.access_url = f"/my/notes/{note.id}"

    def _get_share_end(self):
        return self.signed_on or self.ready_on

    @api.depends("sign_token_expires_on", "state")
    @api.depends_context("uid")
    def _compute_sign_url(self):
        """Only for the desk, which hands the link over; who reads the note as a customer does not get it here."""
        internal = self.env.user._is_internal()
        now = fields.Datetime.now()
        for note in self:
            live = internal and note.state == "ready" and (note.sign_token_expires_on or now) > now
            token = live and note.sudo().sign_token
            note.sign_url = f"{note.get_base_url()}/ticketing/sign/{note.id}/{token}" if token else False

    @api.depends("sign_url")
    @api.depends_context("uid")
    def _compute_sign_qr(self):
        """Drawn here: core's barcode route would write the link into the web server's log."""
        for note in self:
            note.sign_qr = note.sign_url and self._draw_qr(note.sign_url)

    @api.model
    def _draw_qr(self, text):
        picture = io.BytesIO()
        qrcode.make(text, box_size=8, border=4).save(picture, "PNG")
        return base64.b64encode(picture.getvalue())

    # The link

    def _renew_sign_token(self):
        self.ensure_one()
        days = self.team_id.sign_link_days or 14
        self.sudo().write(
            {
                "sign_token": secrets.token_urlsafe(32),
                "sign_token_expires_on": fields.Datetime.now() + timedelta(days=days),
            }
        )

    def _token_opens(self, token):
        """Tell whether a link's token opens this note now."""
        self.ensure_one()
        own = self.sudo().sign_token
        return bool(own and token and consteq(own, token) and self.sign_token_expires_on > fields.Datetime.now())

    @api.model
    def _get_by_link(self, note_id, token):
        """Return the note that a link opens, as superuser; empty when it opens none, whatever the reason."""
        if not 0 < note_id < 2**31 or not token.isascii():
            return self.sudo().browse()
        # the token is the right to see and sign this note
        note = self.with_user(SUPERUSER_ID).search([("id", "=", note_id), ("state", "=", "ready")])
        return note if note and note._token_opens(token) else note.browse()

    def action_renew_link(self):
        self.check_access("write")
        for note in self:
            note._lock_in_states("ready")
            note._renew_sign_token()

    def action_revoke_link(self):
        self.check_access("write")
        notes = self.sudo()  # checked above; only the steps write what opens a note
        notes.write({"sign_token": False, "sign_token_expires_on": False})
        notes._message_log_batch(dict.fromkeys(notes.ids, self.env._("Signing link revoked")))

    def action_send_link(self):
        """Mail the signing link to the customer."""
        self.check_access("write")
        template = self.env.ref("helpdesk_ticketing.mail_template_sign")
        for note in self:
            note._check_waits()
            if not note.partner_id.email:
                raise UserError(
                    self.env._("%s has no email address: show the QR code instead.", note.partner_id.display_name)
                )
            if not note.sign_url:
                note._renew_sign_token()
            note.message_post_with_source(template, subtype_xmlid="mail.mt_comment")

    def _check_waits(self):
        if self.state != "ready":
            raise UserError(self.env._("Only a note that is ready to sign has a link to send."))

    # Signed or refused by the customer himself

    def _may_be_signed_by(self, user):
        """Tell whether a user who is logged in on the portal may sign or refuse this note there."""
        self.ensure_one()
        partner = user.partner_id.commercial_partner_id
        return self.state == "ready" and not user._is_public() and partner == self.commercial_partner_id

    def _check_signature(self, signature):
        """Refuse what is no picture.

        :param signature: base64
        :raises UserError: nothing, too big, or no PNG, JPEG or WebP
        """
        if not signature:
            raise UserError(self.env._("The signature is missing: sign in the box."))
        if len(signature) > SIGNATURE_LENGTH:
            raise UserError(self.env._("The picture of the signature is too big."))
        try:
            picture = Image.open(io.BytesIO(base64.b64decode(signature, validate=True)))
        except (binascii.Error, ValueError, TypeError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise UserError(self.env._("The signature is not a picture: sign again.")) from error
        if picture.format not in ("PNG", "JPEG", "WEBP") or picture.width * picture.height > SIGNATURE_PIXELS:
            raise UserError(self.env._("The signature is not a picture: sign again."))

    def _sign_as_customer(self, signer_name, signature, method, address):
        """Sign by the customer's own hand. The caller has checked that he may; runs as superuser.

        :raises UserError: as ``_sign``, or two at once
        """
        self.ensure_one()
        name = signer_name if isinstance(signer_name, str) else ""
        name = "".join(char if char.isprintable() else " " for char in name)
        self._sign(" ".join(name.split())[:NAME_LENGTH], signature, method, address)

    def _refuse_as_customer(self, reason, author):
        """Refuse by the customer's own will, as ``_sign_as_customer``.

        :param author: res.partner who is logged in, or the note's customer for a link
        """
        self.ensure_one()
        reason = read_text(reason)[:2000]
        self.with_user(SUPERUSER_ID).action_refuse(reason)
        self.message_post(
            body=self.env._("Refused: %s", reason),
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
