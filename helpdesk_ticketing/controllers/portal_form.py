from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.ticketing_ticket_form_mixin import TicketFormError
from ..models.ticketing_ticket_portal_mixin import DESCRIPTION_LENGTH, FILES_BYTES, SUBJECT_LENGTH
from ..tools.form_values import read_key
from .portal import TicketingPortal


class TicketingPortalForm(TicketingPortal):
    """The form with which customers who are logged in report a problem, with the questions of its type."""

    @route("/my/tickets/new", type="http", auth="user", methods=["GET", "POST"], website=True)
    def portal_ticket_new(self, **form):
        form, error, problems = self._read_form(form), "", {}
        # without scripts a button asks for the questions of the type that was chosen
        if request.httprequest.method == "POST" and not form.get("choose"):
            try:
                return self._create_ticket(form)
            except UserError as problem:
                error = str(problem)
                problems = problem.problems if isinstance(problem, TicketFormError) else {}
        values = {
            **self._prepare_portal_layout_values(),
            **self._prepare_form_values(form),
            "page_name": "ticket_new",
            "error": error,
            "problems": problems,
        }
        return request.render("helpdesk_ticketing.portal_ticket_new", values)

    def _prepare_form_values(self, form):
        """Return what the form shows: its lists, of what is the customer's own, and what he has typed already."""
        tickets = request.env["ticketing.ticket"].sudo()  # types, and what the customer bought: no rights of his
        user, company = request.env.user, request.env.user.company_id
        types = tickets._get_form_types(company)
        kind = tickets._get_form_type(company, form.get("type_id"))
        return {
            "types": types,
            "kind": kind,
            "type_fields": tickets._get_form_fields(types),
            "team": tickets._get_form_team(company, kind),
            "products": tickets._get_customer_products(user.partner_id),
            "units": tickets._get_customer_units(user) | tickets._get_customer_unit(user, form.get("lot_id")),
            "form": {**form, "key": self._get_form_key(form)},
            "draft_key": f"ticketing_draft_{user.id}",
            "subject_length": SUBJECT_LENGTH,
            "description_length": DESCRIPTION_LENGTH,
            "files_mb": FILES_BYTES // 1024 // 1024,
        }

    def _create_ticket(self, form):
        key = self._get_form_key(form)
        files = self._read_files(FILES_BYTES)
        photos = {
            name: self._read_files(FILES_BYTES, name) for name in request.httprequest.files if name.startswith("field_")
        }
        tickets = request.env["ticketing.ticket"].sudo()  # customers may not create: the method takes what they may set
        with request.env.cr.savepoint():
            tickets._create_from_portal(request.env.user, {**form, "key": key}, files, photos)
        return request.redirect(f"/my/tickets/sent/{key}")

    def _read_files(self, limit, name="files"):
        """Return [(name, content)] of a form's files: of each no more than shows that it is too big."""
        return [
            (upload.filename, upload.read(limit + 1))
            for upload in request.httprequest.files.getlist(name)
            if upload.filename
        ]

    def _get_form_key(self, form):
        """Return the form's key, a new one if it has none: the same form twice is one ticket."""
        return read_key(form.get("key")) or request.env["ticketing.ticket"]._new_key()

    def _read_form(self, form):
        """Return the texts of a form: a file that has the name of one is no answer."""
        return {name: value for name, value in form.items() if isinstance(value, str)}

    @route("/my/tickets/sent/<string:key>", type="http", auth="user", website=True)
    def portal_ticket_sent(self, key, **kwargs):
        """Find the ticket of a form in a transaction of its own: another worker may have made it just now."""
        ticket = request.env["ticketing.ticket"].sudo()._get_by_portal_key(request.env.user, read_key(key))
        if not ticket:
            return request.redirect("/my/tickets")
        return request.redirect_query(f"/my/tickets/{ticket.id}", {"message": "created"})
