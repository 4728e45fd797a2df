def uninstall_hook(env):
    """Let the rows go in the order of their references: requests, notes, plans, tickets; invoices and orders stay."""
    env.cr.execute(
        """
        UPDATE account_analytic_line
           SET note_id = NULL, billing_request_id = NULL, ticket_id = NULL, cover_contract_id = NULL, split_id = NULL
         WHERE ticket_id IS NOT NULL OR cover_contract_id IS NOT NULL
        """
    )
    env.cr.execute("UPDATE sale_order_line SET cover_contract_id = NULL WHERE cover_contract_id IS NOT NULL")
    env.cr.execute("UPDATE stock_move SET note_id = NULL WHERE note_id IS NOT NULL")
    env.cr.execute("DELETE FROM ticketing_worklog_entry")
    env.cr.execute("DELETE FROM ticketing_worklog")
    env.cr.execute("UPDATE sale_order_line SET progress_plan_id = NULL WHERE progress_plan_id IS NOT NULL")
    env.cr.execute("UPDATE project_milestone SET plan_id = NULL WHERE plan_id IS NOT NULL")
    env.cr.execute("UPDATE account_move SET progress_plan_id = NULL WHERE progress_plan_id IS NOT NULL")
    env.cr.execute("DELETE FROM ticketing_billing_request")
    env.cr.execute("DELETE FROM ticketing_delivery_note_line")
    env.cr.execute("DELETE FROM ticketing_delivery_note")
    env.cr.execute("DELETE FROM ticketing_retention_release")
    env.cr.execute("DELETE FROM ticketing_progress_plan")
    env.cr.execute("DELETE FROM ticketing_ticket")
