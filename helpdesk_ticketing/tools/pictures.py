"""Pictures that strangers send."""

import io

from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
PIXELS = 50_000_000


def is_picture(content):
    """Tell whether a file is a picture that a browser shows: by its content, not by its name.

    :param bytes content: the file
    """
    try:
        picture = Image.open(io.BytesIO(content))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return False
    return picture.format in FORMATS and picture.width * picture.height <= PIXELS
