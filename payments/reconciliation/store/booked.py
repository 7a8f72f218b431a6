"""What reconciliation reads of our books: a day's facts in order, and the bills they belong to."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from base import store
from base.store import Database, Document

_BATCH: Final = 10_000
_SHOWN: Final = (
    "kind", "number", "transaction", "amount", "paid_at", "bill", "surplus", "agency",
)  # fmt: skip
_BILL: Final = ("case", "state", "paid", "received", "refunds", "outbox")
_BILL_ALONE: Final = ("attempts", "refunds", "agency")


def facts(db: Database, provider: str, day: date) -> Iterator[Document]:
    """A wallet's day as it is booked, in the order of kind and number."""
    where = {"provider": provider, "day": day.isoformat()}
    shown = dict.fromkeys(_SHOWN, 1)
    rows = db["money_facts"].find(where, shown, batch_size=_BATCH)
    return store.patiently(rows.sort([("kind", 1), ("number", 1)]))


def paid(db: Database, provider: str, day: date) -> Iterator[Document]:
    """The bills that were paid on a wallet's day, in the order of their orders' numbers."""
    where = {"paid.wallet": provider, "paid.day": day.isoformat()}
    rows = db["bills"].find(where, dict.fromkeys((*_BILL, "agency"), 1), batch_size=_BATCH)
    return store.patiently(rows.sort("paid.attempt", 1))


def besides(db: Database, statement: str) -> Iterator[Document]:
    """The bills that say a statement tells of a refund of theirs, or of what nobody owed."""
    shown = dict.fromkeys(("received", "refunds", "agency"), 1)
    rows = db["bills"].find({"besides": statement}, shown, batch_size=_BATCH)
    return store.patiently(rows.sort("_id", 1))


def fact(db: Database, id: str) -> Document | None:
    """The booked fact of this identity."""
    return db["money_facts"].find_one({"_id": id})


def bills(db: Database, numbers: Iterable[str]) -> dict[str, Document]:
    """What reconciliation must know of these bills, 100 at most, by number."""
    where = {"_id": {"$in": sorted(set(numbers))}}
    rows = db["bills"].find(where, dict.fromkeys(_BILL, 1))
    return {row["_id"]: row for row in rows}


def bill(db: Database, number: str) -> Document | None:
    """Orders, refunds and agency of one bill, if there is one."""
    return db["bills"].find_one({"_id": number}, dict.fromkeys(_BILL_ALONE, 1))
