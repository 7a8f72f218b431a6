"""Where conversations are kept: one dialogue per account, and where somebody was a moment ago.

Shard keys on a cluster: `_id` (hashed), the account's key; every query here names it.
"""

from datetime import datetime
from typing import Any, TypedDict, cast

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from base.store import Database, Index


class DialogueRow(TypedDict):
    """A conversation under way.

    `state` is sealed, or None when it has ended; `before` is what it was before message `by`, so
    that the same message, met again after a crash, finds what it found the first time.
    """

    _id: str
    state: str | None
    before: str | None
    by: str
    version: int
    until: datetime


class WhereaboutsRow(TypedDict):
    """Where an account was: sealed coordinates, for an hour."""

    _id: str
    place: str
    until: datetime


INDEXES: tuple[Index, ...] = (
    Index("dialogues", [("until", 1)], expire_seconds=3600, serves="forgetting old dialogues"),
    Index("whereabouts", [("until", 1)], expire_seconds=0, serves="forgetting where people were"),
)


def dialogues(db: Database) -> Collection[DialogueRow]:
    """Dialogues by account key."""
    return cast("Collection[DialogueRow]", db["dialogues"])


def whereabouts(db: Database) -> Collection[WhereaboutsRow]:
    """Last known places by account key."""
    return cast("Collection[WhereaboutsRow]", db["whereabouts"])


def dialogue(db: Database, key: str) -> DialogueRow | None:
    """The dialogue of an account, ended or not."""
    return dialogues(db).find_one({"_id": key})


def keep(db: Database, row: DialogueRow) -> bool:
    """Put a dialogue in the place of its previous version; whether nobody was faster."""
    if row["version"] == 1:
        try:
            dialogues(db).insert_one(row)
        except DuplicateKeyError:
            return False
        return True
    guard: dict[str, Any] = {"_id": row["_id"], "version": row["version"] - 1}
    return bool(dialogues(db).replace_one(guard, row).modified_count)


def seen(db: Database, key: str, place: str, until: datetime) -> None:
    """Note where an account is."""
    row = {"place": place, "until": until}
    whereabouts(db).replace_one({"_id": key}, row, upsert=True)


def place(db: Database, key: str, now: datetime) -> str | None:
    """The sealed place an account was at lately."""
    row = whereabouts(db).find_one({"_id": key})
    return row["place"] if row and row["until"] > now else None


def forget(db: Database, key: str) -> None:
    """Delete whatever is kept under an account that has left."""
    dialogues(db).delete_one({"_id": key})
    whereabouts(db).delete_one({"_id": key})
