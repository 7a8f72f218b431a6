"""What residents agreed to, in which wording, and what they took back."""

from typing import Any, Final

from base import clock
from base.store import Database

from . import records
from .store import Consent

AGREEMENT: Final = "agreement"
KEPT: Final = 100


def agree(db: Database, id: str, version: str) -> None:
    """Record that a resident accepts the service agreement in this version; once per version."""
    consent = _consent(AGREEMENT, version)
    update: dict[str, Any] = {"$set": {"agreement": version}} | _pushed(consent)
    records.change(db, id, update, agreement={"$ne": version})


def allow(db: Database, id: str, purpose: str, version: str) -> None:
    """Record a separate consent, e.g. to use the identity number; once while it stands."""
    standing = {"purpose": purpose, "version": version, "withdrawn": None}
    guard = {"consents": {"$not": {"$elemMatch": standing}}}
    records.change(db, id, _pushed(_consent(purpose, version)), **guard)


def withdraw(db: Database, id: str, purpose: str) -> bool:
    """Take back every standing consent to a purpose; whether there was one."""
    update: dict[str, Any] = {}
    if purpose == AGREEMENT:
        update["$set"] = {"agreement": None}
    standing = {"purpose": purpose, "withdrawn": None}
    guard = {"consents": {"$elemMatch": standing}}
    row = records.find(db, id)
    ended = [_ended(each, purpose) for each in row["consents"]]
    update["$set"] = update.get("$set", {}) | {"consents": ended}
    update["$inc"] = {"version": 1}
    return records.change(db, id, update, version=row["version"], **guard)


def _ended(consent: Consent, purpose: str) -> Consent:
    if consent["purpose"] != purpose or consent["withdrawn"]:
        return consent
    return Consent(**(consent | {"withdrawn": clock.now()}))


def standing(db: Database, id: str) -> list[Consent]:
    """The consents a resident has given and not taken back, oldest first."""
    return [each for each in records.find(db, id)["consents"] if each["withdrawn"] is None]


def _consent(purpose: str, version: str) -> Consent:
    return Consent(purpose=purpose, version=version, at=clock.now(), withdrawn=None)


def _pushed(consent: Consent) -> dict[str, Any]:
    return {"$push": {"consents": {"$each": [consent], "$slice": -KEPT}}, "$inc": {"version": 1}}
