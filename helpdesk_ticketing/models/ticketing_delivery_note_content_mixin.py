import hashlib
import json

from odoo import fields, models
from odoo.tools import consteq

from .ticketing_delivery_note_line import CONTENT_FIELDS


class TicketingDeliveryNoteContentMixin(models.AbstractModel):
    """What the customer signs, word for word, and the proof that it is still that."""

    _name = "ticketing.delivery.note.content.mixin"
    _description = "Delivery Note: Signed Content"

    content = fields.Text("Signed Content", readonly=True, copy=False)
    content_hash = fields.Char("SHA-256 of the Content", readonly=True, copy=False)

    def _freeze_content(self):
        """Keep the canonical content (sorted keys, no white space, UTF-8) and its SHA-256.

        It is kept, not put together again for each check: the customer may move, a company change its name, and a
        unit have another one in another language; what was signed stays as it was read.
        """
        self.ensure_one()
        (self.company_id.partner_id | self.partner_id).mapped("name")  # both parties in one query
        content = {
            "note": self.name,
            "ticket": self.ticket_number,
            "company": self.company_id.name,
            "company_vat": self.company_id.vat or "",
            "customer": self.partner_id.display_name,
            "units": {str(uom.id): uom.name for uom in self.line_ids.uom_id.sorted("id")},
            **self._get_own_content(self._get_content_lines().get(self.id, ())),
        }
        self.content = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.content_hash = self._hash_content()

    def _get_own_content(self, lines):
        """Return what the note and its lines say themselves, whatever becomes of the records they point to."""
        self.ensure_one()
        return {
            "note": self.name,
            "summary": self.summary or "",
            "currency": self.currency_id.name if self.show_prices else "",
            "lines": [line._content() for line in lines],
        }

    def _get_content_lines(self):
        """Return {note id: its lines in the order of the content}, read from the database in one query."""
        Line = self.env["ticketing.delivery.note.line"]
        lines = Line.search_fetch([("note_id", "in", self.ids)], [*CONTENT_FIELDS], order="id")
        return lines.grouped(lambda line: line.note_id.id)

    def _hash_content(self):
        return hashlib.sha256((self.content or "").encode()).hexdigest()

    def _is_intact(self):
        """Tell whether the content is still what it was when it was frozen, and says what the lines say."""
        self.ensure_one()
        return consteq(self.content_hash or "", self._hash_content()) and bool(self._filter_as_signed())

    def _filter_as_signed(self):
        """Return the notes that, with their lines, still say what was frozen."""
        lines = self._get_content_lines()
        return self.filtered(lambda note: note._says_what_was_signed(lines.get(note.id, ())))

    def _says_what_was_signed(self, lines):
        frozen = json.loads(self.content or "{}")
        return all(frozen.get(name) == value for name, value in self._get_own_content(lines).items())
