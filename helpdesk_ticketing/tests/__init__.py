from . import test_chain
from . import test_desk_tours
from . import test_einvoice_rules
from . import test_note_report
from . import test_portal_note
from . import test_portal_ticket
from . import test_portal_tour
from . import test_sign_link
