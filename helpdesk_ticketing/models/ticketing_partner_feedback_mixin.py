from odoo import fields, models


class TicketingPartnerFeedbackMixin(models.AbstractModel):
    """What a customer and its contacts have said."""

    _name = "ticketing.partner.feedback.mixin"
    _description = "Customer: Feedback"

    ticketing_feedback_count = fields.Integer(
        "Feedback", compute="_compute_ticketing_feedback", groups="helpdesk_ticketing.group_user_own"
    )
    ticketing_satisfied = fields.Integer(
        "Happy (%)", compute="_compute_ticketing_feedback", groups="helpdesk_ticketing.group_user_own"
    )

    def _compute_ticketing_feedback(self):
        """One query for any number of customers, which counts what the user may see."""
        found = self.env["ticketing.feedback"]._read_group(
            [("commercial_partner_id", "in", self.commercial_partner_id.ids), ("satisfaction", "!=", False)],
            ["commercial_partner_id"],
            ["__count", "satisfied:avg"],
        )
        figures = {partner.id: (count, satisfied) for partner, count, satisfied in found}
        for partner in self:
            count, satisfied = figures.get(partner.commercial_partner_id.id, (0, 0))
            partner.ticketing_feedback_count = count
            partner.ticketing_satisfied = round(satisfied or 0)

    def action_view_ticketing_feedback(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_feedback_action")
        domain = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        return {**action, "domain": domain, "context": {"search_default_answered": 1}}
