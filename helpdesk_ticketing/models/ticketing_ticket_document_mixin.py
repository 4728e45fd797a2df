from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.photos import MEGABYTES, MIMETYPES, NoPhoto, TooBig, name_photo, read_photo


class TicketingTicketDocumentMixin(models.AbstractModel):
    """Photos and documents of a ticket, together with those of its notes, deliveries, invoices and equipment."""

    _name = "ticketing.ticket.document.mixin"
    _description = "Ticket: Photos and Documents"
    _inherit = "ticketing.document.mixin"

    photo_ids = fields.Many2many(
        "ir.attachment",
        "ticketing_ticket_photo_rel",
        "ticket_id",
        "attachment_id",
        "Photos",
        copy=False,
        bypass_search_access=True,
        help="What it looked like before and after. Kept with the delivery note that is signed next.",
    )
    has_photos = fields.Boolean(compute="_compute_has_photos", store=True, precompute=True)
    document_count = fields.Integer("Number of Documents", compute="_compute_document_count")

    @api.depends("photo_ids")
    def _compute_has_photos(self):
        for ticket in self:
            ticket.has_photos = bool(ticket.photo_ids)

    @api.constrains("photo_ids")
    def _check_photos(self):
        """Refuse files of others, and what is no photo. What the form of a new ticket uploaded becomes the ticket's."""
        for ticket in self:
            ticket.photo_ids._adopt(ticket)
        for ticket in self.sudo():  # who may write the ticket; files of a message may not be his to read
            if not all(photo._is_file_of(ticket) for photo in ticket.photo_ids):
                raise ValidationError(  # without its name: it may not be his to read
                    self.env._(
                        "A file of another record or another person can't be a photo of ticket %s: add the picture here "
                        "again.",
                        ticket.display_name,
                    )
                )
            for photo in ticket.photo_ids.filtered(lambda photo: photo.mimetype not in MIMETYPES):
                raise ValidationError(self.env._("%s is no photo: use a JPEG, PNG or WebP picture.", photo.name))

    def _compute_document_count(self):
        for ticket in self:  # shown on a form, of one ticket
            ticket.document_count = len(ticket._get_documents())

    def _get_document_owners(self):
        of_ticket = [("ticket_id", "=", self.id)]
        return {
            **super()._get_document_owners(),
            "ticketing.delivery.note": of_ticket,
            "stock.picking": of_ticket,
            "account.move": of_ticket,
            "stock.lot": [("id", "=", self.lot_id.id)],
            "project.task": of_ticket,
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
        return self.photo_ids - self.note_ids.filtered(lambda note: note.state == "signed").photo_ids
