from . import test_facturae
