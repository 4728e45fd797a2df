from odoo import fields, models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    ticketing_article_id = fields.Many2one("ticketing.article", "Article")

    def _action_send_mail_comment(self, res_ids):
        messages = super()._action_send_mail_comment(res_ids)
        self._count_article(res_ids)
        return messages

    def _action_schedule_message(self):
        scheduled = super()._action_schedule_message()
        for wizard in self:
            wizard._count_article(wizard._evaluate_res_ids())
        return scheduled

    def _count_article(self, ticket_ids):
        """The article of a reply that is sent, now or later, has been used; in a note it has not."""
        if self.ticketing_article_id and self.model == "ticketing.ticket" and not self.subtype_id.internal:
            for ticket in self.env[self.model].browse(ticket_ids):
                ticket.article_ids |= self.ticketing_article_id
