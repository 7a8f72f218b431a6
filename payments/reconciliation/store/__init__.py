"""Where reconciliation is kept: statements by wallet and day, differences, and days crossed.

statements   `_id` provider:day. What became of a day's statement, and the figures it gave.
differences  `_id` follows from wallet, day, cause and transaction, so that finding one twice adds
             nothing. What was found never changes; what became of it is its state and history.
crossings    `_id` provider:kind:transaction. Money that one side has on another day than the other.

Shard key `_id` for all of them. Our own side is read in `booked`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final, Literal, NotRequired, TypedDict

from base import clock, outbox
from base import store as base_store
from base.errors import Missing
from base.outbox import Promise
from base.store import Database, Document, Index

from ...statements.store import INDEXES as FILES

INDEXES: tuple[Index, ...] = (
    *FILES,
    Index("statements", [("day", -1), ("_id", 1)], serves="the days of the console"),
    Index("differences", [("statement", 1), ("state", 1)], serves="a day's differences"),
    Index("differences", [("state", 1), ("at", -1)], serves="what waits for somebody"),
    Index("differences", [("bill", 1), ("at", 1)], serves="a bill's differences"),
    Index("crossings", [("day", 1)], serves="what fell on another day"),
    Index(
        "money_facts",
        [("provider", 1), ("day", 1), ("kind", 1), ("number", 1)],
        serves="a wallet's day in the order of its statement's numbers",
    ),
    Index(
        "bills",
        [("paid.wallet", 1), ("paid.day", 1), ("paid.attempt", 1)],
        serves="the bills paid on a wallet's day in the order of its orders",
    ),
    Index("bills", [("besides", 1), ("_id", 1)], serves="a wallet's day of what nobody owed"),
    *outbox.indexes("statements"),
    *outbox.indexes("differences"),
)

MOST: Final = 2000
_BATCH: Final = 1000

StatementState = Literal["awaited", "stored", "rejected", "matched", "empty"]
DifferenceState = Literal["waiting", "open", "proposed", "closed", "healed", "escalated"]


class NoSuchStatement(Missing):
    """No statement of this wallet is kept for this day."""

    code = "no_such_statement"


class NoSuchDifference(Missing):
    """No difference bears this id."""

    code = "no_such_difference"


class StepDoc(TypedDict):
    """One thing that became of a statement or difference; `note` is sealed, a person wrote it."""

    at: datetime
    move: str
    by: str
    note: NotRequired[str]
    reason: NotRequired[str]


@dataclass(frozen=True)
class Statement:
    """One day of one wallet; `file` is the raw file's id, `source` "wallet" or "upload".

    `serial` is the wallet's key that vouches for the file, empty for an upload's. `figures` are fen
    and counts by side and kind, as they were when the file was matched; `funds` is the id of
    the raw file on what came into the wallet's account and left it, where the wallet gives one.
    """

    id: str
    provider: str
    day: str
    state: StatementState
    file: str
    source: str
    fingerprint: str
    serial: str
    trouble: str
    figures: dict[str, Any]
    funds: str
    version: int
    created: datetime
    updated: datetime
    history: Sequence[StepDoc]


@dataclass(frozen=True)
class Difference:
    """Something on which a statement and our books disagree; amounts in fen, None where silent.

    `class_` is the kind of difference, `cause` what is behind it; `offset` is the place in the raw
    file, -1 for what the file does not have. `says` is what the wallet answered when asked.
    """

    id: str
    statement: str
    provider: str
    day: str
    class_: str
    cause: str
    kind: str
    number: str
    transaction: str
    order: str
    of: str
    theirs: int | None
    ours: int | None
    bill: str
    agency: str
    file: str
    offset: int
    happened: datetime
    state: DifferenceState
    owner: str
    reason: str
    note: str
    proposed_by: str
    closed_by: str
    says: str
    at: datetime
    version: int
    history: Sequence[StepDoc]

    @property
    def gap(self) -> int:
        """By how much their side is above ours, refunds counted below zero."""
        sign = -1 if self.kind == "refund" else 1
        return sign * ((self.theirs or 0) - (self.ours or 0))


def name(provider: str, day: date) -> str:
    """The `_id` of a statement."""
    return f"{provider}:{day.isoformat()}"


# Statements


def expect(db: Database, row: Document, *promises: Promise) -> bool:
    """Insert a statement that is awaited; False when it is there."""
    return base_store.add(db["statements"], row | outbox.pledged(*promises))


def statement(db: Database, id: str) -> Statement:
    """The statement of this id; raises NoSuchStatement."""
    found = find(db, id)
    if found is None:
        raise NoSuchStatement
    return found


def find(db: Database, id: str) -> Statement | None:
    """The statement of this id, if there is one."""
    row = db["statements"].find_one({"_id": id})
    return _statement(row) if row else None


def between(db: Database, since: date, until: date) -> list[Statement]:
    """The statements of some days, the latest first."""
    span = {"day": {"$gte": since.isoformat(), "$lte": until.isoformat()}}
    rows = db["statements"].find(span).sort([("day", -1), ("_id", 1)]).limit(MOST)
    return [_statement(row) for row in rows]


def move(
    db: Database, found: Statement, step: StepDoc, values: Document, *promises: Promise
) -> bool:
    """Write if the statement is still as it was read; False when somebody was faster."""
    return _guarded(db, "statements", found, step, values, *promises)


# Differences


def lay(db: Database, row: Document, *promises: Promise) -> bool:
    """Insert a difference; False when it was found before."""
    return base_store.add(db["differences"], row | outbox.pledged(*promises))


def difference(db: Database, id: str) -> Difference:
    """The difference of this id; raises NoSuchDifference."""
    row = db["differences"].find_one({"_id": id})
    if row is None:
        raise NoSuchDifference
    return _difference(row)


def shift(
    db: Database, found: Difference, step: StepDoc, values: Document, *promises: Promise
) -> bool:
    """Write if the difference is still as it was read; False when somebody was faster."""
    return _guarded(db, "differences", found, step, values, *promises)


def differences(db: Database, id: str, *states: str) -> Iterator[Difference]:
    """The differences of a statement in these states, however many there are."""
    rows = db["differences"].find(_standing(id, states), batch_size=_BATCH)
    return map(_difference, base_store.patiently(rows))


def count(db: Database, id: str, *states: str) -> int:
    """How many differences of a statement are in these states."""
    with base_store.patience():
        return db["differences"].count_documents(_standing(id, states))


def _standing(id: str, states: Sequence[str]) -> Document:
    return {"statement": id, "state": {"$in": list(states)}}


def in_state(db: Database, state: str, since: datetime, limit: int) -> list[Difference]:
    """The differences of all days in one state, found since then, the latest first."""
    rows = db["differences"].find({"state": state, "at": {"$gte": since}})
    return [_difference(row) for row in rows.sort("at", -1).limit(limit)]


def of_bill(db: Database, bill: str) -> list[Difference]:
    """Every difference about a bill, the oldest first."""
    rows = db["differences"].find({"bill": bill}).sort("at", 1).limit(100)
    return [_difference(row) for row in rows]


def cross(db: Database, row: Document) -> bool:
    """Note that a statement has money of another day; False when it is noted."""
    return base_store.add(db["crossings"], row)


def crossing(db: Database, id: str) -> Document | None:
    """Where money of this identity was found, if it was on another day."""
    return db["crossings"].find_one({"_id": id})


def uncross(db: Database, statement: str, day: str) -> None:
    """Forget what a statement that no longer counts had of other days."""
    db["crossings"].delete_many({"day": day, "statement": statement})


def _guarded(
    db: Database,
    collection: str,
    found: Statement | Difference,
    step: StepDoc,
    values: Document,
    *promises: Promise,
) -> bool:
    update: Document = {
        "$set": values | {"updated": clock.now()},
        "$inc": {"version": 1},
        "$push": {"history": step},
    }
    guard = {"_id": found.id, "state": found.state, "version": found.version}
    moved = db[collection].update_one(guard, outbox.pledge(update, *promises))
    return bool(moved.modified_count)


def _statement(row: Document) -> Statement:
    known = {each.name: row[each.name] for each in fields(Statement) if each.name != "id"}
    return Statement(id=row["_id"], **known)


def _difference(row: Document) -> Difference:
    own = ("id", "class_")
    known = {each.name: row[each.name] for each in fields(Difference) if each.name not in own}
    return Difference(id=row["_id"], class_=row["class"], **known)
