from . import ticketing_ticket_report_mixin
from . import ticketing_deflection_report
from . import ticketing_effort_report
from . import ticketing_margin_report
from . import ticketing_sla_report
