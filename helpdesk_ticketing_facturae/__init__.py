from . import models


def _post_init_hook(env):
    """Complete what the companies' taxes miss for electronic invoices."""
    env["res.company"].search([])._complete_einvoice_tax_codes()
