from . import res_company
from . import res_config_settings
from . import ticketing_worklog
from . import hr_attendance
