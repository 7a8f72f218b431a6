"""Bills: what somebody owes for a case, issued once, paid once, and where the money came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict, Unpack

from base import clock, numbers, outbox
from base.errors import Conflict, Invalid
from base.outbox import Promise
from base.store import Database, Document

from . import attention, inquiries, notes, store, terms
from .inquiries import ask, refresh
from .moves import BILL_MOVES
from .outcomes import Outcome
from .records import Attempt, Bill, HistoryDoc, LineDoc
from .settlement import settle
from .store import TRIES, Change, Contended, NoSuchBill, facts, get, rehome

__all__ = [
    "NOBODY",
    "Attempt",
    "BadNote",
    "Bill",
    "Contended",
    "NoSuchBill",
    "NotCancellable",
    "NotReissuable",
    "NothingToPay",
    "Outcome",
    "Whose",
    "ask",
    "cancel",
    "facts",
    "get",
    "issue",
    "of_case",
    "overdue",
    "owed",
    "recent",
    "refresh",
    "rehome",
    "reissue",
    "settle",
]


PURPOSE = "fee"


class NothingToPay(Invalid):
    """A bill of nothing is no bill; where no fee is due, none is issued."""

    code = "nothing_to_pay"


class NotCancellable(Conflict):
    """Only an open bill can be cancelled."""

    code = "bill_not_cancellable"


class NotReissuable(Conflict):
    """Only a cancelled bill can be issued again."""

    code = "bill_not_reissuable"


class BadNote(Invalid):
    """Why a bill is cancelled must be said, in few words."""

    code = "bad_bill_note"


@dataclass(frozen=True)
class Whose:
    """Whose income a bill is: service and agency; and the officer `by` whom it came to be.

    Exemptions in its lines were granted by that officer, who has seen their proof.
    """

    service: str = ""
    agency: str = ""
    by: str = "system"


NOBODY = Whose()


class Line(Protocol):
    """One line of a fee quote, as the catalogue makes it; amounts in fen."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def basis(self) -> str: ...


class Due(TypedDict):
    """What is owed: the lines, and the sum they add up to."""

    lines: Iterable[Line]
    total: int


def issue(
    db: Database,
    whose: Whose = NOBODY,
    *,
    number_of_case: str,
    resident: str,
    title: str,
    **due: Unpack[Due],
) -> Bill:
    """Issue the one bill of this case, or return it; promises "bill.issued" and its last day.

    Raises NothingToPay, and ValueError when the lines do not add up to the total.
    """
    total = due["total"]
    if total <= 0:
        raise NothingToPay
    kept = [_line(each, whose.by) for each in due["lines"]]
    if sum(each["total"] for each in kept) != total:
        raise ValueError("the lines of a bill must add up to its total")
    told = {"case": number_of_case, "resident": resident, "title": title, "lines": kept}
    whom = {"service": whose.service, "agency": whose.agency, "total": total}
    return _under_its_number(db, _fresh(told | whom, whose.by))


def _fresh(told: Document, by: str, replaces: str = "") -> Document:
    """A new bill without its number; `told` says of what case, for what and how much."""
    moment = clock.now()
    line = HistoryDoc(at=moment, move="issued", by=by, amount=told["total"])
    return told | {
        "purpose": PURPOSE,
        "state": "open",
        "attempts": {},
        "paid": None,
        "received": [],
        "refunds": {},
        "refundable": 0,
        "ledger": [],
        "attention": [],
        "reductions": {},
        "slips": {},
        "payable_by": terms.last_day(moment),
        "replaces": replaces,
        "replaced_by": "",
        "version": 1,
        "created": moment,
        "updated": moment,
        "history": [line | ({"bill": replaces} if replaces else {})],
    }


def _under_its_number(db: Database, bill: Document) -> Bill:
    """Insert under the number that follows from the case, or find it there.

    Where another case's bill has that number already, the next one is tried: every time alike.
    """
    for nth in range(TRIES):
        number = numbers.derived(bill["case"], bill["purpose"], nth)
        store.add(db, bill | {"_id": number}, *_told(number, bill))
        found = store.get(db, number)
        if (found.case, found.purpose) == (bill["case"], bill["purpose"]):
            return found
    raise Contended


