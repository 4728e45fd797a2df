from . import ticketing_team
from . import ticketing_feedback_answer
from . import ticketing_feedback
from . import ticketing_ticket
from . import survey_user_input_line
from . import survey_user_input
