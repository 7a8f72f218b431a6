"""Where conversations are kept: one dialogue per account, and where somebody was a moment ago.

Shard keys on a cluster: `_id` (hashed), the account's key; every query here names it.
"""

from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast

from pymongo.collection import Collection

from base import bare
from base import store as base_store
from base.store import Database, Index


class Unsaid(TypedDict):
    """Sealed words that could not be sent; `by` is the message whose answer shows them."""

    words: str
    by: str | None


class DialogueRow(TypedDict):
    """A conversation under way, and what is yet to be shown, by the push it answers.

    `state` is sealed, or None when it has ended; `heard` are the last messages that moved it, in
    their order, with the state each of them met, so that the same message, met again after a
    crash, finds what it found the first time. The state counts until `until`, the row is kept
    until `gone`.
    """

    _id: str
    state: str | None
    heard: NotRequired[dict[str, str | None]]
    version: int
    until: datetime
    gone: datetime
    unsaid: NotRequired[dict[str, Unsaid]]


class WhereaboutsRow(TypedDict):
    """Where an account was: sealed coordinates, for an hour."""

    _id: str
    place: str
    until: datetime


INDEXES: tuple[Index, ...] = (
    Index("dialogues", [("gone", 1)], expire_seconds=0, serves="forgetting old dialogues"),
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
    return cast("DialogueRow | None", bare.find(dialogues(db), key))


def keep(db: Database, row: DialogueRow, before: DialogueRow | None) -> bool:
    """Put a conversation in the place of the one it was; whether nobody was faster."""
    if before is None:
        return base_store.add(dialogues(db), row)
    change: dict[str, Any] = {**row}
    guard = {"_id": change.pop("_id"), "version": before["version"]}
    update = {"$max": {"gone": change.pop("gone")}, "$set": change}
    return bool(dialogues(db).update_one(guard, update).modified_count)


def leave(db: Database, key: str, id: str, sealed: str, now: datetime, gone: datetime) -> None:
    """Keep words that could not be sent until the account is in touch again."""
    fresh = {"state": None, "version": 0, "until": now}
    update = {"$set": {f"unsaid.{id}": Unsaid(words=sealed, by=None)}, "$max": {"gone": gone}}
    dialogues(db).update_one({"_id": key}, update | {"$setOnInsert": fresh}, upsert=True)


def shown(db: Database, row: DialogueRow, ids: list[str], by: str) -> bool:
    """Let one message's answer show these words, and drop others; whether nobody was faster."""
    old = row.get("unsaid", {})
    left = {id: Unsaid(words=old[id]["words"], by=by) for id in ids}
    guard: dict[str, Any] = {"_id": row["_id"], "unsaid": old}
    return bool(dialogues(db).update_one(guard, {"$set": {"unsaid": left}}).matched_count)


def seen(db: Database, key: str, place: str, until: datetime) -> None:
    """Note where an account is."""
    row = {"place": place, "until": until}
    whereabouts(db).replace_one({"_id": key}, row, upsert=True)


def place(db: Database, key: str, now: datetime) -> str | None:
    """The sealed place an account was at lately."""
    row = whereabouts(db).find_one({"_id": key})
    return row["place"] if row and row["until"] > now else None


def lost(db: Database, key: str) -> None:
    """Forget where an account was."""
    whereabouts(db).delete_one({"_id": key})


def forget(db: Database, key: str) -> None:
    """Delete whatever is kept under an account that has left."""
    dialogues(db).delete_one({"_id": key})
    whereabouts(db).delete_one({"_id": key})
