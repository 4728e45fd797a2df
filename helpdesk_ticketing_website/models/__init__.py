from . import ir_http
from . import website
from . import res_config_settings

# What strangers find
from . import ticketing_article

# What strangers send
from . import ticketing_channel
from . import ticketing_throttle
from . import ticketing_inbound
