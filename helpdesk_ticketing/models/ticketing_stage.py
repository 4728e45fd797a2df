from odoo import api, fields, models

# What a stage means, in the order of a ticket's life. Names and number of stages are free, kinds are not.
STAGE_KINDS = [
    ("new", "New"),
    ("open", "In Progress"),
    ("waiting", "Waiting for Customer"),
    ("solved", "Solved"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
# The work is over: nothing is promised any more.
SOLVED_KINDS = ("solved", "closed", "cancelled")
# The ticket has left the desk.
CLOSED_KINDS = ("closed", "cancelled")

# What the customer may be told when his ticket reaches a stage. "New" has the acknowledgement.
STANDARD_MESSAGES = {
    "open": "helpdesk_ticketing.mail_template_stage_open",
    "waiting": "helpdesk_ticketing.mail_template_stage_waiting",
    "solved": "helpdesk_ticketing.mail_template_stage_solved",
    "closed": "helpdesk_ticketing.mail_template_stage_closed",
    "cancelled": "helpdesk_ticketing.mail_template_stage_cancelled",
}


class TicketingStage(models.Model):
    _name = "ticketing.stage"
    _description = "Ticket Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        STAGE_KINDS,
        required=True,
        default="open",
        help="What the stage means to the desk: promises, billing and closing follow the kind, not the name.",
    )
    team_ids = fields.Many2many(
        "ticketing.team",
        "ticketing_stage_team_rel",
        "stage_id",
        "team_id",
        string="Teams",
        help="Teams that use this stage. Empty: every team.",
    )
    fold = fields.Boolean("Folded in Kanban")
    template_id = fields.Many2one(
        "mail.template",
        string="Message to the Customer",
        domain=[("model", "=", "ticketing.ticket")],
        help="Sent to the customer when a ticket reaches this stage.",
    )
    description = fields.Text(translate=True, help="Tells the team when to use this stage.")

    def action_use_standard_messages(self):
        """Give each stage that tells the customer nothing the message of its kind, which can be edited."""
        for stage in self.filtered(lambda stage: not stage.template_id):
            if xmlid := STANDARD_MESSAGES.get(stage.kind):
                stage.template_id = self.env.ref(xmlid, raise_if_not_found=False)

    # The stages of a team are remembered (ticketing.team, _get_stage_ids)

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"active", "sequence", "team_ids"} & vals.keys():
            self.env.registry.clear_cache()
        if "kind" not in vals:
            return super().write(vals)
        changing = self.filtered(lambda stage: stage.kind != vals["kind"])
        # all tickets of the stage change their meaning, seen by this manager or not
        tickets = self.env["ticketing.ticket"].sudo().with_context(active_test=False)
        tickets = tickets.search([("stage_id", "in", changing.ids)])
        previous = {ticket.id: ticket.stage_kind for ticket in tickets}
        result = super().write(vals)
        if tickets:
            tickets._on_stage_kind_changed(previous)
            tickets._follow_promises()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
