from odoo import models
from odoo.fields import Domain

# Files that core keeps in a field of an invoice: its paper, and the electronic one.
INVOICE_FILES = ("invoice_pdf_report_file", "ubl_cii_xml_file")


class TicketingDocumentMixin(models.AbstractModel):
    """A record together with the files of all that belongs to it, as far as the user may read them."""

    _name = "ticketing.document.mixin"
    _description = "Documents of a Record and of what Belongs to It"

    def _get_document_owners(self):
        """Return {model: domain} of the records whose files are documents of this one; a bridge adds its own."""
        return {self._name: [("id", "=", self.id)]}

    def _get_documents(self):
        self.ensure_one()
        if not self.id:
            return self.env["ir.attachment"]
        found = Domain.FALSE
        for model, domain in self._get_document_owners().items():
            owners = self.env[model].sudo()._search(domain)  # only where to look: each file is asked for below
            files = [False, *INVOICE_FILES] if model == "account.move" else [False]
            found |= Domain("res_model", "=", model) & Domain("res_id", "in", owners) & Domain("res_field", "in", files)
        return self.env["ir.attachment"].sudo().search(found).sudo(False)._filtered_access("read")

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
            "domain": [("id", "in", self._get_documents().ids)],
        }
