"""Labels to stick on a device: who to call, what it is, and a QR code.

Drawn and not printed from a page: a label has 50 by 30 millimetres whatever the renderer of pages makes of them.
"""

import io
from functools import cache
from typing import NamedTuple

import qrcode
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen import canvas

WIDTH, HEIGHT = 50 * mm, 30 * mm
MARGIN = 2 * mm
CODE = 20 * mm
COLUMNS, ROWS = 4, 9
PER_SHEET = COLUMNS * ROWS
SMALLEST = 4.5  # points; what would be smaller is cut


class Label(NamedTuple):
    """What stands on one label; all texts."""

    serial: str
    product: str
    company: str
    phone: str
    link: str  # of the QR code
    hint: str  # what scanning it does


@cache
def _get_fonts():
    """Return (regular, bold): one that has Greek and Cyrillic letters where it is installed, else the standard one."""
    try:
        for name in ("DejaVuSans", "DejaVuSans-Bold"):
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    except TTFError:
        return "Helvetica", "Helvetica-Bold"
    return "DejaVuSans", "DejaVuSans-Bold"


def draw_roll(labels):
    """Return a PDF with one label a page, for a label printer.

    :param labels: list of Label
    :rtype: bytes
    """
    file = io.BytesIO()
    pen = canvas.Canvas(file, pagesize=(WIDTH, HEIGHT))
    for label in labels:
        _draw(pen, label, 0, 0)
        pen.showPage()
    pen.save()
    return file.getvalue()


def draw_sheets(labels):
    """Return a PDF of A4 sheets with 4 by 9 labels, in rows from the top left; as ``draw_roll``."""
    file = io.BytesIO()
    pen = canvas.Canvas(file, pagesize=A4)
    left, top = (A4[0] - COLUMNS * WIDTH) / 2, (A4[1] + ROWS * HEIGHT) / 2
    for number, label in enumerate(labels):
        place = number % PER_SHEET
        if number and not place:
            pen.showPage()
        row, column = divmod(place, COLUMNS)
        _draw(pen, label, left + column * WIDTH, top - (row + 1) * HEIGHT)
    pen.save()
    return file.getvalue()


def _draw(pen, label, x, y):
    regular, bold = _get_fonts()
    right = x + MARGIN + CODE + MARGIN
    room = x + WIDTH - MARGIN - right
    _draw_line(pen, label.company, x + MARGIN, y + HEIGHT - MARGIN - 6, WIDTH - 2 * MARGIN, bold, 7)
    _draw_code(pen, label.link, x + MARGIN, y + MARGIN + 0.5 * mm, CODE)
    at = y + HEIGHT - MARGIN - 16
    for line in _split(label.product, regular, 6, room)[:3]:
        _draw_line(pen, line, right, at, room, regular, 6)
        at -= 7
    _draw_line(pen, label.serial, right, at - 3, room, bold, 8)
    _draw_line(pen, label.hint, right, y + MARGIN + 9, room, regular, 5)
    _draw_line(pen, label.phone, right, y + MARGIN + 2, room, bold, 6.5)


def _split(text, font, size, room):
    return simpleSplit(_get_printable(text, font), font, size, room)


def _draw_line(pen, text, x, y, room, font, size):
    """Draw one line, smaller if it is too long, and cut if that does not help."""
    text = _get_printable(text, font)
    while size > SMALLEST and pdfmetrics.stringWidth(text, font, size) > room:
        size -= 0.25
    while text and pdfmetrics.stringWidth(text, font, size) > room:
        text = text[:-1]
    pen.setFont(font, size)
    pen.drawString(x, y, text)


def _get_printable(text, font):
    """The standard fonts have the letters of Western Europe; others become a question mark."""
    return text if font.startswith("DejaVu") else text.encode("latin-1", "replace").decode("latin-1")


def _draw_code(pen, link, x, y, size):
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(link)
    matrix = code.get_matrix()
    side = size / len(matrix)
    path = pen.beginPath()
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                path.rect(x + column * side, y + size - (row + 1) * side, side, side)
    pen.drawPath(path, stroke=0, fill=1)
