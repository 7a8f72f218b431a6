"""Money and notices nobody can settle by rule: kept sealed, shown to a human, never guessed at."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from base import audit, clock, privacy
from base.store import Database, Document

from . import store
from .store import Bill
from .wallets import Notice

_PURPOSE = "payments.quarantine"


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


def put(db: Database, reason: str, notice: Notice, bill: str = "") -> None:
    """Keep a notice for a human; the same one again is only counted."""
    row: Document = {
        "_id": f"{reason}:{notice.provider}:{notice.kind}:{notice.transaction}",
        "reason": reason,
        "state": "waiting",
        "provider": notice.provider,
        "attempt": notice.attempt,
        "bill": bill,
        "amount": notice.amount,
        "notice": privacy.seal_json(_plain(notice), _PURPOSE),
        "at": clock.now(),
        "seen": 1,
    }
    store.park(db, row)
    _note(db, row)


def question(db: Database, reason: str, bill: Bill) -> None:
    """Show the money of a paid bill to a human once, e.g. because its case came to nothing."""
    for fact in store.facts(db, bill.number):
        row: Document = {
            "_id": f"{reason}:{fact['_id']}",
            "reason": reason,
            "state": "waiting",
            "bill": bill.number,
            "notice": privacy.seal_json(_told(fact), _PURPOSE),
            "at": clock.now(),
            "seen": 1,
        } | {name: fact[name] for name in ("provider", "attempt", "amount")}
        if not fact["surplus"]:
            store.lay(db, row)
            _note(db, row)


def _note(db: Database, row: Document) -> None:
    subject = row["bill"] or row["provider"]
    audit.record_once(db, "quarantine.put", row["_id"], subject, reason=row["reason"])


def list(db: Database, limit: int = 50) -> tuple[Item, ...]:  # noqa: A001  quarantine.list
    """What waits for a human, newest first."""
    return tuple(_item(row) for row in store.parked(db, limit))


def reveal(db: Database, id: str, by: str) -> dict[str, Any]:
    """The notice as it was read, for the officer named, who is written down for it.

    Raises NoSuchItem.
    """
    row = store.parked_one(db, id)
    audit.record(db, by, "quarantine.reveal", row["bill"] or row["provider"], item=id)
    opened: dict[str, Any] = privacy.open_json(row["notice"], _PURPOSE)
    return opened


def _told(fact: Document) -> dict[str, Any]:
    """A money fact as the notice it was read from; of the payer only a digest is known."""
    kept = {field.name: fact.get(field.name, "") for field in fields(Notice)}
    return kept | {"payer": "", "paid_at": fact["paid_at"].isoformat()}


def _plain(notice: Notice) -> dict[str, Any]:
    return asdict(notice) | {"paid_at": notice.paid_at.isoformat()}


def _item(row: Document) -> Item:
    kept = ("reason", "provider", "attempt", "bill", "amount", "at", "seen")
    return Item(id=row["_id"], **{key: row[key] for key in kept})
