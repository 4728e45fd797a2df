from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class TicketingInboundDiscardMixin(models.AbstractModel):
    """Messages that are no business of the desk are put away with a reason, and can be taken back."""

    _name = "ticketing.inbound.discard.mixin"
    _description = "Discarding of Messages"

    active = fields.Boolean(default=True)
    discard_reason = fields.Char("Reason for Discarding", readonly=True)
    history = fields.Text(readonly=True, help="Who discarded the message or took it back, when and why.")

    def action_open_discard(self):
        """Ask for the reason."""
        self._check_manager()
        return {
            "name": self.env._("Discard"),
            "type": "ir.actions.act_window",
            "res_model": "ticketing.discard.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_inbound_ids": self.ids},
        }

    def action_discard(self, reason):
        """Put messages away. They stay in the journal, archived.

        :param str reason: kept on the row and in its history
        :raises UserError: no reason, or the message is a ticket or a duplicate
        """
        self._check_manager()
        reason = " ".join((reason or "").split())
        if not reason:
            raise ValidationError(self.env._("Write why the message is discarded."))
        for inbound in self.sudo():  # a manager can't write the journal but through its buttons
            if inbound.state not in ("quarantined", "failed"):
                raise UserError(self.env._("%s is neither quarantined nor failed.", inbound.display_name or ""))
            inbound.write({"active": False, "discard_reason": reason, "next_try_on": False})
            inbound._add_history(self.env._("Discarded: %s", reason))
        return True

    def action_restore(self):
        """Take discarded messages back to quarantine.

        :raises UserError: a message is not discarded
        """
        self._check_manager()
        for inbound in self.sudo():  # as above
            if inbound.active:
                raise UserError(self.env._("%s is not discarded.", inbound.display_name or ""))
            inbound._take_back()
            inbound.state = "quarantined"
            inbound._add_history(self.env._("Taken back to quarantine"))
        return True

    def _take_back(self):
        self.write({"active": True, "discard_reason": False})

    def _add_history(self, text):
        """Add a line: when, who, what."""
        self.ensure_one()
        line = f"{fields.Datetime.now():%Y-%m-%d %H:%M} UTC, {self.env.user.name}: {text}"
        self.history = "\n".join(filter(None, (self.history, line)))

    def _check_manager(self):
        if not self.env.su and not self.env.user.has_group("helpdesk_ticketing.group_manager"):
            raise AccessError(self.env._("Only a manager of the helpdesk can do this."))
        self.check_access("read")
