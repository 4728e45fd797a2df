from markupsafe import Markup

from odoo import api, models


class TicketingTicketSampleMixin(models.AbstractModel):
    """Who manages a desk without tickets is offered some to try it with."""

    _name = "ticketing.ticket.sample.mixin"
    _description = "Ticket: sample data offered by an empty list"

    @api.model
    def get_empty_list_help(self, help_message):
        answer = super().get_empty_list_help(help_message)
        if not self.env.user.has_group("helpdesk_ticketing.group_manager") or self.search_count([], limit=1):
            return answer
        offer = Markup(
            '<p><a type="action" role="button" class="btn btn-secondary"'
            ' name="helpdesk_ticketing.ticketing_sample_action_load">%s</a></p>'
        )
        return Markup(answer or "") + offer % self.env._("Load sample data")  # noqa: S704  the view's own
