from odoo import api, fields, models
from odoo.exceptions import UserError

# The work was done; "cancelled" is not: of that nothing is asked.
DONE_KINDS = ("solved", "closed")


class TicketingTicketChecklistMixin(models.AbstractModel):
    """What has to be done or measured on tickets of a type, and whether it was."""

    _name = "ticketing.ticket.checklist.mixin"
    _description = "Ticket: Checklist"

    answer_ids = fields.One2many("ticketing.checklist.answer", "ticket_id", "Checklist", copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._follow_checklist()
        tickets.filtered(lambda ticket: ticket.stage_kind in DONE_KINDS)._check_checklist()
        return tickets

    def write(self, vals):
        solving = self.filtered(lambda ticket: ticket.stage_kind not in DONE_KINDS) if "stage_id" in vals else None
        result = super().write(vals)
        if "type_id" in vals:
            self._follow_checklist()
        if solving:
            solving.filtered(lambda ticket: ticket.stage_kind in DONE_KINDS)._check_checklist()
        return result

    def _follow_checklist(self):
        """Put the questions of its type to each ticket, and take away those of another type that nobody answered."""
        listed = self.env["ticketing.checklist.item"]._get_types()
        if not listed:
            return
        tickets = self.sudo()  # who may write the ticket has its questions put
        gone = tickets.answer_ids.filtered(
            lambda answer: not answer.answered and answer.item_id.type_id != answer.ticket_id.type_id
        )
        gone.unlink()
        asked = tickets.filtered(lambda ticket: ticket.type_id.id in listed)
        items = tickets.env["ticketing.checklist.item"].search([("type_id", "in", asked.type_id.ids)])
        by_type = items.grouped("type_id")
        tickets.env["ticketing.checklist.answer"].create(
            [
                {"ticket_id": ticket.id, "item_id": item.id}
                for ticket in asked
                for item in by_type[ticket.type_id] - ticket.answer_ids.item_id
            ]
        )

    def _get_missing_answers(self):
        """Return the answers without which these tickets are not done."""
        listed = self.env["ticketing.checklist.item"]._get_types()
        if not listed or not any(ticket.type_id.id in listed for ticket in self):
            return self.env["ticketing.checklist.answer"]
        return self.answer_ids.filtered(
            lambda answer: (
                answer.required
                and not answer.answered
                and answer.item_id.active
                and answer.item_id.type_id == answer.ticket_id.type_id
            )
        )

    def _check_checklist(self):
        """Refuse to end work of which something required was not answered.

        :raises UserError: says what, and on which ticket
        """
        for ticket, missing in self.sudo()._get_missing_answers().grouped("ticket_id").items():  # whoever ends it
            raise UserError(
                self.env._(
                    "The checklist of ticket %(ticket)s is not complete. Answer first: %(questions)s.",
                    ticket=ticket.display_name,
                    questions=", ".join(missing.item_id.mapped("name")),
                )
            )

    def _answer(self, item, done, value):
        """Answer a question of the checklist as the user.

        :param item: ticketing.checklist.item
        :raises UserError: it is not asked on this ticket
        """
        self.ensure_one()
        self.check_access("write")
        answer = self.answer_ids.filtered(lambda answer: answer.item_id == item)
        if not answer:
            raise UserError(
                self.env._("This question is not on the checklist of ticket %s any more.", self.display_name)
            )
        answer.write({"done": bool(done), "value": value})
