from odoo.exceptions import UserError
from odoo.http import request, route
from odoo.tools.translate import LazyTranslate

from odoo.addons.helpdesk_ticketing.controllers.portal_form import TicketingPortalForm
from odoo.addons.helpdesk_ticketing.models.ticketing_ticket_fault_mixin import CONTACT_LENGTH, PICTURES_BYTES
from odoo.addons.helpdesk_ticketing.models.ticketing_ticket_form_mixin import TicketFormError
from odoo.addons.helpdesk_ticketing.models.ticketing_ticket_portal_mixin import DESCRIPTION_LENGTH, SUBJECT_LENGTH

_lt = LazyTranslate(__name__)


class TicketingWebsiteReport(TicketingPortalForm):
    """Whoever has a problem reports it on the website, without log-in.

    Customer or not, new or sent twice, accepted or held back: the visitor is told the same.
    """

    @route(
        "/help/report",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=True,
        list_as_website_content=_lt("Report a Problem"),
    )
    def help_report(self, **form):
        if page := self._get_customer_form():
            return request.redirect(page)
        form, error, problems = self._read_form(form), "", {}
        # without scripts a button asks for the questions of the type that was chosen
        if request.httprequest.method == "POST" and not form.get("choose"):
            try:
                self._receive_report(form)
                return request.redirect("/help/report/sent")
            except UserError as problem:
                error = str(problem)
                problems = problem.problems if isinstance(problem, TicketFormError) else {}
        values = {**self._prepare_report_page(form), "error": error, "problems": problems}
        return request.render("helpdesk_ticketing_website.report", values)

    @route("/help/report/sent", type="http", auth="public", website=True, sitemap=False, readonly=True)
    def help_report_sent(self, **kwargs):
        team = request.website._get_ticketing_team()
        values = {
            "no_breadcrumbs": True,
            "acknowledges": team.acknowledge and team.acknowledge_unknown,
            "phone": request.website.company_id.sudo().phone,  # stands on every page's foot
        }
        return request.render("helpdesk_ticketing_website.report_sent", values)

    def _get_customer_form(self):
        """Return the form of customers who are logged in: it knows who they are, and what they have bought."""
        user = request.env.user
        return "/my/tickets/new" if user._is_portal() and user.partner_id.commercial_partner_id else ""

    def _receive_report(self, form):
        if form.get("homepage"):  # nobody sees that field: only programs fill it in, and are told nothing
            return
        request.env["ir.http"]._verify_request_recaptcha_token("ticketing_report")
        form = {**form, "key": self._get_form_key(form)}
        files = self._read_files(PICTURES_BYTES)
        names = [name for name in request.httprequest.files if name.startswith("field_")]
        photos = {name: self._read_files(PICTURES_BYTES, name) for name in names}
        journal = request.env["ticketing.inbound"].sudo()  # the website is for everybody; what is sent gets checked
        address = request.httprequest.remote_addr
        with request.env.cr.savepoint():
            journal._receive_report(request.website.sudo(), form, files, photos, address)

    def _prepare_report_page(self, form):
        tickets = request.env["ticketing.ticket"].sudo()  # the names of types, and what is asked of each
        company = request.website.company_id.sudo()  # its name stands on the page
        types = tickets._get_form_types(company)
        return {
            "trail": [(request.env._("Help"), "/help"), (request.env._("Report a problem"), "/help/report")],
            "types": types,
            "kind": tickets._get_form_type(company, form.get("type_id")),
            "type_fields": tickets._get_form_fields(types),
            "company": company,
            "form": {**self._get_known_visitor(), **form, "key": self._get_form_key(form)},
            "privacy_url": request.website._get_ticketing_privacy_url(),
            "subject_length": SUBJECT_LENGTH,
            "description_length": DESCRIPTION_LENGTH,
            "contact_length": CONTACT_LENGTH,
            "pictures_mb": PICTURES_BYTES // 1024 // 1024,
        }

    def _get_known_visitor(self):
        """Return what the form knows of somebody of the staff who is logged in."""
        user = request.env.user
        if user._is_public():
            return {}
        partner = user.partner_id.sudo()  # his own name and address
        return {"name": partner.name, "email": partner.email}
