def migrate(cr, version):
    """Teams that were there before the mail have it, too; who was not happy counts in the share of those who were."""
    cr.execute(
        """
        UPDATE ticketing_team
           SET feedback_template_id = data.res_id
          FROM ir_model_data data
         WHERE data.module = 'helpdesk_ticketing' AND data.name = 'mail_template_feedback'
           AND feedback_template_id IS NULL
        """
    )
    cr.execute(
        "UPDATE ticketing_feedback SET satisfied = 0 WHERE satisfaction IN ('neutral', 'unhappy') AND satisfied IS NULL"
    )
