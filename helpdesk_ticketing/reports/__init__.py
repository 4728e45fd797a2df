from . import ticketing_sla_report
