from odoo import fields, models

TICKET_SIGHTS = [("company", "All of the company"), ("own", "Own, and those that he follows")]


class TicketingPartnerPortalMixin(models.AbstractModel):
    """What a contact sees on the portal of his company's tickets. The record rules ask (``rule_ticket_portal``)."""

    _name = "ticketing.partner.portal.mixin"
    _description = "Contact: What he Sees of his Company's Tickets"

    ticketing_sees = fields.Selection(
        TICKET_SIGHTS,
        "Sees Tickets on the Portal",
        default="company",
        groups="base.group_user",
        help="Of tickets and their delivery notes. Who follows a ticket is told of it and sees it.",
    )

    def _get_ticket_sight(self):
        """Return the domain of the tickets that a contact sees on his own portal; as superuser, it reads a setting."""
        self.ensure_one()
        domain = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        if self.sudo().ticketing_sees == "own":
            domain += ["|", ("partner_id", "=", self.id), ("message_partner_ids", "in", self.ids)]
        return domain
