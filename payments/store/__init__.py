"""Bills and money facts in MongoDB: reads, and writes that carry their guard.

bills        `_id` follows from case and purpose; attempts embedded by number. Shard key `_id`.
money_facts  `_id` of outcomes.fact_id, inserted once and never changed. Shard key `_id`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import datetime, timedelta
from typing import Literal

from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from base import clock, outbox
from base import store as base_store
from base.errors import Conflict, Missing
from base.outbox import Promise
from base.store import Database, Document, Index, Rows

from ..records import Attempt, Bill, HistoryDoc, PostingDoc, ReceivedDoc, Reduction, Refund, Slip
from . import shelf

INDEXES: tuple[Index, ...] = (
    Index("bills", [("resident", 1), ("state", 1), ("created", -1)], serves="what I owe"),
    Index("bills", [("case", 1), ("created", -1)], serves="the bills of a case"),
    Index("bills", [("state", 1), ("created", -1)], serves="the console's list"),
    Index("bills", [("agency", 1), ("state", 1), ("created", -1)], serves="an agency's list"),
    Index("bills", [("attention", 1), ("updated", -1)], serves="refunds that wait for somebody"),
    Index("bills", [("state", 1), ("payable_by", 1)], serves="bills past their last day"),
    Index("money_facts", [("bill", 1), ("at", 1)], serves="the money of a bill"),
    Index("money_facts", [("paid_at", 1)], serves="the income of a period"),
    Index("money_facts", [("agency", 1), ("paid_at", 1)], serves="an agency's income"),
    *outbox.indexes("bills"),
    *shelf.INDEXES,
)

TRIES = 20
_HORIZON = timedelta(days=3650)

Booked = Literal["booked", "known", "lost"]


class NoSuchBill(Missing):
    """No bill bears this number, or it is not the asker's."""

    code = "no_such_bill"


class Contended(Conflict):
    """Too many writers wanted the same bill at once; asking again helps."""

    code = "bill_contended"


@dataclass(frozen=True)
class Change:
    """What one guarded write does to a bill; `refundable` is added, and never leads below zero.

    `besides` are the statements that tell of any other money than the payment that settles it.
    """

    values: Document = field(default_factory=dict)
    lines: tuple[HistoryDoc, ...] = ()
    promises: tuple[Promise, ...] = ()
    postings: tuple[PostingDoc, ...] = ()
    received: ReceivedDoc | None = None
    refundable: int = 0
    besides: tuple[str, ...] = ()


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


def in_state(db: Database, state: str, limit: int, agency: str | None = None) -> list[Bill]:
    """The latest bills in one state, newest first; of one agency, if it is named."""
    return _listed(db, _of(agency) | {"state": state}, limit)


def _of(agency: str | None) -> Document:
    return {"agency": agency} if agency else {}


def overdue(db: Database, before: str, limit: int, agency: str | None = None) -> list[Bill]:
    """Open bills whose last day came before this one, the longest overdue first."""
    last = {"$gte": "2000-01-01", "$lt": before}
    where = _of(agency) | {"state": "open", "payable_by": last}
    return [_bill(row) for row in db["bills"].find(where).sort("payable_by", 1).limit(limit)]


def replace(db: Database, new: Document, old: Bill, made: Change, *promises: Promise) -> Booked:
    """Insert a bill in the place of a cancelled one, and note it there: both or neither.

    "known": the number is taken. "lost": the old bill has changed since it was read.
    """
    return _together(db, "bills", new | outbox.pledged(*promises), old, made)


def rehome(db: Database, old: str, new: str) -> int:
    """Hand every bill of one resident to another; how many changed hands."""
    return db["bills"].update_many({"resident": old}, {"$set": {"resident": new}}).modified_count


def waiting(db: Database, state: str, limit: int, agency: str | None = None) -> Iterator[Bill]:
    """Bills of which something waits for somebody under this mark; 0: all.

    What has not changed for longest comes first: however many wait, none is never seen.
    """
    since: Document = {"attention": state, "updated": {"$gte": clock.now() - _HORIZON}}
    return map(_bill, db["bills"].find(_of(agency) | since).sort("updated", 1).limit(limit))


