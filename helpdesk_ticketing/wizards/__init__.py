from . import ticketing_sign_wizard
