from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.photos import MEGABYTES, MIMETYPES, NoPhoto, TooBig, name_photo, read_photo

# Files that core keeps in a field of an invoice: its paper, and the electronic one.
INVOICE_FILES = ("invoice_pdf_report_file", "ubl_cii_xml_file")


class TicketingTicketDocumentMixin(models.AbstractModel):
    """Photos and documents of a ticket, together with those of its notes, deliveries, invoices and equipment."""

    _name = "ticketing.ticket.document.mixin"
    _description = "Ticket: Photos and Documents"

    photo_ids = fields.Many2many(
        "ir.attachment",
        "ticketing_ticket_photo_rel",
        "ticket_id",
        "attachment_id",
        "Photos",
        copy=False,
        groups="base.group_user",
        help="What it looked like before and after. Kept with the delivery note that is signed next.",
    )
    document_count = fields.Integer("Number of Documents", compute="_compute_document_count")

    @api.constrains("photo_ids")
    def _check_photos(self):
        for ticket in self.sudo():  # who may write the ticket; files of a message may not be his to read
            for photo in ticket.photo_ids.filtered(lambda photo: photo.mimetype not in MIMETYPES):
                raise ValidationError(self.env._("%s is no photo: use a JPEG, PNG or WebP picture.", photo.name))

    def _compute_document_count(self):
        Attachment = self.env["ir.attachment"]
        for ticket in self:  # shown on a form, of one ticket
            ticket.document_count = Attachment.search_count(ticket._get_document_domain()) if ticket.id else 0

    def _get_document_domain(self):
        """Return what is a document of this ticket; of these, each user finds those that he may read."""
        self.ensure_one()
        ticket = self.sudo()  # only where to look: core asks the rights on each document
        found = Domain.FALSE
        for records in (ticket, ticket.note_ids, ticket.picking_ids, ticket.lot_id):
            if records:
                own = Domain("res_model", "=", records._name) & Domain("res_id", "in", records.ids)
                found |= own & Domain("res_field", "=", False)
        if invoices := ticket.invoice_ids:
            own = Domain("res_model", "=", "account.move") & Domain("res_id", "in", invoices.ids)
            found |= own & Domain("res_field", "in", [False, *INVOICE_FILES])
        return found

    def action_view_documents(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Documents of %s", self.display_name),
            "res_model": "ir.attachment",
            "views": [
                (self.env.ref("helpdesk_ticketing.ticketing_document_view_kanban").id, "kanban"),
                (self.env.ref("helpdesk_ticketing.ticketing_document_view_list").id, "list"),
            ],
            "domain": list(self._get_document_domain()),
            "context": {"default_res_model": self._name, "default_res_id": self.id},
        }

    # Photos

    def _add_photo(self, name, data):
        """Keep a photo with the ticket, as the user.

        :param str name: what the file is called; what it is, its content says
        :param str data: base64
        :raises UserError: too big, or no photo
        :return: ir.attachment
        """
        self.ensure_one()
        self.check_access("write")
        try:
            photo = read_photo(data)
        except TooBig as error:
            raise UserError(
                self.env._("This photo is too big: at most %s MB. Take it again with a smaller size.", MEGABYTES)
            ) from error
        except NoPhoto as error:
            raise UserError(
                self.env._("This file is no photo, or it is broken: use a JPEG, PNG or WebP picture.")
            ) from error
        attachment = self.env["ir.attachment"].create(
            {
                "name": name_photo(name, photo),
                "raw": photo.content,
                "mimetype": photo.mimetype,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.photo_ids += attachment
        return attachment

    def _get_unsigned_photos(self):
        """Return the photos that no signed delivery note keeps."""
        photos = self.photo_ids
        return photos and photos - self.note_ids.filtered(lambda note: note.state == "signed").photo_ids
