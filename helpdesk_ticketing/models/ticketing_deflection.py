from odoo import fields, models


class TicketingDeflection(models.Model):
    """An article that solved a problem before it was a ticket."""

    _name = "ticketing.deflection"
    _description = "Solved by an Article"
    _order = "id desc"
    _rec_name = "subject"

    article_id = fields.Many2one("ticketing.article", required=True, readonly=True, ondelete="cascade", index=True)
    subject = fields.Char("Typed", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, index="btree_not_null")
    visitor = fields.Char(
        required=True, readonly=True, help="Who it was: a contact, or the hash of a browser's session."
    )
    channel = fields.Selection(
        [("portal", "Portal"), ("website", "Website"), ("backend", "Desk")], required=True, readonly=True
    )
    team_id = fields.Many2one("ticketing.team", readonly=True, index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date(required=True, readonly=True, default=lambda self: self.env.company._get_ticketing_today())

    # Once a day for each visitor and article: pressing the button again is no other problem.
    _once = models.UniqueIndex("(article_id, visitor, date)", "This was counted already.")
