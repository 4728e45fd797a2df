def migrate(cr, version):
    """Who was not happy counts in the share of those who were; what customers wrote stands where rules guard it, only."""
    cr.execute(
        "UPDATE ticketing_feedback SET satisfied = 0 WHERE satisfaction IN ('neutral', 'unhappy') AND satisfied IS NULL"
    )
    cr.execute("UPDATE rating_rating SET feedback = NULL WHERE res_model = 'ticketing.ticket'")
