"""Where pushes are kept: each once, by its identity, its body and its answer sealed.

Shard key on a cluster: `_id` (hashed); every query here names it. Rows are deleted after a week:
what a push made (a ticket, a follow) lives on where it belongs.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NotRequired, TypedDict, cast

from pymongo.collection import Collection

from base import bare, outbox, privacy
from base.outbox import Promise
from base.store import Database, Index

NAME = "pushes"
_KEPT_SECONDS = 7 * 86400
_OVERLOOKED = "overlooked"
LATELY: Final = timedelta(days=1)
"""How long ago the story of a chat begins."""


class PushRow(TypedDict):
    """One push: when it came, what it said (sealed), who works on it until when, what we answered.

    `reply` is the sealed rendered answer; it is missing until an answer function has finished.
    `who` is a digest of the sender; `said` are sealed words that must still follow, each as a
    customer-service message; `doubted` is how many follow the one that may have been heard
    already. `body` says where she was until there is an answer; of whom has left it is empty and
    `who` is missing.
    """

    _id: str
    at: datetime
    appid: str
    who: NotRequired[str]
    body: str
    lease: datetime
    reply: NotRequired[str]
    said: NotRequired[list[str]]
    doubted: NotRequired[int]
    outbox: dict[str, Promise]
    due: NotRequired[datetime]


INDEXES: tuple[Index, ...] = (
    Index(NAME, [("who", 1), ("at", -1)], serves="what one account said lately"),
    Index(NAME, [("at", 1)], expire_seconds=_KEPT_SECONDS, serves="forgetting old pushes"),
    *outbox.indexes(NAME),
)


def pushes(db: Database) -> Collection[PushRow]:
    """Pushes by identity."""
    return cast("Collection[PushRow]", db[NAME])


def add(db: Database, row: PushRow) -> bool:
    """Keep a push unless it is kept already; whether it is new."""
    return bare.add(pushes(db), row)


def find(db: Database, id: str) -> PushRow | None:
    """A push by its identity."""
    return pushes(db).find_one({"_id": id})


def who(account: str, sender: str) -> str:
    """The digest under which the pushes of one sender are found."""
    return privacy.digest(f"{account}:{sender}", "push.who")[:32]


def latest(db: Database, who: str, before: datetime, limit: int) -> list[PushRow]:
    """What one sender said up to a moment, the latest first."""
    asked: dict[str, Any] = {"who": who, "at": {"$lte": before, "$gte": before - LATELY}}
    return list(pushes(db).find(asked).sort("at", -1).limit(limit))


def lease(db: Database, row: PushRow, until: datetime) -> bool:
    """Take over a push whose worker has died; whether we are the one."""
    guard = {"_id": row["_id"], "lease": row["lease"], "reply": {"$exists": False}}
    return bool(pushes(db).update_one(guard, {"$set": {"lease": until}}).modified_count)


def answered(
    db: Database, id: str, kept: dict[str, Any], after: tuple[Promise, ...], *, in_time: bool
) -> bool:
    """Keep the sealed answer and what it promises; whether nobody had answered before us.

    An answer in time strikes out the promise to make one; a late one is that promise being kept.
    """
    guard = {"_id": id, "reply": {"$exists": False}}
    done = {f"outbox.{_OVERLOOKED}": ""} | ({} if after else {"due": ""})
    change: dict[str, Any] = {"$set": kept} | ({"$unset": done} if in_time else {})
    update: dict[str, Any] = outbox.pledge(change, *after)
    return bool(pushes(db).update_one(guard, update).modified_count)


def overlooked(after: timedelta) -> Promise:
    """The promise every push begins with: to be answered, if nobody has by then."""
    made = outbox.promise("push.overlooked", after=after)
    made["id"] = _OVERLOOKED
    return made


def owing(db: Database, who: str, until: datetime, but: str) -> tuple[list[str], bool]:
    """What one sender pushed up to a moment and nothing is owed of, and whether of other is."""
    asked: dict[str, Any] = {"who": who, "at": {"$lte": until}}
    rows = [row for row in pushes(db).find(asked, {"outbox": 1}) if row["_id"] != but]
    done = [row["_id"] for row in rows if not row["outbox"]]
    return done, len(done) < len(rows)


def empty(db: Database, ids: list[str], reply: str) -> None:
    """Forget what pushes said and what they were answered; they are known by identity still."""
    gone = {"$set": {"body": "", "reply": reply}, "$unset": {"said": "", "who": ""}}
    pushes(db).update_many({"_id": {"$in": ids}}, gone)


def doubt(db: Database, id: str, place: int) -> None:
    """Note which words may have been heard: those that `place` others follow."""
    pushes(db).update_one({"_id": id}, {"$set": {"doubted": place}})


def told(db: Database, id: str, left: list[str]) -> None:
    """Note which words must still follow."""
    pushes(db).update_one(
        {"_id": id}, {"$set": {"said": left}} if left else {"$unset": {"said": ""}}
    )
