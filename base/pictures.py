"""Photographs taken in as nothing but pixels: upright, free of EXIF, refused when a bomb."""

import io
import struct
import zlib

from PIL import Image, ImageOps

from .errors import Invalid

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 4096
_DRAFT_SIDE = 3000
_QUALITY = 90
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class BrokenPicture(Invalid):
    """The bytes begin like a picture and cannot be read to the end."""

    code = "broken_picture"


class PictureTooWide(Invalid):
    """The picture has more than MOST_PIXELS pixels once opened."""

    code = "picture_too_wide"


def clean(content: bytes) -> bytes:
    """The same picture in the same format, drawn anew: upright, first frame, no metadata.

    The longer side is at most LONGEST_SIDE. Whatever is not a pixel (EXIF with its place and
    camera, comments, colour profiles, bytes behind the end) stays behind. Raises BrokenPicture
    and PictureTooWide.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            return _drawn(opened)
    except _BOMB as error:
        raise PictureTooWide from error
    except _BROKEN as error:
        raise BrokenPicture from error


def _drawn(opened: Image.Image) -> bytes:
    format = opened.format if opened.format in _FORMATS else "JPEG"  # phones write MPO as well
    if opened.width * opened.height > MOST_PIXELS:
        raise PictureTooWide
    if format == "JPEG":
        opened.draft("RGB", (_DRAFT_SIDE, _DRAFT_SIDE))
    upright = ImageOps.exif_transpose(opened)
    pixels = upright.convert(_mode(upright, format))
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    pixels.info.clear()
    out = io.BytesIO()
    pixels.save(out, format, quality=_QUALITY)
    return out.getvalue()


def _mode(picture: Image.Image, format: str) -> str:
    """Colours without surprises; transparency where the format and the picture have it."""
    if format == "JPEG":
        return "RGB"
    return "RGBA" if picture.has_transparency_data else "RGB"
