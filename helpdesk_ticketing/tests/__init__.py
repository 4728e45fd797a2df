from . import test_chain
from . import test_desk_tours
from . import test_einvoice_rules
