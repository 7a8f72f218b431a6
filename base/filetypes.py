"""What a file is, judged by its bytes alone against the list of types we take."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import puremagic

from . import pictures
from .errors import Invalid

_MOST_ENTRIES = 5000
_OFFICE = "application/vnd.openxmlformats-officedocument."


class TypeRefused(Invalid):
    """The bytes are of no type on our list."""

    code = "file_type_refused"


class AppleOnly(Invalid):
    """A HEIC photograph, which most desks cannot open and we cannot free of its EXIF."""

    code = "heic_refused"


@dataclass(frozen=True)
class Type:
    """A type we take: its media type, its extension, proof beyond the magic, and cleaning."""

    media: str
    extension: str
    claims: frozenset[str]
    proven: Callable[[bytes], bool]
    clean: Callable[[bytes], bytes]


def _untouched(content: bytes) -> bytes:
    return content


def _starts(*openings: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(openings)


def _office(part: str) -> Callable[[bytes], bool]:
    """A zip whose directory names this part and carries no macros."""

    def proven(content: bytes) -> bool:
        try:
            names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False
        macros = any(name.lower().endswith("vbaproject.bin") for name in names)
        return part in names and not macros and len(names) <= _MOST_ENTRIES

    return proven


def _type(media: str, claims: str, proven: Callable[[bytes], bool]) -> Type:
    extensions = claims.split()
    clean = pictures.clean if media.startswith("image/") else _untouched
    return Type(media, extensions[0], frozenset(extensions), proven, clean)


TYPES: tuple[Type, ...] = (
    _type("image/jpeg", ".jpg .jpeg .jfif .jpe", _starts(b"\xff\xd8\xff")),
    _type("image/png", ".png", _starts(b"\x89PNG\r\n\x1a\n")),
    _type("image/gif", ".gif", _starts(b"GIF87a", b"GIF89a")),
    _type("image/webp", ".webp", _starts(b"RIFF")),
    _type("application/pdf", ".pdf", _starts(b"%PDF-")),
    _type(_OFFICE + "wordprocessingml.document", ".docx", _office("word/document.xml")),
    _type(_OFFICE + "spreadsheetml.sheet", ".xlsx", _office("xl/workbook.xml")),
    _type("audio/mpeg", ".mp3 .mpga", _starts(b"ID3", b"\xff\xfb", b"\xff\xfa")),
    _type("audio/amr", ".amr", _starts(b"#!AMR\n", b"#!AMR-WB\n")),
)


def recognise(content: bytes) -> Type:
    """The type of these bytes; raises TypeRefused, or AppleOnly for a HEIC photograph.

    Neither the name nor what the browser says is asked. Macros make an office file refused.
    """
    if content[4:8] == b"ftyp" and content[8:11] in (b"hei", b"hev", b"mif", b"msf"):
        raise AppleOnly
    claims = _claims(content)
    for each in TYPES:
        if each.claims & claims and each.proven(content):
            return each
    raise TypeRefused


def _claims(content: bytes) -> set[str]:
    """Extensions that the magic bytes allow."""
    try:
        return {match.extension for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return set()
