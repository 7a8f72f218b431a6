"""Deletes the files that nothing has taken, or that a talk has let go of."""

from collections.abc import Callable
from datetime import timedelta

from . import clock, files
from .store import Database, Document

WAITING_DAYS = 7
AT_ONCE = 100
_ROUNDS = 50
_LETS_GO = "talk:"

Holds = Callable[[str, str], bool]


def sweep(db: Database, holds: Holds) -> int:
    """Settle what was put or attached WAITING_DAYS ago: kept for good, or deleted; how many went.

    `holds(to, id)` says whether the case, ticket or talk a file was attached to exists and names
    it; of a talk, whose lines go, that is asked again every WAITING_DAYS. A file is marked before
    it is deleted, guarded on what was read, so that none is swept while it is attached; what a
    killed sweep or upload left behind is taken by the next.
    """
    before = clock.now() - timedelta(days=WAITING_DAYS)
    old = {"metadata.settled": False, "metadata.since": {"$lt": before}}
    gone = 0
    for _ in range(_ROUNDS):
        rows = list(db["files.files"].find(old).limit(AT_ONCE))
        gone += sum(_settle(db, row, holds) for row in rows)
        if len(rows) < AT_ONCE:
            break
    return gone


def _settle(db: Database, row: Document, holds: Holds) -> bool:
    """Keep a file for good or delete it; whether it went."""
    id, known = row["_id"], row["metadata"]
    to, unchanged = known["attached"], {"_id": row["_id"]}
    unchanged |= {f"metadata.{name}": known[name] for name in ("attached", "since")}
    if to not in (None, files.GONE) and holds(to, id):
        again = {"metadata.since": clock.now()}
        kept = again if to.startswith(_LETS_GO) else {"metadata.settled": True}
        db["files.files"].update_one(unchanged, {"$set": kept})
        return False
    marked = {"$set": {"metadata.attached": files.GONE}}
    if not db["files.files"].update_one(unchanged, marked).matched_count:
        return False
    db["files.chunks"].delete_many({"files_id": id})
    return bool(db["files.files"].delete_one({"_id": id}).deleted_count)


def let_go(db: Database, to: str) -> None:
    """Leave to the next sweep all that hangs on a talk; said before the talk itself is deleted."""
    _leave(db, {"metadata.attached": to})


def let_go_waiting(db: Database, owner: str) -> None:
    """Leave to the next sweep all of a resident's files that nothing has taken."""
    _leave(db, {"metadata.owner": owner, "metadata.attached": None})


def _leave(db: Database, asked: Document) -> None:
    old = clock.now() - timedelta(days=WAITING_DAYS)
    gone = {"attached": files.GONE, "settled": False, "since": old}
    change = {"$set": {f"metadata.{name}": each for name, each in gone.items()}}
    db["files.files"].update_many(asked, change)