def _told(number: str, bill: Mapping[str, Any]) -> tuple[Promise, ...]:
    """What a new bill promises: that it is told, and that its last day is kept in mind."""
    who = {"case": bill["case"], "resident": bill["resident"], "amount": bill["total"]}
    told = outbox.promise("bill.issued", bill=number, **who)
    return told, terms.first(number, bill["created"])


def reissue(db: Database, number: str, *, by: str) -> Bill:
    """Issue a cancelled bill again under the next number, with a new last day; promises as `issue`.

    Lines and what was granted stay. Once replaced, the bill in its place is the answer. Whether
    the case still owes it is for the caller to ask. Raises NoSuchBill, NotReissuable, Contended.
    """
    for nth in range(1, TRIES):
        old = store.get(db, number)
        if old.replaced_by:
            return store.get(db, old.replaced_by)
        if old.state != "cancelled":
            raise NotReissuable
        fresh = numbers.derived(old.case, old.purpose, nth)
        if store.find(db, fresh) is None and _replaced(db, old, fresh, by) == "booked":
            return store.get(db, fresh)
    raise Contended


def _replaced(db: Database, old: Bill, number: str, by: str) -> str:
    names = ("case", "resident", "title", "total", "service", "agency")
    told = {name: getattr(old, name) for name in names} | {"lines": list(old.lines)}
    bill = _fresh(told, by, old.number)
    line = HistoryDoc(at=clock.now(), move="replaced", by=by, bill=number)
    made = Change({"replaced_by": number}, (line,))
    return store.replace(db, bill | {"_id": number}, old, made, *_told(number, bill))


def owed(db: Database, resident: str, limit: int = 20) -> list[Bill]:
    """Open bills of a resident, newest first."""
    return store.owed(db, resident, limit)


def of_case(db: Database, case: str, limit: int = 20) -> list[Bill]:
    """Every bill of a case, newest first."""
    return store.of_case(db, case, limit)


def recent(
    db: Database, state: str = "open", limit: int = 50, agency: str | None = None
) -> list[Bill]:
    """The latest bills in one state of BILL_MOVES, newest first; of one agency, if it is named."""
    return store.in_state(db, state, limit, agency)


def overdue(db: Database, limit: int = 50, agency: str | None = None) -> list[Bill]:
    """Open bills whose last day has passed, the longest overdue first; as `recent`."""
    return store.overdue(db, clock.today().isoformat(), limit, agency)


def cancel(db: Database, number: str, *, by: str, note: str = "", tell: str = "") -> Bill:
    """Withdraw an open bill and have its orders closed at their wallets.

    With `tell`, a kind of message, the resident is told. An officer says why in a `note`.
    Raises NoSuchBill, NotCancellable, BadNote, Contended.
    """
    move, written = BILL_MOVES["cancel"], notes.sealed(note, BadNote) if note else ""
    for _ in range(TRIES):
        bill = store.get(db, number)
        if bill.state not in move.starts:
            raise NotCancellable
        line = HistoryDoc(at=clock.now(), move="cancel", by=by)
        if written:
            line["note"] = written
        told = (terms.telling(bill, tell),) if tell else ()
        values = {"state": move.to, "attention": _without_reductions(bill)}
        made = Change(values, (line,), (*inquiries.closing(bill), *told))
        if store.change(db, bill, made):
            return store.get(db, number)
    raise Contended


def _without_reductions(bill: Bill) -> list[str]:
    """What waits for somebody once nothing is left to be reduced."""
    return [mark for mark in attention.of(bill) if mark != "reduction"]


def _line(line: Line, by: str) -> LineDoc:
    kept = LineDoc(
        code=line.code,
        name=line.name,
        amount=line.amount,
        unit=line.unit,
        quantity=line.quantity,
        total=line.total,
        basis=line.basis,
    )
    return kept | {"granted": by} if line.total < 0 else kept
