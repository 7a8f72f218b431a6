"""Where chats are kept: per account its conversation and last answers, and where somebody was.

Shard keys on a cluster: `_id` (hashed), the account's key; every query here names it.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NotRequired, TypedDict, cast

from pymongo.collection import Collection

from base import bare
from base import store as base_store
from base.store import Database, Index


class Unsaid(TypedDict):
    """Sealed words that could not be sent; `by` is the message whose answer shows them."""

    words: str
    by: str | None


class Answered(TypedDict):
    """A message that only asked, by its identity, with its answer; both sealed."""

    id: str
    at: datetime
    body: str
    reply: str


class DialogueRow(TypedDict):
    """A conversation under way, what is yet to be shown, and the last questions with answers.

    `state` is sealed, or None when it has ended; `heard` are the last messages that moved it, in
    their order, with the state each of them met, so that the same message, met again after a
    crash, finds what it found the first time. The state counts until `until`, the row is kept
    until `gone`. `unsaid` is kept by the push whose answer shows it. Until `busy`, messages are met
    by what is kept here; after that they may be answered before anything is looked up.
    """

    _id: str
    state: str | None
    heard: NotRequired[dict[str, str | None]]
    version: int
    until: datetime
    gone: datetime
    busy: NotRequired[datetime]
    unsaid: NotRequired[dict[str, Unsaid]]
    lately: NotRequired[list[Answered]]


class WhereaboutsRow(TypedDict):
    """Where an account was: sealed coordinates, for an hour."""

    _id: str
    place: str
    until: datetime


_LATELY: Final = 10
_REMEMBERED: Final = timedelta(days=1)
ECHO: Final = timedelta(minutes=2)
"""How long a chat stays busy after it has come to rest: repeats of a message meet what it met."""

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


def answered(db: Database, key: str, answer: Answered, moment: datetime) -> bool:
    """Keep a message with its answer, if it finds its chat idle and is not kept yet; whether so.

    The write itself looks, so that nothing need be read before it. `moment` is the message's own,
    so that every delivery of it finds the same.
    """
    idle = {"_id": key, "busy": {"$lte": moment}, "lately.id": {"$ne": answer["id"]}}
    change: dict[str, Any] = {
        "$push": {"lately": {"$each": [answer], "$slice": -_LATELY}},
        "$max": {"gone": answer["at"] + _REMEMBERED},
        "$setOnInsert": {"state": None, "version": 0, "until": moment, "busy": moment},
    }
    return bare.put(dialogues(db), idle, change)


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
    update = {
        "$set": {f"unsaid.{id}": Unsaid(words=sealed, by=None)},
        "$max": {"gone": gone, "busy": gone},
        "$inc": {"version": 1},
        "$setOnInsert": {"state": None, "until": now},
    }
    dialogues(db).update_one({"_id": key}, update, upsert=True)


def shown(db: Database, row: DialogueRow, ids: list[str], by: str, now: datetime) -> bool:
    """Let one message's answer show these words, and drop others; whether nobody was faster.

    The chat comes to rest with that, unless its conversation has moved meanwhile.
    """
    old = row.get("unsaid", {})
    left = {id: Unsaid(words=old[id]["words"], by=by) for id in ids}
    busy = max(row["until"] if row["state"] else now, now + ECHO)
    guard: dict[str, Any] = {"_id": row["_id"], "unsaid": old}
    still = guard | {"version": row["version"]}
    tries = ((still, {"unsaid": left, "busy": busy}), (guard, {"unsaid": left}))
    return any(dialogues(db).update_one(each, {"$set": to}).matched_count for each, to in tries)


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


def forget(db: Database, key: str, now: datetime) -> None:
    """Delete whatever is kept under an account that has left.

    For a while its messages are known by identity, so that their repeats leave nothing behind.
    """
    row = dialogue(db, key)
    if row is not None:
        empty = [each | {"body": "", "reply": ""} for each in row.get("lately", ())]
        rest = {"state": None, "version": row["version"] + 1, "until": now, "lately": empty}
        rest |= {"busy": now + ECHO, "gone": now + ECHO}
        dialogues(db).replace_one({"_id": key}, rest)
    whereabouts(db).delete_one({"_id": key})
