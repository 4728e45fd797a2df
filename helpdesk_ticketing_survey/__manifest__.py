{
    "name": "Helpdesk Ticketing: Questionnaires",
    "summary": "Own questionnaires after a ticket is solved, made with Odoo's surveys",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "LGPL-3",
    "author": "Helpdesk Ticketing",
    "depends": [
        "helpdesk_ticketing",
        "survey",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/ticketing_feedback_answer_security.xml",
        "views/ticketing_feedback_answer_views.xml",
        "views/ticketing_feedback_views.xml",
        "views/feedback_templates.xml",
    ],
    "demo": [
        "demo/ticketing_demo_survey.xml",
    ],
    "auto_install": True,
    "installable": True,
}
