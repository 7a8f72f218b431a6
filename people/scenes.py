"""Printed codes: which counter, village or unit a scene stands for, and whom it brought.

A person is brought once, by the first code through which she followed us or signed in to the
mini-program; she counts as registered when her real name is proven after that.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from base import clock, outbox, privacy
from base.errors import Missing
from base.outbox import Promise
from base.store import Database, add

from . import records, store
from .store import SceneRow

COUNTER: Final = "counter"
VILLAGE: Final = "village"
UNIT: Final = "unit"
KINDS: Final = (COUNTER, VILLAGE, UNIT)


class NoSuchScene(Missing):
    """No code of ours bears this scene."""

    code = "no_such_scene"


@dataclass(frozen=True)
class Scene:
    """A code: its scene string, the place, agency ("agency:…") or company ("company:…") it names.

    `url` is the text to draw; None until the platform has made the code.
    """

    key: str
    kind: str
    target: str
    name: str
    url: str | None
    created: datetime


@dataclass(frozen=True)
class Brought:
    """How many people a code brought, and how many of them have registered by name since."""

    people: int
    registrations: int


def key_of(kind: str, target: str) -> str:
    """The scene string of a target: short, printable, the same for ever."""
    return f"{kind[0]}-{privacy.digest(target, 'scene')[:20]}"


def put(db: Database, kind: str, target: str, name: str, *owed: Promise) -> Scene:
    """Enter a code, once; one that is there keeps its code and takes the new name.

    `owed` is promised while the platform has not made the code.
    """
    key = key_of(kind, target)
    row = {"_id": key, "kind": kind, "target": target, "name": name, "url": None}
    fresh = row | {"created": clock.now()} | outbox.pledged(*owed)
    if not add(store.scenes(db), fresh):
        store.scenes(db).update_one({"_id": key}, {"$set": {"name": name}})
        again = outbox.pledge({"$set": {"name": name}}, *owed)
        store.scenes(db).update_one({"_id": key, "url": None}, again)
    return get(db, key)


def coded(db: Database, key: str, url: str) -> bool:
    """Note what the platform made of a code; the first time counts."""
    guard = {"_id": key, "url": None}
    return bool(store.scenes(db).update_one(guard, {"$set": {"url": url}}).modified_count)


def get(db: Database, key: str) -> Scene:
    """One code; raises NoSuchScene."""
    found = find(db, key)
    if found is None:
        raise NoSuchScene
    return found


def find(db: Database, key: str) -> Scene | None:
    """One code, or None."""
    row = store.scenes(db).find_one({"_id": key})
    return _scene(row) if row else None


def listed(db: Database, kind: str, after: str = "", limit: int = 50) -> list[Scene]:
    """The codes of a kind in the order of their keys."""
    rows = store.scenes(db).find({"kind": kind, "_id": {"$gt": after}})
    return [_scene(row) for row in rows.sort("_id", 1).limit(limit)]


def _scene(row: SceneRow) -> Scene:
    return Scene(
        key=row["_id"],
        kind=row["kind"],
        target=row["target"],
        name=row["name"],
        url=row["url"],
        created=row["created"],
    )


def brought(db: Database, key: str) -> Brought:
    """How many people a code brought."""
    arrivals = store.arrivals(db)
    return Brought(
        arrivals.count_documents({"scene": key}),
        arrivals.count_documents({"scene": key, "known": True}),
    )


def arrived(db: Database, key: str, resident: str) -> Scene | None:
    """Note by which code a resident came, and tell it; only her first coming counts.

    None when no code of ours bears this scene.
    """
    found = find(db, key)
    if found is not None:
        row = {"_id": records.home(db, resident), "scene": key, "at": clock.now(), "known": False}
        add(store.arrivals(db), row)
    return found


def registered(db: Database, resident: str) -> None:
    """Note that a resident's real name has just been proven; repeatable."""
    guard = {"_id": resident, "known": False}
    store.arrivals(db).update_one(guard, {"$set": {"known": True}})


def merge(db: Database, loser: str, winner: str) -> None:
    """Hand on by which code a merged resident came, unless the other came by one; repeatable."""
    row = store.arrivals(db).find_one({"_id": loser})
    if row is not None:
        add(store.arrivals(db), row | {"_id": winner})
        store.arrivals(db).delete_one({"_id": loser})
