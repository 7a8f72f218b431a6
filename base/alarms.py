"""What an operator must look at: one row per cause, raised again while it lasts, until seen to."""

from datetime import datetime
from typing import Any, Final, TypedDict, cast

from pymongo.collection import Collection

from . import clock
from .store import Database, Index, add

NAME: Final = "alarms"


class Alarm(TypedDict):
    """One cause: `_id` "kind:key"; `facts` are codes and numbers, never personal data.

    `count` is how often it was raised since `first`; `state` is open or cleared, `by` whoever
    cleared it: "operator:…", or "system" when the cause has gone.
    """

    _id: str
    kind: str
    key: str
    facts: dict[str, Any]
    state: str
    count: int
    first: datetime
    last: datetime
    by: str | None


INDEXES: tuple[Index, ...] = (
    Index(NAME, [("state", 1), ("last", -1)], serves="the alarms that are open"),
)


def rows(db: Database) -> Collection[Alarm]:
    """Alarms by "kind:key"."""
    return cast("Collection[Alarm]", db[NAME])


def sound(db: Database, kind: str, key: str = "", **facts: object) -> bool:
    """Raise an alarm, or count it once more while it is open; whether it was not open before.

    `kind` names its sentence in config/texts/alarms.toml, which the facts fill.
    """
    id, moment = f"{kind}:{key}", clock.now()
    opened: dict[str, Any] = {"kind": kind, "key": key, "facts": facts, "state": "open"}
    opened |= {"count": 1, "first": moment, "last": moment, "by": None}
    again: dict[str, Any] = {"$set": {"facts": facts, "last": moment}, "$inc": {"count": 1}}
    while True:
        if add(rows(db), {"_id": id} | opened):
            return True
        if rows(db).update_one({"_id": id, "state": "cleared"}, {"$set": opened}).matched_count:
            return True
        if rows(db).update_one({"_id": id, "state": "open"}, again).matched_count:
            return False


def clear(db: Database, kind: str, key: str = "", by: str = "system") -> bool:
    """Close an open alarm; whether there was one."""
    change = {"$set": {"state": "cleared", "by": by, "last": clock.now()}}
    guard: dict[str, Any] = {"_id": f"{kind}:{key}", "state": "open"}
    return bool(rows(db).update_one(guard, change).modified_count)


def standing(db: Database, limit: int = 100) -> list[Alarm]:
    """The open alarms, the latest first."""
    return list(rows(db).find({"state": "open"}).sort("last", -1).limit(limit))
