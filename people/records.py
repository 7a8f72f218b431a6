"""One resident's record: read through mergers, and changed by one guarded write."""

from dataclasses import dataclass
from typing import Any, Final

from base import clock, privacy
from base.errors import Conflict, Missing
from base.store import Database

from . import store
from .store import ResidentRow, Step

LONGEST_CHAIN: Final = 16
PATIENCE: Final = 8
KEPT_HISTORY: Final = 100
NAME: Final = "resident.name"
ID_NUMBER: Final = "resident.id_number"
PHONE: Final = "resident.phone"


class NoSuchResident(Missing):
    """No resident has this id."""

    code = "no_such_resident"


class ChangedMeanwhile(Conflict):
    """The resident's record was changed by others at every try."""

    code = "resident_changed_meanwhile"


@dataclass(frozen=True)
class Account:
    """A WeChat account as it arrives: kind "oa" (official account) or "mp" (mini-program)."""

    kind: str
    appid: str
    openid: str
    unionid: str | None = None

    @property
    def key(self) -> str:
        """What the account is kept under."""
        return key(self.kind, self.openid)


@dataclass(frozen=True)
class Resident:
    """A resident as everybody may see her: masked, with her level and her WeChat accounts."""

    id: str
    level: int
    phone_masked: str | None
    name_masked: str | None
    accounts: tuple[Account, ...]
    agreement: str | None
    subject: str = "person"


def key(kind: str, openid: str) -> str:
    """What an account is kept under."""
    return f"{kind}:{openid}"


def fresh(id: str) -> dict[str, Any]:
    """The row of a resident of whom nothing is known yet."""
    return {
        "_id": id,
        "level": 0,
        "name": None,
        "id_number": None,
        "identity": None,
        "phone": None,
        "agreement": None,
        "consents": [],
        "checks": {},
        "merged_into": None,
        "version": 1,
        "created": clock.now(),
        "history": [],
        "outbox": {},
    }


def find(db: Database, id: str) -> ResidentRow:
    """The row of whoever this id has become; raises NoSuchResident."""
    for _ in range(LONGEST_CHAIN):
        row = store.residents(db).find_one({"_id": id})
        if row is None:
            raise NoSuchResident
        if row["merged_into"] is None:
            return row
        id = row["merged_into"]
    raise NoSuchResident


def home(db: Database, id: str) -> str:
    """The id of whoever this id has become; raises NoSuchResident."""
    return find(db, id)["_id"]


def formerly(db: Database, id: str) -> tuple[str, ...]:
    """The ids a resident has had before, by mergers; none for somebody unknown."""
    row = store.residents(db).find_one({"_id": id})
    return tuple(row.get("absorbed", ())) if row else ()


def get(db: Database, id: str) -> Resident:
    """The resident of this id, or the one this id was merged into; raises NoSuchResident."""
    row = find(db, id)
    held = store.accounts(db).find({"resident": row["_id"]}).sort("since", -1).limit(20)
    return Resident(
        id=row["_id"],
        level=row["level"],
        phone_masked=_masked(row["phone"], PHONE),
        name_masked=_masked(row["name"], NAME),
        accounts=tuple(Account(each["kind"], each["appid"], each["openid"]) for each in held),
        agreement=row["agreement"],
    )


def _masked(sealed: str | None, purpose: str) -> str | None:
    if sealed is None:
        return None
    mask = privacy.mask_phone if purpose == PHONE else privacy.mask_name
    return mask(privacy.open(sealed, purpose))


def step(move: str, by: str, **facts: object) -> dict[str, Any]:
    """The part of an update that adds a history line and a version."""
    line: Step = {"at": clock.now(), "move": move, "by": by}
    return {
        "$push": {"history": {"$each": [line | facts], "$slice": -KEPT_HISTORY}},
        "$inc": {"version": 1},
    }


def change(db: Database, id: str, update: dict[str, Any], **guard: object) -> bool:
    """Update whoever this id has become, if the guard holds; whether it was updated.

    A merger that comes between is followed. Raises NoSuchResident, ChangedMeanwhile.
    """
    for _ in range(PATIENCE):
        row = find(db, id)
        asked = {"_id": row["_id"], "merged_into": None} | guard
        if store.residents(db).update_one(asked, update).modified_count:
            return True
        if find(db, id)["_id"] == row["_id"]:
            return False
    raise ChangedMeanwhile
