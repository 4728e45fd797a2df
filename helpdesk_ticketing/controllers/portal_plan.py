from datetime import date

from odoo import fields
from odoo.fields import Domain
from odoo.http import request, route

from .portal import ITEMS_PER_PAGE, MAX_ID, TicketingPortal
from .portal_note import SHOWN_STATES

MODEL = "ticketing.progress.plan"


class TicketingPortalPlan(TicketingPortal):
    """The customer's billing plans: contract, milestones, certificates, invoices. To read; the lender has no such page."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "plan_count" in counters:
            values["plan_count"] = self._search_plans(count=True)
        return values

    def _search_plans(self, domain=(), count=False, **kwargs):
        """Return the plans of the customer who is logged in, as superuser, or how many there are.

        Portal users have no right on the model. The domain is the check: his own company's, and none that is not agreed.
        """
        company = request.env.user.partner_id.commercial_partner_id
        own = Domain("commercial_partner_id", "=", company.id) & Domain("state", "in", ("running", "done"))
        plans = request.env[MODEL].sudo()
        return plans.search_count(own & Domain(domain)) if count else plans.search(own & Domain(domain), **kwargs)

    @route(["/my/plans", "/my/plans/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_plans(self, page=1, **kwargs):
        self._ensure_time_zone()
        pager = self._get_pager("/my/plans", {}, self._search_plans(count=True), page)
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "plan",
            "default_url": "/my/plans",
            "pager": pager,
            "plans": self._search_plans(limit=ITEMS_PER_PAGE, offset=pager["offset"], order="state desc, id desc"),
        }
        return request.render("helpdesk_ticketing.portal_my_plans", values)

    @route("/my/plans/<int:plan_id>", type="http", auth="user", website=True)
    def portal_my_plan(self, plan_id, **kwargs):
        plan = 0 < plan_id <= MAX_ID and self._search_plans([("id", "=", plan_id)])
        if not plan:
            return self._render_not_found()
        self._ensure_time_zone(plan.company_id.partner_id.tz)
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "plan",
            "plan": plan,
            "milestones": plan.milestone_ids.sorted(lambda row: (row.deadline or date.max, row.sequence, row.id)),
            "today": fields.Date.context_today(plan),
            "notes": plan.certificate_ids.filtered(lambda note: note.state in SHOWN_STATES),
            "invoices": self._get_invoices(plan),
            "states": dict(plan.milestone_ids._fields["billing_state"]._description_selection(request.env)),
            "user": request.env.user,
            "curve": plan._draw_curve(),
        }
        return request.render("helpdesk_ticketing.portal_my_plan", values)

    def _get_invoices(self, plan):
        """Return the invoices of a plan that the customer gets: what his lender is invoiced he does not see."""
        invoices = plan._get_invoices().get(plan.id, plan.env["account.move"])
        return invoices.filtered(
            lambda move: move.state == "posted" and move.commercial_partner_id == plan.commercial_partner_id
        ).sorted(lambda move: (move.invoice_date, move.id), reverse=True)
