from odoo import fields, models

# Where Odoo's own assistant puts it.
PRIVACY_URL = "/privacy"


class Website(models.Model):
    """Who answers what is reported on a website."""

    _inherit = "website"

    ticketing_team_id = fields.Many2one(
        "ticketing.team",
        string="Reports go to",
        domain="[('company_id', '=', company_id)]",
        help="The team of what is reported on this website, unless the type of the problem has a team of its own. "
        "Empty: the company's first team.",
    )

    def _get_ticketing_team(self, kind=None):
        """Return the team for what is reported on this website (as superuser: strangers read no teams).

        :param kind: ticketing.type that the visitor has chosen
        """
        self.ensure_one()
        company = self.sudo().company_id
        if kind and (teams := kind.sudo().team_ids.filtered(lambda team: team.company_id == company)):
            return teams[0]
        chosen = self.sudo().ticketing_team_id.filtered(lambda team: team.active and team.company_id == company)
        return chosen or self.env["ticketing.team"].sudo().search([("company_id", "=", company.id)], limit=1)

    def _get_ticketing_privacy_url(self):
        """Return where the website tells what it does with personal data; nothing where it has no such page."""
        self.ensure_one()
        page = self.env["website.page"].sudo()  # whether it is there, and shown
        shown = [("url", "=", PRIVACY_URL), ("is_published", "=", True), *self.website_domain()]
        return PRIVACY_URL if page.search_count(shown, limit=1) else ""

    def get_suggested_controllers(self):
        url_for = self.env["ir.http"]._url_for
        return [
            *super().get_suggested_controllers(),
            (self.env._("Help Center"), url_for("/help"), "helpdesk_ticketing_website"),
            (self.env._("Report a Problem"), url_for("/help/report"), "helpdesk_ticketing_website"),
        ]

    def _search_get_details(self, search_type, order, options):
        result = super()._search_get_details(search_type, order, options)
        if search_type in ("ticketing_articles", "all"):
            result.append(self.env["ticketing.article"]._search_get_detail(self, order, options))
        return result
