{
    "name": "Helpdesk Ticketing: Forum",
    "summary": "A community forum for each team: questions, ideas and announcements become tickets and articles",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "LGPL-3",
    "author": "Helpdesk Ticketing",
    "depends": [
        "helpdesk_ticketing_website",
        "website_forum",
    ],
    "data": [
        "security/ticketing_forum_security.xml",
        "data/ticketing_channel_data.xml",
        "views/forum_post_views.xml",
        "views/forum_forum_views.xml",
        "views/ticketing_team_views.xml",
        "views/ticketing_ticket_views.xml",
        "views/ticketing_article_views.xml",
        "views/forum_templates.xml",
    ],
    "demo": [
        "demo/ticketing_demo_forum.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "helpdesk_ticketing_forum/static/tests/tours/**/*",
        ],
    },
    "auto_install": True,
    "installable": True,
}
