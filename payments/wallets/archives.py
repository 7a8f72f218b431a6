"""What statements come packed in: gzip and zip, unpacked whole and never beyond a bound."""

import io
import zipfile
import zlib

from .wallet import BadHash

LARGEST_BYTES = 256 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31


def gunzipped(packed: bytes) -> bytes:
    """The bytes under gzip; what is not packed is given back as it is; raises BadHash."""
    return inflated(packed, _GZIP_WINDOW) if packed.startswith(_GZIP) else packed


def inflated(packed: bytes, window: int = zlib.MAX_WBITS) -> bytes:
    """The bytes under deflate (or gzip, by its window); raises BadHash for what is not all there.

    A bound keeps a bomb from filling the process.
    """
    opened = zlib.decompressobj(window)
    try:
        found = opened.decompress(packed, LARGEST_BYTES)
    except zlib.error as error:
        raise BadHash("not deflated") from error
    if not opened.eof:
        raise BadHash("cut off, or larger than any statement")
    return found


def member(packed: bytes, named: str) -> bytes:
    """The one file of a zip whose name holds this text; raises BadHash.

    Alipay names its files in GBK without saying so; each file carries its own check sum.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed), metadata_encoding="gbk") as held:
            found = [each for each in held.infolist() if named in each.filename]
            if len(found) != 1 or found[0].file_size > LARGEST_BYTES:
                raise BadHash("not the one file that was expected")
            return held.read(found[0])
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError) as error:
        raise BadHash("not a zip, or a broken one") from error
