"""A key of the JSON API for each demo log-in, for one day, for ``dev/story.py``.

Run by ``bin/run --story`` in ``bin/odoo shell``, which gives ``env``. ``HELPDESK_KEYS`` is the file to write.
"""

import json
import os
from datetime import datetime, timedelta

LOGINS = ("admin", "agent", "technician", "accountant", "manager")
NAME = "dev/story.py"

users = env["res.users"].search([("login", "in", LOGINS)])
env["res.users.apikeys"].search([("user_id", "in", users.ids), ("name", "=", NAME)])._remove()
tomorrow = datetime.now() + timedelta(days=1)
keys = {user.login: env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", NAME, tomorrow) for user in users}
with open(os.open(os.environ["HELPDESK_KEYS"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    json.dump(keys, file)
env.cr.commit()
