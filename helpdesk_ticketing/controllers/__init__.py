# What the pages share
from . import portal

# Logged in
from . import portal_home
from . import portal_form
from . import portal_ticket
from . import portal_introduction
from . import portal_note
from . import portal_certificate
from . import portal_plan
from . import portal_asset
from . import portal_help

# Not logged in: the signing link, the label on a unit
from . import sign_link
from . import asset_label
from . import feedback

# The desk's downloads
from . import effort_export
from . import sla_export
from . import certificate_export
from . import contract_statement
from . import worklog_export
