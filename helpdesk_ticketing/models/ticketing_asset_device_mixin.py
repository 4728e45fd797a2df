from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.remote_link import LENGTH, SCHEMES, is_remote_link

DESK = "base.group_user"
DEVICE_FIELDS = {
    "ticketing_hostname",
    "ticketing_ip",
    "ticketing_mac",
    "ticketing_firmware",
    "ticketing_os",
    "ticketing_device_notes",
    "ticketing_remote_url",
}


class TicketingAssetDeviceMixin(models.AbstractModel):
    """What the desk knows of a device on the network, and the link that opens a session on it."""

    _name = "ticketing.asset.device.mixin"
    _description = "Equipment: Device"

    ticketing_hostname = fields.Char("Host Name", copy=False, groups=DESK)
    ticketing_ip = fields.Char("IP Address", copy=False, groups=DESK)
    ticketing_mac = fields.Char("MAC Address", copy=False, groups=DESK)
    ticketing_firmware = fields.Char("Firmware", groups=DESK)
    ticketing_os = fields.Char("Operating System", groups=DESK)
    ticketing_device_notes = fields.Html("Device Notes", copy=False, groups=DESK)
    ticketing_remote_url = fields.Char("Remote Session", copy=False, groups=DESK)

    @api.constrains("ticketing_remote_url")
    def _check_ticketing_remote_url(self):
        for asset in self:
            if asset.ticketing_remote_url and not is_remote_link(asset.ticketing_remote_url):
                raise ValidationError(
                    self.env._(
                        "The link to the remote session of %(unit)s must begin with one of %(schemes)s, without spaces "
                        "and with %(length)s characters at the most.",
                        unit=asset.display_name,
                        schemes=", ".join(f"{scheme}:" for scheme in SCHEMES),
                        length=LENGTH,
                    )
                )

    def action_ticketing_remote(self):
        """Open the remote session in a new tab, and say so in the unit's history."""
        self.ensure_one()
        self._message_log(body=self.env._("Remote session opened"))
        return self._open_remote()

    def _open_remote(self):
        """Return the action that opens the link; what was written around the checks opens nothing.

        :raises ValidationError: no link that may be opened
        """
        self.check_access("read")
        if not is_remote_link(self.ticketing_remote_url):
            raise ValidationError(self.env._("%s has no link to a remote session.", self.display_name))
        return {
            "type": "ir.actions.client",
            "tag": "ticketing_remote_session",
            "params": {"url": self.ticketing_remote_url},
        }
