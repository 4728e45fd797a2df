from odoo import fields, models

from ..tools.device_clock import WrongClock, settle
from .ticketing_stage import SOLVED_KINDS


class TicketingTicketTechnicianSignMixin(models.AbstractModel):
    """How a visit ends: signed, refused, nobody there, solved. By the delivery note's own steps."""

    _name = "ticketing.ticket.technician.sign.mixin"
    _description = "Ticket: the Technician's Delivery Note"

    def _technician_sign(self, values, moment):
        """Sign, if the note says what its signer has seen; else keep the signature for somebody to look at."""
        note = self._get_ready_note(values)
        signer, signature = self._read_text(values.get("signer_name")), values.get("signature")
        signature = signature if isinstance(signature, str) else ""
        if differences := note._get_differences(values.get("seen")):
            note._keep_signature(signer, signature, differences)
            return {"note": note._to_technician(), "differs": differences}
        note._sign_on_device(signer, signature, self._get_signed_on(moment))
        return {"note": note._to_technician()}

    def _get_signed_on(self, moment):
        """Return when it was signed: what a wrong clock says of it does not count, but loses no signature."""
        now = fields.Datetime.now()
        try:
            return settle(moment, self.create_date.replace(microsecond=0), now)
        except WrongClock:
            return now

    def _technician_absent(self, values, moment):
        note = self._get_ready_note(values)
        note.action_absent(self._read_text(values.get("reason")))
        return {"note": note._to_technician()}

    def _technician_refuse(self, values, moment):
        note = self._get_ready_note(values)
        note.action_refuse(self._read_text(values.get("reason")))
        return {"note": note._to_technician()}

    def _technician_solve(self, values, moment):
        if self.stage_kind not in SOLVED_KINDS:
            self.action_solve()
        return {"stage": {"name": self.stage_id.name, "kind": self.stage_kind}}

    def _get_ready_note(self, values):
        """Return the ticket's delivery note, ready to sign, with what the technician wrote.

        One that was made ready before (nobody was there) is made ready anew if more was done since: the customer has all
        of it before him.
        """
        note = self._get_or_create_note()
        if note.state == "ready" and note.sudo()._misses_work():  # as its lines are refreshed
            note.action_draft()
            note = self._get_or_create_note()
        if note.state == "draft":
            if text := self._read_text(values.get("summary")):
                note.summary = text
            note.action_ready()
        return note
