"""Our side of a reconciliation: a day's facts in order, each asked for at its bill and its case.

The bills that were paid on the day are read beside them, in the same order: so what a bill tells of
and no fact does is found in the one pass.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
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
_AHEAD: Final = 1000
# The cases that still owe their fee: of these, 100 at most, or of all there are.
Owing = Callable[[Collection[str] | None], Collection[str]]


class Books:
    """A wallet's day as it is booked, walked once; `claims` are known once that is done."""

    def __init__(self, db: Database, provider: str, day: date, owing: Owing) -> None:
        self._db, self._provider, self._day, self._owing = db, provider, day, owing
        self._owed = frozenset(owing(None))
        self._unmet: list[Entry] = []
        self._besides: set[tuple[str, str]] = set()

    def entries(self) -> Iterator[Entry]:
        """What is booked for the day, ordered by kind and number.

        Every fact is held against its bill, and against the cases that owe a fee.
        """
        with ThreadPoolExecutor(2, "books") as pool:
            facts = _ahead(pool, booked.facts(self._db, self._provider, self._day))
            paid = _ahead(pool, booked.paid(self._db, self._provider, self._day))
            joined = self._joined(facts, paid)
            while batch := list(islice(joined, BATCH)):
                yield from self._judged(batch)

    def claims(self) -> Iterator[Entry]:
        """What the bills themselves say came in or went back on the day, and no fact does."""
        found = [*self._unmet, *self._others()]
        yield from (each for each in found if not _backed(self._db, self._provider, each))

    def _joined(
        self, facts: Iterator[Document], paid: Iterator[Document]
    ) -> Iterator[tuple[Document, Document | None]]:
        """Every fact with the bill it has paid; bills whose payment no fact tells of are noted."""
        bill, met = next(paid, None), False
        for fact in facts:
            while bill and (fact["kind"] != PAYMENT or bill["paid"]["attempt"] < fact["number"]):
                self._noted(bill, met=met)
                bill, met = next(paid, None), False
            own = bill if bill and bill["paid"]["attempt"] == fact["number"] else None
            met = met or bool(own and own["paid"]["transaction"] == fact["transaction"])
            if fact["surplus"] or fact["kind"] != PAYMENT:
                self._besides.add((fact["number"], fact["transaction"]))
            yield fact, own
        while bill:
            self._noted(bill, met=met)
            bill, met = next(paid, None), False

    def _noted(self, bill: Document, *, met: bool) -> None:
        if not met:
            paid = bill["paid"]
            self._unmet.append(_claim(bill, PAYMENT, paid, number=paid["attempt"]))

    def _others(self) -> Iterator[Entry]:
        """Refunds, and payments nobody owed, that bills tell of and the walk has not met."""
        for bill in booked.besides(self._db, name(self._provider, self._day)):
            for claim in _besides(bill, self._provider, self._day):
                if (claim.number, claim.transaction) not in self._besides:
                    yield claim

    def _judged(self, batch: list[tuple[Document, Document | None]]) -> list[Entry]:
        """These as entries; a case that owed is asked again, for it may have heard meanwhile."""
        alone = [fact["bill"] for fact, bill in batch if bill is None]
        bills = booked.bills(self._db, alone) if alone else {}
        whole = [(fact, bill or bills.get(fact["bill"])) for fact, bill in batch]
        told = {
            bill["case"] for _, bill in whole if bill and bill["case"] in self._owed and _told(bill)
        }
        denied = self._owing(told) if told else ()
        return [_entry(fact, bill, denied) for fact, bill in whole]


def _ahead(pool: ThreadPoolExecutor, rows: Iterator[Document]) -> Iterator[Document]:
    """The same rows; the store looks up the next while these are looked at."""
    coming = pool.submit(lambda: list(islice(rows, _AHEAD)))
    while batch := coming.result():
        coming = pool.submit(lambda: list(islice(rows, _AHEAD)))
        yield from batch


def entry(db: Database, fact: Document) -> Entry:
    """One fact by itself, held against its bill."""
    return _entry(fact, booked.bills(db, [fact["bill"]]).get(fact["bill"]), ())


def _besides(bill: Mapping[str, Any], provider: str, day: date) -> Iterator[Entry]:
    for each in bill["received"]:
        if each["surplus"] and _falls(provider, day, each, each["at"]):
            yield _claim(bill, PAYMENT, each, number=each["attempt"])
    for number, each in bill["refunds"].items():
        there = each["state"] == "succeeded" and not each.get("way")
        if there and _falls(provider, day, each, each["done"]):
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


def _backed(db: Database, provider: str, claim: Entry) -> bool:
    """Whether what a bill says of its money is booked, on whatever day."""
    fact = booked.fact(db, f"{provider}:{claim.kind}:{claim.transaction}")
    return fact is not None and fact["number"] == claim.number


def _told(bill: Mapping[str, Any]) -> bool:
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
