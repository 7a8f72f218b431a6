"""Two records that turn out to be one person become one; nothing is ever merged by guess.

A merger is one guarded write: the loser's `merged_into`, with the promise "resident.merged" in the
same document. From that write on every reader sees the winner; `absorb` only moves what others
look up by resident and may be repeated at will. A record with a verified identity is never merged
away, and of two unverified ones the smaller id stays: so no circle can arise, however the threads
run.
"""

from typing import Any

from base import audit, clock, outbox
from base.store import Database, add

from . import records, scenes, store
from .levels import PHONE
from .store import ResidentRow


def unite(db: Database, one: str, other: str) -> bool:
    """Make one resident of two; False when they are verified as two different citizens."""
    for _ in range(records.PATIENCE):
        first, second = records.find(db, one), records.find(db, other)
        if first["_id"] == second["_id"]:
            return True
        if first["identity"] is not None and second["identity"] is not None:
            return False
        loser, winner = _order(first, second)
        merge(db, loser["_id"], winner["_id"])
    raise records.ChangedMeanwhile


def _order(first: ResidentRow, second: ResidentRow) -> tuple[ResidentRow, ResidentRow]:
    """Who goes and who stays."""
    if (first["identity"] is None) == (second["identity"] is None):
        stays = min(first, second, key=lambda row: row["_id"])
    else:
        stays = first if first["identity"] is not None else second
    return (second, first) if stays is first else (first, second)


def merge(db: Database, loser: str, winner: str) -> bool:
    """Merge an unverified resident into another; False when the record changed meanwhile."""
    update = {"$set": {"merged_into": winner}} | records.step("merge", "system", into=winner)
    pair: dict[str, Any] = {"from": loser, "into": winner}
    told = outbox.promise("resident.merged", **pair)
    guard: dict[str, Any] = {"_id": loser, "merged_into": None, "identity": None}
    if not store.residents(db).update_one(guard, outbox.pledge(update, told)).modified_count:
        return False
    absorb(db, loser, winner)
    return True


def absorb(db: Database, loser: str, winner: str) -> None:
    """Bring a merged resident's phone, choices and accounts to the one who stays; repeatable.

    What she has given is brought once: what she takes back afterwards does not come again.
    """
    row = store.residents(db).find_one({"_id": loser})
    if row is None:
        raise records.NoSuchResident
    into = records.find(db, winner)
    audit.record_once(db, "resident.merge", loser, f"resident:{winner}", merged=loser)
    while loser not in into.get("absorbed", []):
        records.change(db, into["_id"], _taken(row, into), version=into["version"])
        into = records.find(db, winner)
    store.accounts(db).update_many({"resident": loser}, {"$set": {"resident": into["_id"]}})
    scenes.merge(db, loser, into["_id"])


def _taken(row: ResidentRow, into: ResidentRow) -> dict[str, Any]:
    """One write that takes over what a merged record holds and the other lacks."""
    lacked = [name for name in ("phone", "agreement", "muted") if not into.get(name)]
    given = {name: row.get(name) for name in lacked if row.get(name)}
    update: dict[str, Any] = records.step("absorb", "system", merged=row["_id"])
    update["$addToSet"] = {
        "absorbed": {"$each": [row["_id"], *row.get("absorbed", [])]},
        "consents": {"$each": row["consents"]},
        "found_by": {"$each": row.get("found_by", []) if "phone" in given else []},
    }
    update["$max"] = {"level": min(row["level"], PHONE)}
    return update | ({"$set": given} if given else {})


def claim(db: Database, purpose: str, digest: str, resident: str) -> str:
    """Claim a digest ("unions" or "identities") for a resident; who holds it, now or before."""
    claims = store.unions(db) if purpose == "unions" else store.identities(db)
    if add(claims, {"_id": digest, "resident": resident, "at": clock.now()}):
        return resident
    held = claims.find_one({"_id": digest})
    return held["resident"] if held else resident
