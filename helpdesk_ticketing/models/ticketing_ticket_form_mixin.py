from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain

from ..tools.form_values import read_id
from ..tools.pictures import is_picture


class TicketFormError(ValidationError):
    """What the customer has to correct in his form, each beside its field.

    :param dict problems: {input's name: what is wrong with it}
    """

    def __init__(self, message, problems):
        super().__init__(message)
        self.problems = problems


class TicketingTicketFormMixin(models.AbstractModel):
    """The form with which customers report: its types, the questions of each, what was answered."""

    _name = "ticketing.ticket.form.mixin"
    _description = "Ticket: Customer's Form"

    form_answer_ids = fields.One2many(
        "ticketing.ticket.answer", "ticket_id", "Answers of the Customer", copy=False, readonly=True
    )

    def _get_form_answers(self):
        """Return the answers of a ticket's form in their order, with what a page shows of them: one query."""
        self.ensure_one()
        answers = self.env["ticketing.ticket.answer"]
        return answers.search_fetch([("ticket_id", "=", self.id)], ["label", "kind", "value"])

    def _get_searched_answers(self):
        """Return the short answers: serial numbers and error codes are what people search for, stories are not."""
        answers = self.sudo().form_answer_ids  # whoever writes the ticket
        return [answer.value for answer in answers if answer.kind in ("char", "integer", "selection")]

    @api.model
    def _get_form_types(self, company):
        """Return the types that a company's customers choose from: of all its teams, or of one of them."""
        return self.env["ticketing.type"].search(
            Domain("team_ids", "=", False) | Domain("team_ids.company_id", "=", company.id)
        )

    @api.model
    def _get_form_type(self, company, text):
        """Return the type that a form names; none if customers of the company can't choose it."""
        return self.env["ticketing.type"].browse(read_id(text)) & self._get_form_types(company)

    @api.model
    def _get_form_team(self, company, kind):
        """Return the team that gets what is reported: the type's, else the company's first."""
        if teams := kind.team_ids.filtered(lambda team: team.company_id == company):
            return teams[0]
        return self.env["ticketing.team"].search([("company_id", "=", company.id)], limit=1)

    @api.model
    def _get_form_fields(self, types):
        """Return the questions of each type: {type: fields}, one query for all of them."""
        found = self.env["ticketing.ticket.field"].search([("type_id", "in", types.ids)])
        return found.grouped("type_id")

    @api.model
    def _prepare_form_answers(self, kind, form, photos):
        """Return what the form says to the questions of its type, as commands.

        :param dict photos: {input's name: [(file's name, content)]}
        :raises TicketFormError: what is missing, or can't be
        """
        asked = self.env["ticketing.ticket.field"].search([("type_id", "=", kind.id)]) if kind else ()
        if not asked:
            return []
        names = {name: [file for file, __ in files] for name, files in photos.items()}
        answers, problems = asked._read_answers(form, names)
        for field in asked.filtered(lambda field: field.kind == "photo"):
            name = field._get_input_name()
            if wrong := [file for file, content in photos.get(name, []) if not is_picture(content)]:
                problems[name] = self.env._("%s is no photo.", wrong[0][:80])
        if problems:
            labels = [field.name for field in asked if field._get_input_name() in problems]
            raise TicketFormError(self.env._("Please look again at: %s.", ", ".join(labels)), problems)
        return [Command.create(answer) for answer in answers]
