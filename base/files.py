"""Residents' files in GridFS: known by content, freed of EXIF, each sealed under a key of its own.

A file waits unattached for a case or a ticket; base.sweeping deletes what none has taken after
seven days. In the store it is AES-256-GCM under its own data key with its id bound in; the data
key and the file's name are sealed by base.privacy.
"""

import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import gridfs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import clock, filetypes, privacy, texts
from .errors import Conflict, Invalid, Missing, TooLarge, TooMany
from .store import Database, Document, Index

LARGEST_BYTES = 20 * 1024 * 1024
MOST_WAITING = 60
GONE = "gone"
_LONGEST_NAME = 80
_NONCE = 12
_CHUNK = 255 * 1024

INDEXES: tuple[Index, ...] = (
    Index("files.chunks", [("files_id", 1), ("n", 1)], unique=True, serves="a file's bytes"),
    Index(
        "files.files",
        [("metadata.attached", 1), ("metadata.created", 1)],
        serves="what hangs on a case or ticket",
    ),
    Index(
        "files.files",
        [("metadata.settled", 1), ("metadata.since", 1)],
        serves="what to sweep",
    ),
    Index(
        "files.files",
        [("metadata.owner", 1), ("metadata.attached", 1)],
        serves="how much of one resident waits unattached; all of a resident's files",
    ),
)


class FileTooLarge(TooLarge):
    """The file has more than LARGEST_BYTES."""

    code = "file_too_large"


class EmptyFile(Invalid):
    """The file has no bytes."""

    code = "empty_file"


class TooManyWaiting(TooMany):
    """The resident has MOST_WAITING files that belong to no case or ticket yet."""

    code = "too_many_files_waiting"


class NoSuchFile(Missing):
    """No file has this id, or it is another resident's."""

    code = "no_such_file"


class FileTaken(Conflict):
    """The file already belongs to another case or ticket."""

    code = "file_taken"


@dataclass(frozen=True)
class File:
    """What is known about a file without opening it; `size` counts the cleaned bytes."""

    id: str
    name: str
    type: str
    size: int
    owner: str
    attached: str | None
    created: datetime

    @property
    def is_picture(self) -> bool:
        """Whether a browser may show it as a picture."""
        return self.type.startswith("image/")


def put(db: Database, owner: str, name: str, content: bytes, to: str | None = None) -> File:
    """Take a file in: judged by its bytes, cleaned, sealed, owned; attached at once if `to` is.

    Raises EmptyFile, FileTooLarge, TooManyWaiting, filetypes.TypeRefused and AppleOnly,
    pictures.BrokenPicture and PictureTooWide.
    """
    if not content:
        raise EmptyFile
    if len(content) > LARGEST_BYTES:
        raise FileTooLarge(megabytes=LARGEST_BYTES // 1024 // 1024)
    waiting = {"metadata.owner": owner, "metadata.attached": None}
    most = MOST_WAITING if to is None else 0
    if most and db["files.files"].count_documents(waiting, limit=most) >= most:
        raise TooManyWaiting(most=most)
    kind = filetypes.recognise(content)
    cleaned = kind.clean(content)
    file = File(
        id=uuid.uuid4().hex,
        name=_tidy(name, kind.extension),
        type=kind.media,
        size=len(cleaned),
        owner=owner,
        attached=to,
        created=clock.now(),
    )
    _keep(db, file, cleaned)
    return file


def _keep(db: Database, file: File, content: bytes) -> None:
    key, nonce = AESGCM.generate_key(256), os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, content, file.id.encode())
    metadata = {
        "owner": file.owner,
        "attached": GONE,
        "settled": False,
        "since": file.created,
        "created": file.created,
        "type": file.type,
        "size": file.size,
        "name": privacy.seal(file.name, "file.name"),
        "key": privacy.seal_bytes(key, "file.key").decode(),
    }
    _upload(db, file, sealed, metadata)


