"""Where the console's sign-ins are kept: one row each, by the digest of the key in the cookie.

Shard key on a cluster: `_id` (hashed). Rows are forgotten a day after they have ended.
"""

from datetime import datetime
from typing import TypedDict, cast

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
