from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticketing_mail_max_mb = fields.Integer(
        "Largest Message (MB)", default=50, config_parameter="helpdesk_ticketing.mail_max_mb"
    )
    ticketing_mail_sender_limit = fields.Integer(
        "Messages of a Sender in an Hour", default=100, config_parameter="helpdesk_ticketing.mail_sender_limit"
    )
    ticketing_mail_acknowledge_hour = fields.Integer(
        "Acknowledgements to Strangers in an Hour",
        default=200,
        config_parameter="helpdesk_ticketing.mail_acknowledge_hour",
    )
    ticketing_mail_keep_days = fields.Integer(
        "Keep Raw Text (days)", default=0, config_parameter="helpdesk_ticketing.mail_keep_days"
    )
    ticketing_einvoice_format = fields.Selection(related="company_id.ticketing_einvoice_format", readonly=False)
