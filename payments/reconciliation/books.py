"""Our side of a reconciliation: a day's facts in order, each asked for at its bill and its case."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from itertools import islice
from typing import Any, Final

from base.store import Database, Document

from ..statements import PAYMENT
from . import store
from .matching import Entry

# The embedded store takes quadratic time for long lists: 20 is twice as fast as 100.
BATCH: Final = 20
TELLS: Final = "bill.paid"
_THREADS: Final = 3
_AHEAD: Final = 8
# Which of these cases do not know that their bill, named beside them, is paid.
Unpaid = Callable[[Mapping[str, str]], Collection[str]]


def entries(db: Database, provider: str, day: date, unpaid: Unpaid) -> Iterator[Entry]:
    """What is booked for a wallet's day, ordered by kind and number.

    Every fact is held against its bill, a handful at a time, while the store looks up the next
    handfuls; a case is asked where its bill has not kept the promise to tell it of the payment.
    """
    rows = store.facts(db, provider, day)
    ahead: deque[Future[list[Entry]]] = deque()
    with ThreadPoolExecutor(_THREADS, "books") as pool:
        while batch := list(islice(rows, BATCH)):
            ahead.append(pool.submit(_judged, db, batch, unpaid))
            if len(ahead) > _AHEAD:
                yield from ahead.popleft().result()
        for judged in ahead:
            yield from judged.result()


def _judged(db: Database, facts: list[Document], unpaid: Unpaid) -> list[Entry]:
    bills = store.bills(db, (fact["bill"] for fact in facts))
    denied = unpaid(_owing(facts, bills))
    return [_entry(fact, bills.get(fact["bill"]), denied) for fact in facts]


def entry(db: Database, fact: Document) -> Entry:
    """One fact by itself, held against its bill."""
    return _entry(fact, store.bills(db, [fact["bill"]]).get(fact["bill"]), ())


def _owing(facts: list[Document], bills: Mapping[str, Document]) -> dict[str, str]:
    """The cases that these facts' bills have not told of their payment yet, with the bill."""
    return {
        bills[fact["bill"]]["case"]: fact["bill"]
        for fact in facts
        if fact["kind"] == PAYMENT and not fact["surplus"] and _untold(bills.get(fact["bill"], {}))
    }


def _untold(bill: Mapping[str, Any]) -> bool:
    """Whether the bill's promise to let its case know is still to be kept."""
    return any(each["effect"] == TELLS for each in bill.get("outbox", {}).values())


def _entry(fact: Document, bill: Mapping[str, Any] | None, denied: Collection[str]) -> Entry:
    fault = "" if bill and _admits(bill, fact) else "bill_differs"
    if bill and not fault and fact["kind"] == PAYMENT and bill["case"] in denied:
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
    known = ("transaction", "amount", "surplus")
    same = [each for each in bill["received"] if all(each[key] == fact[key] for key in known)]
    paid = bill["paid"] or {}
    settled = bill["state"] == "paid" and paid.get("transaction") == fact["transaction"]
    return len(same) == 1 and (fact["surplus"] or settled)
