from . import website
from . import res_config_settings

# What strangers send
from . import ticketing_channel
from . import ticketing_throttle
from . import ticketing_inbound
