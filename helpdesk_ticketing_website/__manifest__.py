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
        "data/ticketing_channel_data.xml",
        "views/res_config_settings_views.xml",
        "views/report_templates.xml",
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
