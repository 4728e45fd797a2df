"""The price of the measurement itself: one contact made by Odoo, beside the same."""

from measure import Case


def cases(env):
    """Yield one case."""

    def create_contact(env):
        return lambda: env["res.partner"].create({"name": "Hotel Albufera, S.L."})

    yield Case("a contact, made twice the same way", create_contact, create_contact, target=1.5)
