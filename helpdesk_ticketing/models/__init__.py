# Who takes part
from . import ticketing_sla_condition_mixin
from . import ticketing_billing_policy_mixin
from . import ticketing_contract_condition_mixin
from . import ticketing_partner_portal_mixin
from . import ticketing_partner_feedback_mixin
from . import ir_cron
from . import ir_http
from . import res_company
from . import res_config_settings
from . import res_users
from . import res_partner

# Working time: what deadlines are computed from
from . import resource_calendar
from . import resource_calendar_attendance
from . import resource_calendar_leaves

# Self-service: what customers and strangers reach
from . import ticketing_share_mixin
from . import ticketing_throttle

# Intake
from . import ticketing_channel
from . import ticketing_inbound_acknowledge_mixin
from . import ticketing_inbound_discard_mixin
from . import ticketing_inbound
from . import mail_alias
from . import mail_thread

# Ticket
from . import ticketing_stage
from . import ticketing_ticket_field
from . import ticketing_type
from . import ticketing_tag
from . import ticketing_team_style_mixin
from . import ticketing_team_feedback_mixin
from . import ticketing_team
from . import ticketing_assignment
from . import ticketing_margin_mixin
from . import ticketing_thread_mixin
from . import ticketing_grouping_mixin
from . import ticketing_word_rule
from . import ticketing_automation
from . import ticketing_ticket_automation_mixin
from . import ticketing_ticket_escalation_mixin
from . import ticketing_sla_policy_summary_mixin
from . import ticketing_ticket_sla_mixin
from . import ticketing_ticket_sla_view_mixin
from . import ticketing_ticket_coverage_mixin
from . import ticketing_ticket_asset_mixin
from . import ticketing_ticket_work_mixin
from . import ticketing_ticket_worklog_mixin
from . import ticketing_ticket_checklist_mixin
from . import ticketing_ticket_visit_mixin
from . import ticketing_document_mixin
from . import ticketing_ticket_document_mixin
from . import ticketing_ticket_project_mixin
from . import ticketing_ticket_technician_day_mixin
from . import ticketing_ticket_technician_work_mixin
from . import ticketing_ticket_technician_sign_mixin
from . import ticketing_ticket_technician_mixin
from . import ticketing_ticket_billing_mixin
from . import ticketing_ticket_portal_mixin
from . import ticketing_ticket_form_mixin
from . import ticketing_ticket_urgent_mixin
from . import ticketing_ticket_fault_mixin
from . import ticketing_ticket_mail_mixin
from . import ticketing_ticket_article_mixin
from . import ticketing_ticket_feedback_mixin
from . import ticketing_ticket_sample_mixin
from . import ticketing_ticket
from . import ticketing_ticket_answer

# Promise: service levels
from . import product_product
from . import ticketing_sla_cause
from . import ticketing_sla_calendar
from . import ticketing_sla_policy
from . import ticketing_sla_alarm
from . import ticketing_sla_alarm_mixin
from . import ticketing_sla_status_explain_mixin
from . import ticketing_sla_status_export_mixin
from . import ticketing_sla_status
from . import ticketing_sla_notice

# Coverage: equipment, contracts and warranties
from . import product_template
from . import ticketing_asset_device_mixin
from . import ticketing_asset_label_mixin
from . import ticketing_asset_history_mixin
from . import product_category
from . import stock_lot
from . import ticketing_contract_cover_mixin
from . import ticketing_contract_term_mixin
from . import ticketing_contract_overlap_mixin
from . import ticketing_contract_statement_mixin
from . import ticketing_contract
from . import ticketing_contract_period
from . import ticketing_contract_material
from . import ticketing_contract_topup
from . import ticketing_cover_line_mixin
from . import ticketing_cover_hours_mixin
from . import ticketing_cover_material_mixin
from . import ticketing_cover_prepaid_mixin

# Work: hours and material, and the register of working time
from . import ticketing_worklog_forgotten_mixin
from . import ticketing_worklog
from . import ticketing_worklog_entry
from . import ticketing_worklog_chain
from . import ticketing_checklist_item
from . import ticketing_checklist_answer
from . import ticketing_device_operation
from . import ticketing_worklog_archive
from . import account_analytic_line
from . import ticketing_progress_item_mixin
from . import ticketing_progress_sell_mixin
from . import ticketing_progress_order_mixin
from . import sale_order
from . import sale_order_line
from . import stock_rule
from . import stock_move
from . import stock_picking

# Proof: the delivery note
from . import ir_actions_report
from . import ir_attachment
from . import ticketing_delivery_note_draft_mixin
from . import ticketing_delivery_note_content_mixin
from . import ticketing_delivery_note_link_mixin
from . import ticketing_delivery_note_pdf_mixin
from . import ticketing_delivery_note_device_mixin
from . import ticketing_certificate_acceptance_mixin
from . import ticketing_certificate_reminder_mixin
from . import ticketing_delivery_note
from . import ticketing_delivery_note_line

# Progress of long jobs: milestones, certificates, retention
from . import ticketing_progress_figures_mixin
from . import ticketing_progress_deposit_mixin
from . import ticketing_progress_position_mixin
from . import ticketing_progress_curve_mixin
from . import ticketing_progress_action_mixin
from . import ticketing_progress_cron_mixin
from . import ticketing_progress_document_mixin
from . import ticketing_progress_plan
from . import ticketing_progress_template
from . import ticketing_progress_template_line
from . import ticketing_progress_project_mixin
from . import project_project
from . import project_task
from . import ticketing_progress_milestone_mixin
from . import ticketing_milestone_ticket_mixin
from . import project_milestone
from . import ticketing_certificate_paper_mixin
from . import ticketing_certificate_xlsx_mixin
from . import ticketing_certificate
from . import ticketing_certificate_line

# Money
from . import ticketing_billing_queue_mixin
from . import ticketing_billing_source_mixin
from . import ticketing_billing_draft_mixin
from . import ticketing_billing_group_mixin
from . import ticketing_billing_collect_mixin
from . import ticketing_billing_request
from . import ticketing_retention_release
from . import ticketing_retention_release_line
from . import ticketing_billing_progress
from . import ticketing_prepaid_move_mixin
from . import ticketing_einvoice_mixin
from . import account_edi_xml_cii
from . import account_edi_xml_ubl_20
from . import account_edi_xml_ubl_bis3
from . import account_bank_statement_line
from . import account_move
from . import account_move_line
from . import account_move_send

# Self-service: what customers find out by themselves
from . import ticketing_article_search_mixin
from . import ticketing_article_version_mixin
from . import ticketing_article_customer_mixin
from . import ticketing_article_related_mixin
from . import ticketing_article
from . import ticketing_article_text
from . import ticketing_article_word
from . import ticketing_article_version
from . import ticketing_article_vote
from . import ticketing_deflection
from . import ticketing_article_proposal

# Self-service: what customers say
from . import ticketing_feedback_quiet
from . import ticketing_feedback_ask_mixin
from . import ticketing_feedback

# Insight: what it took
from . import ticketing_effort

# Getting to know it
from . import ticketing_sample

# Nightly: does all of it hold?
from . import ticketing_self_check
from . import ticketing_self_check_progress
