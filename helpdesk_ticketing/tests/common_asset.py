import io

from PIL import Image

from .portal_common import PortalCase


def make_photo(colour="red"):
    """Return a small photo (JPEG)."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "JPEG")
    return buffer.getvalue()


class PortalAssetCase(PortalCase):
    """The desk and the customers of the portal's tests: a pump is Marta's company's, another one the stranger's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit, cls.foreign = cls.serials
        for unit, partner in ((cls.unit, cls.contact), (cls.foreign, cls.stranger.partner_id)):
            unit.write({"ticketing_manual_customer_id": partner.id, "ticketing_manual_reason": "Sold before"})
        cls.unit.write({"ticketing_place": "Cellar", "ticketing_ip": "10.0.0.7", "note": "Between us"})
        cls.unit._renew_label_tokens()

    @classmethod
    def _label(cls, unit=None):
        unit = unit or cls.unit
        return f"/ticketing/asset/{unit.id}/{unit.ticketing_label_token}"
