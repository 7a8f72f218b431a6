"""Residents, as the rest of the house sees them: arrive, be known, be asked, be protected."""

import re
import unicodedata
from typing import Any, Final

from base import privacy
from base.errors import Invalid
from base.store import Database

from . import levels, preferences, records
from .arrival import (
    NoSuchAccount,
    account_of,
    arrive,
    by_account,
    follow,
    forget,
    has_left,
    look,
    looked,
    meet,
    unfollow,
    wechat_users,
)
from .consents import agree, allow, standing, withdraw
from .levels import LevelTooLow, require
from .merging import absorb
from .preferences import Reach, mute, muted, reach, with_phone_or_name
from .records import Account, NoSuchResident, Resident, formerly, get, home
from .store import ResidentRow
from .verification import AlreadyVerified, NotVerified, Person, confirm, reveal, verify

__all__ = [
    "Account",
    "AlreadyVerified",
    "BadPhone",
    "LevelTooLow",
    "NoSuchAccount",
    "NoSuchResident",
    "NotVerified",
    "Person",
    "Reach",
    "Resident",
    "absorb",
    "account_of",
    "agree",
    "allow",
    "arrive",
    "by_account",
    "confirm",
    "follow",
    "forget",
    "formerly",
    "get",
    "has_left",
    "home",
    "look",
    "looked",
    "meet",
    "mute",
    "muted",
    "reach",
    "require",
    "reveal",
    "set_phone",
    "standing",
    "unfollow",
    "verify",
    "wechat_users",
    "with_phone_or_name",
    "withdraw",
]

_PHONE: Final = re.compile(r"1[3-9][0-9]{9}|\+[1-9][0-9]{6,14}")


class BadPhone(Invalid):
    """Neither a mainland mobile number nor an international one with + and country code."""

    code = "bad_phone"


def set_phone(db: Database, id: str, phone: str) -> Resident:
    """Keep the phone number WeChat vouches for; level 1 at least.

    Several residents may share a phone, as families do, so it merges nobody. Raises BadPhone.
    """
    number = check_phone(phone)
    row = records.find(db, id)
    digests = [each for each in row.get("found_by", []) if each != _digest(row)]
    digests.append(preferences.found_by(number, "phone"))
    update: dict[str, Any] = {"$max": {"level": levels.PHONE}}
    update["$set"] = {"phone": privacy.seal(number, records.PHONE), "found_by": digests}
    records.change(db, id, update | records.step("phone", f"resident:{id}"))
    return records.get(db, id)


def _digest(row: ResidentRow) -> str | None:
    """The digest of the phone number a resident has had so far."""
    old = privacy.open(row["phone"], records.PHONE) if row["phone"] else None
    return preferences.found_by(old, "phone") if old else None


def check_phone(text: str) -> str:
    """A phone number as it is kept: 13900000000, or +85290000000; raises BadPhone."""
    number = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86")
    if not _PHONE.fullmatch(number):
        raise BadPhone
    return number
