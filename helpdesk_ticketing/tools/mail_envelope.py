"""The head of a raw message, read in linear time and without ever raising.

The standard library's header parser follows the standards closely: on broken or hostile headers it raises, recurses or
takes seconds. The journal only needs to know who wrote what to whom, of every message whatsoever.
"""

import binascii
import codecs
import hashlib
import re

HEAD_LIMIT = 1 << 19
VALUE_LIMIT = 1 << 16
HEADERS_LIMIT = 2000

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n|\r\r")
_FOLD = re.compile(rb"[\r\n]+[ \t]+")
_LINE = re.compile(rb"[\r\n]+")
_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", re.DOTALL)
_ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]{0,2000})\?=(\s+(?==\?))?")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'=&~#$!?^{|}/*-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_DECORATION = re.compile(r"=\?[^?\s]{1,40}\?[bBqQ]\?[^?]{0,2000}\?=|\"[^\"]{0,1000}\"")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")


def known_charset(name):
    """Return Python's name of a charset, or None when there is no such text encoding.

    >>> known_charset("UTF8"), known_charset("DEFAULT_CHARSET"), known_charset("base64")
    ('utf-8', None, None)
    """
    try:
        info = codecs.lookup(name.strip("\"' "))
    except (LookupError, ValueError):
        return None
    return info.name if info._is_text_encoding else None


def decode_bytes(content, charset=None):
    """Return text whatever the bytes are: in the charset that is said, else UTF-8, else Western European.

    >>> decode_bytes(b"caf\\xe9"), decode_bytes("año".encode(), "DEFAULT"), decode_bytes(b"a\\0b")
    ('café', 'año', 'ab')
    """
    for name in (known_charset(charset) if charset else None, "utf-8", "cp1252"):
        if name:
            try:
                return content.decode(name).replace("\0", "")
            except (UnicodeError, ValueError):
                continue
    return content.decode("latin-1").replace("\0", "")


def clean_line(text):
    """Return text fit for one line: no control characters, no halves of characters.

    >>> clean_line("Hello\\r\\nBcc: all@example.com\\0")
    'Hello Bcc: all@example.com'
    """
    return " ".join(_CONTROL.sub(" ", text.encode("utf-8", "replace").decode()).split())


def _decode_word(match):
    charset, encoding, text = match[1].split("*")[0], match[2].lower(), match[3]
    if encoding == "b":
        try:
            content = binascii.a2b_base64(text + "=" * (-len(text) % 4))
        except binascii.Error:
            return text
    else:
        content = binascii.a2b_qp(text.replace("_", " ").encode("utf-8", "replace"), header=True)
    return decode_bytes(content, charset)


def decode_value(value):
    """Return a header's text.

    >>> decode_value("=?utf-8?q?A=C3=B1o?= =?utf-8?b?w6k=?= x")
    'Añoé x'
    """
    return clean_line(_ENCODED.sub(_decode_word, value[:VALUE_LIMIT]))


def find_addresses(value):
    """Return the e-mail addresses in a header, in lower case and in order, each once.

    >>> find_addresses('"Doe, Ana" <Ana@Example.com>, Friends: b@x.example;')
    ['ana@example.com', 'b@x.example']
    """
    return list(dict.fromkeys(address.lower() for address in _ADDRESS.findall(value)))


class Envelope:
    """The headers of a raw message, as text."""

    def __init__(self, raw):
        self.size = len(raw)
        self.headers = {}
        self.head_size, self.body_start = self._find_head(raw)
        self.header_count = 0
        self._read(raw[: self.head_size])

    def __hash__(self):
        return id(self)

    @property
    def is_endless(self):
        """Whether the head is longer than what is read of it."""
        return self.head_size >= HEAD_LIMIT

    def _find_head(self, raw):
        """Return where the headers end and where the body starts."""
        end = _END_OF_HEAD.search(raw, 0, HEAD_LIMIT)
        if end:
            return end.start(), end.end()
        return (len(raw), len(raw)) if len(raw) < HEAD_LIMIT else (HEAD_LIMIT, HEAD_LIMIT)

    def _read(self, head):
        for line in _LINE.split(_FOLD.sub(b" ", head)):
            match = _HEADER.match(line)
            if match:
                self.header_count += 1
                if self.header_count <= HEADERS_LIMIT:
                    value = decode_bytes(match[2]).strip()
                    self.headers.setdefault(match[1].decode("ascii").lower(), []).append(value)

    def get(self, name):
        """Return the first value of a header, undecoded; an empty string when there is none."""
        return self.headers.get(name, [""])[0]

    def get_all(self, *names):
        """Return all values of some headers."""
        return [value for name in names for value in self.headers.get(name, [])]

    @property
    def subject(self):
        """The decoded subject."""
        return decode_value(self.get("subject"))

    @property
    def sender(self):
        """The address of who wrote, in lower case. One in the name, as in ``"a@x.example" <b@y.example>``, is none."""
        value = self.get("from")[:VALUE_LIMIT]
        addresses = find_addresses(_DECORATION.sub(" ", value)) or find_addresses(decode_value(value))
        return addresses[0] if addresses else ""

    @property
    def sender_name(self):
        """The name of who wrote, as far as he gives one."""
        name = decode_value(self.get("from").split("<")[0])
        return "" if "@" in name else name.strip("\"'():; ")[:200]

    @property
    def recipients(self):
        """The addresses it was sent to, where it was delivered first."""
        values = self.get_all("delivered-to", "x-original-to", "to", "cc", "resent-to", "resent-cc")
        return find_addresses(" , ".join(values))

    @property
    def message_id(self):
        """The message's own id."""
        found = _MESSAGE_ID.search(self.get("message-id"))
        return found[0] if found else ""

    @property
    def references(self):
        """The ids of the messages it answers, the nearest first."""
        values = [*self.get_all("references"), *self.get_all("in-reply-to")]
        return list(dict.fromkeys(reversed(_MESSAGE_ID.findall(" ".join(values)))))[:32]

    def get_dedupe_key(self, raw):
        """Return what two copies of one message have in common: sender and id; without an id, what it says."""
        if self.message_id:
            parts = [self.sender.encode(), self.message_id.encode()]
        else:
            body = hashlib.sha256(raw[self.body_start :].strip() or raw).digest()
            parts = [self.sender.encode(), self.get("date").encode(), self.subject.encode(), body]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()
