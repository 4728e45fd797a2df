{
    "name": "Helpdesk Ticketing",
    "summary": "From a customer's complaint to a paid electronic invoice",
    "version": "19.0.1.2.0",
    "category": "Services/Helpdesk",
    "license": "LGPL-3",
    "author": "Helpdesk Ticketing",
    "depends": [
        "account_edi_ubl_cii",
        "base_automation",
        "portal_rating",
        "sale_project_stock",
        "sale_stock",
        "sale_timesheet",
    ],
    "data": [
        # Who may what
        "security/ticketing_security.xml",
        "security/ir.model.access.csv",
        # Intake and ticket
        "data/mail_data.xml",
        "data/ticketing_channel_data.xml",
        "data/ticketing_stage_data.xml",
        "data/ticketing_automation_data.xml",
        # Promise
        "data/ticketing_sla_cause_data.xml",
        # Work
        "data/ticketing_worklog_data.xml",
        # Money
        "data/ir_cron_data.xml",
        # Proof on paper
        "reports/delivery_note_report.xml",
        "reports/delivery_note_templates.xml",
        "reports/contract_statement_report.xml",
        "reports/worklog_report.xml",
        # What people see
        "views/ticketing_ticket_views.xml",
        "views/ticketing_sla_policy_views.xml",
        "views/ticketing_sla_status_views.xml",
        "views/ticketing_sla_ticket_views.xml",
        "views/ticketing_worklog_wizard_views.xml",
        "views/ticketing_worklog_views.xml",
        "views/ticketing_team_views.xml",
        "views/ticketing_contract_views.xml",
        "views/ticketing_configuration_views.xml",
        "views/ticketing_delivery_note_views.xml",
        "views/ticketing_billing_request_views.xml",
        "views/account_move_views.xml",
        "views/core_views.xml",
        "views/ticketing_inbound_views.xml",
        "reports/ticketing_sla_report_views.xml",
        "reports/ticketing_margin_report_views.xml",
        "views/ticketing_menus.xml",
        "views/ticketing_billing_collect_views.xml",
        "views/ticketing_worklog_menus.xml",
        # Self-service
        "views/portal_templates.xml",
        "views/portal_ticket_templates.xml",
        "views/portal_note_templates.xml",
        "views/sign_link_templates.xml",
        "views/ticketing_inbound_menus.xml",
        "views/ticketing_word_rule_views.xml",
        "views/ticketing_automation_views.xml",
    ],
    "demo": [
        "demo/ticketing_demo_people.xml",
        "demo/ticketing_demo_sla.xml",
        "demo/ticketing_demo_desk.xml",
        "demo/ticketing_demo_contracts.xml",
        "demo/ticketing_demo_sla_clocks.xml",
        "demo/ticketing_demo_worklog.xml",
        "demo/ticketing_demo_margin.xml",
        "demo/ticketing_demo_collect.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "helpdesk_ticketing/static/src/sla/**/*",
            "helpdesk_ticketing/static/src/timer/**/*",
        ],
        "web.assets_frontend": [
            "helpdesk_ticketing/static/src/portal/**/*",
        ],
        "web.assets_unit_tests": [
            "helpdesk_ticketing/static/tests/unit/**/*",
        ],
        "web.assets_tests": [
            "helpdesk_ticketing/static/tests/tours/**/*",
        ],
    },
    "external_dependencies": {"python": ["qrcode"]},
    "uninstall_hook": "uninstall_hook",
    "application": True,
    "installable": True,
}
