"""Real names: one identity number, one resident, however many accounts and threads arrive.

The order makes every crash harmless: a turn is taken, the partner asked, the number claimed by the
digest it is kept under, the record completed, and last the asker's own record merged into it if
the number was somebody's already. A repetition picks up wherever the last attempt stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from base import audit, clock, privacy
from base.errors import Conflict, Forbidden, Unreachable
from base.store import Database

from . import identity, levels, merging, preferences, records, scenes, store
from .records import Resident
from .store import ResidentRow

Check = Callable[[str, str], None]
CHECKS_A_DAY: Final = 5


class AlreadyVerified(Conflict):
    """This resident is verified already, under another identity number."""

    code = "already_verified"


class NotVerified(Forbidden):
    """The resident's real name is not known, so there is nothing to confirm or to show."""

    code = "not_verified"


@dataclass(frozen=True)
class Proof:
    """A name and a number that the identity check has found to belong together."""

    name: str
    number: str
    digest: str


@dataclass(frozen=True)
class Person:
    """A resident's opened data; keep it out of logs, queues and exceptions."""

    name: str | None
    id_number: str | None
    phone: str | None


def verify(db: Database, id: str, name: str, id_number: str, check: Check) -> Resident:
    """Verify a resident by name and identity number; level 2, and one resident per number.

    `check(name, number)` asks the partner: it returns when both belong together, else raises a
    Problem (NameDiffers, NoSuchIdentity …) or Unreachable, and then nothing has changed. If the
    number is another resident's, the asker's record is merged into that one. Raises
    AlreadyVerified, TooManyChecks, and the problems of `identity`.
    """
    name, number = identity.check_name(name), identity.check_id_number(id_number)
    proof = Proof(name, number, privacy.digest(number, "identity"))
    row = records.find(db, id)
    if row["identity"] == proof.digest:
        return records.get(db, row["_id"])
    if row["identity"] is not None:
        raise AlreadyVerified
    _take_turn(db, row["_id"])
    try:
        check(name, number)
    except Unreachable:
        records.change(db, row["_id"], {"$inc": {"checks.count": -1}})
        raise
    return _settle(db, row["_id"], proof)


def _take_turn(db: Database, id: str) -> None:
    """Count one check for today, or raise identity.TooManyChecks.

    A merger between the two writes leads to a record that has not begun its day: begin again.
    """
    today = clock.today().isoformat()
    begun: dict[str, Any] = {"checks": {"day": today, "count": 0}}
    for _ in range(records.PATIENCE):
        records.change(db, id, {"$set": begun}, **{"checks.day": {"$ne": today}})
        guard = {"checks.day": today, "checks.count": {"$lt": CHECKS_A_DAY}}
        if records.change(db, id, {"$inc": {"checks.count": 1}}, **guard):
            return
        checks = records.find(db, id)["checks"]
        if checks.get("day") == today and checks["count"] >= CHECKS_A_DAY:
            raise identity.TooManyChecks
    raise records.ChangedMeanwhile


def _settle(db: Database, id: str, proof: Proof) -> Resident:
    """Give the proven number to its one resident and bring the asker's record there."""
    for _ in range(records.PATIENCE):
        mine = records.find(db, id)
        if mine["identity"] not in (None, proof.digest):
            raise AlreadyVerified
        holder = merging.claim(db, "identities", proof.digest, mine["_id"])
        owner = records.find(db, holder)
        if owner["identity"] not in (None, proof.digest):
            _reclaim(db, proof, holder, mine["_id"])
        elif _complete(db, owner, proof) and merging.unite(db, mine["_id"], owner["_id"]):
            return records.get(db, owner["_id"])
    raise records.ChangedMeanwhile


def _reclaim(db: Database, proof: Proof, holder: str, id: str) -> None:
    """Take over a claim whose holder crashed before completing and became somebody else since."""
    guard = {"_id": proof.digest, "resident": holder}
    store.identities(db).update_one(guard, {"$set": {"resident": id}})


def _complete(db: Database, owner: ResidentRow, proof: Proof) -> bool:
    """Write what is proven into the record; False when it has changed under our hands."""
    if owner["identity"] == proof.digest:
        return True
    known: dict[str, Any] = {
        "identity": proof.digest,
        "name": privacy.seal(proof.name, records.NAME),
        "id_number": privacy.seal(proof.number, records.ID_NUMBER),
    }
    update = {"$set": known, "$max": {"level": levels.REAL_NAME}} | records.step("verify", "system")
    update["$addToSet"] = {"found_by": preferences.found_by(proof.name, "name")}
    guard: dict[str, Any] = {"_id": owner["_id"], "merged_into": None, "identity": None}
    done = bool(store.residents(db).update_one(guard, update).modified_count)
    if done:
        scenes.registered(db, owner["_id"])
    return done


def confirm(db: Database, id: str, by: str, how: str) -> Resident:
    """Raise a verified resident to level 3: her face or her card was seen (`how`), by whom.

    Raises NotVerified.
    """
    update = {"$max": {"level": levels.FACE}} | records.step("confirm", by, how=how)
    if not records.change(db, id, update, identity={"$ne": None}):
        raise NotVerified
    audit.record(db, by, "resident.confirm", f"resident:{id}", how=how)
    return records.get(db, id)


def reveal(db: Database, id: str, by: str, why: str) -> Person:
    """Open a resident's own data for a named actor and purpose; the look is recorded first."""
    row = records.find(db, id)
    audit.record(db, by, "person.reveal", f"resident:{row['_id']}", why=why)
    return opened(row)


def opened(row: ResidentRow) -> Person:
    """What a record holds, opened; for use inside this package."""
    return Person(
        name=_opened(row["name"], records.NAME),
        id_number=_opened(row["id_number"], records.ID_NUMBER),
        phone=_opened(row["phone"], records.PHONE),
    )


def _opened(sealed: str | None, purpose: str) -> str | None:
    return None if sealed is None else privacy.open(sealed, purpose)
