"""What a resident takes back through WeChat is deleted: her phone, or a whole account."""

from typing import Any

from base import audit, privacy
from base.store import Database

from . import arrival, levels, preferences, records


def phone(db: Database, id: str) -> bool:
    """Delete the phone number WeChat vouched for; whether there was one. Cases keep their own."""
    row = records.find(db, id)
    if row["phone"] is None:
        return False
    digest = preferences.found_by(privacy.open(row["phone"], records.PHONE), "phone")
    update: dict[str, Any] = {"$set": {"phone": None}, "$pull": {"found_by": digest}}
    told = records.step("phone.revoke", "system")
    if not records.change(db, row["_id"], update | told, phone=row["phone"]):
        return False
    fallen = {"$set": {"level": levels.ANONYMOUS}}
    records.change(db, row["_id"], fallen, level=levels.PHONE, phone=None)
    return True


def note(db: Database, id: str, key: str, code: str, kind: str) -> None:
    """Write into the audit, once per `key`, that a datum of this code was taken back."""
    audit.record_once(db, "account.revoke", key, f"resident:{id}", code=code, channel=kind)


def account(db: Database, kind: str, openid: str) -> None:
    """Delete an account that was closed at WeChat, with the phone number; cases stay."""
    owner = arrival.by_account(db, kind, openid)
    if owner is not None:
        phone(db, owner.id)
    arrival.unfollow(db, kind, openid)
