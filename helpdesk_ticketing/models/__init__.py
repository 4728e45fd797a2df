from . import account_edi_xml_cii
from . import account_edi_xml_ubl_bis3
