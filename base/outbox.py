"""Promised effects: written in the very document whose change made them, kept afterwards.

A document carries `outbox: {id: Promise}` and a top-level `due`, the earliest moment one of them
wants attention. Whoever keeps promises leases the document by moving `due` (guarded by the value
it read), performs what is due, and lets go. Work that takes longer renews its lease; a killed
keeper's runs out LEASE after it was last renewed, or what it was taken for instead.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NotRequired, TypedDict

from pymongo.collection import Collection

from . import ahead, clock
from .ahead import Row
from .store import Index

LEASE = timedelta(seconds=30)
PATIENCE = 8
_FIRST_WAIT_SECONDS = 2
_LONGEST_WAIT_SECONDS = 3600

made: ContextVar[bool] = ContextVar("promises made in this context", default=False)
at_hand: ContextVar["tuple[Held, Promise] | None"] = ContextVar("what is being kept", default=None)


class Promise(TypedDict):
    """One effect owed: name in the table of effects, its data, when, how often tried.

    `doubted` when a try ended without a partner's word, so that it may have been done.
    """

    id: str
    effect: str
    data: dict[str, Any]
    due: datetime
    attempts: int
    error: NotRequired[str]
    stuck: NotRequired[bool]
    doubted: NotRequired[bool]


@dataclass
class Held:
    """A leased document: which, until when, and the promises that are due.

    `outbox` is what the document owes as far as this keeper knows, `open` which of it is still to
    be performed here. One thread performs while another renews; `lock` keeps their writes apart.
    """

    collection: str
    id: str
    until: datetime
    promises: tuple[Promise, ...]
    outbox: dict[str, Promise] = field(repr=False)
    lease: timedelta = LEASE
    open: set[str] = field(default_factory=set)
    settled: bool = False
    lock: "threading.Lock" = field(default_factory=threading.Lock, repr=False)


def indexes(collection: str) -> tuple[Index, Index]:
    """The two indexes every collection with an outbox declares."""
    return (
        Index(collection, [("due", 1)], sparse=True, serves="what is due"),
        Index(collection, [("stuck", 1)], sparse=True, serves="stuck effects"),
    )


def promise(effect: str, *, after: timedelta | None = None, **data: Any) -> Promise:
    """An effect owed from now on, or from some time later; what is for later rings nobody now."""
    made.set(made.get() or after is None)
    due = clock.now() + (after or timedelta())
    return Promise(id=uuid.uuid4().hex[:16], effect=effect, data=data, due=due, attempts=0)


def pledged(*promises: Promise) -> dict[str, Any]:
    """The keys that a new document needs to carry these promises."""
    if not promises:
        return {"outbox": {}}
    return {
        "outbox": {each["id"]: each for each in promises},
        "due": min(each["due"] for each in promises),
    }


def pledge(update: dict[str, Any], *promises: Promise) -> dict[str, Any]:
    """The same update, carrying these promises as well."""
    if not promises:
        return update
    added = {f"outbox.{each['id']}": each for each in promises}
    earliest = min(each["due"] for each in promises)
    return update | {
        "$set": update.get("$set", {}) | added,
        "$min": update.get("$min", {}) | {"due": earliest},
    }


def late_seconds(collection: "Collection[Any]") -> float:
    """How long the most overdue document has waited."""
    moment = clock.now()
    rows = list(collection.find({"due": {"$lte": moment}}, {"due": 1}).sort("due", 1).limit(1))
    return float((moment - rows[0]["due"]).total_seconds()) if rows else 0.0


def stuck(collection: "Collection[Any]", limit: int = 100) -> list[tuple[str, Promise]]:
    """Promises that were tried PATIENCE times in vain: (document id, promise)."""
    rows = collection.find({"stuck": True}, {"outbox": 1}).limit(limit)
    owed = ((row["_id"], each) for row in rows for each in row["outbox"].values())
    return [(id, each) for id, each in owed if each.get("stuck")]


def _any(_effects: set[str]) -> bool:
    return True


def take(
    collection: "Collection[Any]",
    limit: int = 20,
    wanted: Callable[[set[str]], bool] = _any,
    among: int = 0,
    lease: timedelta = LEASE,
) -> Iterator[Held]:
    """Lease up to `limit` documents whose promises are due, one at a time, soonest first.

    Those whose due effects are not `wanted` now are passed by, `among` as many more.
    """
    moment = clock.now()
    for row in islice(ahead.soonest(collection, moment), limit + among + ahead.STRIDE):
        due = {each["effect"] for each in _owed(row, moment)}
        if not wanted(due):
            if not among:
                return
            among -= 1
            continue
        held = _lease(collection, row, lease)
        if held is None:
            ahead.elsewhere(collection)
        else:
            yield held
            limit -= 1
        if not limit:
            return


def _owed(row: Row, moment: datetime) -> tuple[Promise, ...]:
    return tuple(each for each in row.get("outbox", {}).values() if each["due"] <= moment)


def _lease(collection: "Collection[Any]", row: Row, lease: timedelta = LEASE) -> Held | None:
    """Lease a document as it was read: what was kept or promised since must be read first."""
    moment = clock.now()
    until = moment + lease
    owed = _owed(row, moment)
    moved = {f"outbox.{each['id']}.due": until for each in owed}
    guard = {"_id": row["_id"], "due": row["due"], "outbox": row.get("outbox")}
    won = collection.update_one(guard, {"$set": {"due": until} | moved})
    if not won.modified_count:
        return None
    held = Held(collection.name, row["_id"], until, owed, dict(row.get("outbox") or {}), lease)
    held.open = {each["id"] for each in owed}
    _moved(held, until)
    return held


def _moved(held: Held, until: datetime) -> None:
    held.until = until
    for id in held.open:
        held.outbox[id] = {**held.outbox[id], "due": until}


def renew(collection: "Collection[Any]", held: Held) -> bool:
    """Hold on to what is still being performed for another lease; False once it is not ours.

    A promise made meanwhile has moved the document's own `due`, which then stays as it is.
    """
    with held.lock:
        if held.settled or not held.open:
            return False
        until = clock.now() + held.lease
        guard: dict[str, Any] = {f"outbox.{id}.due": held.until for id in held.open}
        moved = {f"outbox.{id}.due": until for id in held.open}
        for alone in ({"due": held.until}, {}):
            change = {"$set": moved | ({"due": until} if alone else {})}
            if collection.update_one({"_id": held.id} | guard | alone, change).modified_count:
                _moved(held, until)
                return True
        return False


def finish(collection: "Collection[Any]", guard: dict[str, Any], update: dict[str, Any]) -> bool:
    """Make the last change of an effect to its own document; whether the guard held.

    Where the promise being kept is all the document owes, it is struck out by the same write.
    """
    held, done = at_hand.get() or (None, None)
    if held and done and (held.collection, held.id) == (collection.name, guard["_id"]):
        with held.lock:
            if held.outbox.keys() == {done["id"]} and not held.settled:
                owed = {"due": held.until, "outbox": held.outbox}
                gone = {f"outbox.{done['id']}": "", "due": "", "stuck": ""}
                rest = update | {"$unset": update.get("$unset", {}) | gone}
                held.settled = bool(collection.update_one(guard | owed, rest).modified_count)
                if held.settled:
                    return True
    return bool(collection.update_one(guard, update).modified_count)


def kept(collection: "Collection[Any]", held: Held, done: Promise) -> None:
    """Strike out a promise that has been kept; the document's last is struck out with its `due`."""
    where = f"outbox.{done['id']}"
    with held.lock:
        if held.settled:
            return
        held.open.discard(done["id"])
        if held.outbox.keys() == {done["id"]}:
            guard = {"_id": held.id, "due": held.until, "outbox": held.outbox}
            rest = {"$unset": {where: "", "due": "", "stuck": ""}}
            held.settled = bool(collection.update_one(guard, rest).modified_count)
        if not held.settled:
            collection.update_one({"_id": held.id}, {"$unset": {where: ""}})
        held.outbox.pop(done["id"], None)


