def migrate(cr, version):
    """Have the scheduled action count all tickets anew: a request by portal or form was counted twice.

    What it counts is what was solved at another time than its row says; reports take that from the ticket.
    """
    cr.execute("UPDATE ticketing_effort SET solved_on = solved_on - interval '1 second'")
