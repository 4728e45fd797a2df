def migrate(cr, version):
    """Teams that were there before the mail have it, too."""
    cr.execute(
        """
        UPDATE ticketing_team
           SET feedback_template_id = data.res_id
          FROM ir_model_data data
         WHERE data.module = 'helpdesk_ticketing' AND data.name = 'mail_template_feedback'
           AND feedback_template_id IS NULL
        """
    )
