from . import account_move_reversal
from . import sale_advance_payment_inv
from . import ticketing_contract_statement
from . import ticketing_discard_wizard
from . import ticketing_sign_wizard
from . import ticketing_sla_exclude_wizard
from . import ticketing_sla_export
