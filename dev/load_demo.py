"""Load the demo files of the project's add-ons, and only theirs: the demo company without Odoo's sample records.

Run in ``bin/odoo shell``, which gives ``env``. ``HELPDESK_DEMO`` holds the output of ``dev/addons.py demo``,
``HELPDESK_LOGO`` the path of the company's picture.
On a stock Odoo, ``--with-demo`` loads the same files.
"""

import base64
import os
from pathlib import Path

from markupsafe import Markup

from odoo.tools.convert import convert_file

for line in os.environ["HELPDESK_DEMO"].splitlines():
    module, file = line.split(" ", 1)
    convert_file(env, module, file, idref={}, mode="init", noupdate=True)
# Who tries the desk is not greeted by a robot first.
env["res.users"].search([("share", "=", False)]).odoobot_state = "disabled"
company = env.company
company.company_details = Markup("<p>%s<br>%s<br>%s %s<br>NIF %s</p>") % (
    company.name,
    company.street,
    company.zip,
    company.city,
    company.vat,
)
company.report_footer = Markup("<p>%s · %s · %s</p>") % (company.phone, company.email, company.website)
company.logo = base64.b64encode(Path(os.environ["HELPDESK_LOGO"]).read_bytes())

if "website" in env:
    # The help center is the company's website: in its language, without the sample texts of Odoo's header and footer.
    website = env["website"].search([("company_id", "=", company.id)], limit=1)
    website.write(
        {
            "name": company.name,
            "logo": company.logo,
            "default_lang_id": env.ref("base.lang_es").id,
            "homepage_url": "/help",
            "configurator_done": True,
        }
    )
    env["website.menu"].search([("url", "in", ("/", "/contactus"))]).unlink()
    for name, active in (
        ("website.footer_custom", False),
        ("website.template_footer_minimalist", True),
        ("website.header_text_element", False),
        ("website.header_call_to_action", False),
    ):
        env.ref(name).active = active
env.cr.commit()
