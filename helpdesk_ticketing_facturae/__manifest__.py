{
    "name": "Helpdesk Ticketing: Facturae",
    "summary": "Signed delivery notes become Spanish Facturae invoices",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "LGPL-3",
    "author": "Helpdesk Ticketing",
    "depends": [
        "helpdesk_ticketing",
        "l10n_es_edi_facturae",
    ],
    "data": [
        "data/facturae_templates.xml",
        "views/res_config_settings_views.xml",
    ],
    "demo": [
        "demo/facturae_demo.xml",
    ],
    "post_init_hook": "_post_init_hook",
    "auto_install": True,
    "installable": True,
}
