from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.team_css import COLOUR, CSS_LENGTH, CssError, get_colour_css, scope_css


class TicketingTeamStyleMixin(models.AbstractModel):
    """How a team's pages look on the customer's portal."""

    _name = "ticketing.team.style.mixin"
    _description = "Team: Style of its Portal Pages"

    portal_color = fields.Char(
        "Colour", help="Of buttons, links and the stage that is reached, on the pages of this team's tickets."
    )
    portal_css = fields.Text(
        "Own Style (CSS)",
        help="Holds only on the pages of this team's tickets. Nothing is fetched from other sites.",
    )

    @api.constrains("portal_color")
    def _check_portal_color(self):
        for team in self:
            if team.portal_color and not COLOUR.fullmatch(team.portal_color):
                raise ValidationError(
                    self.env._("'%s' is no colour: write it as #1a6fb0, or choose it.", team.portal_color)
                )

    @api.constrains("portal_css")
    def _check_portal_css(self):
        for team in self.filtered("portal_css"):
            try:
                scope_css(team.portal_css, team._get_style_scope())
            except CssError as error:
                raise ValidationError(team._say_css_problem(error)) from error

    def _say_css_problem(self, error):
        says = {
            "braces": self.env._(
                "The style has a brace too many or too few, or a rule inside of another: %s", error.part
            ),
            "forbidden": self.env._("This may not stand in a style: %s", error.part),
            "length": self.env._("The style is too long: %s characters at the most.", CSS_LENGTH),
            "quotes": self.env._("A text in quotes does not end in the style."),
            "selector": self.env._("This selector can't be used in a style: %s", error.part),
            "url": self.env._(
                "A style can use pictures of this site alone, from /web/image or /web/content: %s", error.part
            ),
        }
        return says[error.what]

    def _get_style_class(self):
        """Return the class of the wrapper inside of which the team's style holds."""
        return f"o_ticketing_team_{self.id}" if self else ""

    def _get_style_scope(self):
        return f".{self._get_style_class()}"

    def _get_portal_style(self):
        """Return the style of the team's pages as markup. What could do harm was refused when it was written.

        It is checked again: what an import or another module wrote must not end the element.
        """
        if not self:
            return ""
        scope, parts = self._get_style_scope(), []
        if COLOUR.fullmatch(self.portal_color or ""):
            parts.append(get_colour_css(self.portal_color, scope))
        if self.portal_css:
            try:
                parts.append(scope_css(self.portal_css, scope))
            except CssError:
                return ""
        return Markup("\n".join(parts))  # noqa: S704  no "<" is in it
