"""Bills, money facts and the quarantine in MongoDB: reads, and writes that carry their guard.

bills        `_id` follows from case and purpose; attempts embedded by number. Shard key `_id`.
money_facts  `_id` provider:kind:transaction, inserted once and never changed. Shard key `_id`.
quarantine   `_id` reason:provider:kind:transaction. Shard key `_id`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NotRequired, TypedDict

from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from base import clock, outbox
from base import store as base_store
from base.errors import Missing
from base.outbox import Promise
from base.store import Database, Document, Index, Rows

from .moves import LIVE

INDEXES: tuple[Index, ...] = (
    Index("bills", [("resident", 1), ("state", 1), ("created", -1)], serves="what I owe"),
    Index("bills", [("case", 1), ("created", -1)], serves="the bills of a case"),
    Index("bills", [("state", 1), ("created", -1)], serves="the console's list"),
    Index("money_facts", [("bill", 1), ("at", 1)], serves="the money of a bill"),
    Index("quarantine", [("state", 1), ("at", -1)], serves="what awaits a human"),
    *outbox.indexes("bills"),
)

_HORIZON = timedelta(days=3650)

Booked = Literal["booked", "known", "lost"]


class NoSuchBill(Missing):
    """No bill bears this number, or it is not the asker's."""

    code = "no_such_bill"


class NoSuchItem(Missing):
    """The quarantine holds no item of this identity."""

    code = "no_such_quarantined"


class LineDoc(TypedDict):
    """One line of a bill; amounts in fen."""

    code: str
    name: str
    amount: int
    unit: str
    quantity: int
    total: int
    basis: str


class HistoryDoc(TypedDict):
    """One thing that happened to a bill."""

    at: datetime
    move: str
    by: str
    attempt: NotRequired[str]
    amount: NotRequired[int]


class PaidDoc(TypedDict):
    """By what a bill was paid."""

    attempt: str
    wallet: str
    transaction: str
    amount: int
    at: datetime


@dataclass(frozen=True)
class Attempt:
    """One order number at one wallet; `payer` is a digest or empty, `asks` counts our queries."""

    number: str
    wallet: str
    state: str
    amount: int
    merchant: str
    app: str
    payer: str
    created: datetime
    expires: datetime
    handle: str = ""
    asks: int = 0
    transaction: str = ""


@dataclass(frozen=True)
class Bill:
    """A sum somebody owes for a case, and the story of its payment; amounts in fen."""

    number: str
    case: str
    purpose: str
    resident: str
    title: str
    lines: tuple[LineDoc, ...]
    total: int
    state: str
    attempts: Mapping[str, Attempt]
    paid: PaidDoc | None
    version: int
    created: datetime
    history: tuple[HistoryDoc, ...]

    @property
    def live(self) -> Attempt | None:
        """The one attempt that our own pages offer for payment now."""
        return next((each for each in self.attempts.values() if each.state in LIVE), None)


def add(db: Database, bill: Document, *promises: Promise) -> bool:
    """Insert a new bill; False when its number is taken."""
    return base_store.add(db["bills"], bill | outbox.pledged(*promises))


def get(db: Database, number: str) -> Bill:
    """The bill of this number; raises NoSuchBill."""
    found = find(db, number)
    if found is None:
        raise NoSuchBill
    return found


def find(db: Database, number: str) -> Bill | None:
    """The bill of this number, if there is one."""
    row = db["bills"].find_one({"_id": number})
    return _bill(row) if row else None


def owed(db: Database, resident: str, limit: int) -> list[Bill]:
    """Open bills of a resident, newest first."""
    return _listed(db, {"resident": resident, "state": "open"}, limit)


def of_case(db: Database, case: str, limit: int) -> list[Bill]:
    """Every bill of a case, newest first."""
    return _listed(db, {"case": case}, limit)


