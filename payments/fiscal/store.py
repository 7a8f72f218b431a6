"""Bills at the finance system in MongoDB: one document each, written under its version.

fiscal       `_id` the bill's number; receipts embedded. Shard key `_id`.
fiscal_days  `_id` the day that was compared with finance, or that it `refused` to list, with its
             code. Shard key `_id`.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from base import clock, outbox
from base import store as base_store
from base.outbox import Promise
from base.store import Database, Document, Index

from .records import LineDoc, Receipt, Record

INDEXES: tuple[Index, ...] = (
    Index("fiscal", [("state", 1), ("updated", -1)], serves="what finance disputes"),
    Index("fiscal", [("paid_on", 1)], serves="what was confirmed of a day"),
    Index("fiscal_days", [("differing", 1)], serves="whether a day differs on a bill"),
    Index("fiscal_days", [("refused", 1)], sparse=True, serves="days that finance did not list"),
    *outbox.indexes("fiscal"),
)
_HORIZON = timedelta(days=3650)
_COMPARED_AGAIN = timedelta(days=1)
_MOST_DAYS = 100


@dataclass(frozen=True)
class Held:
    """What is held of a bill's confirmed payment, and what its issued receipts come to; fen."""

    bill: str
    amount: int
    receipted: int


def add(db: Database, bill: str, *promises: Promise) -> bool:
    """Begin a bill's record; False when there is one."""
    moment = clock.now()
    row: Document = {
        "_id": bill,
        "code": "",
        "amount": 0,
        "state": "new",
        "doubt": "",
        "tries": 0,
        "silent": None,
        "returned": {},
        "receipts": [],
        "history": [],
        "version": 1,
        "created": moment,
        "updated": moment,
    }
    return base_store.add(db["fiscal"], row | outbox.pledged(*promises))


def find(db: Database, bill: str) -> Record | None:
    """A bill's record, if finance was ever told of it."""
    row = db["fiscal"].find_one({"_id": bill})
    return _record(row) if row else None


def wake(db: Database, bill: str) -> None:
    """Have a bill's record looked at; begins it where there is none. Promises "fiscal.go"."""
    owed = _owed(bill)
    if not add(db, bill, owed):
        db["fiscal"].update_one({"_id": bill}, _looking({"$inc": {"version": 1}}, owed))


def _owed(bill: str) -> Promise:
    return outbox.promise("fiscal.go", bill=bill)


def _looking(update: Document, owed: Promise) -> Document:
    """The same update, with a look in the place of all that are owed: a record owes nothing else.

    The look is new, so whoever is keeping an older one neither strikes it out nor puts it off.
    """
    values = update.get("$set", {}) | {"outbox": outbox.pledged(owed)["outbox"]}
    gone = {"$unset": {"stuck": ""}, "$min": {"due": owed["due"]}}
    return update | gone | {"$set": values}


def change(db: Database, record: Record, values: Document, *lines: LineDoc) -> bool:
    """Write if the record is still as it was read; False when somebody was faster.

    What was paid elsewhere is to be followed: promises "fiscal.go".
    """
    update: Document = {"$set": values | {"updated": clock.now()}, "$inc": {"version": 1}}
    if lines:
        update["$push"] = {"history": {"$each": list(lines)}}
    if values.get("state") == "elsewhere":
        update = _looking(update, _owed(record.bill))
    guard = {"_id": record.bill, "state": record.state, "version": record.version}
    return bool(db["fiscal"].update_one(guard, update).modified_count)


def in_state(db: Database, state: str, limit: int) -> list[Record]:
    """The latest records in one state, newest first."""
    since = {"state": state, "updated": {"$gte": clock.now() - _HORIZON}}
    return [_record(row) for row in db["fiscal"].find(since).sort("updated", -1).limit(limit)]


def confirmed_on(db: Database, day: date) -> dict[str, tuple[str, int]]:
    """What finance has confirmed of a day's payments: bill and fen, by notice."""
    shown = {"code": 1, "paid": 1}
    rows = db["fiscal"].find({"paid_on": day.isoformat()}, shown)
    return {row["code"]: (row["_id"], row["paid"]) for row in rows}


def held_of(db: Database, day: date) -> list[Held]:
    """What is held of a day's confirmed payments, and receipted."""
    shown = {"paid": 1, "returned": 1, "receipts.stage": 1, "receipts.amount": 1}
    return [
        Held(
            bill=row["_id"],
            amount=row["paid"] - sum(row["returned"].values()),
            receipted=sum(each["amount"] for each in row["receipts"] if each["stage"] == "issued"),
        )
        for row in db["fiscal"].find({"paid_on": day.isoformat()}, shown)
    ]


def compared(db: Database, day: date) -> Document | None:
    """What the comparison of a day came to, if it was made."""
    row = db["fiscal_days"].find_one({"_id": day.isoformat()})
    return row if row and "differing" in row else None


def refuse_day(db: Database, day: date, code: str) -> None:
    """Keep that finance would not list a day, until it is compared."""
    where = {"_id": day.isoformat()}
    db["fiscal_days"].update_one(where, {"$set": {"refused": code, "at": clock.now()}}, upsert=True)


def refusal(db: Database, day: date) -> str:
    """The code with which finance would not list a day when it was last asked, if so."""
    row = db["fiscal_days"].find_one({"_id": day.isoformat()}) or {}
    return str(row.get("refused", ""))


def refused_days(db: Database, since: date) -> list[date]:
    """The days since then that finance would not list, still to be compared, oldest first."""
    where = {"refused": {"$gt": ""}, "_id": {"$gte": since.isoformat()}}
    rows = db["fiscal_days"].find(where, {"_id": 1}).limit(_MOST_DAYS)
    return sorted(date.fromisoformat(row["_id"]) for row in rows)


def differing_days(db: Database) -> list[date]:
    """The days that differ and were last compared a day ago or more, oldest first."""
    where = {"differing": {"$gt": ""}, "at": {"$lte": clock.now() - _COMPARED_AGAIN}}
    rows = db["fiscal_days"].find(where, {"_id": 1}).sort("at", 1).limit(_MOST_DAYS)
    return sorted(date.fromisoformat(row["_id"]) for row in rows)


def keep_day(db: Database, day: date, found: Document) -> None:
    """Keep what a comparison came to; the last one counts."""
    row = found | {"at": clock.now()}
    db["fiscal_days"].replace_one({"_id": day.isoformat()}, row, upsert=True)


def kept(receipts: tuple[Receipt, ...]) -> list[Document]:
    """Receipts as they are kept."""
    return [asdict(each) for each in receipts]


def _record(row: Document) -> Record:
    names = ("code", "amount", "state", "doubt", "tries", "silent", "returned", "version")
    return Record(
        bill=row["_id"],
        receipts=tuple(Receipt(**each) for each in row["receipts"]),
        history=tuple(row["history"]),
        **{name: row[name] for name in names},
    )
