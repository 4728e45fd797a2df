from odoo.tools.sql import column_exists

from odoo.addons.helpdesk_ticketing.tools.folded_char import fold

BATCH = 10000


def migrate(cr, version):
    """What searches see of a ticket is kept folded, and indexed as it is; two indexes were parts of others."""
    for column in ("search_text", "stage_id", "company_id"):
        cr.execute(f"DROP INDEX IF EXISTS ticketing_ticket__{column}_index")
    if not column_exists(cr, "ticketing_ticket", "search_text"):
        return  # from a version without it: Odoo fills it
    last = 0
    while True:
        cr.execute("SELECT id, search_text FROM ticketing_ticket WHERE id > %s ORDER BY id LIMIT %s", (last, BATCH))
        rows = cr.fetchall()
        if not rows:
            return
        cr.execute_values(
            "UPDATE ticketing_ticket SET search_text = folded.text FROM (VALUES %s) AS folded (id, text) "
            "WHERE ticketing_ticket.id = folded.id",
            [(ticket_id, fold(text)) for ticket_id, text in rows],
        )
        last = rows[-1][0]
