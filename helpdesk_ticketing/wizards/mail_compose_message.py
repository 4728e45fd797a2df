from odoo import fields, models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    ticketing_article_id = fields.Many2one("ticketing.article", "Article")

    def _action_send_mail_comment(self, res_ids):
        messages = super()._action_send_mail_comment(res_ids)
        if self.ticketing_article_id and self.model == "ticketing.ticket" and not self.subtype_id.internal:
            for ticket in self.env[self.model].browse(res_ids):
                ticket.article_ids |= self.ticketing_article_id
        return messages