def in_state(db: Database, state: str, limit: int) -> list[Bill]:
    """The latest bills in one state, newest first."""
    return _listed(db, {"state": state}, limit)


def rehome(db: Database, old: str, new: str) -> int:
    """Hand every bill of one resident to another; how many changed hands."""
    moved = db["bills"].update_many({"resident": old}, {"$set": {"resident": new}})
    return moved.modified_count


def change(
    db: Database, bill: Bill, values: Document, line: HistoryDoc | None, *promises: Promise
) -> bool:
    """Write these values if the bill is still as it was read; False when somebody was faster."""
    return _guarded(db["bills"], bill, values, line, promises, None)


def book(
    db: Database,
    fact: Document,
    bill: Bill,
    values: Document,
    line: HistoryDoc,
    *promises: Promise,
) -> Booked:
    """Insert a money fact and change its bill, both or neither, in one short transaction.

    "known": the fact is booked already. "lost": the bill has changed since it was read.
    """

    def both(session: ClientSession) -> None:
        db["money_facts"].insert_one(fact, session=session)
        if not _guarded(db["bills"], bill, values, line, promises, session):
            raise _Lost

    try:
        with db.client.start_session() as session:
            session.with_transaction(both, write_concern=db.write_concern)
    except DuplicateKeyError:
        return "known"
    except _Lost:
        return "lost"
    return "booked"


def fact(db: Database, id: str) -> Document | None:
    """The money fact of this identity, if it was booked."""
    return db["money_facts"].find_one({"_id": id})


def facts(db: Database, bill: str) -> list[Document]:
    """All money that ever came in for a bill, oldest first; there is rarely more than one."""
    return list(db["money_facts"].find({"bill": bill}).sort("at", 1).limit(100))


def lay(db: Database, item: Document) -> bool:
    """Insert an item of the quarantine; False when it was there."""
    return base_store.add(db["quarantine"], item)


def park(db: Database, item: Document) -> None:
    """Insert an item of the quarantine; when it is there, it is counted."""
    if not lay(db, item):
        db["quarantine"].update_one({"_id": item["_id"]}, {"$inc": {"seen": 1}})


def parked(db: Database, limit: int) -> list[Document]:
    """What waits in the quarantine, newest first."""
    where = {"state": "waiting", "at": {"$gte": clock.now() - _HORIZON}}
    return list(db["quarantine"].find(where).sort("at", -1).limit(limit))


def parked_one(db: Database, id: str) -> Document:
    """One item of the quarantine; raises NoSuchItem."""
    found = db["quarantine"].find_one({"_id": id})
    if found is None:
        raise NoSuchItem
    return found


class _Lost(Exception):
    """The guard did not match: somebody else changed the bill first."""


def _guarded(
    rows: Rows,
    bill: Bill,
    values: Document,
    line: HistoryDoc | None,
    promises: tuple[Promise, ...],
    session: ClientSession | None,
) -> bool:
    update: Document = {"$set": values | {"updated": clock.now()}, "$inc": {"version": 1}}
    if line is not None:
        update["$push"] = {"history": line}
    guard = {"_id": bill.number, "state": bill.state, "version": bill.version}
    moved = rows.update_one(guard, outbox.pledge(update, *promises), session=session)
    return moved.modified_count == 1


def _listed(db: Database, where: Document, limit: int) -> list[Bill]:
    since = {"created": {"$gte": clock.now() - _HORIZON}}
    rows = db["bills"].find(where | since).sort("created", -1).limit(limit)
    return [_bill(row) for row in rows]


def _bill(row: Document) -> Bill:
    attempts = {number: Attempt(number, **each) for number, each in row["attempts"].items()}
    kept = ("case", "purpose", "resident", "title", "total", "state", "paid", "version", "created")
    return Bill(
        number=row["_id"],
        lines=tuple(row["lines"]),
        attempts=attempts,
        history=tuple(row["history"]),
        **{key: row[key] for key in kept},
    )
