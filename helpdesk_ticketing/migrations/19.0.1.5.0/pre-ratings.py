def migrate(cr, version):
    """No ticket has a rating yet: Odoo shall not work that out for each of them."""
    cr.execute("ALTER TABLE ticketing_ticket ADD COLUMN IF NOT EXISTS rating_last_value double precision DEFAULT 0")
    cr.execute("ALTER TABLE ticketing_ticket ALTER COLUMN rating_last_value DROP DEFAULT")
