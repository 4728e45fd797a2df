from odoo import api, fields, models

from ..tools.progress import add


class TicketingRetentionRelease(models.Model):
    """What was held back of certificates and is now to be paid: the source of a billing request of its own."""

    _name = "ticketing.retention.release"
    _description = "Release of Retention"
    _order = "id desc"

    plan_id = fields.Many2one("ticketing.progress.plan", "Billing Plan", required=True, index=True, ondelete="restrict")
    payer = fields.Selection([("customer", "Customer"), ("lender", "Lender")], required=True)
    released_on = fields.Date(required=True, default=lambda self: self.env.company._get_ticketing_today())
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    line_ids = fields.One2many("ticketing.retention.release.line", "release_id")
    amount = fields.Monetary(compute="_compute_amount", store=True, help="Of what was held back.")
    deposit_amount = fields.Monetary(
        "Deposit Deducted", compute="_compute_amount", store=True, help="What certificates were too small for."
    )
    billing_request_ids = fields.One2many("ticketing.billing.request", "release_id", "Billing")
    is_live = fields.Boolean(
        compute="_compute_is_live", store=True, help="Not given up by the accountant, so that it counts as released."
    )

    @api.depends("plan_id.name", "released_on")
    def _compute_display_name(self):
        for release in self:
            release.display_name = self.env._("Retention of %s", release.plan_id.name)

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for release in self:
            step = release.currency_id.rounding or 0.01
            deposits = release.line_ids.filtered("sale_line_id.is_downpayment")
            release.amount = add((release.line_ids - deposits).mapped("amount"), step)
            release.deposit_amount = -add(deposits.mapped("amount"), step)

    @api.depends("billing_request_ids.cancelled")
    def _compute_is_live(self):
        for release in self:
            requests = release.billing_request_ids
            release.is_live = not requests or not all(requests.mapped("cancelled"))

    @api.model
    def _release(self, plan, held):
        """Queue the release of what is held back, one for each payer. The plan is locked.

        :param held: {(order line id, payer): amount}; negative ones of down payments deduct a deposit
        """
        releases = self.create(
            [
                {
                    "plan_id": plan.id,
                    "payer": payer,
                    "line_ids": [
                        fields.Command.create({"sale_line_id": line, "amount": amount})
                        for (line, whose), amount in held.items()
                        if whose == payer
                    ],
                }
                for payer in sorted({payer for __, payer in held})
            ]
        )
        self.env["ticketing.billing.request"]._queue_releases(releases)
        return releases

    def _get_payer(self):
        self.ensure_one()
        return self.plan_id.lender_id if self.payer == "lender" else self.plan_id.partner_id
