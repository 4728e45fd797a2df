"""The demo company's identity, written before any accounting: the chart then follows its country.

Run by ``dev/databases.sh`` in ``bin/odoo shell``, which gives ``env``.
"""

company = env.company
company.write(
    {
        "name": "Instalaciones Levante, S.L.",
        "street": "Carrer de Colón, 18",
        "city": "Valencia",
        "zip": "46004",
        "state_id": env.ref("base.state_es_v").id,
        "country_id": env.ref("base.es").id,
        "currency_id": env.ref("base.EUR").id,
        "vat": "ESB96123450",
        "phone": "+34 961 23 45 67",
        "email": "info@levante.example",
        "website": "https://levante.example",
    }
)
company.partner_id.write({"lang": "es_ES", "tz": "Europe/Madrid"})
env.ref("base.user_admin").tz = "Europe/Madrid"
env["res.partner.bank"].create(
    {
        "acc_number": "ES79 2100 0813 6101 2345 6789",
        "partner_id": company.partner_id.id,
        "company_id": company.id,
    }
)
env.cr.commit()
