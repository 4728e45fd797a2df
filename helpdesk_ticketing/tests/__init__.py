from . import test_chain
from . import test_einvoice_chain
from . import test_einvoice_gaps
from . import test_einvoice_rules
