"""Money and notices nobody can settle by rule: kept sealed, shown to a human, never guessed at."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from base import alarms, audit, clock, outbox, privacy, texts
from base.errors import Conflict
from base.store import Database, Document

from . import store
from .records import Refund
from .store import shelf
from .wallets import Notice

ALARM = "money_quarantine"
UNPROVED = "notice_unproved"
_PURPOSE = "payments.quarantine"
_NOTE = "payments.quarantine.note"
_UNPROVED = "unproved"
_AGAIN = "quarantine.again"
_LONGEST_RAW = 2000


class AlreadyResolved(Conflict):
    """Somebody has dealt with this item."""

    code = "quarantined_resolved"


class StillOverdrawn(Conflict):
    """The payment is overdrawn by this: it is booked once another refund was given up."""

    code = "still_overdrawn"


@dataclass(frozen=True)
class Item:
    """One thing in quarantine; `reason` names what did not fit, `seen` how often it came."""

    id: str
    reason: str
    provider: str
    attempt: str
    bill: str
    amount: int
    at: datetime
    seen: int


def put(
    db: Database, reason: str, notice: Notice, bill: str = "", *promises: outbox.Promise
) -> None:
    """Keep a notice for a human and sound the alarm; the same one again is only counted.

    The promises are of what the house itself can do about it.
    """
    id = _id(reason, notice.provider, notice.kind, notice.transaction)
    row = _row(id, reason, notice.provider, _plain(notice))
    row |= {"attempt": notice.attempt, "bill": bill, "amount": notice.amount}
    waits = shelf.park(db, row | outbox.pledged(*promises))
    audit.record_once(db, "quarantine.put", id, _subject(row), reason=reason)
    if waits:
        words = texts.say(f"payments.quarantine.{reason}")
        alarms.sound(db, ALARM, reason, wallet=_wallet(notice.provider), reason=words)


def holds(db: Database, attempt: str) -> bool:
    """Whether anything of this order waits here for an officer."""
    return shelf.waits_of(db, attempt)


def put_unproved(db: Database, provider: str, reason: str, body: bytes) -> None:
    """Keep the first of an hour's notices that could not be proved, and count the others.

    Anybody may post such things, so they must not fill the store.
    """
    raw = {"raw": body[:_LONGEST_RAW].decode("utf-8", "replace")}
    id = f"{_UNPROVED}:{provider}:{reason}:{clock.now():%Y%m%d%H}"
    row = _row(id, _UNPROVED, provider, raw)
    if shelf.lay(db, row | {"attempt": "", "bill": "", "amount": 0}):
        words = texts.say(f"payments.unproved.{reason}")
        alarms.sound(db, UNPROVED, f"{provider}:{reason}", wallet=_wallet(provider), reason=words)
    else:
        shelf.count(db, row["_id"])


def _id(*parts: str) -> str:
    return ":".join(parts)


def _overdraft(refund: Refund) -> str:
    """Where it lies that a wallet paid a refund which was dropped."""
    return _id("refund", refund.wallet, "refund", refund.id)


def of_overdraft(db: Database, refund: Refund) -> Item | None:
    """The item of one of `Bill.overdrafts`; None in the moment before it is put there."""
    try:
        return _item(shelf.parked_one(db, _overdraft(refund)))
    except shelf.NoSuchItem:
        return None


def _subject(row: Document) -> str:
    """What the audit files an item under."""
    return f"bill:{row['bill']}" if row["bill"] else f"wallet:{row['provider']}"


def _wallet(provider: str) -> str:
    return texts.say(f"payments.wallets.{provider}")


def _row(id: str, reason: str, provider: str, told: dict[str, Any]) -> Document:
    return {
        "_id": id,
        "reason": reason,
        "state": "waiting",
        "provider": provider,
        "notice": privacy.seal_json(told, _PURPOSE),
        "at": clock.now(),
        "seen": 1,
    }


def list(  # noqa: A001  quarantine.list
    db: Database, limit: int = 50, before: datetime | None = None
) -> tuple[Item, ...]:
    """What waits for a human, newest first; `before` the last that was seen."""
    return tuple(_item(row) for row in shelf.parked(db, limit, before))


def reveal(db: Database, id: str, by: str) -> dict[str, Any]:
    """The notice as it was read, for the officer named, who is written down for it.

    Raises NoSuchItem.
    """
    return _opened(db, id, by, "quarantine.reveal")


def notice_of(db: Database, id: str, by: str) -> Notice | None:
    """The notice an item was made of, for the officer named to have it judged again.

    She is written down for it. None for an item that proved nothing. Raises NoSuchItem.
    """
    return _notice(_opened(db, id, by, _AGAIN))


def waiting(db: Database, id: str) -> Notice | None:
    """The notice of an item that waits, for the house itself, which is written down for it once.

    Raises NoSuchItem.
    """
    row = shelf.parked_one(db, id)
    if row["state"] != "waiting":
        return None
    audit.record_once(db, _AGAIN, id, _subject(row), item=id)
    return _notice(_unsealed(row))


def _notice(told: dict[str, Any]) -> Notice | None:
    if "raw" in told:
        return None
    return Notice(**told | {"paid_at": datetime.fromisoformat(told["paid_at"])})


def _opened(db: Database, id: str, by: str, act: str) -> dict[str, Any]:
    """What is sealed in an item; nobody opens it without being written down first."""
    row = shelf.parked_one(db, id)
    audit.record(db, by, act, _subject(row), item=id)
    return _unsealed(row)


def _unsealed(row: Document) -> dict[str, Any]:
    opened: dict[str, Any] = privacy.open_json(row["notice"], _PURPOSE)
    return opened


def resolve(db: Database, id: str, by: str, note: str) -> None:
    """Close an item with a word on what was done; the last of its kind ends the alarm.

    It is forgotten three years later (shelf.RESOLVED_SECONDS); what waits is kept for ever. What
    follows of it is done at once, so that the officer's next page has no alarm any more, and
    promised, for this process may die first.

    Raises NoSuchItem, AlreadyResolved, StillOverdrawn.
    """
    row = shelf.parked_one(db, id)
    bill = store.find(db, row["bill"])
    if bill and id in map(_overdraft, bill.overdrafts):
        raise StillOverdrawn
    done = {"state": "resolved", "by": by, "note": privacy.seal(note, _NOTE), "done": clock.now()}
    if not shelf.unpark(db, id, done, outbox.promise("quarantine.over")):
        raise AlreadyResolved
    over(db, id)


def over(db: Database, id: str) -> None:
    """Write down who closed an item, and end the alarm of the last: the effect "quarantine.over".

    Raises NoSuchItem.
    """
    row = shelf.parked_one(db, id)
    audit.record_once(db, "quarantine.resolve", id, _subject(row), actor=row["by"], item=id)
    kind, of = ALARM, row["reason"]
    if of == _UNPROVED:
        kind, of = UNPROVED, id.rpartition(":")[0]
    if not shelf.waits(db, f"{of}:"):
        alarms.clear(db, kind, of.removeprefix(f"{_UNPROVED}:"), by=row["by"])


def _plain(notice: Notice) -> dict[str, Any]:
    return asdict(notice) | {"paid_at": notice.paid_at.isoformat()}


def _item(row: Document) -> Item:
    kept = ("reason", "provider", "attempt", "bill", "amount", "at", "seen")
    return Item(id=row["_id"], **{key: row[key] for key in kept})