def change(db: Database, bill: Bill, made: Change) -> bool:
    """Write if the bill is still as it was read; False when somebody was faster."""
    return _guarded(db["bills"], bill, made, None)


def book(db: Database, fact: Document, bill: Bill, made: Change) -> Booked:
    """Insert a money fact and change its bill, both or neither, in one short transaction.

    "known": the fact is booked already. "lost": the bill has changed since it was read.
    """
    if fact["surplus"] or fact["refund"]:
        made = changed(made, besides=(f"{fact['provider']}:{fact['day']}",))
    return _together(db, "money_facts", fact, bill, made)


def _together(db: Database, name: str, row: Document, bill: Bill, made: Change) -> Booked:
    def both(session: ClientSession) -> None:
        db[name].insert_one(row, session=session)
        if not _guarded(db["bills"], bill, made, session):
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
    """All money that came in for a bill or went back, oldest first; rarely more than one."""
    return list(db["money_facts"].find({"bill": bill}).sort("at", 1).limit(100))


def flows(db: Database, since: datetime, until: datetime, agency: str | None) -> list[Document]:
    """Fees that came in and went back, summed by Shanghai day, service, agency and kind.

    Money that nobody owed is in neither. `until` is not included.
    """
    day = {"date": "$paid_at", "format": "%Y-%m-%d", "timezone": "+08:00"}
    key: Document = {"day": {"$dateToString": day}}
    key |= {name: f"${name}" for name in ("service", "agency", "kind")}
    when: Document = {"paid_at": {"$gte": since, "$lt": until}, "surplus": False}
    sums = {"_id": key, "fen": {"$sum": "$amount"}, "count": {"$sum": 1}}
    return list(db["money_facts"].aggregate([{"$match": _of(agency) | when}, {"$group": sums}]))


class _Lost(Exception):
    """The guard did not match: somebody else changed the bill first."""


def _guarded(rows: Rows, bill: Bill, made: Change, session: ClientSession | None) -> bool:
    update: Document = {"$set": made.values | {"updated": clock.now()}}
    update["$inc"] = {"version": 1, "refundable": made.refundable}
    added: dict[str, tuple[object, ...]] = {
        "history": made.lines,
        "ledger": made.postings,
        "received": (made.received,) if made.received else (),
        "besides": made.besides,
    }
    if pushed := {name: {"$each": list(each)} for name, each in added.items() if each}:
        update["$push"] = pushed
    guard: Document = {"_id": bill.number, "state": bill.state, "version": bill.version}
    if made.refundable < 0:
        guard["refundable"] = {"$gte": -made.refundable}
    pledged = outbox.pledge(update, *made.promises)
    return rows.update_one(guard, pledged, session=session).modified_count == 1


def _listed(db: Database, where: Document, limit: int) -> list[Bill]:
    since = {"created": {"$gte": clock.now() - _HORIZON}}
    rows = db["bills"].find(where | since).sort("created", -1).limit(limit)
    return [_bill(row) for row in rows]


def _bill(row: Document) -> Bill:
    kept = (
        *("case", "purpose", "resident", "title", "total", "state", "paid", "version", "created"),
        *("payable_by", "service", "agency", "replaces", "replaced_by"),
    )
    return Bill(
        number=row["_id"],
        lines=tuple(row["lines"]),
        attempts={number: Attempt(number, **each) for number, each in row["attempts"].items()},
        history=tuple(row["history"]),
        received=tuple(row["received"]),
        refunds={number: Refund(number, **each) for number, each in row["refunds"].items()},
        refundable=row["refundable"],
        ledger=tuple(row["ledger"]),
        reductions={id: Reduction(id, **each) for id, each in row["reductions"].items()},
        slips={number: Slip(number, **each) for number, each in row["slips"].items()},
        **{key: row[key] for key in kept},
    )
