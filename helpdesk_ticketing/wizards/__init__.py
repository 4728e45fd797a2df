from . import account_move_reversal
from . import ticketing_sign_wizard
