"""What lies in the quarantine, in MongoDB.

quarantine   `_id` reason:provider:kind:transaction, with its promises. Shard key `_id`.
"""

from datetime import datetime, timedelta
from typing import Final

from base import clock, outbox
from base import store as base_store
from base.errors import Missing
from base.store import Database, Document, Index

# As long as money can be claimed back at law (Civil Code, article 188).
RESOLVED_SECONDS: Final = 3 * 365 * 86400

INDEXES: Final[tuple[Index, ...]] = (
    Index("quarantine", [("state", 1), ("at", -1)], serves="what awaits a human"),
    Index("quarantine", [("attempt", 1), ("state", 1)], serves="what waits of an order"),
    Index(
        "quarantine",
        [("done", 1)],
        sparse=True,
        expire_seconds=RESOLVED_SECONDS,
        serves="forgetting what was dealt with",
    ),
    *outbox.indexes("quarantine"),
)
_HORIZON: Final = timedelta(days=3650)


class NoSuchItem(Missing):
    """The quarantine holds no item of this identity."""

    code = "no_such_quarantined"


def lay(db: Database, item: Document) -> bool:
    """Insert an item of the quarantine; False when it was there."""
    return base_store.add(db["quarantine"], item)


def park(db: Database, item: Document) -> bool:
    """Insert an item of the quarantine, or count it; whether it waits for somebody."""
    if lay(db, item):
        return True
    count(db, item["_id"])
    return bool(parked_one(db, item["_id"])["state"] == "waiting")


def count(db: Database, id: str) -> None:
    """Note that an item has come once more."""
    db["quarantine"].update_one({"_id": id}, {"$inc": {"seen": 1}})


def unpark(db: Database, id: str, done: Document, *promises: outbox.Promise) -> bool:
    """Close an item that waits, with what is promised of that; False when it does not."""
    guard = {"_id": id, "state": "waiting"}
    made = outbox.pledge({"$set": done}, *promises)
    return bool(db["quarantine"].update_one(guard, made).modified_count)


def waits(db: Database, beginning: str) -> bool:
    """Whether an item of the quarantine waits whose `_id` begins so, up to and with a colon."""
    last = beginning.removesuffix(":") + ";"
    where: Document = {"_id": {"$gte": beginning, "$lt": last}, "state": "waiting"}
    return db["quarantine"].find_one(where, {"_id": 1}) is not None


def waits_of(db: Database, attempt: str) -> bool:
    """Whether an item of the quarantine waits that is about this order."""
    where = {"attempt": attempt, "state": "waiting"}
    return db["quarantine"].find_one(where, {"_id": 1}) is not None


def parked(db: Database, limit: int, before: datetime | None) -> list[Document]:
    """What waits in the quarantine, newest first; `before` says what came just after."""
    came: Document = {"$gte": clock.now() - _HORIZON}
    where = {"state": "waiting", "at": came | ({"$lt": before} if before else {})}
    return list(db["quarantine"].find(where).sort("at", -1).limit(limit))


def parked_one(db: Database, id: str) -> Document:
    """One item of the quarantine; raises NoSuchItem."""
    found = db["quarantine"].find_one({"_id": id})
    if found is None:
        raise NoSuchItem
    return found
