from . import test_feedback_survey
