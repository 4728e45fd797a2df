"""What core's mail parser can't take, or takes seconds for, made into what it can.

Nothing here is guessed from the sender's intentions: a message is measured on its bytes (:func:`get_problems`), and
handed on in the first version that is safe: as it came, with a rebuilt head, or as plain text with the original
attached. All of it is linear in the size of the message.
"""

import base64
import binascii
import re
import secrets

from .mail_envelope import Envelope, clean_line, decode_bytes, decode_value, known_charset

AS_IT_IS, MENDED, PLAIN = range(3)

# What the standard library's parser does at these limits takes about a tenth of a second.
HEAD_LIMIT = 1 << 16
HEADERS_LIMIT = 300
LINE_LIMITS = {
    "from": 1000,
    "to": 3000,
    "cc": 3000,
    "delivered-to": 1000,
    "resent-to": 1000,
    "resent-cc": 1000,
    "reply-to": 1000,
    "return-path": 1000,
    "subject": 1500,
    "message-id": 900,
    "in-reply-to": 1500,
    "references": 6000,
    "date": 200,
    "content-type": 1000,
    "content-disposition": 1000,
}
ADDRESS_HEADERS = ("from", "to", "cc", "delivered-to", "resent-to", "resent-cc")
RECIPIENTS_LIMIT = 50
RECIPIENTS_KEPT = 20
PARTS_LIMIT = 120
NESTING_LIMIT = 20
BODY_BYTES_SAFE = 1 << 15
HTML_BYTES_LIMIT = 400_000
HTML_TAGS_LIMIT = 5000
HTML_OPEN_LIMIT = 3_000_000
TEXT_LIMIT = 200_000
TEXT_LINES_LIMIT = HTML_TAGS_LIMIT  # each becomes a tag
ASIDE_MESSAGE_BYTES = 1 << 21
ASIDE_PART_BYTES = 1 << 18

_CONTENT_HEADER = re.compile(
    rb"^(content-(?:type|disposition))[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)
_CONTENT_TYPE_LINE = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"\bboundary[ \t]*=", re.IGNORECASE)
_BASE64_LINE = re.compile(
    rb"^content-transfer-encoding[ \t]*:[ \t]*\"?base64\"?[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_TEXT_PART = re.compile(rb"^content-type[ \t]*:[ \t]*(?:text|message|multipart)/", re.IGNORECASE | re.MULTILINE)
_MIME_TYPE = re.compile(r"\s*([A-Za-z0-9.+_-]{1,60}/[A-Za-z0-9.+_-]{1,80})")
_PARAMETER = re.compile(r";\s*([A-Za-z-]{1,30}\*?)\s*=\s*(?:\"([^\"]{0,300})\"|([^\s;\"]{0,300}))")
_PARAMETERS_KEPT = ("boundary", "charset", "name", "filename", "name*", "filename*", "format", "delsp", "report-type")
_LONG_TAG = re.compile(r"<[^<>]{4000,}")
_BLOCK_TAGS = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "table", "blockquote", "/p", "/div", "/tr")


def get_problems(envelope, raw):
    """Return the version in which a message can be read, and why not as it is.

    :return: (version, [reasons, in English])
    """
    problems = _get_structure_problems(raw)
    if problems:
        return PLAIN, problems
    problems = _get_head_problems(envelope) + _get_part_problems(raw)
    return (MENDED if problems else AS_IT_IS), problems


def _get_structure_problems(raw):
    found = []
    boundaries = len(_BOUNDARY.findall(raw))
    parts = len(_CONTENT_TYPE_LINE.findall(raw))
    if boundaries and max(parts, raw.count(b"\n--")) > PARTS_LIMIT:
        found.append("too many parts")
    if boundaries > NESTING_LIMIT or raw.lower().count(b"message/rfc822") > NESTING_LIMIT:
        found.append("parts nested too deeply")
    return found


def _get_head_problems(envelope):
    found = []
    if envelope.head_size > HEAD_LIMIT or envelope.header_count > HEADERS_LIMIT:
        found.append("headers too long")
    for name, limit in LINE_LIMITS.items():
        values = envelope.get_all(name)
        if sum(map(len, values)) > limit or sum(value.count(";") for value in values) > 20:
            found.append(f"{name} too long")
    addresses = " ".join(envelope.get_all(*ADDRESS_HEADERS))
    if addresses.count("@") > RECIPIENTS_LIMIT:
        found.append("too many recipients")
    if addresses.count("(") > 10 or addresses.count("=?") > 60:
        found.append("addresses too complicated")
    return found


def _get_part_problems(raw):
    for match in _CONTENT_HEADER.finditer(raw):
        if len(match[2]) > 1000 or match[2].count(b";") > 20:
            return [f"{match[1].decode().lower()} too long"]
    return []


# Versions


