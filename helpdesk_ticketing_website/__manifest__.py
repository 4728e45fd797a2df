{
    "name": "Helpdesk Ticketing: Website",
    "summary": "Help center and report form on the public website, found by search engines",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "LGPL-3",
    "author": "Helpdesk Ticketing",
    "depends": [
        "helpdesk_ticketing",
        "website",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/ticketing_website_security.xml",
        "data/ticketing_channel_data.xml",
        "data/website_menu_data.xml",
        "views/res_config_settings_views.xml",
        "views/ticketing_article_views.xml",
        "views/help_templates.xml",
        "views/report_templates.xml",
    ],
    "demo": [
        "demo/ticketing_demo_website.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "helpdesk_ticketing_website/static/src/**/*",
        ],
        "web.assets_tests": [
            "helpdesk_ticketing_website/static/tests/tours/**/*",
        ],
    },
    "auto_install": True,
    "installable": True,
}
