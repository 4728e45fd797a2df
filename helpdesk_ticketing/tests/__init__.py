from . import test_einvoice_rules
