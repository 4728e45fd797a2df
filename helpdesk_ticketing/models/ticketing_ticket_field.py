from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import parse_date

from ..tools.form_values import read_number, read_text

FIELD_KINDS = [
    ("char", "Line of Text"),
    ("text", "Text"),
    ("integer", "Whole Number"),
    ("float", "Number"),
    ("date", "Date"),
    ("selection", "Choice"),
    ("boolean", "Yes or No"),
    ("photo", "Photo"),
]
# What a browser may send: longer is no answer to a question.
LENGTHS = {"text": 5000}
LENGTH = 200
OPTION_COUNT = 50


class TicketingTicketField(models.Model):
    """What the customer is asked who reports a problem of a type: only what identifies the failure."""

    _name = "ticketing.ticket.field"
    _description = "Question of the Customer's Form"
    _order = "type_id, sequence, id"

    type_id = fields.Many2one("ticketing.type", "Ticket Type", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char("What is Asked", required=True, translate=True)
    kind = fields.Selection(FIELD_KINDS, "Answer", default="char", required=True)
    required = fields.Boolean(help="The form can't be sent without an answer.")
    help = fields.Char("Explanation", translate=True, help="Where the customer finds it, in a few words.")
    options = fields.Text("Choices", translate=True, help="What can be chosen, one a line.")

    @api.constrains("kind", "options")
    def _check_options(self):
        for field in self.filtered(lambda field: field.kind == "selection"):
            options = field._get_options()
            if len(options) < 2:
                raise ValidationError(
                    self.env._("'%s' is a choice: write what can be chosen, one a line, two at least.", field.name)
                )
            if len(options) > OPTION_COUNT or any(len(option) > LENGTH for option in options):
                raise ValidationError(
                    self.env._(
                        "'%(question)s': %(count)s choices at the most, of %(length)s characters each.",
                        question=field.name,
                        count=OPTION_COUNT,
                        length=LENGTH,
                    )
                )

    def _get_options(self):
        """Return what can be chosen, in the reader's language."""
        self.ensure_one()
        lines = (line.strip() for line in (self.options or "").splitlines())
        return list(dict.fromkeys(filter(None, lines)))

    def _get_input_name(self):
        """Return how the form names the answer."""
        return f"field_{self.id}"

    # Answers of a form

    def _read_answers(self, form, photos):
        """Read what a form says to these questions.

        :param dict form: {input's name: text}, as a browser sends it: anything
        :param dict photos: {input's name: names of the files}
        :return: (values of ``ticketing.ticket.answer``, {input's name: what is wrong with it})
        """
        answers, problems = [], {}
        for field in self:
            name = field._get_input_name()
            if field.kind == "photo":
                value, problem = ", ".join(photos.get(name, [])), ""
            else:
                value, problem = field._read_answer(read_text(form.get(name)).replace("\r\n", "\n"))
            if not value and not problem and field.required:
                problem = self.env._("Please answer this.")
            if problem:
                problems[name] = problem
            elif value:
                answers.append(field._prepare_answer(value))
        return answers, problems

    def _read_answer(self, text):
        """Return (the answer as it is kept, what is wrong with it) of what somebody has typed."""
        self.ensure_one()
        if not text:
            return "", ""
        length = LENGTHS.get(self.kind, LENGTH)
        if len(text) > length:
            return "", self.env._("That is too long: %s characters at the most.", length)
        reader = getattr(self, f"_read_{self.kind}", None)
        return reader(text) if reader else (text, "")

    def _read_integer(self, text):
        number = read_number(text)
        if number is None or number != int(number):
            return "", self.env._("'%s' is no whole number.", text)
        return str(int(number)), ""

    def _read_float(self, text):
        number = read_number(text)
        return ("", self.env._("'%s' is no number.", text)) if number is None else (f"{number:.10g}", "")

    def _read_date(self, text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = parse_date(self.env, text)  # typed where the browser has no calendar
        if not isinstance(day, date):
            return "", self.env._("'%s' is no date: write it as 2026-12-31.", text)
        return day.isoformat(), ""

    def _read_selection(self, text):
        return (text, "") if text in self._get_options() else ("", self.env._("Choose one of the list."))

    def _read_boolean(self, text):
        return (text, "") if text in ("yes", "no") else ("", self.env._("Choose yes or no."))

    def _prepare_answer(self, value):
        """The question is kept with the answer: it may be worded otherwise tomorrow."""
        return {
            "field_id": self.id,
            "sequence": self.sequence,
            "label": self.name,
            "kind": self.kind,
            "value": value,
        }
