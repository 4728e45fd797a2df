def migrate(cr, version):
    """Number and subject are found in one index; Odoo would keep the two they had."""
    cr.execute("DROP INDEX IF EXISTS ticketing_ticket__name_index, ticketing_ticket__number_index")
