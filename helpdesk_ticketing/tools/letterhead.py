"""Letterhead inside the page, for renderers that print no headers and footers of their own."""

import lxml.html

# Millimetres; core's paper leaves room above and below for a header and a footer that are now inside.
MARGIN = "12"
# A web font is drawn as shapes by such a renderer: nothing can be searched, copied or read aloud.
STYLE = ".article, .article * { font-family: sans-serif !important; } .o_letterhead_foot { margin-top: 3em; }"
OF_CLASS = "//div[contains(concat(' ', normalize-space(@class), ' '), ' {} ')]"


def put_inside(html):
    """Move each document's header to the top of its page, and its footer below its text.

    :param str html: a report with ``header``, ``article`` and ``footer`` blocks, as core's layouts make it
    :return: the same report, its blocks inside the articles
    """
    root = lxml.html.fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))
    blocks = [root.xpath(OF_CLASS.format(name)) for name in ("article", "header", "footer")]
    if len({len(found) for found in blocks}) != 1:
        return html  # a layout of another kind: what belongs together can't be told
    for article, header, footer in zip(*blocks, strict=True):
        _rename(header, "header", "o_letterhead")
        _rename(footer, "footer", "o_letterhead_foot")
        for page_number in footer.xpath(".//*[contains(concat(' ', @class, ' '), ' page ')]/.."):
            page_number.drop_tree()  # the renderer would have filled it in
        article.insert(0, header)
        article.append(footer)
        style = lxml.html.fragment_fromstring("<style/>")
        style.text = STYLE
        article.insert(0, style)
    root.attrib.update({"data-report-margin-top": MARGIN, "data-report-margin-bottom": MARGIN})
    return lxml.html.tostring(root, encoding="unicode")


def _rename(block, old, new):
    block.set("class", " ".join(new if name == old else name for name in block.get("class").split()))
