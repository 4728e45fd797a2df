"""Make the web client's bundles in a template database, so that its copies need not (Odoo's shell runs this)."""

env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
