"""Bills: what somebody owes for a case, issued once, paid once, and where the money came from."""

from collections.abc import Iterable
from typing import Protocol

from base import clock, numbers, outbox
from base.errors import Conflict, Invalid
from base.store import Database, Document

from . import store
from .inquiries import ask, refresh
from .moves import ASKED, BILL_MOVES
from .outcomes import Outcome
from .records import Attempt, Bill, HistoryDoc, LineDoc
from .settlement import settle
from .store import TRIES, Change, Contended, NoSuchBill, facts, get, rehome

__all__ = [
    "Attempt",
    "Bill",
    "Contended",
    "NoSuchBill",
    "NotCancellable",
    "NothingToPay",
    "Outcome",
    "ask",
    "cancel",
    "facts",
    "get",
    "issue",
    "of_case",
    "owed",
    "recent",
    "refresh",
    "rehome",
    "settle",
]


PURPOSE = "fee"


class NothingToPay(Invalid):
    """A bill of nothing is no bill; where no fee is due, none is issued."""

    code = "nothing_to_pay"


class NotCancellable(Conflict):
    """Only an open bill can be cancelled."""

    code = "bill_not_cancellable"


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


def issue(
    db: Database,
    *,
    number_of_case: str,
    resident: str,
    lines: Iterable[Line],
    total: int,
    title: str,
) -> Bill:
    """Issue the one bill of this case, or return it; promises "bill.issued".

    Raises NothingToPay, and ValueError when the lines do not add up to the total.
    """
    if total <= 0:
        raise NothingToPay
    kept = [_line(each) for each in lines]
    if sum(each["total"] for each in kept) != total:
        raise ValueError("the lines of a bill must add up to its total")
    moment = clock.now()
    bill: Document = {
        "case": number_of_case,
        "purpose": PURPOSE,
        "resident": resident,
        "title": title,
        "lines": kept,
        "total": total,
        "state": "open",
        "attempts": {},
        "paid": None,
        "received": [],
        "refunds": {},
        "refundable": 0,
        "ledger": [],
        "attention": [],
        "version": 1,
        "created": moment,
        "updated": moment,
        "history": [HistoryDoc(at=moment, move="issued", by="system", amount=total)],
    }
    return _under_its_number(db, bill)


def _under_its_number(db: Database, bill: Document) -> Bill:
    """Insert under the number that follows from the case, or find it there.

    Where another case's bill has that number already, the next one is tried: every time alike.
    """
    for nth in range(TRIES):
        number = numbers.derived(bill["case"], bill["purpose"], nth)
        told = outbox.promise(
            "bill.issued",
            bill=number,
            case=bill["case"],
            resident=bill["resident"],
            amount=bill["total"],
        )
        store.add(db, bill | {"_id": number}, told)
        found = store.get(db, number)
        if (found.case, found.purpose) == (bill["case"], bill["purpose"]):
            return found
    raise Contended


def owed(db: Database, resident: str, limit: int = 20) -> list[Bill]:
    """Open bills of a resident, newest first."""
    return store.owed(db, resident, limit)


def of_case(db: Database, case: str, limit: int = 20) -> list[Bill]:
    """Every bill of a case, newest first."""
    return store.of_case(db, case, limit)


def recent(db: Database, state: str = "open", limit: int = 50) -> list[Bill]:
    """The latest bills in one state of BILL_MOVES, newest first; for the console."""
    return store.in_state(db, state, limit)


def cancel(db: Database, number: str, *, by: str) -> Bill:
    """Withdraw an open bill and have its orders closed at their wallets.

    Raises NoSuchBill, NotCancellable, Contended.
    """
    move = BILL_MOVES["cancel"]
    for _ in range(TRIES):
        bill = store.get(db, number)
        if bill.state not in move.starts:
            raise NotCancellable
        closing = (
            outbox.promise("attempt.ask", bill=number, attempt=each.number)
            for each in bill.attempts.values()
            if each.state in ASKED
        )
        line = HistoryDoc(at=clock.now(), move="cancel", by=by)
        if store.change(db, bill, Change({"state": move.to}, (line,), tuple(closing))):
            return store.get(db, number)
    raise Contended


def _line(line: Line) -> LineDoc:
    return LineDoc(
        code=line.code,
        name=line.name,
        amount=line.amount,
        unit=line.unit,
        quantity=line.quantity,
        total=line.total,
        basis=line.basis,
    )
