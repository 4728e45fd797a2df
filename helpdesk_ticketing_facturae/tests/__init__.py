from . import test_facturae
from . import test_facturae_gaps