def delayed(
    collection: "Collection[Any]",
    held: Held,
    late: Promise,
    error: str,
    until: datetime | None = None,
    *,
    doubtful: bool = False,
) -> None:
    """Put a promise off with back-off; after PATIENCE tries it is marked stuck, never dropped.

    With `until` it is due then, and no try is counted. One that was rung for meanwhile (`again`)
    stays due at once. What is `doubtful` may have been done: from then on it is `doubted`.
    """
    attempts = late["attempts"] + (until is None)
    wait = min(_FIRST_WAIT_SECONDS * 2 ** min(attempts, 20), _LONGEST_WAIT_SECONDS)
    where = f"outbox.{late['id']}"
    change: dict[str, Any] = {
        f"{where}.attempts": attempts,
        f"{where}.due": until or clock.now() + timedelta(seconds=wait),
        f"{where}.error": error[:200],
    }
    if doubtful:
        change[f"{where}.doubted"] = True
    if until is None and attempts >= PATIENCE:
        change |= {f"{where}.stuck": True, "stuck": True}
    with held.lock:
        held.open.discard(late["id"])
        waiting = {where: {"$exists": True}} if until is None else {f"{where}.due": held.until}
        collection.update_one({"_id": held.id} | waiting, {"$set": change})


def doubted() -> bool:
    """Whether what is being kept may have been done by an earlier try."""
    _, owed = at_hand.get() or (None, None)
    return owed is not None and owed.get("doubted", False)


def release(collection: "Collection[Any]", held: Held) -> None:
    """Let a document go: its `due` becomes that of the earliest promise left, or goes away.

    It stays stuck while one of its promises is. When a promise is made between the look and the
    write, nothing is written: the lease runs out.
    """
    if held.settled:
        return
    row = collection.find_one({"_id": held.id}, {"outbox": 1}) or {}
    left = list(row.get("outbox", {}).values())
    change: dict[str, Any] = {}
    if left:
        change["$set"] = {"due": min(each["due"] for each in left)}
    gone = {} if left else {"due": ""}
    gone |= {} if any(each.get("stuck") for each in left) else {"stuck": ""}
    if gone:
        change["$unset"] = gone
    guard = {"_id": held.id, "due": held.until, "outbox": row.get("outbox")}
    collection.update_one(guard, change)


def again(collection: "Collection[Any]", id: str, promise_id: str) -> bool:
    """Make a stuck promise due at once, by an operator's hand; False when it is gone."""
    where, moment = f"outbox.{promise_id}", clock.now()
    moved = collection.update_one(
        {"_id": id, where: {"$exists": True}},
        {
            "$set": {f"{where}.due": moment, f"{where}.attempts": 0, "due": moment},
            "$unset": {f"{where}.stuck": ""},
        },
    )
    return bool(moved.modified_count)
