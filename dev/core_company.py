"""The demo company's identity, written before any accounting: the chart then follows its country.

Run by ``dev/databases.sh`` in ``bin/odoo shell``, which gives ``env``.
"""

import base64
import io

from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"


def logo():
    """Return the company's logo: papers would say "Your logo" otherwise."""
    image = Image.new("RGB", (590, 160), "white")
    draw = ImageDraw.Draw(image)
    # The sun that rises in the east, and its sea.
    draw.pieslice((10, 30, 130, 150), 180, 360, fill="#e07a1f")
    draw.rectangle((10, 98, 130, 106), fill="#1f5c7a")
    draw.rectangle((26, 116, 114, 124), fill="#1f5c7a")
    draw.text((160, 18), "Instalaciones", "#1f5c7a", ImageFont.truetype(FONT, 54))
    draw.text((160, 82), "Levante", "#e07a1f", ImageFont.truetype(FONT, 54))
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue())


company = env.company
company.write(
    {
        "name": "Instalaciones Levante, S.L.",
        "logo": logo(),
        "street": "Carrer de Colón, 18",
        "city": "Valencia",
        "zip": "46004",
        "state_id": env.ref("base.state_es_v").id,
        "country_id": env.ref("base.es").id,
        "currency_id": env.ref("base.EUR").id,
        "vat": "ESB96123450",
        "phone": "+34 961 23 45 67",
        "email": "info@levante.example",
        "website": "https://levante.example",
    }
)
company.partner_id.write({"lang": "es_ES", "tz": "Europe/Madrid"})
env.ref("base.user_admin").tz = "Europe/Madrid"
env["res.partner.bank"].create(
    {
        "acc_number": "ES79 2100 0813 6101 2345 6789",
        "partner_id": company.partner_id.id,
        "company_id": company.id,
    }
)
env.cr.commit()
