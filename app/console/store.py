"""Where the console's sign-ins are kept: one row each, by the digest of the key in the cookie.

Shard key on a cluster: `_id` (hashed). Rows are forgotten a day after they have ended.
"""

from datetime import datetime
from typing import Any, TypedDict, cast

from pymongo.collection import Collection

from base.store import Database, Index

NAME = "console_sessions"
_KEPT_SECONDS = 86400


class SessionRow(TypedDict):
    """One sign-in: whose, since when, last seen when, and when it ends whatever happens."""

    _id: str
    operator: str
    started: datetime
    seen: datetime
    ends: datetime


class BindingRow(TypedDict):
    """The account an operator tests with, by her username; `digest` of the code sent to it."""

    _id: str
    resident: str
    digest: str
    until: datetime
    tries: int
    bound: bool


INDEXES: tuple[Index, ...] = (
    Index(NAME, [("ends", 1)], expire_seconds=_KEPT_SECONDS, serves="forgetting old sign-ins"),
    Index(NAME, [("operator", 1)], serves="ending every sign-in of one operator"),
)


def sessions(db: Database) -> Collection[SessionRow]:
    """Sign-ins by the digest of their key."""
    return cast("Collection[SessionRow]", db[NAME])


def find(db: Database, id: str) -> SessionRow | None:
    """A sign-in by its id."""
    return sessions(db).find_one({"_id": id})


def touch(db: Database, id: str, moment: datetime) -> None:
    """Note that the operator is still there."""
    sessions(db).update_one({"_id": id}, {"$set": {"seen": moment}})


def end(db: Database, id: str) -> None:
    """End one sign-in for good."""
    sessions(db).delete_one({"_id": id})


def end_all(db: Database, operator: str) -> None:
    """End every sign-in of one operator."""
    sessions(db).delete_many({"operator": operator})


def bindings(db: Database) -> Collection[BindingRow]:
    """Accounts to test with, by username."""
    return cast("Collection[BindingRow]", db["console_bindings"])


def binding(db: Database, operator: str) -> BindingRow | None:
    """The account an operator tests with, or is about to bind."""
    return bindings(db).find_one({"_id": operator})


def bind(db: Database, operator: str, resident: str, digest: str, until: datetime) -> None:
    """Begin to bind an account, instead of any before; "" binds nobody, whatever the code."""
    begun = {"resident": resident, "digest": digest, "until": until, "tries": 0, "bound": False}
    bindings(db).update_one({"_id": operator}, {"$set": begun}, upsert=True)


def confirm(db: Database, operator: str, digest: str, moment: datetime, most: int) -> bool:
    """Bind the account if the code is right, in time and not tried too often; whether it is."""
    guard: dict[str, Any] = {"_id": operator, "bound": False, "tries": {"$lt": most}}
    guard["until"] = {"$gt": moment}
    if not bindings(db).update_one(guard, {"$inc": {"tries": 1}}).modified_count:
        return False
    right: dict[str, Any] = {"_id": operator, "digest": digest, "resident": {"$ne": ""}}
    return bool(bindings(db).update_one(right, {"$set": {"bound": True}}).modified_count)
