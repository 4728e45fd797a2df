"""What the company needs once the core applications are installed: its chart, its bank account, and quiet.

Run by ``dev/databases.sh`` in ``bin/odoo shell``, which gives ``env``.
"""

CHART = "es_pymes"

company = env.company
if company.chart_template != CHART:
    env["account.chart.template"].try_loading(CHART, company=company, install_demo=False)
if company.chart_template != CHART:
    raise SystemExit(f"the chart of accounts is {company.chart_template!r}, not {CHART!r}")

# Customers can only be asked to pay to an account that is trusted and belongs to a bank journal.
account = company.partner_id.bank_ids[:1]
account.allow_out_payment = True
bank = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
bank.bank_account_id = account

# Nothing here may call a service on the network: no look-up of the company's logo and address, no look-up of
# customers on Peppol, no weekly message to Odoo's update service, no paid services.
company.iap_enrich_auto_done = True
parameters = env["ir.config_parameter"]
parameters.set_param("account_peppol.edi.mode", "demo")
for endpoint in ("iap.endpoint", "iap.partner_autocomplete.endpoint"):
    parameters.set_param(endpoint, "http://127.0.0.1:9")
for xmlid in ("mail.ir_cron_module_update_notification", "partner_autocomplete.cron_partner_autocomplete_sync"):
    cron = env.ref(xmlid, raise_if_not_found=False)
    if cron:
        cron.active = False
env.cr.commit()
