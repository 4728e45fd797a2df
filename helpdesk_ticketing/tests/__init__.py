from . import test_access
from . import test_chain
from . import test_einvoice_rules
