"""Where the catalogue lies: versions that never change, what is published, and the county."""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from pymongo import ReplaceOne
from pymongo.errors import DuplicateKeyError

from base import clock
from base.store import Database, Index

INDEXES: tuple[Index, ...] = (
    Index("services", [("state", 1), ("themes", 1)], serves="published services, by theme"),
    Index("places", [("level", 1)], serves="service points that accept a level"),
    Index("regions", [("level", 1)], serves="regions of a level"),
    Index("regions", [("parent", 1)], serves="regions within a region"),
    Index("agencies", [("level", 1)], serves="agencies of a level"),
)
ALL_LEVELS = ["2", "3", "4", "5", "6"]
MANY = 500


class ServiceRow(TypedDict):
    """A published service: `_id` is its key, `content` its file, resolved."""

    _id: str
    state: str
    version: int
    digest: str
    content: dict[str, Any]
    themes: list[str]
    tokens: list[str]


def published(db: Database, key: str) -> dict[str, Any] | None:
    """The published row of a service."""
    return db["services"].find_one({"_id": key, "state": "published"})


def row(db: Database, key: str) -> dict[str, Any] | None:
    """The row of a service whether it is published or withdrawn."""
    return db["services"].find_one({"_id": key})


def version(db: Database, key: str, number: int) -> dict[str, Any] | None:
    """One version, whatever became of it."""
    return db["service_versions"].find_one({"_id": f"{key}:{number}"})


def shelf(db: Database, theme: str | None = None) -> list[dict[str, Any]]:
    """Every published service, or those of one theme."""
    wanted = {"state": "published"} | ({"themes": theme} if theme else {})
    return list(db["services"].find(wanted).limit(MANY))


def mark(db: Database) -> int:
    """How often the published services have changed."""
    row = db["catalogue"].find_one({"_id": "services"})
    return int(row["changes"]) if row else 0


def move_mark(db: Database) -> None:
    """Note that the published services have changed."""
    db["catalogue"].update_one({"_id": "services"}, {"$inc": {"changes": 1}}, upsert=True)


def keep_version(
    db: Database, key: str, after: int, digest: str, content: Mapping[str, Any]
) -> int:
    """Store a new version after number `after` and return its number.

    A number already taken by the same content (a load cut short) is taken over; one taken by other
    content was never published and is passed by.
    """
    number = after + 1
    while True:
        try:
            db["service_versions"].insert_one(
                {"_id": f"{key}:{number}", "key": key, "version": number, "digest": digest,
                 "content": dict(content), "loaded_at": clock.now()}
            )  # fmt: skip
        except DuplicateKeyError:
            kept = version(db, key, number)
            if kept and kept["digest"] == digest:
                return number
            number += 1
        else:
            return number


def publish(db: Database, fresh: ServiceRow, before: int) -> bool:
    """Put a version on the shelf in place of `before` (0: nothing yet); False if another won."""
    if before == 0:
        try:
            db["services"].insert_one(dict(fresh))
        except DuplicateKeyError:
            return False
        return True
    change = {name: value for name, value in fresh.items() if name != "_id"}
    done = db["services"].update_one({"_id": fresh["_id"], "version": before}, {"$set": change})
    return done.modified_count == 1


def retoken(db: Database, kept: Mapping[str, Any], tokens: list[str]) -> None:
    """Let a version be found by other words; what it says stays as it is."""
    if kept["tokens"] != tokens:
        guard = {"_id": kept["_id"], "version": kept["version"]}
        db["services"].update_one(guard, {"$set": {"tokens": tokens}})


def withdraw(db: Database, key: str) -> None:
    """Take a service from the shelf; its versions stay for the cases filed under them."""
    db["services"].update_one({"_id": key, "state": "published"}, {"$set": {"state": "withdrawn"}})


def replace(db: Database, collection: str, rows: Iterable[Mapping[str, Any]], key: str) -> int:
    """Write the rows of a county file that changed, each whole; returns how many it has."""
    kept = {row["_id"]: row for row in of_levels(db, collection, ALL_LEVELS)}
    fresh = [{"_id": each[key]} | {k: v for k, v in each.items() if k != key} for each in rows]
    changed = [row for row in fresh if kept.get(row["_id"]) != row]
    if changed:
        wanted = [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in changed]
        db[collection].bulk_write(wanted, ordered=False)
    return len(fresh)


def one(db: Database, collection: str, id: str) -> dict[str, Any] | None:
    """A place, region or agency by its id."""
    return db[collection].find_one({"_id": id})


def of_levels(db: Database, collection: str, levels: list[str]) -> list[dict[str, Any]]:
    """Places, regions or agencies of some levels."""
    return list(db[collection].find({"level": {"$in": levels}}).limit(MANY))


def within(db: Database, parent: str) -> list[dict[str, Any]]:
    """Regions right below a region."""
    return list(db["regions"].find({"parent": parent}).limit(MANY))
