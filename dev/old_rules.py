"""An upgrade corrects the record rules of an older database.

Run by ``dev/check_install.sh`` in ``bin/odoo shell``, which gives ``env``, twice: before the upgrade it writes the
rules to the file ``HELPDESK_RULES`` and spoils them, as if an earlier version had installed others; after it, they
must be what they were. ``HELPDESK_ADDONS`` names the add-ons.
"""

import json
import os
from pathlib import Path

names = os.environ["HELPDESK_ADDONS"].split()
file = Path(os.environ["HELPDESK_RULES"])
data = env["ir.model.data"].search([("model", "=", "ir.rule"), ("module", "in", names)])
rules = env["ir.rule"].browse(data.mapped("res_id"))
found = {rule.name: [rule.domain_force, sorted(rule.groups.mapped("full_name"))] for rule in rules}

if file.exists():
    wrong = [name for name, rule in json.loads(file.read_text()).items() if found.get(name) != rule]
    if wrong:
        raise SystemExit("an upgrade does not correct these rules:\n    " + "\n    ".join(wrong))
else:
    file.write_text(json.dumps(found))
    rules.domain_force = "[(1, '=', 1)]"
    rules.filtered("groups").groups = env.ref("base.group_system")
    # The first version of the main add-on installed them so.
    data.filtered(lambda known: known.module == "helpdesk_ticketing").noupdate = True
    env["ir.module.module"].search([("name", "in", names)]).latest_version = "19.0.1.0.0"
    env.cr.commit()
