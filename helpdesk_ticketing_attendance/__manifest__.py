{
    "name": "Helpdesk Ticketing: Attendance",
    "summary": "Check-ins and check-outs belong to the register of working time",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "LGPL-3",
    "author": "Helpdesk Ticketing",
    "depends": [
        "helpdesk_ticketing",
        "hr_attendance",
    ],
    "data": [
        "views/res_config_settings_views.xml",
    ],
    "auto_install": True,
    "installable": True,
}