def _upload(db: Database, file: File, sealed: bytes, metadata: Document) -> None:
    """Write a GridFS file that counts as gone until its last chunk is there.

    The driver's own upload looks at both collections without a filter each time, to learn whether
    they need indexes; ours are declared, and on the embedded store that look is a full scan.
    """
    row = {"_id": file.id, "filename": "", "length": len(sealed), "chunkSize": _CHUNK}
    db["files.files"].insert_one(row | {"uploadDate": file.created, "metadata": metadata})
    parts = (sealed[start : start + _CHUNK] for start in range(0, len(sealed), _CHUNK))
    db["files.chunks"].insert_many(
        {"files_id": file.id, "n": n, "data": part} for n, part in enumerate(parts)
    )
    here = {"$set": {"metadata.attached": file.attached}}
    db["files.files"].update_one({"_id": file.id}, here)


def _bucket(db: Database) -> Any:
    return gridfs.GridFSBucket(db, "files")


def _tidy(name: str, extension: str) -> str:
    """The last part of a name, printable, of decent length, ending as its type ends."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(sign for sign in last if sign.isprintable()).strip(" .")
    stem = printable.rsplit(".", 1)[0][:_LONGEST_NAME].strip()
    return (stem or texts.say("files.unnamed")) + extension


def get(db: Database, id: str) -> File:
    """What is known about a file; raises NoSuchFile."""
    return _file(_row(db, id))


def _row(db: Database, id: str) -> Document:
    row = db["files.files"].find_one({"_id": id})
    if row is None:
        raise NoSuchFile
    return row


def _file(row: Document) -> File:
    known = row["metadata"]
    return File(
        id=row["_id"],
        name=privacy.open(known["name"], "file.name"),
        type=known["type"],
        size=known["size"],
        owner=known["owner"],
        attached=known["attached"],
        created=known["created"],
    )


def read(db: Database, id: str) -> bytes:
    """The opened bytes of a file; raises NoSuchFile, and privacy.Unsealable when they are damaged.

    Who reads writes the audit line; this function does not know why it is asked.
    """
    key = privacy.open_bytes(_row(db, id)["metadata"]["key"].encode(), "file.key")
    try:
        sealed = _bucket(db).open_download_stream(id).read()
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], id.encode())
    except gridfs.errors.NoFile as error:
        raise NoSuchFile from error
    except (InvalidTag, gridfs.errors.CorruptGridFile) as error:
        raise privacy.Unsealable("file") from error


def attach(db: Database, ids: Sequence[str], to: str, *, owner: str) -> None:
    """Bind a resident's own unattached files to a case or ticket, e.g. "ticket:2026…".

    All or none; what already hangs on `to` counts as done, so that repeating is harmless. Whoever
    is bound is safe from the sweep for seven days, in which the case or ticket must name it.
    Raises NoSuchFile for a file that is unknown or another's, FileTaken for one bound elsewhere.
    """
    won: list[str] = []
    for id in ids:
        if _bind(db, id, owner, None, to):
            won.append(id)
        elif not _bind(db, id, owner, to, to):
            detach(db, won, to)
            raise _refusal(db, id, owner)


def _bind(db: Database, id: str, owner: str, start: str | None, to: str) -> bool:
    """Bind a file that hangs on `start` to something; whether it did hang there."""
    mine = {"_id": id, "metadata.owner": owner, "metadata.attached": start}
    bound = {"$set": {"metadata.attached": to, "metadata.since": clock.now()}}
    return bool(db["files.files"].update_one(mine, bound).matched_count)


def _refusal(db: Database, id: str, owner: str) -> Missing | Conflict:
    known = db["files.files"].find_one({"_id": id, "metadata.owner": owner}, {"_id": 1})
    return FileTaken() if known else NoSuchFile()


def detach(db: Database, ids: Iterable[str], to: str) -> None:
    """Let files go from `to`, because what they were attached for did not come about."""
    free = {"$set": {"metadata.attached": None, "metadata.settled": False}}
    for id in ids:
        db["files.files"].update_one({"_id": id, "metadata.attached": to}, free)


def attached(db: Database, to: str, limit: int = 100) -> list[File]:
    """The files that hang on one case or ticket, oldest first."""
    rows = db["files.files"].find({"metadata.attached": to}).sort("metadata.created", 1)
    return [_file(row) for row in rows.limit(limit)]


def rehome(db: Database, from_resident: str, into_resident: str) -> None:
    """Hand all files of a merged resident on; repeating is harmless."""
    db["files.files"].update_many(
        {"metadata.owner": from_resident}, {"$set": {"metadata.owner": into_resident}}
    )