def _find_base64_lines(raw):
    """Yield the header lines that announce base64; an expression alone takes ten times as long to look for them."""
    lowered, name = raw.lower(), b"content-transfer-encoding"
    position = lowered.find(name)
    while position >= 0:
        if match := _BASE64_LINE.match(raw, position):
            yield match
        position = lowered.find(name, position + len(name))


def set_aside(raw):
    """Take large attachments out of a message, so that the parser need not walk through millions of lines.

    :return: (the message with a token in the place of each, {token: content})
    """
    if len(raw) < ASIDE_MESSAGE_BYTES:
        return raw, {}
    pieces, contents, position = [], {}, 0
    for match in _find_base64_lines(raw):
        blank = _BLANK_LINE.search(raw, match.end() - 2)
        if match.start() < position or not blank:
            continue
        start = blank.end()
        end = raw.find(b"\n--", start)
        end = end if end >= 0 else len(raw)
        part_head = raw[max(raw.rfind(b"\n--", 0, match.start()), match.start() - 4000, 0) : blank.start()]
        if end - start < ASIDE_PART_BYTES or _TEXT_PART.search(part_head):
            continue
        try:
            content = binascii.a2b_base64(raw[start:end])
        except binascii.Error:
            continue
        token = secrets.token_hex(16).encode()
        contents[token] = content
        pieces += [raw[position:start], base64.b64encode(token), b"\r"]
        position = end
    return b"".join([*pieces, raw[position:]]), contents


def put_back(attachments, contents):
    """Return core's parsed attachments with the contents that were set aside."""
    if not contents:
        return attachments
    result = []
    for attachment in attachments:
        content = attachment[1]
        key = (content.encode("utf-8", "replace") if isinstance(content, str) else content or b"")[:64].strip()
        if key in contents:
            attachment = attachment._replace(content=contents[key])
        result.append(attachment)
    return result


def mend(raw, envelope=None, wanted=()):
    """Return a message with a rebuilt head, known charsets and short MIME headers.

    :param bytes raw: the message
    :param wanted: addresses that have to stay among the recipients
    """
    envelope = envelope or Envelope(raw)
    body = raw[envelope.body_start :]
    head = build_head(envelope, wanted)
    for name in ("content-type", "content-disposition"):
        if envelope.get(name):
            value = _clean_content_value(envelope.get(name), body)
            head += f"{name.title()}: {value}\r\n".encode("ascii", "replace")
    if envelope.get("content-transfer-encoding"):
        encoding = clean_line(envelope.get("content-transfer-encoding"))[:40]
        head += f"Content-Transfer-Encoding: {encoding}\r\n".encode("ascii", "replace")
    return head + b"\r\n" + _CONTENT_HEADER.sub(lambda match: _clean_content_header(match, body), body)


def _clean_content_header(match, body):
    value = re.sub(r"\r?\n[ \t]+", " ", match[2].decode("utf-8", "replace"))
    return match[1] + b": " + _clean_content_value(value, body).encode("ascii", "replace")


def _clean_content_value(value, body):
    value = value[:20_000]
    main = _MIME_TYPE.match(value)
    cleaned = main[1] if main else ("attachment" if value.strip().lower().startswith("attachment") else "text/plain")
    if not main and value.strip().lower().startswith("inline"):
        cleaned = "inline"
    seen = set()
    for name, quoted, bare in _PARAMETER.findall(value):
        name, content = name.lower(), clean_line(quoted or bare)
        if name in _PARAMETERS_KEPT and name not in seen and content:
            seen.add(name)
            if name == "charset":
                content = mend_charset(content, body)
            elif name != "boundary":
                content = clean_line(decode_value(content)).encode("ascii", "replace").decode()
            cleaned += f"; {name}={content}" if name.endswith("*") else f'; {name}="{content}"'
    return cleaned


def mend_charset(name, body=b""):
    """Return a charset that Python knows: the nearest to the one that is said, else what the bytes look like.

    >>> mend_charset("CHINESEBIG5"), mend_charset("DEFAULT", b"caf\\xe9"), mend_charset("utf-8")
    ('big5', 'cp1252', 'utf-8')
    """
    plain = name.lower().strip("\"' ").removesuffix("_charset").removeprefix("chinese").removeprefix("x-")
    found = known_charset(name) or known_charset(plain)
    if found:
        return found
    try:
        body.decode()
    except UnicodeError:
        return "cp1252"
    return "utf-8"


def make_plain(raw, envelope=None, wanted=()):
    """Return a message of plain text with what can be read of one whose structure can't be taken."""
    envelope = envelope or Envelope(raw)
    text = decode_bytes(raw[envelope.body_start : envelope.body_start + TEXT_LIMIT])
    lines = (line for line in text.splitlines() if not line.lower().startswith(("--", "content-")))
    text = html_to_text("\n".join(line for line in lines if line.strip()))[:20_000]
    head = build_head(envelope, wanted) + b'Content-Type: text/plain; charset="utf-8"\r\n'
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(text.encode("utf-8", "replace"))


