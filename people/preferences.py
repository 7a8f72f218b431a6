"""By which channels a resident wants to hear of what; the inbox she cannot switch off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from base import privacy
from base.store import Database

from . import records, store

Muted = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Reach:
    """How a resident may be written to: newest openid by channel, and what is muted.

    "oa" reaches a follower of the official account only, "biz" whoever has been on its pages.
    `phone` is sealed until `number` is asked.
    """

    id: str
    openids: Mapping[str, str]
    phone: str | None
    muted: Muted

    def number(self) -> str | None:
        """The phone number; keep it out of logs."""
        return privacy.open(self.phone, records.PHONE) if self.phone else None

    def wants(self, group: str, channel: str) -> bool:
        """Whether she has left this channel on for this group of messages."""
        return channel not in self.muted.get(group, ())


def reach(db: Database, id: str) -> Reach:
    """How whoever this id has become may be written to: two reads. Raises NoSuchResident."""
    row = records.find(db, id)
    openids: dict[str, str] = {}
    for account in store.accounts(db).find({"resident": row["_id"]}).sort("since", -1).limit(20):
        if account["kind"] != "oa" or account["following"]:
            openids.setdefault(account["kind"], account["openid"])
        if account["kind"] == "oa":
            openids.setdefault("biz", account["openid"])
    return Reach(row["_id"], openids, row["phone"], row.get("muted", {}))


def muted(db: Database, id: str) -> Muted:
    """The channels a resident has switched off, by group; raises NoSuchResident."""
    return records.find(db, id).get("muted", {})


def mute(db: Database, id: str, off: Muted) -> None:
    """Keep which channels are off for which group, instead of what was kept before."""
    kept = {group: sorted(set(channels)) for group, channels in off.items() if channels}
    update: dict[str, Any] = {"$set": {"muted": kept}}
    records.change(db, id, update | records.step("preferences", f"resident:{id}"))


def found_by(word: str, purpose: str) -> str:
    """The digest under which a phone number ("phone") or a name ("name") is looked for."""
    return privacy.digest(f"{purpose}:{word}", "resident.found_by")[:32]


def with_phone_or_name(db: Database, word: str, limit: int = 20) -> list[str]:
    """The ids of residents who have this phone number or bear this very name."""
    found: list[str] = []
    for purpose in ("phone", "name"):
        asked: dict[str, Any] = {"found_by": found_by(word, purpose), "merged_into": None}
        found += [row["_id"] for row in store.residents(db).find(asked, {"_id": 1}).limit(limit)]
    return found
