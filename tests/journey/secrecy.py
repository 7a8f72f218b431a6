"""A search of everything the platform has written for words that nobody may find there."""

import base64
import contextlib
import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bson
import pymongo

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "unicode_escape")
_GZIP, _ZLIB = b"\x1f\x8b\x08", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_MAGIC = (b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"%PDF-", b"IHDR")
_OPENED_MOST = 8 * 1024 * 1024


@dataclass(frozen=True)
class Needle:
    """Bytes that must not be found, and what they are."""

    about: str
    bytes: bytes


def needles(words: Iterable[str]) -> list[Needle]:
    """The words as a disk may hold them: in three encodings, escaped, and in base64."""
    found: list[Needle] = []
    for word in words:
        found += [Needle(f"{word} in {each}", word.encode(each)) for each in _ENCODINGS]
        found += [Needle(f"{word} in base64", each) for each in _in_base64(word.encode())]
    unique = {each.bytes: each for each in found}
    return list(unique.values())


def _in_base64(word: bytes) -> Iterator[bytes]:
    """What base64 makes of the word at each of its three possible places in a text."""
    for ahead in range(3):
        whole = (len(word) + ahead) // 3 * 3 - ahead
        coded = base64.b64encode(b"\0" * ahead + word[:whole])
        yield coded[4 if ahead else 0 :]


def pictures() -> list[Needle]:
    """What a photograph or document that was not sealed begins with."""
    return [Needle(f"a file beginning {each!r}", each) for each in _MAGIC]


def in_bytes(content: bytes, wanted: list[Needle]) -> list[str]:
    """What was found in these bytes, and in whatever is compressed inside them."""
    layers = [content, *_opened(content)]
    return [each.about for each in wanted for layer in layers if each.bytes in layer]


def _opened(content: bytes) -> Iterator[bytes]:
    """Everything inside that gzip or zlib can read."""
    for magic, window in ((_GZIP, 31), *((each, 15) for each in _ZLIB)):
        at = content.find(magic)
        while at >= 0:
            opener = zlib.decompressobj(window)
            with contextlib.suppress(zlib.error):
                yield opener.decompress(content[at:], _OPENED_MOST)
            at = content.find(magic, at + 1)


def in_folder(folder: Path, wanted: list[Needle]) -> dict[str, list[str]]:
    """What was found in which file of a folder."""
    files = (each for each in folder.rglob("*") if each.is_file())
    found = {str(each.relative_to(folder)): in_bytes(_content(each), wanted) for each in files}
    return {name: abouts for name, abouts in found.items() if abouts}


def _content(file: Path) -> bytes:
    """What a file holds; nothing, if its server has deleted it this very moment."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def in_store(uri: str, wanted: list[Needle]) -> dict[str, list[str]]:
    """What was found in which collection, by reading every document of every database."""
    found: dict[str, list[str]] = {}
    client: pymongo.MongoClient[dict[str, Any]]
    with pymongo.MongoClient(uri) as client:
        for name in client.list_database_names():
            for collection in client[name].list_collection_names():
                for document in client[name][collection].find({}):
                    abouts = in_bytes(bson.encode(document), wanted)
                    found.setdefault(f"{name}.{collection}", []).extend(abouts)
    return found


def gzipped(word: str) -> bytes:
    """A word as gzip packs it; for trying the search itself."""
    return gzip.compress(word.encode() * 3)
