from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .ticketing_sla_policy import MATCH_FIELDS, TARGETS
from .ticketing_stage import SOLVED_KINDS

SLA_STATES = [
    ("running", "On Track"),
    ("at_risk", "At Risk"),
    ("breached", "Breached"),
    ("paused", "Paused"),
    ("met", "Met"),
    ("missed", "Missed"),
]
# What moves a clock, besides what matches the policies.
CLOCK_FIELDS = ("stage_id", "stage_kind", "first_response_on")
TRIGGERS = {*MATCH_FIELDS, *CLOCK_FIELDS, "impact", "urgency", "partner_id", "lot_id", "happened_on"}


class TicketingTicketSlaMixin(models.AbstractModel):
    """What a ticket is promised: policies are matched when it is made and when it changes; its clocks follow it."""

    _name = "ticketing.ticket.sla.mixin"
    _description = "Ticket: Promises"

    sla_status_ids = fields.One2many("ticketing.sla.status", "ticket_id", string="Promises", readonly=True)
    sla_deadline = fields.Datetime(
        "Due", compute="_compute_sla", store=True, copy=False, help="The earliest deadline of what is promised."
    )
    sla_state = fields.Selection(SLA_STATES, "SLA", compute="_compute_sla", store=True, copy=False)
    sla_target = fields.Selection(TARGETS, "Due for", compute="_compute_sla", store=True, copy=False)

    @api.depends(
        "sla_status_ids.state",
        "sla_status_ids.is_open",
        "sla_status_ids.deadline",
        "sla_status_ids.alarmed_percent",
    )
    def _compute_sla(self):
        for ticket in self:
            ticket.update(ticket.sudo()._get_sla_summary())  # promises of a ticket that the user sees

    def _get_sla_summary(self):
        statuses = self.sla_status_ids
        ahead = statuses.filtered(lambda status: status.is_open)
        due = ahead.filtered("deadline").sorted("deadline")[:1]
        return {
            "sla_deadline": due.deadline,
            "sla_target": due.target,
            "sla_state": self._get_sla_state(statuses, ahead),
        }

    @api.model
    def _get_sla_state(self, statuses, ahead):
        states = set(ahead.mapped("state"))
        if "breached" in states:
            return "breached"
        running = ahead.filtered(lambda status: status.state == "running")
        if running:
            return "at_risk" if any(running.mapped("alarmed_percent")) else "running"
        if ahead:
            return "paused"
        ended = set(statuses.mapped("state"))
        if "breached" in ended:
            return "missed"
        return "met" if "reached" in ended else False

    # When the clocks move

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._follow_promises(match=True)
        return tickets

    def write(self, vals):
        if TRIGGERS.isdisjoint(vals) or not self.env["ticketing.sla.policy"]._get_rules():
            return super().write(vals)
        matched, moved = self._get_sla_keys(MATCH_FIELDS), self._get_sla_keys(CLOCK_FIELDS)
        result = super().write(vals)
        rematched, moved_on = self._get_sla_keys(MATCH_FIELDS), self._get_sla_keys(CLOCK_FIELDS)
        other = self.filtered(lambda ticket: matched[ticket.id] != rematched[ticket.id])
        other._follow_promises(match=True)
        (self - other).filtered(lambda ticket: moved[ticket.id] != moved_on[ticket.id])._follow_promises()
        return result

    def _get_sla_keys(self, names):
        """Return {id: values of the fields}, of what decides on promises."""
        tickets = self.sudo()  # the same for whoever writes
        return {ticket.id: tuple(ticket[name] for name in names) for ticket in tickets}

    def _on_desk_answer(self):
        super()._on_desk_answer()
        self._follow_next_responses(answered=True)

    def _on_customer_answer(self, message=None):
        super()._on_customer_answer(message)
        self._follow_next_responses(answered=False)

    # What then happens

    def _follow_promises(self, match=False):
        """Bring all promises up to date: one query for them, whatever the number of tickets.

        :param bool match: the policies are matched again
        """
        rules = self.env["ticketing.sla.policy"]._get_rules()
        if not self or not rules:
            return
        at, new, calendars = fields.Datetime.now(), [], {}
        for ticket in self.sudo():  # promises are kept for everybody, whoever changes the ticket
            gone = ticket._match_promises(rules, at, new, calendars) if match else ()
            for status in ticket.sla_status_ids:
                if status not in gone:
                    status._follow(ticket, at)
        self.env["ticketing.sla.status"].sudo().create(new)  # as above

    def _match_promises(self, rules, at, new, calendars, replaced=()):
        """Cancel the promises that are none any more, take up again those that are, and add the values of new ones.

        A new promise goes on from where the one that it replaces stood.

        :param list new: values of statuses to be made
        :param dict calendars: of the batch, see ``_prepare``
        :param replaced: statuses that somebody has replaced by the current terms
        :return: [statuses that were cancelled]
        """
        self.ensure_one()
        mine = {rule.id for rule in rules if rule.matches(self)}
        kept = self.sla_status_ids.filtered(lambda status: status.cancel_reason != "reapplied")
        gone = kept.filtered(lambda status: status.is_open and status.policy_id.id not in mine)
        for status in gone:
            status._cancel(at, "unmatched")
        back = kept.filtered(
            lambda status: status.cancel_reason == "unmatched" and not status.reached_on and status.policy_id.id in mine
        )
        for status in back:
            status._revive(at)
        if self.stage_kind not in SOLVED_KINDS:
            used = {status.target: status.consumed for status in [*replaced, *gone]}
            known = {status.policy_id.id for status in kept if status.target != "next_response" or status.is_open}
            for rule in rules:
                waited_for = rule.target != "next_response" or rule.target in used  # begins when the customer writes
                if rule.active and rule.id in mine - known and waited_for:
                    new.append(
                        self.env["ticketing.sla.status"]._prepare(rule, self, at, used.get(rule.target, 0), calendars)
                    )
        return gone

    def _follow_next_responses(self, answered):
        """Start the clocks of the next response when the customer writes, and end them when the desk answers."""
        rules = [rule for rule in self.env["ticketing.sla.policy"]._get_rules() if rule.target == "next_response"]
        if not rules:
            return
        at = fields.Datetime.now()
        new = []
        for ticket in self.sudo():  # as in _follow_promises
            if not answered and (not ticket.first_response_on or ticket.stage_kind in SOLVED_KINDS):
                continue
            responses = ticket.sla_status_ids.filtered(lambda status: status.target == "next_response")
            waiting = responses.filtered("is_open")
            if answered:
                for status in waiting:
                    status._reach(at)
                # what is no promise at present has nothing to wait for either, should its policy hold again
                gone = responses.filtered(lambda status: status.cancel_reason == "unmatched" and not status.reached_on)
                gone.reached_on = at
            elif not waiting:
                statuses = self.env["ticketing.sla.status"]
                new += [statuses._prepare(rule, ticket, at) for rule in rules if rule.active and rule.matches(ticket)]
        self.env["ticketing.sla.status"].sudo().create(new)  # as above

    def _sla_contract_start(self):
        """Return since when the customer is one: his contract decides, else what is written on the customer."""
        self.ensure_one()
        return self.commercial_partner_id.ticketing_customer_since

    # By hand

    def action_reapply_sla(self):
        """Replace what was promised by the current terms, going on from where the clocks stand; it is told in the chatter.

        :raises AccessError: the user is no manager of the desk
        """
        self._check_sla_manager()
        rules = self.env["ticketing.sla.policy"]._get_rules()
        at, new = fields.Datetime.now(), []
        for ticket in self.sudo():  # checked above
            replaced = ticket.sla_status_ids.filtered("is_open")
            for status in replaced:
                status._cancel(at, "reapplied")
            ticket._match_promises(rules, at, new, {}, replaced)
            for status in ticket.sla_status_ids - replaced:
                status._follow(ticket, at)  # what had been a promise before, and is one again
        self.env["ticketing.sla.status"].sudo().create(new)  # checked above
        self._message_log_batch(
            bodies=dict.fromkeys(self.ids, self.env._("The current SLA terms were applied to this ticket."))
        )
        return True

    def _exclude_sla(self, cause, note):
        """Stop what is promised on these tickets: we do not answer for it.

        :param cause: ticketing.sla.cause
        :param str note: what happened
        :raises AccessError: the user may not change the ticket
        :raises UserError: nothing is promised any more, or nobody says why
        """
        self.check_access("write")
        if not cause or not (note or "").strip():
            raise UserError(self.env._("Say why the promise does not hold: choose the cause and write what happened."))
        at = fields.Datetime.now()
        for ticket in self.sudo():  # checked above
            running = ticket.sla_status_ids.filtered("is_open")
            if not running:
                raise UserError(self.env._("Nothing is promised on %s that could be excluded.", ticket.display_name))
            for status in running:
                status._exclude(at, cause, note.strip())
            ticket.with_user(self.env.user).message_post(
                body=self.env._("SLA excluded, %(cause)s: %(note)s", cause=cause.name, note=note.strip())
            )
        return True

    def action_include_sla(self):
        """Undo the exclusion: the clocks go on from where they stood.

        :raises AccessError: the user is no manager of the desk
        """
        self._check_sla_manager()
        at = fields.Datetime.now()
        for ticket in self.sudo():  # checked above
            for status in ticket.sla_status_ids.filtered(lambda status: status.state == "excluded"):
                status._include(at)
            ticket._follow_promises(match=True)  # meanwhile the ticket may have become one of another policy
            ticket.with_user(self.env.user).message_post(body=self.env._("The SLA holds again."))
        return True

    def _check_sla_manager(self):
        self.check_access("write")
        if not self.env.user.has_group("helpdesk_ticketing.group_manager") and not self.env.su:
            raise AccessError(self.env._("Only a manager of the desk changes what was promised."))
