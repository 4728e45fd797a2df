from odoo import models


class SurveyUserInputLine(models.Model):
    _inherit = "survey.user_input.line"

    def _prepare_feedback_answer(self):
        """Return question and answer as people read them, and the number among them if there is one."""
        self.ensure_one()
        values = {
            "char_box": self.value_char_box,
            "text_box": self.value_text_box,
            "numerical_box": self.value_numerical_box,
            "scale": self.value_scale,
            "date": self.value_date,
            "datetime": self.value_datetime,
            "suggestion": self.suggested_answer_id.value,
        }
        found = values.get(self.answer_type)
        answer = {
            "question": " / ".join(filter(None, (self.question_id.title, self.matrix_row_id.value))),
            "answer": str(found) if found is not None else False,
        }
        if self.answer_type in ("numerical_box", "scale"):
            answer["value"] = float(found)  # the column of others stays empty: means are of numbers alone
        return answer
