"""Whom the addresses of the questionnaires answer: for ``test_access_matrix.py`` of the main add-on."""

from odoo.addons.helpdesk_ticketing.tests.access_doors import CORE_MODELS, DOORS, Door

DOORS["/ticketing/feedback/<string:token>/survey"] = Door(
    "address", "feedback", "POST", addon="helpdesk_ticketing_survey"
)
CORE_MODELS += ["survey.survey", "survey.user_input", "survey.user_input.line"]


def make_papers(world):
    """Have the team ask: what was asked for there is made when somebody opens it."""
    world.team.feedback_survey_id = world.env["survey.survey"].create(
        {
            "title": "Your visit",
            "access_mode": "token",
            "question_and_page_ids": [(0, 0, {"title": "What can be better?", "question_type": "char_box"})],
        }
    )
