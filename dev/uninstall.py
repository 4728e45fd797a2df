"""Uninstall the project's add-ons and see that nothing of them stays behind.

Run by ``dev/check_install.sh`` in ``bin/odoo shell``, which gives ``env``. ``HELPDESK_ADDONS`` names the add-ons.
"""

import os

names = os.environ["HELPDESK_ADDONS"].split()
env["ir.module.module"].search([("name", "in", names)]).button_immediate_uninstall()

# The registry is a new one now: only SQL may be asked.
env.cr.execute("SELECT name, state FROM ir_module_module WHERE name = ANY(%s) AND state != 'uninstalled'", [names])
left = [f"module {name} is {state}" for name, state in env.cr.fetchall()]
# Customers, products and the like stay where other records use them, as a company's data must; nothing else does.
env.cr.execute(
    """SELECT module, name, model FROM ir_model_data
        WHERE module = ANY(%s)
          AND (model LIKE 'ticketing.%%' OR model LIKE 'ir.%%' OR model IN ('res.groups', 'mail.template'))""",
    [names],
)
left += [f"{model} {module}.{name}" for module, name, model in env.cr.fetchall()]
env.cr.execute("SELECT model FROM ir_model WHERE model LIKE 'ticketing.%'")
left += [f"model {model}" for (model,) in env.cr.fetchall()]
env.cr.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'ticketing\\_%'")
left += [f"table {table}" for (table,) in env.cr.fetchall()]
if left:
    raise SystemExit("uninstalling leaves behind:\n    " + "\n    ".join(left))
