from . import account_chart_template
from . import account_move
from . import account_move_send
from . import res_company
from . import res_config_settings
