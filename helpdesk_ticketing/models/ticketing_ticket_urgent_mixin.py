from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.form_values import read_text
from .ticketing_stage import SOLVED_KINDS

URGENT_HOURS = 24
REASON_LENGTH = 2000


class TicketingTicketUrgentMixin(models.AbstractModel):
    """The customer says that it can't wait: the leader of the team is asked to look, once a day and ticket."""

    _name = "ticketing.ticket.urgent.mixin"
    _description = "Ticket: Urgent for the Customer"

    urgent_on = fields.Datetime(
        "Urgent for the Customer since", readonly=True, copy=False, help="When he last asked for more speed."
    )

    def _may_be_urged(self):
        """Tell whether the customer may ask for more speed now."""
        self.ensure_one()
        if self.stage_kind in SOLVED_KINDS:
            return False
        return not self.urgent_on or self.urgent_on + timedelta(hours=URGENT_HOURS) <= fields.Datetime.now()

    def _urge_as_customer(self, partner, reason):
        """Tell the desk, and give the leader a task. The caller has checked that the ticket is his; runs as superuser.

        One message as any answer of his, and an activity that sends no mail: however often he clicks, one a day.

        :raises UserError: solved, without a reason, or said already
        """
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset(["stage_id", "stage_kind", "urgent_on"])
        reason = read_text(reason)
        if not reason:
            raise ValidationError(self.env._("Say why it is urgent: it helps us to decide what comes first."))
        if self.stage_kind in SOLVED_KINDS:
            raise UserError(self.env._("Ticket %s is solved: reopen it if it does not work.", self.number))
        if not self._may_be_urged():
            raise UserError(self.env._("You have told us already that it is urgent: we are looking at it."))
        self._check_urgent_flood()
        self.urgent_on = fields.Datetime.now()
        self._post_as_customer(partner, self.env._("It is urgent for us: %s", reason[:REASON_LENGTH]))
        leader = self.team_id.with_company(self.company_id)._get_leader()
        if leader:
            env = self.with_context(lang=leader.lang or self.env.lang).env
            self._schedule_warnings([(self, leader, env._("The customer says that it is urgent: please look at it"))])

    def _check_urgent_flood(self):
        """Not everything is urgent: one company may say so only of so many tickets.

        :raises UserError: says how long to wait
        """
        throttle = self.env["ticketing.throttle"]
        key = str(self.commercial_partner_id.id)
        if minutes := throttle._get_wait("urgent", key):
            raise UserError(
                self.env._("You have marked many tickets as urgent: please wait %s minutes, or call us.", minutes)
            )
        throttle._count("urgent", key)
