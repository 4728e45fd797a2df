from . import test_help
from . import test_report
from . import test_website_tour
