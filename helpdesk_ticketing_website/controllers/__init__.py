from . import help
from . import report
