"""Where valves are kept that are closed for today: what must outlive Redis.

Shard key on a cluster: `_id` (hashed).
"""

from datetime import datetime
from typing import Final, TypedDict, cast

from pymongo.collection import Collection

from base import clock
from base.store import Database, Index

NAME: Final = "valves"
_KEPT_SECONDS: Final = 30 * 86400
_MOST: Final = 200


class ValveRow(TypedDict):
    """A valve that is closed until its quota begins anew: `_id` is "appid endpoint"."""

    _id: str
    code: int
    closed: datetime
    until: datetime


INDEXES: tuple[Index, ...] = (
    Index(NAME, [("until", 1)], expire_seconds=_KEPT_SECONDS, serves="valves closed for today"),
)


def valves(db: Database) -> Collection[ValveRow]:
    """The valves that are closed for today, or were."""
    return cast("Collection[ValveRow]", db[NAME])


def closed(db: Database) -> list[ValveRow]:
    """The valves that are closed now."""
    return list(valves(db).find({"until": {"$gt": clock.now()}}).limit(_MOST))


def close(db: Database, name: str, code: int, until: datetime) -> None:
    """Keep a valve closed until a moment."""
    row: ValveRow = {"_id": name, "code": code, "closed": clock.now(), "until": until}
    valves(db).replace_one({"_id": name}, row, upsert=True)


def reopen(db: Database, name: str) -> None:
    """Forget that a valve was closed."""
    valves(db).delete_one({"_id": name})
