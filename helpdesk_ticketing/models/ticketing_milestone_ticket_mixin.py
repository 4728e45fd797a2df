from odoo import models


class TicketingMilestoneTicketMixin(models.AbstractModel):
    """What happens to a milestone when the tickets for which it waits are solved."""

    _name = "ticketing.milestone.ticket.mixin"
    _description = "Milestone: Tickets"

    def _tell_solved(self):
        """Tell who manages them of the milestones whose last ticket was solved: once, whatever their number."""
        open_tickets = self.env["ticketing.ticket"]._read_group(
            [("milestone_id", "in", self.ids), ("stage_kind", "in", ("new", "open", "waiting"))], ["milestone_id"]
        )
        busy = {milestone.id for (milestone,) in open_tickets}
        free = self.filtered(lambda milestone: not milestone.is_reached and milestone.id not in busy)
        if not free:
            return
        common = {
            "res_model_id": self.env["ir.model"]._get_id("project.project"),
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
        }
        wanted = [{**common, **milestone._prepare_solved_activity()} for milestone in free]
        Activity = self.env["mail.activity"]
        told = Activity.search(
            [("res_model", "=", "project.project"), ("summary", "in", [values["summary"] for values in wanted])]
        )
        known = {(activity.res_id, activity.summary) for activity in told}
        Activity.create([values for values in wanted if (values["res_id"], values["summary"]) not in known])

    def _prepare_solved_activity(self):
        """Return the values of the activity, in its reader's language."""
        user = self.plan_id.user_id or self.project_id.user_id or self._get_administrator()
        told = self.with_context(lang=user.lang)
        return {
            "res_id": self.project_id.id,
            "user_id": user.id,
            "summary": told.env._("All tickets of the milestone %s are solved", told.name),
            "note": told.env._("It can be marked as reached: look at the work, then tick it."),
        }

    def _get_administrator(self):
        return self.env["ticketing.self.check"]._get_administrator(self.project_id.company_id)
