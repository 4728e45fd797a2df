from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.moments import say_moment

OPEN_KINDS = ("new", "open", "waiting")
# To customers, a first answer and a next one are the same.
ANSWER, SOLUTION = "answer", "solution"


class TicketingTicketSlaViewMixin(models.AbstractModel):
    """How people see a ticket's promises: what is late, what the customer reads, what the buttons open."""

    _name = "ticketing.ticket.sla.view.mixin"
    _description = "Ticket: Promises, as People See Them"

    sla_is_excluded = fields.Boolean("SLA Excluded", compute="_compute_sla_is_excluded")

    # By deadline: what is late, and the desk's lists in the order in which things are due. Only open tickets have one.
    _sla_due_index = models.Index(
        "(sla_deadline, priority DESC, id DESC) WHERE active IS TRUE AND stage_kind IN ('new', 'open', 'waiting')"
    )

    @api.depends("sla_status_ids.state")
    def _compute_sla_is_excluded(self):
        for ticket in self:
            ticket.sla_is_excluded = "excluded" in ticket.sla_status_ids.mapped("state")

    @api.model
    def _get_late_domain(self):
        """Late now, whether a scheduled action has noticed it or not."""
        return Domain("stage_kind", "in", OPEN_KINDS) & Domain("sla_deadline", "<", fields.Datetime.now())

    def action_open_exclude_sla(self):
        """Ask why the promise does not hold."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exclude from SLA"),
            "res_model": "ticketing.sla.exclude.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_ids": self.ids},
        }

    def action_export_sla(self):
        """Offer what is promised on these tickets as a spreadsheet."""
        return self.env["ticketing.sla.status"]._export_xlsx([("ticket_id", "in", self.ids)])

    # For the customer

    def _get_customer_promise(self):
        """Return what the customer reads in his list: (text, is late), or None. Of the ticket's own columns alone."""
        self.ensure_one()
        if not self.sla_deadline:
            return None
        kind = SOLUTION if self.sla_target == "resolution" else ANSWER
        late = self.sla_deadline < fields.Datetime.now()
        return self._say_due(kind, self.sla_deadline, late), late

    def _get_customer_promises(self):
        """Return what the customer reads on his ticket's page, without policies: [(text, look)].

        The caller has checked that the ticket is his; runs as superuser, for promises are not his to read.

        :return: ``look`` is "due", "late", "paused", "kept" or "missed"
        """
        self.ensure_one()
        now, told = fields.Datetime.now(), {}
        statuses = self.env["ticketing.sla.status"].search_fetch(
            [("ticket_id", "=", self.id)], ["target", "state", "started_on", "reached_on", "deadline", "is_open"]
        )
        for status in statuses.sorted("started_on"):
            kind = SOLUTION if status.target == "resolution" else ANSWER
            if promise := self._tell_promise(status, kind, now):
                told[kind] = promise  # of several answers, the last one
        # while he is waited for, answer and solution are told with the same words: once
        return list(dict.fromkeys(told[kind] for kind in (ANSWER, SOLUTION) if kind in told))

    def _tell_promise(self, status, kind, now):
        """Return (text, look) of a promise; None of one that holds no more."""
        if status.reached_on and status.state in ("reached", "breached"):
            kept = status.state == "reached"
            return self._say_reached(kind, status.reached_on, kept), "kept" if kept else "missed"
        if not status.is_open:
            return None
        if status.deadline:
            late = status.deadline < now
            return self._say_due(kind, status.deadline, late), "late" if late else "due"
        if status.state == "paused":
            return self._say_paused(kind), "paused"
        return None

    def _say_due(self, kind, moment, late):
        when = self._say_when(moment)
        if late and kind == ANSWER:
            return self.env._("We are late: you should have had our answer by %s.", when)
        if late:
            return self.env._("We are late: it should have been solved by %s.", when)
        if kind == ANSWER:
            return self.env._("We answer by %s.", when)
        return self.env._("We solve it by %s.", when)

    def _say_reached(self, kind, moment, kept):
        when = self._say_when(moment)
        if kind == ANSWER:
            texts = self.env._("We answered in time, on %s.", when), self.env._("We answered late, on %s.", when)
        else:
            texts = self.env._("We solved it in time, on %s.", when), self.env._("We solved it late, on %s.", when)
        return texts[0] if kept else texts[1]

    def _say_paused(self, kind):
        if self.stage_kind == "waiting":
            return self.env._("We wait for you: the time for our solution stands still until you answer.")
        if kind == ANSWER:
            return self.env._("The time for our answer stands still at present.")
        return self.env._("The time for our solution stands still at present.")

    def _say_when(self, moment):
        """Return a moment in the reader's time zone and language: the page sets both."""
        return say_moment(self.env, moment, full=True)
