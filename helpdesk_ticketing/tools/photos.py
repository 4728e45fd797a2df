"""Photos that come from a phone, checked by what they are, not by what they are called."""

import base64
import binascii
import io
from typing import NamedTuple

from PIL import Image, WebPImagePlugin  # noqa: F401  # Odoo leaves this format out of those that Pillow finds by itself

# A phone's own picture has four or five of them; the client sends smaller ones.
MEGABYTES = 10
PIXELS = 60_000_000
JPEG, PNG, WEBP = (".jpg", "image/jpeg"), (".png", "image/png"), (".webp", "image/webp")
# Some phones put two pictures into one JPEG, which Pillow calls by another name.
KINDS = {"JPEG": JPEG, "MPO": JPEG, "PNG": PNG, "WEBP": WEBP}
FORMATS = ("JPEG", "PNG", "WEBP")
MIMETYPES = tuple(mimetype for __, mimetype in (JPEG, PNG, WEBP))


class Photo(NamedTuple):
    """A picture that may be kept."""

    content: bytes
    extension: str
    mimetype: str


class TooBig(ValueError):
    """More bytes or pixels than are kept."""


class NoPhoto(ValueError):
    """Something else, or broken."""


def read_photo(data):
    """Return the photo that base64 text holds.

    :raises TooBig: said by the length of the text already: nothing that big is decoded
    :raises NoPhoto: no text, no picture, or one that is neither JPEG, PNG nor WebP

    >>> read_photo("PHN2Zy8+")
    Traceback (most recent call last):
    ...
    NoPhoto
    """
    if not isinstance(data, str) or not data:
        raise NoPhoto
    if len(data) * 3 > (MEGABYTES * 4) * 1024 * 1024 + 16:
        raise TooBig
    try:
        content = base64.b64decode(data, validate=True)
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            kind, pixels = picture.format, picture.width * picture.height
            if pixels > PIXELS:
                raise TooBig
            picture.load()
    except TooBig:
        raise
    except Image.DecompressionBombError as error:
        raise TooBig from error
    except (binascii.Error, OSError, SyntaxError, TypeError, ValueError, EOFError) as error:
        raise NoPhoto from error
    return Photo(content, *KINDS[kind])


def name_photo(name, photo):
    """Return the name of the file: what a person may have called it, and what it is.

    >>> photo = Photo(b"", ".jpg", "image/jpeg")
    >>> name_photo("../boiler.svg", photo), name_photo(None, photo), name_photo("a" * 300, photo) == "a" * 80 + ".jpg"
    ('boiler.jpg', 'photo.jpg', True)
    """
    text = name if isinstance(name, str) else ""
    text = text.replace("\\", "/").rpartition("/")[2]
    stem = text.rpartition(".")[0] or text
    stem = "".join(char for char in stem if char.isprintable()).strip(" .")[:80]
    return f"{stem or 'photo'}{photo.extension}"
