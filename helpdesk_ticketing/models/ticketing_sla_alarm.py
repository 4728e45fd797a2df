from odoo import api, fields, models
from odoo.exceptions import ValidationError

BREACH = 100  # percent of the promised time
RECIPIENTS = [
    ("assignee", "Assignee"),
    ("leader", "Team Leader"),
    ("manager", "Manager"),
    ("user", "A Person"),
]
METHODS = [("inbox", "Notification"), ("mail", "Email"), ("activity", "Activity")]


class TicketingSlaAlarm(models.Model):
    """Who is told, and how, when so much of a promised time is used up."""

    _name = "ticketing.sla.alarm"
    _description = "SLA Alarm"
    _order = "policy_id, percent, id"

    policy_id = fields.Many2one("ticketing.sla.policy", required=True, ondelete="cascade", index=True)
    percent = fields.Integer(
        "At (%)", required=True, default=75, help="Share of the promised time. 100: at the breach; above: after it."
    )
    recipient = fields.Selection(
        RECIPIENTS,
        string="Who",
        required=True,
        default="assignee",
        help="A ticket without an assignee, or whose assignee is away, alarms the team's leader. The manager is the "
        "leader's superior, else a manager of the desk.",
    )
    user_id = fields.Many2one("res.users", string="Person", domain=[("share", "=", False)])
    method = fields.Selection(
        METHODS,
        string="How",
        required=True,
        default="inbox",
    )

    @api.constrains("percent")
    def _check_percent(self):
        for alarm in self:
            if not 1 <= alarm.percent <= 1000:
                raise ValidationError(self.env._("An alarm is at 1 to 1000 percent of the promised time."))

    @api.constrains("recipient", "user_id")
    def _check_user(self):
        for alarm in self:
            if alarm.recipient == "user" and not alarm.user_id:
                raise ValidationError(self.env._("Choose the person whom the alarm tells."))
