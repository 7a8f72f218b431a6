"""Raw statements as they came, in GridFS: sealed block by block, so that one line can be read.

statements.files   `_id` provider:day:fingerprint, not `ready` until its last block is there.
statements.chunks  the driver's layout; a chunk is one block of the file sealed under the file's
                   own key, with file and place bound in. Shard key `files_id`.
"""

import hashlib
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from base import clock, privacy
from base.errors import Missing
from base.store import Database, Document, Index, add

INDEXES: tuple[Index, ...] = (
    Index("statements.chunks", [("files_id", 1), ("n", 1)], unique=True, serves="a raw statement"),
)

BLOCK: Final = 1024 * 1024
LONGEST_LINE: Final = 8192
_NONCE: Final = 12
_TAG: Final = 16
_PURPOSE: Final = "statement.key"


class NoSuchFile(Missing):
    """No raw statement has this id, or not all of it arrived."""

    code = "no_such_statement_file"


def keep(db: Database, name: str, content: bytes) -> str:
    """Keep a file, and return its id; the same bytes under one name are kept once."""
    fingerprint = hashlib.sha256(content).hexdigest()
    id = f"{name}:{fingerprint[:16]}"
    row = db["statements.files"].find_one({"_id": id})
    if row is None or not row["metadata"]["ready"]:
        key = _begun(db, id, content, fingerprint)
        for n in range(_blocks(len(content))):
            _keep_block(db, id, n, content[n * BLOCK : (n + 1) * BLOCK], key)
        db["statements.files"].update_one({"_id": id}, {"$set": {"metadata.ready": True}})
    return id


def _begun(db: Database, id: str, content: bytes, fingerprint: str) -> bytes:
    """Write the file's own row, or find the one whose blocks a killed process left behind."""
    key = AESGCM.generate_key(256)
    sealed = len(content) + _blocks(len(content)) * (_NONCE + _TAG)
    metadata = {
        "ready": False,
        "size": len(content),
        "sha256": fingerprint,
        "key": privacy.seal_bytes(key, _PURPOSE).decode(),
    }
    row = {"_id": id, "filename": "", "length": sealed, "chunkSize": BLOCK + _NONCE + _TAG}
    if add(db["statements.files"], row | {"uploadDate": clock.now(), "metadata": metadata}):
        return key
    return _key(_row(db, id))


def _blocks(size: int) -> int:
    return -(-size // BLOCK)


def _keep_block(db: Database, id: str, n: int, block: bytes, key: bytes) -> None:
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, block, f"{id}:{n}".encode())
    add(db["statements.chunks"], {"_id": f"{id}:{n}", "files_id": id, "n": n, "data": sealed})


def whole(db: Database, id: str) -> bytes:
    """All bytes of a file; raises NoSuchFile, and privacy.Unsealable when they are damaged."""
    row = _ready(db, id)
    size = row["metadata"]["size"]
    found = b"".join(_block(db, row, n) for n in range(_blocks(size)))
    if hashlib.sha256(found).hexdigest() != row["metadata"]["sha256"]:
        raise privacy.Unsealable("statement")
    return found


def line(db: Database, id: str, offset: int) -> bytes:
    """The line of a file that begins at an offset, whichever blocks it lies in.

    Raises NoSuchFile, privacy.Unsealable.
    """
    row = _ready(db, id)
    first, start = divmod(offset, BLOCK)
    if not 0 <= offset < row["metadata"]["size"]:
        raise NoSuchFile
    found = _block(db, row, first)[start : start + LONGEST_LINE]
    if b"\n" not in found and first + 1 < _blocks(row["metadata"]["size"]):
        found += _block(db, row, first + 1)[: LONGEST_LINE - len(found)]
    return found.partition(b"\n")[0].rstrip(b"\r")


def _block(db: Database, row: Document, n: int) -> bytes:
    found = db["statements.chunks"].find_one({"files_id": row["_id"], "n": n})
    if found is None:
        raise NoSuchFile
    try:
        nonce, sealed = found["data"][:_NONCE], found["data"][_NONCE:]
        return AESGCM(_key(row)).decrypt(nonce, sealed, f"{row['_id']}:{n}".encode())
    except InvalidTag as error:
        raise privacy.Unsealable("statement") from error


def _key(row: Document) -> bytes:
    return privacy.open_bytes(row["metadata"]["key"].encode(), _PURPOSE)


def _ready(db: Database, id: str) -> Document:
    row = _row(db, id)
    if not row["metadata"]["ready"]:
        raise NoSuchFile
    return row


def _row(db: Database, id: str) -> Document:
    row = db["statements.files"].find_one({"_id": id})
    if row is None:
        raise NoSuchFile
    return row
