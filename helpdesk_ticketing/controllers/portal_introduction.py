from odoo.http import request, route

from .portal import TicketingPortal


class TicketingPortalIntroduction(TicketingPortal):
    """What a customer is told on his first visit, until he says that he knows."""

    @route("/my/tickets/introduction", type="jsonrpc", auth="user", website=True)
    def portal_introduction_done(self, **kwargs):
        """Remember that the visitor needs no introduction any more."""
        user = request.env.user
        if not user.ticketing_introduced:
            user.sudo().ticketing_introduced = True  # his own, and nothing but this
        return True
