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
    for name in ("website.header_text_element", "website.header_call_to_action"):
        env.ref(name).active = False
    env.ref("website.footer_custom").with_context(lang=None).arch = """
        <data inherit_id="website.layout">
            <xpath expr="//div[@id='footer']" position="replace">
                <div id="footer" class="oe_structure oe_structure_solo" t-ignore="true" t-if="not no_footer">
                    <section class="pt32 pb16"><div class="container d-flex flex-wrap gap-4">
                        <span t-field="res_company.name" class="fw-bold"/>
                        <a href="/help">Ayuda</a>
                        <a href="/help/report">Comunicar un problema</a>
                        <a t-attf-href="tel:{{res_company.phone}}" t-out="res_company.phone"/>
                        <a t-attf-href="mailto:{{res_company.email}}" t-out="res_company.email"/>
                    </div></section>
                </div>
            </xpath>
        </data>"""
    env.ref("website.footer_copyright_company_name").with_context(lang=None).arch = """
        <data inherit_id="website.layout">
            <xpath expr="//footer//span[hasclass('o_footer_copyright_name')]" position="replace">
                <span class="o_footer_copyright_name me-2 small" t-out="res_company.name"/>
            </xpath>
        </data>"""
if "forum.forum" in env:
    # Only the team's own forums, and people whose address was verified.
    env.ref("website_forum.forum_help").active = False
    for user in env["res.users"].search([("karma", "=", 0)]):
        user._add_karma(3, user, "Verified")
env.cr.commit()
