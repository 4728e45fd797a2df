"""Load the demo files of the project's add-ons, and only theirs: the demo company without Odoo's sample records.

Run in ``bin/odoo shell``, which gives ``env``. ``HELPDESK_DEMO`` holds the output of ``dev/addons.py demo``.
On a stock Odoo, ``--with-demo`` loads the same files.
"""

import os

from odoo.tools.convert import convert_file

for line in os.environ["HELPDESK_DEMO"].splitlines():
    module, file = line.split(" ", 1)
    convert_file(env, module, file, idref={}, mode="init", noupdate=True)
env.cr.commit()
