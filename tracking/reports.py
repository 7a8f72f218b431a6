"""What the channels report about messages they took: shown, or not and why."""

from datetime import timedelta
from typing import Any, Final

from base import clock
from base.store import Database

from . import ledger, messages, store
from .messages import Message
from .store import MessageRow

_OUT: Final = ("sent", "sending", "unknown")
_TRIES: Final = 3
_DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=30)
"""How long after it was written a message may be sent and is still doubted."""

WITHHELD: Final = "withheld"
"""Why a message was not shown that the platform itself kept back."""


def note(db: Database, msgid: str, reason: str, address: str = "") -> bool:
    """Note what became of a message a channel took: "" is shown, else why not; False if unknown.

    By the channel's own id, or else by the address it went to: the first sent of those the channel
    took lately, for each of which a word is due; then the one under way; only then one that nobody
    knows was sent, or that the channel may have taken while it said "later", the last that was
    tried first, for a word comes within seconds. One that was not shown goes on to the next
    channel. False also when the message moves on at this very moment: look again.
    """
    known = list(store.messages(db).find({"msgid": msgid}).limit(1)) if msgid else []
    rows = known or sorted(filter(_awaits_word, _sent_to(db, address)), key=_claim)
    for row in rows[:1]:
        return not _is_out(row) or _conclude(db, messages.opened(row), msgid, reason)
    return False


def _is_out(row: MessageRow) -> bool:
    return row["state"] in _OUT or (row["state"] == "waiting" and ledger.unsure(row))


def _sent_to(db: Database, address: str) -> list[MessageRow]:
    if not address:
        return []
    asked: dict[str, Any] = {"address": address, "opened": {"$gte": clock.now() - _DAY}}
    return list(store.messages(db).find(asked).sort("opened", 1).limit(100))


def _awaits_word(row: MessageRow) -> bool:
    """Whether a report without a known id may be about this one.

    A template message that is under way will be given its id by the platform's answer.
    """
    if row["channel"] == "oa" or row["state"] == "unknown":
        return row["state"] == "unknown"
    lately = row["opened"] is not None and row["opened"] > clock.now() - ledger.ONCE
    if row["state"] == "sent":
        return lately and not row["msgid"]
    return _is_out(row)


def _claim(row: MessageRow) -> tuple[int, float]:
    """How good a claim to a report a message has, the best first; of equal ones the first sent."""
    tried = row["opened"] if row["state"] in ("unknown", "waiting") else None
    return (*_OUT, "waiting").index(row["state"]), -tried.timestamp() if tried else 0.0


def by_key(db: Database, key: str, msgid: str, reason: str) -> bool:
    """Note a report that names the message itself, as those on text messages do."""
    for _ in range(_TRIES):
        row = store.messages(db).find_one({"_id": key})
        if row is None or row["state"] not in _OUT or row["channel"] != "sms":
            return False
        if _conclude(db, messages.opened(row), msgid, reason):
            return True
    return False


def doubt_silent(db: Database) -> None:
    """Doubt what a channel took more than a day ago and has said nothing of since."""
    until = clock.now() - _DAY
    asked: dict[str, Any] = {"state": "sent", "created": {"$gte": until - _LONGEST, "$lt": until}}
    asked |= {"opened": {"$lt": until}, "channel": {"$ne": messages.INBOX}}
    for row in store.messages(db).find(asked):
        ledger.doubt(db, messages.opened(row), "silent")


def _conclude(db: Database, message: Message, msgid: str, reason: str) -> bool:
    """Take the step a report says; False when the message has moved on meanwhile."""
    if not reason:
        return ledger.arrived(db, message, msgid) is not None
    outcome = "refused" if _is_refusal(reason) else "failed"
    return ledger.bounced(db, message, msgid, outcome, reason) is not None


def _is_refusal(reason: str) -> bool:
    """Whether a report says that the person does not want it: 拒收, user block, a blacklist."""
    return any(word in reason.lower() for word in ("block", "refuse", "black", "43101"))
