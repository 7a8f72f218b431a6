"""Our side of a reconciliation: a day's facts in order, each asked for at its bill and its case."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from base.store import Database, Document

from .. import days
from ..statements import PAYMENT, REFUND
from .matching import Entry
from .store import booked, name

# The embedded store takes quadratic time for long lists: 20 is twice as fast as 100.
BATCH: Final = 20
TELLS: Final = "bill.paid"
_THREADS: Final = 3
_AHEAD: Final = 8
# The cases that still owe their fee: of these, 100 at most, or of all there are.
Owing = Callable[[Collection[str] | None], Collection[str]]


def entries(db: Database, provider: str, day: date, owing: Owing) -> Iterator[Entry]:
    """What is booked for a wallet's day, ordered by kind and number.

    Every fact is held against its bill, a handful at a time, while the store looks up the next
    handfuls; and against the cases that owe a fee.
    """
    rows, owed = booked.facts(db, provider, day), frozenset(owing(None))
    ahead: deque[Future[list[Entry]]] = deque()
    with ThreadPoolExecutor(_THREADS, "books") as pool:
        while batch := list(islice(rows, BATCH)):
            ahead.append(pool.submit(_judged, db, batch, owed, owing))
            if len(ahead) > _AHEAD:
                yield from ahead.popleft().result()
        for judged in ahead:
            yield from judged.result()


def _judged(
    db: Database, facts: list[Document], owed: Collection[str], owing: Owing
) -> list[Entry]:
    """These facts as entries; a case that owed is asked again, for it may have heard meanwhile."""
    bills = booked.bills(db, (fact["bill"] for fact in facts))
    told = {bill["case"] for bill in bills.values() if bill["case"] in owed and _has_told(bill)}
    denied = owing(told) if told else ()
    return [_entry(fact, bills.get(fact["bill"]), denied) for fact in facts]


def entry(db: Database, fact: Document) -> Entry:
    """One fact by itself, held against its bill."""
    return _entry(fact, booked.bills(db, [fact["bill"]]).get(fact["bill"]), ())


def claims(db: Database, provider: str, day: date) -> Iterator[Entry]:
    """What the bills themselves say came in and went back on a wallet's day."""
    for bill in booked.paid(db, provider, day):
        yield _claim(bill, PAYMENT, bill["paid"], number=bill["paid"]["attempt"])
    for bill in booked.besides(db, name(provider, day)):
        for each in bill["received"]:
            if each["surplus"] and _falls(provider, day, each, each["at"]):
                yield _claim(bill, PAYMENT, each, number=each["attempt"])
        for number, each in bill["refunds"].items():
            if each["state"] == "succeeded" and _falls(provider, day, each, each["done"]):
                told = each | {"transaction": each["id"], "at": each["done"]}
                yield _claim(bill, REFUND, told, number=number)


def _falls(provider: str, day: date, told: Mapping[str, Any], at: datetime) -> bool:
    return (told["wallet"], days.of(provider, at)) == (provider, day)


def _claim(bill: Mapping[str, Any], kind: str, told: Mapping[str, Any], *, number: str) -> Entry:
    return Entry(
        kind=kind,
        number=number,
        transaction=told["transaction"],
        amount=told["amount"],
        at=told["at"],
        bill=bill["_id"],
        agency=bill.get("agency", ""),
        surplus=told.get("surplus", False),
        fault="unbacked" if kind == PAYMENT else "refund_unbacked",
    )


def backed(db: Database, provider: str, claim: Entry) -> bool:
    """Whether what a bill says of its money is booked, on whatever day."""
    fact = booked.fact(db, f"{provider}:{claim.kind}:{claim.transaction}")
    return fact is not None and fact["number"] == claim.number


def _has_told(bill: Mapping[str, Any]) -> bool:
    """Whether the bill no longer has to let its case know of the payment."""
    return all(each["effect"] != TELLS for each in bill.get("outbox", {}).values())


def _entry(fact: Document, bill: Mapping[str, Any] | None, denied: Collection[str]) -> Entry:
    fault = "" if bill and _admits(bill, fact) else "bill_differs"
    pays = fact["kind"] == PAYMENT and not fact["surplus"]
    if bill and not fault and pays and bill["case"] in denied:
        fault = "case_differs"
    return Entry(
        kind=fact["kind"],
        number=fact["number"],
        transaction=fact["transaction"],
        amount=fact["amount"],
        at=fact["paid_at"],
        bill=fact["bill"],
        agency=fact.get("agency", ""),
        surplus=fact["surplus"],
        fault=fault,
    )


def _admits(bill: Mapping[str, Any], fact: Document) -> bool:
    """Whether a bill tells the same of this money as the fact does."""
    if fact["kind"] != PAYMENT:
        refund = bill["refunds"].get(fact["number"])
        return bool(refund) and (refund["state"], refund["amount"]) == ("succeeded", fact["amount"])
    known, surplus = (fact["transaction"], fact["amount"], fact["number"]), fact["surplus"]
    same = [
        each for each in bill["received"] if (_named(each), each["surplus"]) == (known, surplus)
    ]
    settled = bill["state"] == "paid" and _named(bill["paid"]) == known
    return len(same) == 1 and (surplus or settled)


def _named(told: Mapping[str, Any]) -> tuple[str, int, str]:
    return told["transaction"], told["amount"], told["attempt"]
