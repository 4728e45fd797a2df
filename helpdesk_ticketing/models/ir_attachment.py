from odoo import api, models
from odoo.exceptions import UserError

CONTENT_FIELDS = {
    "raw",
    "datas",
    "db_datas",
    "store_fname",
    "checksum",
    "mimetype",
    "name",
    "res_model",
    "res_id",
    "res_field",
}
# The fields in which they are kept.
SIGNATURES = ("signature", "lender_signature")


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _compute_mimetype(self, values):
        """What strangers send is not opened by a browser as what it looks like, so nothing need be guessed of it."""
        if values.get("res_model") == "ticketing.inbound" and values.get("res_field") == "raw":
            return "application/octet-stream"
        return super()._compute_mimetype(values)

    def write(self, vals):
        if CONTENT_FIELDS & vals.keys():
            self._check_no_evidence()
        return super().write(vals)

    def _is_file_of(self, record):
        """Return whether this file was added to a record itself, not to one of its fields or to something else."""
        self.ensure_one()
        return (self.res_model, self.res_id, self.res_field) == (record._name, record.id, False)

    def _adopt(self, record):
        """Make what the user uploaded before a record was saved files of the record: its readers see them."""
        loose = self.sudo().filtered(  # only to look: he writes his own files, with his own rights
            lambda file: not file.res_id and file.create_uid == self.env.user
        )
        if loose:
            loose.with_env(self.env).write({"res_model": record._name, "res_id": record.id})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        self._check_no_evidence()

    def _check_no_evidence(self):
        """Refuse to alter the signature of a delivery note, or the file that the customer got of it.

        Who may write a note may write its files, and the note's own guard sees nothing of that.

        :raises UserError: says which note
        """
        files = self.sudo().filtered(lambda file: file.res_model == "ticketing.delivery.note")  # as core's own checks
        notes = self.env["ticketing.delivery.note"].sudo().browse(set(files.mapped("res_id"))).exists()
        signed = notes.filtered("signed_on")  # also by the customer alone, while the lender is to sign
        evidence = files.filtered(lambda file: file.res_id in signed.ids and file.res_field in SIGNATURES) | (
            files & signed.pdf_id
        )
        if evidence:
            raise UserError(
                self.env._(
                    "The signature and the signed PDF of delivery note %s are evidence: they can be neither changed nor "
                    "deleted.",
                    ", ".join(signed.filtered(lambda note: note.id in evidence.mapped("res_id")).mapped("name")),
                )
            )
        self._check_no_signed_photo()

    def _check_no_signed_photo(self):
        """Refuse to alter a file that a signed delivery note keeps as a photo, whatever the file says of itself.

        :raises UserError: says which note
        """
        notes = self.env["ticketing.delivery.note"].sudo()  # whoever alters the file
        if signed := self.ids and notes.search([("photo_ids", "in", self.ids), ("signed_on", "!=", False)]):
            raise UserError(
                self.env._(
                    "This photo is kept with the signed delivery note %s: it can be neither changed nor deleted.",
                    ", ".join(signed.mapped("name")),
                )
            )
