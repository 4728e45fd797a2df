def migrate(cr, version):
    """Record rules were installed as never to be updated; who may see what must follow the add-on's version."""
    cr.execute(
        "UPDATE ir_model_data SET noupdate = FALSE WHERE module = 'helpdesk_ticketing' AND model = 'ir.rule' AND noupdate"
    )
