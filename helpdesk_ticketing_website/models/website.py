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
        teams = self.env["ticketing.team"].sudo()
        company = self.sudo().company_id
        own = kind.sudo().team_ids.filtered(lambda team: team.company_id == company) if kind else teams
        chosen = self.sudo().ticketing_team_id.filtered(lambda team: team.active and team.company_id == company)
        return own[:1] or chosen or teams.search([("company_id", "=", company.id)], limit=1)

    def _get_ticketing_types(self):
        """Return the types of problems that the form offers: those of every team, and of this company's."""
        self.ensure_one()
        of_company = [("team_ids.company_id", "=", self.sudo().company_id.id)]
        return self.env["ticketing.type"].sudo().search(["|", ("team_ids", "=", False), *of_company])

    def _get_ticketing_privacy_url(self):
        """Return where the website tells what it does with personal data; nothing where it has no such page."""
        self.ensure_one()
        page = self.env["website.page"].sudo()  # whether it is there, and shown
        shown = [("url", "=", PRIVACY_URL), ("is_published", "=", True), *self.website_domain()]
        return PRIVACY_URL if page.search_count(shown, limit=1) else ""
