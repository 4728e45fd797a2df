"""Page numbers on a finished PDF, for renderers that print none."""

import io

from reportlab.pdfgen import canvas

from odoo.tools.pdf import PdfFileReader, PdfFileWriter

SIZE = 8  # points
MARGIN = 28


def number_pages(content, label=""):
    """Return a PDF with "label   page / pages" at the foot of each of its pages.

    :param bytes content: a PDF
    :param str label: what does not fit into Latin-1 is left out: the standard fonts can't print it
    :rtype: bytes
    """
    reader, writer = PdfFileReader(io.BytesIO(content)), PdfFileWriter()
    label = label.encode("latin-1", "ignore").decode("latin-1").strip()
    for number, source in enumerate(reader.pages, 1):
        page = writer.add_page(source)
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        page.merge_page(_draw_foot(width, height, f"{label}   {number} / {len(reader.pages)}".strip()))
        page.compress_content_streams()
    numbered = io.BytesIO()
    writer.write(numbered)
    return numbered.getvalue()


def _draw_foot(width, height, text):
    sheet = io.BytesIO()
    pen = canvas.Canvas(sheet, pagesize=(width, height))
    pen.setFont("Helvetica", SIZE)
    pen.setFillGray(0.4)
    pen.drawRightString(width - MARGIN, MARGIN, text)
    pen.save()
    return PdfFileReader(io.BytesIO(sheet.getvalue())).pages[0]
