from . import test_chain
from . import test_inbound
from . import test_inbound_queries
from . import test_inbound_loops
from . import test_inbound_hostile
