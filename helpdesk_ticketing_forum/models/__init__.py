# The forum of a team
from . import forum_forum
from . import ticketing_team

# What becomes of a question
from . import ticketing_channel
from . import ticketing_ticket
from . import ticketing_article
from . import ticketing_forum_turn_mixin
from . import forum_post
