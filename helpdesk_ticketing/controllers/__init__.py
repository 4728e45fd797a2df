# What the pages share
from . import portal

# Logged in
from . import portal_ticket
from . import portal_note

# Not logged in: the signing link
from . import sign_link

# The desk's downloads
from . import sla_export
from . import contract_statement
from . import worklog_export
