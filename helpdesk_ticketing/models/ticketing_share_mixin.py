from datetime import timedelta

from odoo import api, fields, models

# Days for which a share link goes on opening a document whose life is over.
SHARE_DAYS = 90


class TicketingShareMixin(models.AbstractModel):
    """Share links (the link in a notification mail) that end.

    Core's portal tokens live for ever and can't be taken back. Here they open a document while it is alive and for
    some weeks after, and can be revoked. They let read and answer; they neither sign nor close anything.
    """

    _name = "ticketing.share.mixin"
    _description = "Share Link that Ends"
    _inherit = ["portal.mixin"]

    has_share_link = fields.Boolean("Share Link Works", compute="_compute_has_share_link")

    @api.depends("access_token")
    def _compute_has_share_link(self):
        for document in self:
            document.has_share_link = bool(document.access_token) and document._is_share_open()

    def _get_share_end(self):
        """Return from when on the share link counts its last days; False while the document is alive."""
        self.ensure_one()
        return False

    def _is_share_open(self):
        """Tell whether a share link, once its token was found right, still opens this document."""
        self.ensure_one()
        end = self._get_share_end()
        return not end or end + timedelta(days=SHARE_DAYS) > fields.Datetime.now()

    def action_revoke_share(self):
        """Make all links to this document that were mailed until now useless; those who log in don't need them."""
        self.check_access("write")
        documents = self.sudo()  # checked above; a signed note may not be written, its link is no part of it
        documents.write({"access_token": False})
        documents._message_log_batch(dict.fromkeys(documents.ids, self.env._("Share link revoked")))
        return True

    @api.model
    def _get_thread_with_access(self, thread_id, *, hash=None, pid=None, token=None, **kwargs):  # pylint: disable=redefined-builtin
        """Chatter routes: a link that has ended opens no conversation either."""
        if token or hash:
            document = self.browse(thread_id).sudo().exists()  # only its end is read
            if not document or not document.access_token or not document._is_share_open():
                hash = pid = token = None
        return super()._get_thread_with_access(thread_id, hash=hash, pid=pid, token=token, **kwargs)
