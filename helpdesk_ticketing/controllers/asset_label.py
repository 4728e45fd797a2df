from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.http import content_disposition, request, route

from ..models.ticketing_asset_label_mixin import LABELS
from ..models.ticketing_ticket_fault_mixin import DESCRIPTION_LENGTH, PICTURES_BYTES
from ..tools import asset_label
from ..tools.form_values import read_id, read_key, read_text
from .portal_form import TicketingPortalForm

LAYOUTS = {"roll": asset_label.draw_roll, "sheet": asset_label.draw_sheets}


class TicketingAssetLabel(TicketingPortalForm):
    """The label on a unit: staff come to its history, the customer to his form, a stranger to one of his own.

    A label that is wrong or was made useless, and a unit that does not exist, get the same answer. Of the customer a
    stranger learns nothing.
    """

    def _open_label(self, asset_id, token):
        """Return the unit whose label was scanned (empty if none), as superuser, and the minutes to wait."""
        units = request.env["stock.lot"].sudo()  # the label is the right; only what stands on it is shown
        if wait := self._get_wait():
            return units, wait
        unit = units._get_by_label(asset_id, token)
        if not unit:
            self._count_failure()
        return unit.with_context(lang=request.env.lang), 0

    def _render_no_label(self, wait=0):
        response = self._render_private(
            "helpdesk_ticketing.asset_label_invalid",
            {"wait": wait, "no_breadcrumbs": True},
            status=429 if wait else 404,
        )
        if wait:
            response.headers["Retry-After"] = wait * 60
        return response

    @route("/ticketing/asset/<int:asset_id>/<string:token>", type="http", auth="public", website=True, sitemap=False)
    def asset_label(self, asset_id, token, sent="", **kwargs):
        unit, wait = self._open_label(asset_id, token)
        if not unit:
            return self._render_no_label(wait)
        sent = read_key(sent)
        if not sent and (page := self._get_own_page(unit)):
            return request.redirect(page)
        return self._render_label(unit, token, sent=sent)

    def _get_own_page(self, unit):
        """Return where somebody who is logged in and knows the unit already goes; nothing for others."""
        user = request.env.user
        if user._is_public() or not request.env["stock.lot"].browse(unit.id).has_access("read"):
            return ""
        if user._is_internal():
            return f"/odoo/ticketing-assets/{unit.id}"
        own = unit.ticketing_customer_id == user.partner_id.commercial_partner_id
        return f"/my/tickets/new?lot_id={unit.id}" if own else ""

    def _render_label(self, unit, token, form=None, error="", sent=""):
        form = self._get_reporter() if form is None else form
        company = unit.ticketing_label_company_id
        values = {
            "page_name": "asset_label",
            "no_breadcrumbs": True,
            "unit": unit,
            "link_title": unit.product_id.name,
            "link_company": company,
            "phone": company.phone,
            "report_url": f"/ticketing/asset/{unit.id}/{token}/report",
            "error": error,
            "form": {**form, "key": self._get_form_key(form)},
            "sent": bool(sent),
            "number": self._get_number(unit, sent),
            "description_length": DESCRIPTION_LENGTH,
            "pictures_mb": PICTURES_BYTES // 1024 // 1024,
        }
        return self._render_private("helpdesk_ticketing.asset_label_page", values)

    def _get_reporter(self):
        """Return what the form knows of somebody who is logged in, but not as the unit's customer."""
        user = request.env.user
        if user._is_public():
            return {}
        partner = user.partner_id.sudo()  # his own name and address
        return {"name": partner.name, "email": partner.email, "phone": partner.phone}

    def _get_number(self, unit, key):
        # the number alone, for whoever sent the form
        return request.env["ticketing.ticket"].sudo()._get_by_label_key(unit, key).number if key else ""

    @route(
        "/ticketing/asset/<int:asset_id>/<string:token>/report",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def asset_label_report(self, asset_id, token, **form):
        unit, wait = self._open_label(asset_id, token)
        if not unit:
            return self._render_no_label(wait)
        form = self._read_form(form)
        key = self._get_form_key(form)
        if not form.get("website"):  # nobody sees that field: only programs fill it in, and are told nothing
            try:
                with request.env.cr.savepoint():
                    self._report_fault(unit, {**form, "key": key})
            except UserError as error:
                return self._render_label(unit, token, form=form, error=str(error))
        return request.redirect_query(f"/ticketing/asset/{asset_id}/{token}", {"sent": key})

    def _report_fault(self, unit, form):
        tickets = request.env["ticketing.ticket"].with_user(SUPERUSER_ID)  # the label is the right to report
        tickets._create_from_label(unit, form, self._read_files(PICTURES_BYTES), request.httprequest.remote_addr)

    # Paper

    @route("/ticketing/asset/labels/<string:layout>", type="http", auth="user", readonly=True)
    def asset_labels(self, layout, ids="", **kwargs):
        if layout not in LAYOUTS or not request.env.user.has_group("helpdesk_ticketing.group_user_own"):
            raise request.not_found()
        wanted = [read_id(text) for text in read_text(ids).split(",")][:LABELS]
        units = request.env["stock.lot"].search([("id", "in", wanted)])
        labels = units._prepare_labels()
        if not labels:
            raise request.not_found()
        name = request.env._("Labels") if len(labels) > 1 else request.env._("Label %s", labels[0].serial)
        return request.make_response(
            LAYOUTS[layout](labels),
            [
                ("Content-Type", "application/pdf"),
                ("Content-Disposition", content_disposition(f"{name}.pdf", disposition_type="inline")),
                ("Cache-Control", "no-store"),
            ],
        )
