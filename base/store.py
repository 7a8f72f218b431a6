"""The connection to the store, and indexes declared where their queries live."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final

import pymongo
from bson.codec_options import CodecOptions
from pymongo.collection import Collection
from pymongo.cursor import Cursor
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]
Database = pymongo.database.Database[Document]
Rows = Collection[Document]

DEFAULT_NAME = "banshitong"
_TIMEOUT_MS = 10_000
_LONG_SECONDS: Final = 120
_DECLARED_OTHERWISE: Final = (85, 86)  # IndexOptionsConflict, IndexKeySpecsConflict


@dataclass(frozen=True)
class Index:
    """One index and the query it serves; a `sparse` one leaves out documents without the field.

    Never partial: the embedded store reads the whole collection beside such an index.
    """

    collection: str
    keys: list[tuple[str, Any]]
    unique: bool = False
    sparse: bool = False
    expire_seconds: int | None = None
    serves: str = field(default="", compare=False)


def connect(uri: str) -> Database:
    """Open the database named in the URI (default `banshitong`); see `named`.

    Open it after a fork, never before: the driver's threads do not survive one.
    """
    client: pymongo.MongoClient[Document] = pymongo.MongoClient(
        uri, tz_aware=True, timeoutMS=_TIMEOUT_MS, serverSelectionTimeoutMS=_TIMEOUT_MS
    )
    return named(client)


def named(client: "pymongo.MongoClient[Document]") -> Database:
    """The database of a client's URI, majority-written; journalled unless it says `journal=false`.

    (Only where nothing is to survive the store: tests and trials.)
    """
    journalled = client.write_concern.document.get("j", True)
    return client.get_default_database(
        DEFAULT_NAME,
        codec_options=CodecOptions(tz_aware=True),
        write_concern=WriteConcern(w="majority", j=journalled),
    )


def ensure(db: Database, indexes: Iterable[Index]) -> None:
    """Build the declared indexes; those that exist already cost nothing.

    One that an earlier version declared otherwise is built anew.
    """
    for index in indexes:
        options: dict[str, Any] = {"unique": True} if index.unique else {}
        if index.sparse:
            options["sparse"] = True
        if index.expire_seconds is not None:
            options["expireAfterSeconds"] = index.expire_seconds
        rows = db[index.collection]
        try:
            rows.create_index(index.keys, **options)
        except OperationFailure as error:
            if error.code not in _DECLARED_OTHERWISE:
                raise
            rows.drop_index(index.keys)
            rows.create_index(index.keys, **options)


def add(collection: "Collection[Any]", row: Any) -> bool:
    """Insert a row unless its key is taken; whether this call inserted it."""
    try:
        collection.insert_one(row)
    except DuplicateKeyError:
        return False
    return True


def patience() -> AbstractContextManager[None]:
    """For the first of very many rows, which the embedded store gives when it has read them all."""
    return pymongo.timeout(_LONG_SECONDS)


def patiently(rows: "Cursor[Any]") -> Iterator[Any]:
    """All rows of a cursor; for the first of them one waits as long as that may take."""
    with patience():
        first = list(islice(rows, 1))
    yield from chain(first, rows)


def nudge(db: Database) -> None:
    """Run one empty transaction: the embedded store frees a dead client's locks only at the next.

    (reference: ten rules for both stores, rule 10; MongoDB itself does not need it.)
    """
    with db.client.start_session() as session, session.start_transaction():
        db["clock"].find_one({"_id": "offset"}, session=session)
