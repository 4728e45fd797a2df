import secrets

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq

from ..tools.asset_label import Label

# A page of the browser's address would not hold more.
LABELS = 500


class TicketingAssetLabelMixin(models.AbstractModel):
    """The label on a unit: its QR code opens a page where whoever stands before it reports a fault.

    The link is random and for this unit. It shows what stands on the label anyway; it has no end, as the label has none,
    and stops working when a new label is made.
    """

    _name = "ticketing.asset.label.mixin"
    _description = "Equipment: Label"

    ticketing_label_token = fields.Char("Label", copy=False, readonly=True, groups="base.group_system")
    ticketing_label_company_id = fields.Many2one(
        "res.company", "Company on the Label", copy=False, readonly=True, help="Whose desk gets what is reported."
    )
    ticketing_has_label = fields.Boolean(
        "Has a Label", compute="_compute_ticketing_has_label", groups="base.group_user"
    )

    def _compute_ticketing_has_label(self):
        for asset, known in zip(self, self.sudo(), strict=True):  # that there is one, not which
            asset.ticketing_has_label = bool(known.ticketing_label_token)

    # Links

    def _renew_label_tokens(self):
        for company, assets in self.sudo().grouped(lambda asset: asset.company_id or self.env.company).items():
            for asset in assets:  # a secret each: written one by one in the cache, and at once in the database
                asset.ticketing_label_token = secrets.token_urlsafe(16)
            assets.ticketing_label_company_id = company

    def _get_label_url(self):
        self.ensure_one()
        token = self.sudo().ticketing_label_token  # for whoever prints it; the callers check
        return f"{self.get_base_url()}/ticketing/asset/{self.id}/{token}" if token else ""

    @api.model
    def _get_by_label(self, asset_id, token):
        """Return the unit whose label this is, as superuser; empty when it is none's, whatever the reason."""
        if not 0 < asset_id < 2**31 or not token.isascii():
            return self.sudo().browse()
        # the label is the right to see what stands on it, and to report
        asset = self.with_user(SUPERUSER_ID).search([("id", "=", asset_id)])
        own = asset.ticketing_label_token
        return asset if own and consteq(own, token) else asset.browse()

    # Paper

    def action_ticketing_label(self):
        """Print one label a page."""
        return self._print_labels("roll")

    def action_ticketing_label_sheet(self):
        """Print A4 sheets of labels."""
        return self._print_labels("sheet")

    def action_ticketing_label_renew(self):
        """Make the labels that are stuck on these units useless, and print new ones."""
        self.check_access("write")
        self._renew_label_tokens()
        self._message_log_batch(dict.fromkeys(self.ids, self.env._("New label: the old one opens nothing any more")))
        return self._print_labels("roll")

    def action_ticketing_label_revoke(self):
        """Make the labels that are stuck on these units useless."""
        self.check_access("write")
        self.sudo().ticketing_label_token = False  # checked above
        self._message_log_batch(dict.fromkeys(self.ids, self.env._("Label revoked")))
        return True

    def _print_labels(self, layout):
        self.check_access("write")
        if len(self) > LABELS:
            raise UserError(self.env._("Print %s labels at a time at the most.", LABELS))
        self.filtered(lambda asset: not asset.ticketing_has_label)._renew_label_tokens()
        return {
            "type": "ir.actions.act_url",
            "url": f"/ticketing/asset/labels/{layout}?ids={','.join(map(str, self.ids))}",
            "target": "new",
        }

    def _prepare_labels(self):
        """Return what stands on the labels of those units that have one."""
        assets = self.sudo().filtered("ticketing_label_token")  # the company's name and phone; the caller has checked
        return [
            Label(
                serial=asset.name,
                product=asset.product_id.name,
                company=asset.ticketing_label_company_id.name,
                phone=asset.ticketing_label_company_id.phone or "",
                link=asset._get_label_url(),
                hint=self.env._("Fault? Scan or call"),
            )
            for asset in assets
        ]