def build_head(envelope, wanted=()):
    """Return the headers that say who, to whom, what, when and in answer to what, in plain correct form."""
    recipients = envelope.recipients
    kept = [address for address in recipients if address in wanted]
    kept += [address for address in recipients if address not in wanted][:RECIPIENTS_KEPT]
    values = {"MIME-Version": "1.0", "Subject": _encode(envelope.subject[:500])}
    if envelope.sender:
        name = envelope.sender_name
        values["From"] = f"{_encode(name)} <{envelope.sender}>" if name else envelope.sender
    if kept:
        values["To"] = ", ".join(kept)
    if envelope.message_id:
        values["Message-Id"] = envelope.message_id
    if envelope.references:
        values["References"] = " ".join(reversed(envelope.references[:10]))
        values["In-Reply-To"] = envelope.references[0]
    if len(envelope.get("date")) <= LINE_LIMITS["date"]:
        values["Date"] = clean_line(envelope.get("date"))
    lines = (f"{name}: {value}\r\n" for name, value in values.items() if value)
    return "".join(lines).encode("ascii", "replace")


def _encode(text):
    """Return text as a header may hold it: each word that is not plain ASCII as encoded UTF-8."""
    if re.fullmatch(r"[A-Za-z0-9 .!?_-]*", text):
        return text
    chunks = (text[start : start + 10] for start in range(0, len(text), 10))
    return " ".join(f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


# Bodies


def tame_bodies(message):
    """Replace, in a parsed message, bodies that would take seconds to clean.

    :param message: email.message.EmailMessage, changed in place
    :return: [what was done]
    """
    done = []
    for part in list(message.walk()):
        if part.get_content_maintype() != "text" or part.get_filename():
            continue
        payload = part.get_payload(decode=True) or b""
        if len(payload) <= BODY_BYTES_SAFE:
            continue
        text = decode_bytes(payload, part.get_content_charset())
        if part.get_content_subtype() == "html":
            if is_heavy_html(text):
                part.set_content(cut_text(html_to_text(text)))
                done.append("text taken out of heavy HTML")
        elif (short := cut_text(text)) != text:
            part.set_content(short)
            done.append("long text cut")
    return done


def cut_text(text):
    r"""Return as much of the beginning of a text as is cleaned at once.

    >>> cut_text("Hello\r\nMarta\n"), len(cut_text("word\n" * 1_000_000))
    ('Hello\r\nMarta\n', 25000)
    """
    return "".join(text[:TEXT_LIMIT].splitlines(keepends=True)[:TEXT_LINES_LIMIT])


def is_heavy_html(text):
    """Tell whether HTML would take long to clean.

    >>> is_heavy_html("<p>Hello</p>" * 100), is_heavy_html("<" * 9000), is_heavy_html("<p " + "a=1 " * 9000 + ">")
    (False, True, True)
    """
    if len(text) > HTML_BYTES_LIMIT or text.count("<") > HTML_TAGS_LIMIT:
        return True
    if any(len(tag.split()) > 300 for tag in _LONG_TAG.findall(text)):
        return True
    # Regular expressions of the cleaner run from each "<" to the next ">".
    distance, close = 0, text.rfind(">")
    position = text.find("<")
    while position >= 0 and distance <= HTML_OPEN_LIMIT:
        if position > close:
            distance += len(text) - position
        else:
            distance += text.find(">", position) - position
        position = text.find("<", position + 1)
    return distance > HTML_OPEN_LIMIT


def html_to_text(text):
    """Return the text of HTML, in linear time; line breaks where blocks end.

    >>> html_to_text("<p>One</p><style>p {}</style><p>Two<br>Three</p>")
    'One\\n\\nTwo\\nThree'
    """
    pieces = text.split("<")
    result, silent = [pieces[0]], ""
    for piece in pieces[1:]:
        tag, closed, rest = piece.partition(">")
        name = tag[:40].split(" ")[0].split("\n")[0].lower()
        if silent:
            if name != f"/{silent}":
                continue
            silent = ""
        elif name in ("style", "script", "title"):
            silent = name
            continue
        if name in _BLOCK_TAGS:
            result.append("\n")
        if closed:
            result.append(rest)
    return re.sub(r"\n[\s]*\n", "\n\n", "".join(result)).strip()


def scrub(value):
    """Return a parsed value (text, list, tuple or dictionary) that PostgreSQL can store: no NUL, no half characters."""
    if isinstance(value, str):
        cleaned = value.replace("\0", "").encode("utf-8", "replace").decode()
        return value if cleaned == value else type(value)(cleaned)
    if isinstance(value, list):
        return [scrub(item) for item in value]
    if isinstance(value, dict):
        return {key: scrub(item) for key, item in value.items()}
    if isinstance(value, tuple):
        items = [scrub(item) for item in value]
        return value._make(items) if hasattr(value, "_make") else tuple(items)
    return value
