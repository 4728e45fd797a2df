from odoo import Command, api, fields, models, tools

from ..tools.courtesy import is_thanks

TEXT_LENGTH = 5000  # characters of a description in which words are looked for


class TicketingTicketAutomationMixin(models.AbstractModel):
    """What happens by itself: new tickets are sorted by their words, silent customers are asked, and in the end it closes.

    When the reminders and the closing are due is decided by automation rules, which can be edited.
    """

    _name = "ticketing.ticket.automation.mixin"
    _description = "Ticket: Automation"

    waiting_since = fields.Datetime(
        "Waiting since", compute="_compute_waiting_since", store=True, precompute=True, copy=False
    )

    # So that each is done once while a ticket waits, whatever becomes of the rules' hours meanwhile.
    reminded_on = fields.Datetime("Customer Reminded on", readonly=True, copy=False)
    chased_on = fields.Datetime("Call Asked for on", readonly=True, copy=False)

    @api.depends("stage_kind")
    def _compute_waiting_since(self):
        now = fields.Datetime.now()
        for ticket in self:
            ticket.waiting_since = ticket.stage_kind == "waiting" and (ticket.waiting_since or now)

    # New tickets

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env["ticketing.word.rule"]._get_matchers():
            return super().create(vals_list)
        return super().create([self._with_words(vals) for vals in vals_list])

    @api.model
    def _with_words(self, vals):
        """Return the values of a new ticket with what its words say; what somebody has chosen is kept."""
        text = f"{vals.get('name') or ''}\n{tools.html2plaintext(vals.get('description') or '')[:TEXT_LENGTH]}"
        team_id = vals.get("team_id")
        # a customer can't read teams
        company_id = vals.get("company_id") or self.env["ticketing.team"].sudo().browse(team_id or ()).company_id.id
        found = self.env["ticketing.word.rule"]._get_values(text, team_id, company_id)
        if tags := found.pop("tag_ids", None):
            vals = {**vals, "tag_ids": [*(vals.get("tag_ids") or ()), *(Command.link(tag) for tag in tags)]}
        return {**found, **{name: value for name, value in vals.items() if value or name not in found}}

    # Silent customers

    def _on_customer_answer(self, message=None):
        """Who only says thank you does not want it opened again."""
        if message and is_thanks(tools.html2plaintext(message.body or "")):
            unsolved = self.filtered(lambda ticket: ticket.stage_kind != "solved")
            return super(TicketingTicketAutomationMixin, unsolved)._on_customer_answer(message)
        return super()._on_customer_answer(message)

    def _remind_customer(self):
        """Ask the customer for the answer for which the ticket waits."""
        template = self.env.ref("helpdesk_ticketing.mail_template_reminder")
        for ticket in self._filter_waiting_for("reminded_on"):
            ticket.reminded_on = fields.Datetime.now()
            ticket.message_post_with_source(
                template,
                subtype_xmlid="mail.mt_comment",
                message_type="auto_comment",
                email_layout_xmlid="mail.mail_notification_light",
            )

    def _chase_customer(self):
        """Have somebody call a customer who does not answer."""
        for ticket in self._filter_waiting_for("chased_on"):
            user = ticket.user_id or ticket.team_id.user_id
            if user:
                ticket.chased_on = fields.Datetime.now()
                ticket.activity_schedule(
                    "mail.mail_activity_data_call",
                    summary=self.env._("The customer does not answer: call him, or solve the ticket"),
                    user_id=user.id,
                )

    def _filter_waiting_for(self, name):
        """Return the tickets that wait, and for which nothing was done since they do.

        :param str name: field that says when it was done last
        """
        return self.filtered(
            lambda ticket: (
                ticket.stage_kind == "waiting"
                and not (ticket[name] and ticket.waiting_since and ticket[name] >= ticket.waiting_since)
            )
        )

    def _close_silent(self):
        """Close solved tickets of which nothing is to be paid any more and to which the customer has nothing to add."""
        quiet = self.filtered(
            lambda ticket: ticket.stage_kind == "solved" and ticket.billing_state in ("nothing", "paid")
        )
        closing = quiet.filtered(lambda ticket: "closed" in ticket.team_id._get_stages().mapped("kind"))
        if closing:
            closing._move_to_kind("closed")
