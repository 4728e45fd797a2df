"""Links that open a remote session on a customer's device."""

import re
from urllib.parse import urlsplit

WEB = ("https", "http")
SCHEMES = (*WEB, "rustdesk", "anydesk", "teamviewer10")
LENGTH = 500
# What a link is made of; no space, quote, bracket or control character, which would end it in a page.
CHARACTERS = re.compile(r"[!#$%&()*+,./0-9:;=?@A-Z\[\]_a-z~-]+")


def is_remote_link(link):
    """Tell whether a link may be opened: of a known program or site, and of nothing that a browser would run.

    >>> is_remote_link("rustdesk://123456789"), is_remote_link("anydesk:987654321")
    (True, True)
    >>> is_remote_link("HTTPS://meshcentral.example/?node=a%20b")
    True
    >>> any(map(is_remote_link, ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//host", "host")))
    False
    >>> any(map(is_remote_link, ("https://", "https:host", "http://[", "rustdesk:", "https://a b", "anydesk:1\\n2", "")))
    False
    """
    if not link or len(link) > LENGTH or not CHARACTERS.fullmatch(link):
        return False
    scheme, __, rest = link.partition(":")
    if scheme.lower() not in SCHEMES or not rest.strip("/"):
        return False
    if scheme.lower() not in WEB:
        return True
    try:
        return bool(urlsplit(link).hostname)
    except ValueError:  # an address of brackets that is none
        return False
